import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBValue } from '@duckdb/node-api';
import type { Dialect } from '../detect/dialect.ts';
import { hasOddBlanks } from '../sql/cell-sql.ts';
import type { RecordSource } from '../sql/record-sql.ts';
import { type MappedChunk, type MappingTask, mapChunk } from './chunk-mapper.ts';
import { type ParsedChunk, parsedRelation, parseText, textRelation, writeParsed } from './chunk-source.ts';
import { EngineFault, type EngineSession } from './engine.ts';
import { recordTexts, type ScanMarks } from './record-scan.ts';
import type { RejectedRecord } from './rejected-records.ts';
import type { TextChunk } from './text-chunks.ts';

export interface ChunkTask extends MappingTask {
  readonly dialect: Dialect;
  readonly marks: ScanMarks;
}

export interface ReadChunk {
  readonly parts: MappedChunk['parts'];
  readonly records: number;
  readonly rejected: readonly RejectedRecord[];
  readonly blank: number;
  /** The engine and the scan disagreed, so the tolerant parser has read the chunk. */
  readonly isParsed: boolean;
}

export type AnyChunk = TextChunk | ParsedChunk;

/** What is done with a chunk once the engine can read it; undefined sends it to the tolerant parser. */
type Use<T> = (
  source: RecordSource,
  chunk: { readonly expected: number; readonly isParsed: boolean; texts(lines: readonly number[]): string[] },
) => Promise<T | undefined>;

/** Reads chunks on one connection. `name` keeps its temporary tables and files apart from those of its neighbours. */
export class ChunkReader {
  readonly #session: EngineSession;
  readonly #task: ChunkTask;
  readonly #name: string;

  constructor(session: EngineSession, task: ChunkTask, name: string) {
    this.#session = session;
    this.#task = task;
    this.#name = name;
  }

  async read(chunk: AnyChunk, index: number): Promise<ReadChunk> {
    return await this.#withSource(chunk, async (source, { expected, texts, isParsed }) => {
      const mapped = await mapChunk(this.#session, this.#task, source, { index, expected });
      return mapped.records === expected ? outcome(mapped, texts, isParsed) : undefined;
    });
  }

  /** Answers one row of numbers about a chunk. */
  async survey(chunk: AnyChunk, sql: (source: RecordSource) => string): Promise<readonly DuckDBValue[]> {
    return await this.#withSource(chunk, async (source, { expected }) => {
      const [[records] = []] = await this.#session.rows(`select count(*) from (${source.relation})`);
      if (Number(records) !== expected) return undefined;
      return (await this.#session.rows(sql(source)))[0] ?? [];
    });
  }

  /** Lets the engine read the text as it stands; where it fails or counts otherwise, the tolerant parser cuts it first. */
  async #withSource<T>(chunk: AnyChunk, use: Use<T>): Promise<T> {
    const isPlain = 'text' in chunk && !chunk.isDamaged && chunk.emptyLines === 0;
    const fast = isPlain ? await this.#withText(chunk, use) : undefined;
    if (fast !== undefined) return fast;
    const { dialect, plan } = this.#task;
    const records = 'text' in chunk ? parseText(chunk.text.toString('utf8'), dialect, plan.width) : chunk.records;
    const parsed = await this.#withParsed({ records, firstLine: chunk.firstLine }, use);
    if (parsed === undefined) throw new EngineFault('Record Count Error');
    return parsed;
  }

  async #withText<T>(chunk: TextChunk, use: Use<T>): Promise<T | undefined> {
    const { dialect, plan, marks } = this.#task;
    const file = this.#file();
    await writeFile(file, chunk.text, { mode: 0o600 });
    const source = this.#source(textRelation(file, dialect, plan.width, chunk.firstLine), hasOddBlanks(chunk.text));
    const texts = (lines: readonly number[]): string[] =>
      recordTexts(
        chunk.text,
        marks,
        lines.map((line) => line - chunk.firstLine),
      );
    try {
      return await use(source, { expected: chunk.records, texts, isParsed: false });
    } catch (error) {
      if (error instanceof EngineFault && error.isUnreadableText) return undefined;
      throw error;
    } finally {
      await rm(file, { force: true });
    }
  }

  async #withParsed<T>(chunk: ParsedChunk, use: Use<T>): Promise<T | undefined> {
    const { plan } = this.#task;
    const file = this.#file();
    const { records, firstLine } = chunk;
    await writeParsed(file, chunk, plan.width);
    const texts = (lines: readonly number[]): string[] => lines.map((line) => records[line - firstLine]?.raw ?? '');
    try {
      const source = this.#source(parsedRelation(file, plan.width), true);
      return await use(source, { expected: records.length, texts, isParsed: true });
    } finally {
      await rm(file, { force: true });
    }
  }

  #file(): string {
    return join(this.#task.scratch, `${this.#name}.csv`);
  }

  #source(relation: string, oddBlanks: boolean): RecordSource {
    const nullWords = this.#task.plan.contract.null_words;
    return { relation, context: { hasOddBlanks: oddBlanks, nullWords }, pseudonyms: `_${this.#name}` };
  }
}

function outcome(mapped: MappedChunk, texts: (lines: readonly number[]) => string[], isParsed: boolean): ReadChunk {
  const rejects = mapped.rejects.filter(({ reason }) => reason !== 'blank');
  const raws = texts(rejects.map(({ line }) => line));
  return {
    parts: mapped.parts,
    records: mapped.records,
    rejected: rejects.map((reject, at) => ({ ...reject, raw: raws[at] ?? '' })),
    blank: mapped.rejects.length - rejects.length,
    isParsed,
  };
}

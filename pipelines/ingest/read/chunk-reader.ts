import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBValue } from '@duckdb/node-api';
import type { Dialect } from '../detect/dialect.ts';
import { cellsRead } from '../plan/contract-plan.ts';
import { hasEdgeBlank, oddBlanksIn } from '../sql/cell-sql.ts';
import { rawCell } from '../sql/column-sql.ts';
import { blankMark, type RecordSource } from '../sql/record-sql.ts';
import { type MappedChunk, type MappingTask, mapChunk } from './chunk-mapper.ts';
import {
  type ParsedChunk,
  parsedRelation,
  parseText,
  type RecordShape,
  textRelation,
  writeParsed,
} from './chunk-source.ts';
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

/** What is done with a chunk once its cells stand in a table. */
type Use<T> = (source: RecordSource, chunk: LoadedChunk) => Promise<T>;

interface LoadedChunk {
  readonly expected: number;
  /** The file has no other records. */
  readonly isWhole: boolean;
  readonly isParsed: boolean;
  texts(lines: readonly number[]): string[];
}

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
    const { delimiter } = this.#task.dialect;
    return await this.#withSource(chunk, async (source, loaded) => {
      const mapped = await mapChunk(this.#session, this.#task, source, { index, ...loaded });
      return outcome(mapped, { ...loaded, delimiter });
    });
  }

  /** Answers one row of numbers about a chunk. */
  async survey(chunk: AnyChunk, sql: (source: RecordSource) => string): Promise<readonly DuckDBValue[]> {
    return await this.#withSource(chunk, async (source) => (await this.#session.rows(sql(source)))[0] ?? []);
  }

  /** Lets the engine read the text as it stands; where it fails or counts otherwise, the tolerant parser cuts it first. */
  async #withSource<T>(chunk: AnyChunk, use: Use<T>): Promise<T> {
    const isPlain = 'text' in chunk && !chunk.isDamaged && chunk.emptyLines === 0;
    const fast = isPlain ? await this.#withText(chunk, use) : undefined;
    if (fast !== undefined) return fast;
    const { dialect, plan } = this.#task;
    const records = 'text' in chunk ? parseText(chunk.text.toString('utf8'), dialect, plan.width) : chunk.records;
    const parsed = await this.#withParsed({ ...chunk, records }, use);
    if (parsed === undefined) throw new EngineFault('Record Count Error');
    return parsed;
  }

  async #withText<T>(chunk: TextChunk, use: Use<T>): Promise<T | undefined> {
    const { dialect, marks } = this.#task;
    const file = this.#file();
    await writeFile(file, chunk.text, { mode: 0o600 });
    try {
      await this.#load(textRelation(file, dialect, this.#shape(), chunk.firstLine));
    } catch (error) {
      if (error instanceof EngineFault && error.isUnreadableText) return undefined;
      throw error;
    } finally {
      await rm(file, { force: true });
    }
    const source = await this.#source('cast(null as varchar) as _shape', oddBlanksIn(chunk.text), chunk.records);
    if (source === undefined) return undefined;
    const texts = (lines: readonly number[]): string[] =>
      recordTexts(
        chunk.text,
        marks,
        lines.map((line) => line - chunk.firstLine),
      );
    return await use(source, { expected: chunk.records, isWhole: isWhole(chunk), texts, isParsed: false });
  }

  async #withParsed<T>(chunk: ParsedChunk, use: Use<T>): Promise<T | undefined> {
    const file = this.#file();
    const { records, firstLine } = chunk;
    await writeParsed(file, chunk, this.#task.plan.width);
    try {
      await this.#load(parsedRelation(file, this.#shape()));
    } finally {
      await rm(file, { force: true });
    }
    const source = await this.#source('_shape', oddBlanksIn(), records.length);
    if (source === undefined) return undefined;
    const texts = (lines: readonly number[]): string[] => lines.map((line) => records[line - firstLine]?.raw ?? '');
    return await use(source, {
      expected: records.length,
      isWhole: isWhole(chunk),
      texts,
      isParsed: true,
    });
  }

  /** The text is read once, into a table; whatever else is asked of the chunk is asked of that. */
  async #load(relation: string): Promise<void> {
    await this.#session.run(`create or replace temp table ${this.#table()} as ${relation}`);
  }

  #shape(): RecordShape {
    return { width: this.#task.plan.width, cells: cellsRead(this.#task.plan) };
  }

  #table(): string {
    return `_${this.#name}_cells`;
  }

  #file(): string {
    return join(this.#task.scratch, `${this.#name}.csv`);
  }

  /** The chunk as a relation; undefined where the engine found another number of records than the scan. */
  async #source(shape: string, odd: readonly string[], expected: number): Promise<RecordSource | undefined> {
    const table = this.#table();
    const cells = cellsRead(this.#task.plan).map((at) => rawCell(at));
    const edges = cells.map((cell) => `, coalesce(bool_or(${hasEdgeBlank(cell, odd)}), false)`);
    const [[records, ...hasEdges] = []] = await this.#session.rows(`select count(*)${edges.join('')} from ${table}`);
    if (Number(records) !== expected) return undefined;
    return {
      relation: `select ${cells.map((cell) => `${cell}, `).join('')}_line, ${shape} from ${table}`,
      table,
      context: {
        hasOddBlanks: odd.length > 0,
        nullWords: this.#task.plan.contract.null_words,
        untrimmed: new Set(cells.filter((_, at) => hasEdges[at] === false)),
      },
      pseudonyms: `_${this.#name}`,
    };
  }
}

function isWhole(chunk: AnyChunk): boolean {
  return chunk.firstLine === 1 && chunk.isLast;
}

/** Nothing but separators, quotes and blanks. */
function isBlankText(raw: string, delimiter: string): boolean {
  return raw.replaceAll(delimiter, '').replaceAll('"', '').trim() === '';
}

function outcome(
  mapped: MappedChunk,
  { texts, isParsed, delimiter }: Pick<LoadedChunk, 'texts' | 'isParsed'> & { readonly delimiter: string },
): ReadChunk {
  const raws = texts(mapped.rejects.map(({ line }) => line));
  const all = mapped.rejects.map((reject, at) => ({ ...reject, raw: raws[at] ?? '' }));
  const rejected = all.filter(({ reason, raw }) => reason !== blankMark || !isBlankText(raw, delimiter));
  return {
    parts: mapped.parts,
    records: mapped.records,
    rejected: rejected.map((reject) =>
      reject.reason === blankMark ? { ...reject, reason: 'no_known_value' } : reject,
    ),
    blank: all.length - rejected.length,
    isParsed,
  };
}

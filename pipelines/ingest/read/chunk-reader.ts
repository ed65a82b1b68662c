import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBValue } from '@duckdb/node-api';
import type { Dialect } from '../detect/dialect.ts';
import { cellRules } from '../plan/cell-rules.ts';
import { cellsRead, isPseudonymised } from '../plan/contract-plan.ts';
import { type FactsOf, unknownFacts } from '../sql/cell-facts.ts';
import { rawCell, readerType } from '../sql/column-sql.ts';
import { blankMark, type RecordSource } from '../sql/record-sql.ts';
import { type CellFindings, CellScan } from './cell-scan.ts';
import { type MappedChunk, type MappingTask, mapChunk } from './chunk-mapper.ts';
import {
  type ParsedChunk,
  parsedOffset,
  parsedRelation,
  parsedText,
  parseText,
  type RecordShape,
  textRelation,
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
    const relation = (shape: RecordShape): string => textRelation(this.#file(), dialect, shape, chunk.firstLine);
    const loaded = await this.#load(chunk.text, known(chunk.findings), relation);
    if (loaded?.records !== chunk.records) return undefined;
    const texts = (lines: readonly number[]): string[] =>
      recordTexts(
        chunk.text,
        marks,
        lines.map((line) => line - chunk.firstLine),
      );
    const source = this.#source('cast(null as varchar) as _shape', loaded.known);
    return await use(source, { expected: chunk.records, texts, isParsed: false });
  }

  async #withParsed<T>(chunk: ParsedChunk, use: Use<T>): Promise<T | undefined> {
    const { records, firstLine } = chunk;
    const { plan } = this.#task;
    const text = parsedText(chunk, plan.width);
    const rules = cellRules(plan).map((rule) => ({ ...rule, position: rule.position + parsedOffset }));
    const { findings } = new CellScan(parsedMarks, plan.width + parsedOffset, rules).scan(text, true);
    const relation = (shape: RecordShape): string => parsedRelation(this.#file(), shape);
    const loaded = await this.#load(text, known(findings, parsedOffset), relation);
    if (loaded?.records !== records.length) return undefined;
    const texts = (lines: readonly number[]): string[] => lines.map((line) => records[line - firstLine]?.raw ?? '');
    return await use(this.#source('_shape', loaded.known), {
      expected: records.length,
      texts,
      isParsed: true,
    });
  }

  /**
   * The text is read once, into a table; whatever else is asked of the chunk is asked of that. Cells of a plain shape are
   * typed on the way; where that fails (there is no 31 June), their text is taken. Undefined where the text cannot be read.
   */
  async #load(
    text: Buffer,
    known: Known,
    relation: (shape: RecordShape) => string,
  ): Promise<{ readonly records: number; readonly known: Known } | undefined> {
    await writeFile(this.#file(), text, { mode: 0o600 });
    try {
      for (const attempt of [known, { ...known, facts: unshaped(known.facts) }]) {
        const shape = this.#shape(attempt);
        if (await this.#fill(relation(shape))) {
          const [[records] = []] = await this.#session.rows(`select count(*) from ${this.#table()}`);
          return { records: Number(records), known: attempt };
        }
        if ([...shape.cells.values()].every((type) => type === 'varchar')) return undefined;
      }
      return undefined;
    } finally {
      await rm(this.#file(), { force: true });
    }
  }

  /** False where the text cannot be read so. */
  async #fill(relation: string): Promise<boolean> {
    try {
      await this.#session.run(`create or replace temp table ${this.#table()} as ${relation}`);
      return true;
    } catch (error) {
      if (error instanceof EngineFault && error.isUnreadableText) return false;
      throw error;
    }
  }

  #shape({ facts }: Known): RecordShape {
    const { plan } = this.#task;
    const typed = plan.columns.flatMap((placed) => {
      const { position, column } = placed;
      if (position === undefined || isPseudonymised(column)) return [];
      return [[position, readerType(placed, facts(position))] as const];
    });
    const untyped = cellsRead(plan).map((position) => [position, 'varchar'] as const);
    return { width: plan.width, cells: new Map([...untyped, ...typed]) };
  }

  #table(): string {
    return `_${this.#name}_cells`;
  }

  #file(): string {
    return join(this.#task.scratch, `${this.#name}.csv`);
  }

  #source(shape: string, { facts, mayHaveBlankRecord }: Known): RecordSource {
    const table = this.#table();
    const cells = cellsRead(this.#task.plan).map((at) => `${rawCell(at)}, `);
    return {
      relation: `select ${cells.join('')}_line, ${shape} from ${table}`,
      table,
      facts,
      mayHaveBlankRecord,
      pseudonyms: `_${this.#name}`,
    };
  }
}

/** What is known of a chunk before the engine reads it. */
type Known = Pick<RecordSource, 'facts' | 'mayHaveBlankRecord'>;

/** `parsedText` is always written so. */
const parsedMarks: ScanMarks = { delimiter: 0x2c, quote: 0x22 };

function known(findings: CellFindings | undefined, offset = 0): Known {
  if (findings === undefined) return { facts: () => unknownFacts, mayHaveBlankRecord: true };
  const facts: FactsOf = (position) => findings.facts.get(position + offset) ?? unknownFacts;
  return { facts, mayHaveBlankRecord: findings.hasBlankRecord };
}

function unshaped(facts: FactsOf): FactsOf {
  return (position) => ({ ...facts(position), isPlain: false });
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

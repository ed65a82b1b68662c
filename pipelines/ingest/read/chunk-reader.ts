import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBValue } from '@duckdb/node-api';
import type { Dialect } from '../detect/dialect.ts';
import { PersonsWatch } from '../erasure/persons-watch.ts';
import { endsOnReturn } from '../parse/scan-record.ts';
import { cellsRead, isPseudonymised } from '../plan/contract-plan.ts';
import { type FactsOf, unknownFacts } from '../sql/cell-facts.ts';
import { rawCell, readerType } from '../sql/column-sql.ts';
import { blankMark, type RecordSource } from '../sql/record-sql.ts';
import type { CellFindings } from './cell-scan.ts';
import { areKeptAsWritten, changedValues } from './changed-values.ts';
import { type MappedChunk, type MappingTask, mapChunk, type NamingChunk } from './chunk-mapper.ts';
import { chunkScan, endsInReturns, engineDelimiter, engineMarks, type ScanTask } from './chunk-scan.ts';
import { type ChunkFile, type RecordShape, textRelation } from './chunk-source.ts';
import { chunkTexts } from './chunk-texts.ts';
import { type Departure, departuresOf } from './departures.ts';
import { EngineFault, type EngineSession } from './engine.ts';
import { gatheredCells } from './gathered-cells.ts';
import type { RejectedRecord } from './rejected-records.ts';
import type { TextChunk } from './text-chunks.ts';

export interface ChunkTask extends MappingTask, ScanTask {}

export interface ReadChunk {
  readonly parts: MappedChunk['parts'];
  readonly records: number;
  readonly rejected: readonly RejectedRecord[];
  readonly blank: number;
  /** Somebody who is watched may be named in it. */
  readonly isNamed: boolean;
  /** How its records depart from a clean table. */
  readonly departures: readonly Departure[];
}

/** After so many chunks that could not be mapped while they were read, no more are tried. */
const mostFailures = 2;

/** Reads chunks on one connection. `name` keeps its temporary tables and files apart from those of its neighbours. */
export class ChunkReader {
  readonly #session: EngineSession;
  readonly #task: ChunkTask;
  readonly #name: string;
  readonly #watch: PersonsWatch | undefined;
  #failures = 0;

  constructor(session: EngineSession, task: ChunkTask, name: string) {
    this.#session = session;
    this.#task = task;
    this.#name = name;
    this.#watch = task.watched && new PersonsWatch(session, task.watched);
  }

  async read(chunk: TextChunk, index: number): Promise<ReadChunk> {
    const read =
      (await this.#readAtOnce(chunk, index)) ?? (await this.#readFrom(await this.#loaded(chunk), chunk, index));
    if (read === undefined) throw new EngineFault('Record Count Error');
    return { ...read, isNamed: read.isNamed || (await this.#isMentioned(chunk, read)) };
  }

  async #isMentioned({ source, findings }: TextChunk, { rejected }: ReadChunk): Promise<boolean> {
    if (this.#watch === undefined) return false;
    const mails = this.#task.plan.columns.filter(({ column }) => column.personal === 'email');
    const seen = new Set(mails.flatMap(({ position = -1 }) => findings?.distinct.get(position) ?? []));
    return await this.#watch.isNamedIn({ source, rejected, seen });
  }

  /** Undefined where the engine finds other records than the scan has found. */
  async #readFrom(source: RecordSource, chunk: TextChunk, index: number): Promise<ReadChunk | undefined> {
    const place = { index, expected: chunk.records };
    const changed = await changedValues(this.#session, this.#task.plan, source, chunk.source);
    const mapped = await mapChunk(this.#session, this.#task, source, place);
    const read = mapped && outcome(mapped, chunk, this.#task.dialect);
    return read && { ...read, departures: [...read.departures, ...changed] };
  }

  /** Answers one row of numbers about a chunk. */
  async survey(chunk: TextChunk, sql: (source: RecordSource) => string): Promise<readonly DuckDBValue[]> {
    return (await this.#session.rows(sql(await this.#loaded(chunk))))[0] ?? [];
  }

  /**
   * Maps the records while the engine reads them, without a table in between, where the scan has gathered what has to be known
   * before. Undefined where that fails: then the chunk is read once more.
   */
  async #readAtOnce(chunk: TextChunk, index: number): Promise<ReadChunk | undefined> {
    const gathered = this.#failures < mostFailures ? gatheredCells(this.#task.plan, chunk) : undefined;
    const facts = known(chunk.findings);
    // Whatever else is asked of the cells would read the text once more.
    if (gathered === undefined || !areKeptAsWritten(this.#task.plan, facts, chunk.source)) return undefined;
    const file = this.#file(chunk, false);
    await writeFile(file.path, chunk.mended.pieces(), { mode: 0o600 });
    try {
      const shape = file.misfits.length > 0 ? '' : `, ${noShape}`;
      const relation = `select *${shape} from (${textRelation(file, this.#shape(facts))})`;
      const read = await this.#readFrom({ ...this.#source(facts), relation, gathered }, chunk, index);
      if (read === undefined) this.#failures += 1;
      return read;
    } catch (error) {
      if (!(error instanceof EngineFault && error.isUnreadableText)) throw error;
      this.#failures += 1;
      return undefined;
    } finally {
      await rm(file.path, { force: true });
    }
  }

  /** Where the engine fails or counts otherwise than the scan, every record is written anew so that it cannot. */
  async #loaded(chunk: TextChunk): Promise<RecordSource> {
    const source = (await this.#load(chunk, false)) ?? (await this.#load(this.#mendAll(chunk), true));
    if (source === undefined) throw new EngineFault('Record Count Error');
    return source;
  }

  #mendAll(chunk: TextChunk): TextChunk {
    const { findings, mended, records } = chunkScan(this.#task, true).scan(chunk.source, true, chunk.undecodable);
    return { ...chunk, findings, records, mended };
  }

  /**
   * The text is read once, into a table; whatever else is asked of the chunk is asked of that. Cells of a plain shape are
   * typed on the way; where that fails (there is no 31 June), their text is taken. Undefined where the text cannot be read.
   */
  async #load(chunk: TextChunk, isMendedWhole: boolean): Promise<RecordSource | undefined> {
    const { mended, findings, records } = chunk;
    const file = this.#file(chunk, isMendedWhole);
    await writeFile(file.path, mended.pieces(), { mode: 0o600 });
    try {
      const first = known(findings);
      for (const attempt of [first, { ...first, facts: unshaped(first.facts) }]) {
        const shape = this.#shape(attempt);
        const count = await this.#fill(textRelation(file, shape));
        if (count !== undefined) return count === records ? this.#source(attempt, file.misfits.length > 0) : undefined;
        if ([...shape.cells.values()].every((type) => type === 'varchar')) return undefined;
      }
      return undefined;
    } finally {
      await rm(file.path, { force: true });
    }
  }

  #file({ mended, firstLine }: TextChunk, isMendedWhole: boolean): ChunkFile {
    return {
      path: join(this.#task.scratch, `${this.#name}.csv`),
      delimiter: engineDelimiter(this.#task.dialect),
      firstLine,
      misfits: mended.misfits().map(({ ordinal, reason }) => ({ line: ordinal + firstLine, reason })),
      hasReturns: !isMendedWhole && endsInReturns(this.#task.dialect),
      hasLongRecords: isMendedWhole,
    };
  }

  /** Answers the number of records; undefined where the text cannot be read so. */
  async #fill(relation: string): Promise<number | undefined> {
    try {
      const [[count] = []] = await this.#session.rows(`create or replace temp table ${this.#table()} as ${relation}`);
      return Number(count);
    } catch (error) {
      if (error instanceof EngineFault && error.isUnreadableText) return undefined;
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

  #source({ facts, mayHaveBlankRecord }: Known, hasShape = false): RecordSource {
    const table = this.#table();
    const shape = hasShape ? '_shape' : noShape;
    const cells = cellsRead(this.#task.plan).map((at) => `${rawCell(at)}, `);
    return {
      relation: `select ${cells.join('')}_line, ${shape} from ${table}`,
      table,
      facts,
      mayHaveBlankRecord,
      pseudonyms: `_${this.#name}`,
      gathered: undefined,
    };
  }
}

/** In a text where every record fits. */
const noShape = 'cast(null as varchar) as _shape';

/** What is known of a chunk before the engine reads it. */
type Known = Pick<RecordSource, 'facts' | 'mayHaveBlankRecord'>;

function known(findings: CellFindings | undefined): Known {
  if (findings === undefined) return { facts: () => unknownFacts, mayHaveBlankRecord: true };
  return {
    facts: (position) => findings.facts.get(position) ?? unknownFacts,
    mayHaveBlankRecord: findings.hasBlankRecord,
  };
}

function unshaped(facts: FactsOf): FactsOf {
  return (position) => {
    const { hours: _, ...others } = facts(position);
    return { ...others, isPlain: false };
  };
}

/** Nothing but separators, quotes and blanks. */
function isBlankText(raw: string, delimiter: string): boolean {
  return raw.replaceAll(delimiter, '').replaceAll('"', '').trim() === '';
}

function outcome(mapped: NamingChunk, chunk: TextChunk, dialect: Dialect): ReadChunk {
  const lines = mapped.rejects.map(({ line }) => line);
  const raws = chunkTexts(chunk, engineMarks(dialect), lines);
  const all = mapped.rejects.map((reject, at) => ({ ...reject, raw: raws[at] ?? '' }));
  const rejected = all.filter(({ reason, raw }) => reason !== blankMark || !isBlankText(raw, dialect.delimiter));
  return {
    parts: mapped.parts,
    records: mapped.records,
    isNamed: mapped.isNamed,
    rejected: rejected.map((reject) =>
      reject.reason === blankMark ? { ...reject, reason: 'no_known_value' } : reject,
    ),
    blank: all.length - rejected.length,
    departures: departuresOf(chunk.mended, chunk.firstLine, endsOnReturn(dialect)),
  };
}

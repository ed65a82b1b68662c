import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DuckDBInstance } from '@duckdb/node-api';
import { CatalogError } from '../../domain/errors.ts';
import type { Note } from '../../domain/receipt.ts';
import type { Detection } from '../detect/dialect.ts';
import type { IngestCatalog, ReadOutcome, ReadRequest, Refusal, WrittenPart } from '../ingest.ts';
import { readTable } from '../parse/read-table.ts';
import type { TableRecord } from '../parse/record-reader.ts';
import type { TableReading } from '../parse/table-batch.ts';
import { type ContractPlan, planContract } from '../plan/contract-plan.ts';
import { type FormatDecision, FormatEvidence } from '../plan/format-evidence.ts';
import type { PseudonymKey } from '../pseudonym-key.ts';
import { formatCounts } from '../sql/format-sql.ts';
import { outputExpressions } from '../sql/output-sql.ts';
import { type OutputTypes, typedNothing } from '../sql/record-sql.ts';
import { type AnyChunk, ChunkReader, type ChunkTask, type ReadChunk } from './chunk-reader.ts';
import type { ParsedChunk } from './chunk-source.ts';
import { EngineFault, type EngineSession, openSession } from './engine.ts';
import { exportBytes } from './export-bytes.ts';
import { RejectedRecords } from './rejected-records.ts';
import { dropRepeats, settleKeys } from './settle-parts.ts';
import { scanMarks, textChunks, UncuttableText } from './text-chunks.ts';

export interface ReadSettings {
  readonly catalog: IngestCatalog;
  readonly key: PseudonymKey;
  readonly chunkBytes: number;
  /** Chunks that are read at once, each on its own connection. */
  readonly lanes: number;
}

/** Chunks of records that the tolerant parser has cut hold about so many. */
const parsedRecords = 50_000;

/** One reading of a file under one contract and one detection. */
export class ExportReading {
  readonly #engine: DuckDBInstance;
  readonly #settings: ReadSettings;
  readonly #request: ReadRequest;
  readonly #detection: Detection;
  #plan: ContractPlan;
  #rejected: RejectedRecords;
  readonly #parts: { readonly index: number; readonly part: WrittenPart }[] = [];
  #isCuttable: boolean;
  #records = 0;
  #blank = 0;
  #parsed = 0;
  #notes: readonly Note[];

  constructor(engine: DuckDBInstance, settings: ReadSettings, request: ReadRequest, detection: Detection) {
    this.#engine = engine;
    this.#settings = settings;
    this.#request = request;
    this.#detection = detection;
    this.#plan = planContract(request.contract, settings.catalog.datasets, detection.layout);
    this.#rejected = new RejectedRecords(request.scratch);
    this.#notes = detection.notes;
    this.#isCuttable = scanMarks(detection.dialect) !== undefined;
  }

  /** @throws WrongEncoding where the bytes are not what detection found. */
  async run(): Promise<ReadOutcome | Refusal> {
    const sessions = await Promise.all(Array.from({ length: this.#settings.lanes }, () => openSession(this.#engine)));
    const [first] = sessions;
    if (first === undefined) throw new Error('no lanes');
    try {
      const refusal = await this.#decideFormats(sessions, await this.#task(first));
      if (refusal !== undefined) return refusal;
      const task = await this.#task(first);
      await this.#eachChunk(sessions, task, async (reader, chunk, index) =>
        this.#take(await reader.read(chunk, index), index),
      );
      return await this.#settle(first, task);
    } finally {
      for (const session of sessions) session.close();
    }
  }

  /** Where a column may be written in several formats, the whole column is looked at before any of it is read. */
  async #decideFormats(sessions: readonly EngineSession[], task: ChunkTask): Promise<Refusal | undefined> {
    const { contract } = this.#plan;
    const open = this.#plan.columns.filter(({ formats, position }) => position !== undefined && formats.length > 1);
    if (open.length === 0) return undefined;
    const evidence = open.map(({ formats }) => new FormatEvidence(formats));
    await this.#eachChunk(sessions, task, async (reader, chunk) => {
      for (const [at, column] of open.entries()) {
        const counts = await reader.survey(chunk, (source) => formatCounts(column, contract, source));
        evidence[at]?.add(counts.map(Number));
      }
    });
    const decided = new Map<string, readonly string[]>();
    for (const [at, { column }] of open.entries()) {
      const decision = evidence[at]?.decide();
      if (decision?.kind === 'undecided') return undecidedDates(column.name, decision);
      if (decision !== undefined) decided.set(column.name, decision.formats);
    }
    const columns = this.#plan.columns.map((placed) => ({
      ...placed,
      formats: decided.get(placed.column.name) ?? placed.formats,
    }));
    this.#plan = { ...this.#plan, columns };
    return undefined;
  }

  async #task(session: EngineSession): Promise<ChunkTask> {
    const { file, landedAt, scratch } = this.#request;
    return {
      plan: this.#plan,
      types: await outputTypes(session, this.#plan),
      provenance: { sha: file.sha, exportedAt: landedAt },
      key: this.#settings.key,
      scratch,
      identifiers: this.#settings.catalog.datasets.get('customer_identifiers'),
      dialect: { ...this.#detection.dialect },
      marks: scanMarks(this.#detection.dialect) ?? { delimiter: 0x2c, quote: 0x22 },
    };
  }

  /** Visits every chunk of the file, several at once. */
  async #eachChunk(sessions: readonly EngineSession[], task: ChunkTask, visit: Visit): Promise<void> {
    if (this.#isCuttable) {
      try {
        const options = { marks: task.marks, chunkBytes: this.#settings.chunkBytes };
        return await inLanes(
          sessions,
          task,
          textChunks(exportBytes(this.#request.file), this.#detection, options),
          visit,
        );
      } catch (error) {
        if (!(error instanceof UncuttableText)) throw error;
        this.#startAgain();
      }
    }
    const reading = readTable(exportBytes(this.#request.file), this.#detection);
    await inLanes(sessions.slice(0, 1), task, parsedChunks(reading), visit);
    this.#notes = reading.notes();
  }

  async #take(chunk: ReadChunk, index: number): Promise<void> {
    this.#records += chunk.records;
    this.#blank += chunk.blank;
    if (chunk.isParsed) this.#parsed += chunk.records;
    this.#parts.push(...chunk.parts.map((part) => ({ index, part })));
    await this.#rejected.add(chunk.rejected);
    this.#request.onProgress?.(this.#records);
  }

  #startAgain(): void {
    this.#isCuttable = false;
    this.#rejected = new RejectedRecords(this.#request.scratch);
    this.#records = 0;
    this.#blank = 0;
    this.#parsed = 0;
    this.#parts.length = 0;
  }

  async #settle(session: EngineSession, task: ChunkTask): Promise<ReadOutcome> {
    const { file, contract, scratch } = this.#request;
    const inOrder = this.#parts.sort((a, b) => a.index - b.index).map(({ part }) => part);
    const parts: WrittenPart[] = inOrder.filter(({ path }) => path.includes('identifiers-'));
    let repeated = 0;
    for (const [at, output] of this.#plan.outputs.entries()) {
      const own = inOrder.filter(({ path }) => path.startsWith(join(scratch, `${output.dataset.dataset}-${at}-`)));
      const settled = await this.#settleOutput(session, own, at);
      parts.push(...settled.parts);
      if (output === this.#plan.outputs[0]) repeated = settled.repeated;
    }
    const provenance = { sha: file.sha, source: contract.contract };
    const quarantine = await this.#rejected.write(session, join(scratch, 'quarantine.parquet'), provenance);
    const records = this.#records - this.#blank;
    const rejected = this.#rejected.count;
    return {
      records,
      accepted: records - rejected - repeated,
      rejected,
      repeated,
      reasons: this.#rejected.reasons(),
      notes: this.#allNotes(),
      parts,
      quarantine,
      exportedAt: task.provenance.exportedAt,
      dataset: this.#plan.outputs[0]?.dataset.dataset ?? '',
      contract: createHash('sha256').update(JSON.stringify(contract)).digest('hex').slice(0, 16),
    };
  }

  async #settleOutput(
    session: EngineSession,
    own: WrittenPart[],
    at: number,
  ): Promise<{ parts: WrittenPart[]; repeated: number }> {
    const output = this.#plan.outputs[at];
    if (output === undefined) return { parts: own, repeated: 0 };
    const unique = await settleKeys(session, own, output);
    if (output.output.write !== 'append') return { parts: unique, repeated: 0 };
    const dates = unique
      .flatMap(({ minDate, maxDate }) => (minDate === null || maxDate === null ? [] : [minDate, maxDate]))
      .sort();
    const earlier = await this.#request.earlierParts(output.dataset.dataset, dates[0] ?? null, dates.at(-1) ?? null);
    return await dropRepeats(session, unique, output, earlier);
  }

  #allNotes(): Note[] {
    const notes = [...this.#notes];
    if (this.#blank > 0)
      notes.push({ code: 'blank_records', count: this.#blank, text: 'Records without any value are no rows.' });
    if (this.#parsed > 0) {
      notes.push({
        code: 'tolerant_parser',
        count: this.#parsed,
        text: 'Records that departed from the dialect were read by the tolerant parser.',
      });
    }
    const ignored = this.#plan.unknown;
    if (ignored.length > 0) {
      const text = `Columns that the contract does not know: ${ignored.map(({ header }) => header).join(', ')}.`;
      notes.push({ code: 'unknown_columns', count: ignored.length, text });
    }
    return notes;
  }
}

type Visit = (reader: ChunkReader, chunk: AnyChunk, index: number) => Promise<void>;

/** Several lanes take chunks from one stream; each keeps about one core busy. */
async function inLanes(
  sessions: readonly EngineSession[],
  task: ChunkTask,
  chunks: AsyncGenerator<AnyChunk>,
  visit: Visit,
): Promise<void> {
  let index = 0;
  const lane = async (session: EngineSession, name: string): Promise<void> => {
    const reader = new ChunkReader(session, task, name);
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      const own = index;
      index += 1;
      await visit(reader, next.value, own);
    }
  };
  const results = await Promise.allSettled(sessions.map((session, at) => lane(session, `lane${at}`)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Records of the first table of a file that only the tolerant parser can cut. */
async function* parsedChunks(reading: TableReading): AsyncGenerator<ParsedChunk> {
  let firstLine = 1;
  let held: TableRecord[] = [];
  for await (const batch of reading.batches) {
    if (batch.table > 0) continue;
    held = held.concat(batch.records);
    if (held.length < parsedRecords) continue;
    yield { records: held, firstLine };
    firstLine += held.length;
    held = [];
  }
  if (held.length > 0) yield { records: held, firstLine };
}

function undecidedDates(column: string, { reason, between }: Extract<FormatDecision, { kind: 'undecided' }>): Refusal {
  const [one, other] = between;
  const text =
    reason === 'mixed_dates'
      ? `Column ${column} holds dates that are only ${one} and dates that are only ${other}.`
      : `Every date in column ${column} can be read as ${one} and as ${other}; name one format in the contract.`;
  return { kind: 'refused', reason: `${reason}:${column}`, text };
}

/** Types of every output expression; also the place where a wrong expression of a contract is found. */
async function outputTypes(session: EngineSession, plan: ContractPlan): Promise<OutputTypes[]> {
  const all: OutputTypes[] = [];
  for (const output of plan.outputs) {
    try {
      const described = await session.rows(`describe select ${outputExpressions(output)} from (${typedNothing(plan)})`);
      all.push(new Map(described.map(([name, type]) => [String(name), String(type)])));
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error;
      throw new CatalogError(
        `an expression for ${output.dataset.dataset} is wrong: ${error.ownWords().split('\n')[0]}`,
        {
          where: `contract ${plan.contract.contract}`,
          next: 'mend the contract and run `tidemark contract check`',
        },
      );
    }
  }
  return all;
}

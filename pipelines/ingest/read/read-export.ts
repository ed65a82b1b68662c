import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ContractColumn } from '../../domain/contract.ts';
import type { Note } from '../../domain/receipt.ts';
import type { Detection } from '../detect/dialect.ts';
import { personalLayout } from '../erasure/personal-layout.ts';
import { PersonsWatch, type Watched } from '../erasure/persons-watch.ts';
import type { IngestCatalog, ReadOutcome, ReadRequest, Refusal, WrittenPart } from '../ingest.ts';
import { type ContractPlan, planContract, withIdentifiers } from '../plan/contract-plan.ts';
import { shownNames } from '../plan/shown-names.ts';
import { allKeys, type PseudonymKey } from '../pseudonym-key.ts';
import { ChunkLanes } from './chunk-lanes.ts';
import type { ChunkTask, ReadChunk } from './chunk-reader.ts';
import { Departures } from './departures.ts';
import { areFew } from './doubted-encoding.ts';
import type { Engine, EngineSession } from './engine.ts';
import { sampleBytes } from './export-bytes.ts';
import { decideFormats, type EachChunk, exportTime, presumeFormats } from './file-survey.ts';
import { outputTypes } from './output-types.ts';
import { RejectedRecords } from './rejected-records.ts';
import { countRepeats, settleKeys } from './settle-parts.ts';
import { WrongEncoding } from './wrong-encoding.ts';

export interface ReadSettings {
  readonly catalog: IngestCatalog;
  readonly key: PseudonymKey;
  readonly chunkBytes: number;
}

/** Bytes from which on a zone's steps, 30 ms and long statements, pay. */
const worthAskingZone = 8 << 20;

/** Bytes of a file in which most columns show how their dates are written. */
const littleText = 512 << 10;

/** One reading of a file under one contract and one detection. */
export class ExportReading {
  readonly #engine: Engine;
  readonly #settings: ReadSettings;
  readonly #request: ReadRequest;
  readonly #detection: Detection;
  #plan: ContractPlan;
  #rejected: RejectedRecords;
  readonly #parts: { readonly index: number; readonly part: WrittenPart }[] = [];
  #records = 0;
  #blank = 0;
  #departures = new Departures();
  readonly #lanes: ChunkLanes;
  readonly #watched: Watched | undefined;
  #isNamed = false;

  constructor(engine: Engine, settings: ReadSettings, request: ReadRequest, detection: Detection) {
    this.#engine = engine;
    this.#settings = settings;
    this.#request = request;
    this.#detection = detection;
    const plan = planContract(request.contract, settings.catalog, detection.layout);
    this.#watched = request.suppressed.size === 0 ? undefined : this.#watch();
    this.#plan = this.#watched ? withIdentifiers(plan, namingKinds(settings.catalog)) : plan;
    this.#rejected = new RejectedRecords(request.scratch);
    this.#lanes = new ChunkLanes(request.file, detection, settings.chunkBytes);
  }

  /** @throws WrongEncoding where the bytes are not what detection found. */
  async run(): Promise<ReadOutcome | Refusal> {
    const { file, landedAt } = this.#request;
    const { first, sessions } = this.#engine;
    const refusal = unknownRefusal(this.#plan);
    if (refusal !== undefined) return refusal;
    const draft = await this.#task(landedAt);
    const survey: EachChunk = (visit) => this.#lanes.each(sessions, { ...draft, plan: surveyed(draft.plan) }, visit);
    const beginning = (bytes: number): EachChunk => {
      return (visit) => this.#lanes.first(first, { ...draft, plan: surveyed(draft.plan) }, bytes, visit);
    };
    // A little often says enough; dates that are all of the first days of a month need more.
    const presumed =
      (await presumeFormats(this.#plan, beginning(littleText))) ??
      (await presumeFormats(this.#plan, beginning(this.#settings.chunkBytes)));
    const undecided = this.#plan;
    const decided = presumed ?? (await decideFormats(undecided, survey));
    if ('kind' in decided) return decided;
    this.#plan = decided;
    const exportedAt = await exportTime(first, decided, { fileName: file.name, landedAt }, survey);
    const task = await this.#readAll(exportedAt);
    if (presumed === undefined || presumed === undecided || !this.#rejected.hasUnreadTime) {
      return await this.#settle(first, task);
    }
    // A cell cannot be read in the format of the first ones: the whole column has to speak.
    this.#startAgain();
    const whole = await decideFormats(undecided, survey);
    if ('kind' in whole) return whole;
    this.#plan = whole;
    return await this.#settle(first, await this.#readAll(exportedAt));
  }

  async #readAll(exportedAt: Date): Promise<ChunkTask> {
    const task = await this.#task(exportedAt);
    const { sessions } = this.#engine;
    await this.#engine.keepingJoinOrder(() =>
      this.#lanes.each(sessions, task, async (reader, chunk, index) =>
        this.#take(await reader.read(chunk, index), index),
      ),
    );
    if (!areFew(this.#rejected.undecodable, this.#records)) throw new WrongEncoding();
    return task;
  }

  async #task(exportedAt: Date): Promise<ChunkTask> {
    const { file, scratch, contract } = this.#request;
    const plan = this.#plan;
    const zone = file.bytes < worthAskingZone ? plan.zone : await this.#engine.zone(plan.zone.name);
    return {
      plan: {
        ...plan,
        zone,
        olderKeys: allKeys(this.#settings.key)
          .slice(1)
          .map(({ version }) => version),
      },
      types: await this.#engine.types(contract, (session) => outputTypes(session, plan)),
      provenance: { sha: file.sha, exportedAt },
      key: this.#settings.key,
      scratch,
      identifiers: this.#settings.catalog.datasets.get('customer_identifiers'),
      dialect: this.#detection.dialect,
      watched: this.#watched,
      columns: this.#detection.layout.columns,
    };
  }

  async #take(chunk: ReadChunk, index: number): Promise<void> {
    this.#records += chunk.records;
    this.#blank += chunk.blank;
    this.#isNamed ||= chunk.isNamed;
    this.#departures.add(chunk.departures);
    this.#parts.push(...chunk.parts.map((part) => ({ index, part })));
    await this.#rejected.add(chunk.rejected);
    this.#request.onProgress?.(this.#records);
  }

  #watch(): Watched {
    const { contract, suppressed: persons } = this.#request;
    const { key, catalog } = this.#settings;
    return { persons, key, layout: personalLayout(this.#detection, contract, catalog) };
  }

  /** Whether what stands before the records names somebody who is watched; of the records it is known by then. */
  async #isNamedBefore(): Promise<boolean> {
    if (this.#watched === undefined) return false;
    const { encoding } = this.#detection.dialect;
    const text = new TextDecoder(encoding).decode(await sampleBytes(this.#request.file));
    return await new PersonsWatch(this.#engine.first, this.#watched).isNamedBefore(text, this.#detection);
  }

  #startAgain(): void {
    this.#rejected = new RejectedRecords(this.#request.scratch);
    this.#records = 0;
    this.#blank = 0;
    this.#departures = new Departures();
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
      mayNameSuppressed: this.#isNamed || (await this.#isNamedBefore()),
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
    const settled = await settleKeys(session, own, output);
    if (output.output.write !== 'append') return { parts: settled, repeated: 0 };
    const dates = settled
      .flatMap(({ minDate, maxDate }) => (minDate === null || maxDate === null ? [] : [minDate, maxDate]))
      .sort();
    const earlier = await this.#request.earlierParts(output.dataset.dataset, dates[0] ?? null, dates.at(-1) ?? null);
    return { parts: settled, repeated: await countRepeats(session, settled, output, earlier) };
  }

  #allNotes(): Note[] {
    const notes = [...this.#detection.notes, ...this.#departures.notes()];
    if (this.#blank > 0)
      notes.push({ code: 'blank_records', count: this.#blank, text: 'Records without any value are no rows.' });
    const missing = this.#plan.columns.filter(({ position }) => position === undefined);
    if (missing.length > 0) {
      const text = `Columns that the contract knows and the file does not have: ${shownNames(missing.map(({ column }) => column.headers[0] ?? column.name))}.`;
      notes.push({ code: 'missing_columns', count: missing.length, text });
    }
    const ignored = this.#plan.unknown;
    if (ignored.length > 0) {
      const text = `Columns that the contract does not know: ${shownNames(ignored.map(({ header }) => header))}.`;
      notes.push({ code: 'unknown_columns', count: ignored.length, text });
    }
    const isBooked = this.#parts.length > 0 || this.#records - this.#blank - this.#rejected.count === 0;
    if (!isBooked) {
      const text = 'No record meets the condition of any output: the file is kept, and nothing of it is booked.';
      notes.push({ code: 'nothing_booked', count: this.#records - this.#blank - this.#rejected.count, text });
    }
    const withheld = this.#plan.contract.unknown_columns === 'keep' ? ignored.length - this.#plan.kept.length : 0;
    if (withheld > 0) {
      const text = 'Unknown columns whose headers sound personal: their cells were not kept.';
      notes.push({ code: 'withheld_columns', count: withheld, text });
    }
    return notes;
  }
}

/** What pseudonyms of persons are made of: never addresses, names only where a contract says so. */
function namingKinds({ contracts }: IngestCatalog): ReadonlySet<ContractColumn['personal']> {
  const stated = [...contracts.values()].flatMap(({ persons }) => persons.map(({ kind }) => kind));
  return new Set(['phone', 'email', 'customer_id', ...stated] as const);
}

/** A contract may want to hear of a new column before any row is booked. */
function unknownRefusal({ contract, unknown }: ContractPlan): Refusal | undefined {
  if (contract.unknown_columns !== 'refuse' || unknown.length === 0) return undefined;
  const names = shownNames(unknown.map(({ header }) => header));
  const text = `The contract refuses columns that it does not know: ${names}. Add them to it, then replay the file.`;
  return { kind: 'refused', reason: 'unknown_columns', text };
}

/** The plan with only those columns at which a survey of the file looks; the other cells stay in the text. */
function surveyed(plan: ContractPlan): ContractPlan {
  const timed = plan.contract.exported_at?.column;
  const columns = plan.columns.filter(({ column, formats }) => formats.length > 1 || column.name === timed);
  return { ...plan, columns, kept: [] };
}

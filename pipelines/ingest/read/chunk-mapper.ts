import { join } from 'node:path';
import type { Dataset } from '../../domain/dataset.ts';
import type { Watched } from '../erasure/persons-watch.ts';
import type { WrittenPart } from '../ingest.ts';
import { withColumnZones } from '../plan/column-zones.ts';
import type { ContractPlan, OutputPlan } from '../plan/contract-plan.ts';
import { allKeys, type PseudonymKey } from '../pseudonym-key.ts';
import { padValues, pseudonym } from '../sql/identifier-sql.ts';
import { identifierRows, naturalKey, numberedBy, outputRows, type Provenance } from '../sql/output-sql.ts';
import {
  cellSeparator,
  distinctIdentifiers,
  type Gathered,
  judgedRecords,
  type OutputTypes,
  pseudonymTable,
  type RecordSource,
  typedRecords,
} from '../sql/record-sql.ts';
import type { EngineSession } from './engine.ts';
import { writePart } from './part-writer.ts';

export interface MappingTask {
  readonly plan: ContractPlan;
  readonly types: readonly OutputTypes[];
  readonly provenance: Provenance;
  readonly key: PseudonymKey;
  readonly scratch: string;
  /** `customer_identifiers`, where the catalog has it. */
  readonly identifiers: Dataset | undefined;
  /** Who is not to be named; undefined where everybody may be. */
  readonly watched: Watched | undefined;
}

/** What the engine made of one chunk. */
export interface MappedChunk {
  readonly parts: readonly WrittenPart[];
  /** Records that the engine saw. */
  readonly records: number;
  readonly rejects: readonly { readonly line: number; readonly reason: string }[];
}

/** A chunk's identifiers name somebody who is watched. */
export interface NamingChunk extends MappedChunk {
  readonly isNamed: boolean;
}

/** What the scan knows of a chunk. */
export interface ChunkPlace {
  readonly index: number;
  /** Records that the scan counted. */
  readonly expected: number;
}

/**
 * Maps the records of one chunk into parts. In the plain case (one output for every record) that is one pass: if as many
 * rows were written as there are records, none was rejected; only else the records are judged a second time, to tell which.
 * Undefined where the engine does not see as many records as were expected.
 */
export async function mapChunk(
  session: EngineSession,
  given: MappingTask,
  source: RecordSource,
  place: ChunkPlace,
): Promise<NamingChunk | undefined> {
  const task = { ...given, plan: withColumnZones(given.plan, source.facts) };
  await makePseudonyms(session, task, source);
  try {
    const isNamed = await isWatchedNamed(session, task, source);
    const mapped = await mapRecords(session, task, source, place);
    return mapped && { ...mapped, isNamed };
  } finally {
    const made = task.plan.personal.map(({ name }) => pseudonymTable(source, name));
    await session.run([source.table, ...made].map((table) => `drop table if exists ${table}`).join('; '));
  }
}

async function mapRecords(
  session: EngineSession,
  task: MappingTask,
  source: RecordSource,
  place: ChunkPlace,
): Promise<MappedChunk | undefined> {
  const judged = judgedRecords(task.plan, source, task.types);
  const isPlain = task.plan.outputs.length === 1 && !hasLinks(task.plan);
  const [only] = task.plan.outputs;
  if (isPlain && only !== undefined && only.output.when === undefined) {
    const isNamed = (name: string): boolean => numberedBy(task.plan, only).includes(name);
    const numbered = task.plan.personal.some(({ name }) => isNamed(name)) ? judged : typedRecords(task.plan, source);
    const { pseudonyms, gathered } = source;
    const parts = await writeOutputs(session, task, { records: judged, numbered, place, pseudonyms, gathered });
    const written = parts[0]?.rows ?? 0;
    const rejects = written === place.expected ? [] : await rejectedRecords(session, judged);
    return counted({ parts, records: written + rejects.length, rejects }, place);
  }
  const table = `${source.pseudonyms}_records`;
  const [[total] = []] = await session.rows(`create or replace temp table ${table} as ${judged}`);
  await session.run(`drop table if exists ${source.table}`);
  const records = `select * from ${table}`;
  const { pseudonyms, gathered } = source;
  const parts = await writeOutputs(session, task, { records, numbered: records, place, pseudonyms, gathered });
  const rejects = await rejectedRecords(session, records);
  await session.run(`drop table ${table}`);
  return counted({ parts, records: Number(total ?? 0), rejects }, place);
}

function counted(mapped: MappedChunk, { expected }: ChunkPlace): MappedChunk | undefined {
  return mapped.records === expected ? mapped : undefined;
}

async function makePseudonyms(session: EngineSession, { plan, key }: MappingTask, source: RecordSource): Promise<void> {
  for (const column of plan.personal) {
    const table = pseudonymTable(source, column.name);
    const distinct = distinctIdentifiers(plan, source, column.name);
    const keys = allKeys(key);
    const names = refColumns(key);
    const refs = keys.map(({ version }, at) => `${pseudonym('plain', column.personal ?? '', version)} as ${names[at]}`);
    const cells = gatheredCells(plan, source, column.name);
    await session.run(
      `create or replace temp table ${table} as select raw, ${refs.join(', ')} from (${distinct}) where plain is not null`,
      { ...padValues(keys), ...(cells !== undefined && { cells: cells.join(cellSeparator) }) },
    );
  }
}

/** Columns of a table of pseudonyms: under the present key, then under each older one. */
function refColumns(key: PseudonymKey): string[] {
  return allKeys(key).map(({ version }, at) => (at === 0 ? 'ref' : `ref${version}`));
}

/** Whether one of the pseudonyms that were made is of somebody who is watched. */
async function isWatchedNamed(
  session: EngineSession,
  { plan, key, watched }: MappingTask,
  source: RecordSource,
): Promise<boolean> {
  if (watched === undefined || plan.personal.length === 0) return false;
  const made = plan.personal.flatMap(({ name }) =>
    refColumns(key).map((ref) => `select ${ref} as ref from ${pseudonymTable(source, name)}`),
  );
  const rows = await session.rows(
    `select 1 from (${made.join(' union all ')}) where ref in (select unnest(string_split($persons, ','))) limit 1`,
    { persons: [...watched.persons].join(',') },
  );
  return rows.length > 0;
}

function gatheredCells(plan: ContractPlan, { gathered }: RecordSource, name: string): readonly string[] | undefined {
  if (gathered === undefined) return undefined;
  const position = plan.columns.find(({ column }) => column.name === name)?.position;
  return gathered.persons.get(position ?? -1) ?? [];
}

/** SQL: the records of a chunk, and what their rows can be numbered by, which needs less of them. */
interface MappedRecords {
  readonly records: string;
  readonly numbered: string;
  readonly place: ChunkPlace;
  /** What the names of temporary tables begin with. */
  readonly pseudonyms: string;
  readonly gathered: Gathered | undefined;
}

async function writeOutputs(
  session: EngineSession,
  task: MappingTask,
  { records, numbered, place, pseudonyms, gathered }: MappedRecords,
): Promise<WrittenPart[]> {
  const parts: WrittenPart[] = [];
  const { plan, provenance } = task;
  for (const [at, output] of plan.outputs.entries()) {
    const numbers = { records, numbered, numbers: `${pseudonyms}_numbers`, gathered };
    const own = output.madeKey === undefined ? records : await withOccurrences(session, plan, output, numbers);
    const rows = outputRows(plan, output, { types: task.types[at] ?? new Map(), records: own, provenance });
    const path = join(task.scratch, `${output.dataset.dataset}-${at}-${place.index}.parquet`);
    const part = await writePart(session, rows, path, output.dataset);
    if (part !== undefined) parts.push(part);
  }
  if (task.identifiers !== undefined && hasLinks(plan)) {
    const tables = plan.persons.map(({ column }) => `${pseudonyms}_${column}`);
    const rows = identifierRows(plan, task.identifiers, { records, provenance, tables });
    const path = join(task.scratch, `identifiers-${place.index}.parquet`);
    const part = await writePart(session, rows, path, task.identifiers);
    if (part !== undefined) parts.push(part);
  }
  return parts;
}

/** Whether a file's rows tell which pseudonyms are one person: several identifiers, or several keys. */
function hasLinks({ persons, olderKeys }: ContractPlan): boolean {
  return persons.length > 1 || (persons.length > 0 && olderKeys.length > 0);
}

/**
 * SQL: records with `_occurrence`, the number of their natural key inside this chunk; null where it occurs once, so that only
 * the few that repeat are numbered. Rejected records count as well: when they come in later, the others keep their numbers.
 */
async function withOccurrences(
  session: EngineSession,
  plan: ContractPlan,
  output: OutputPlan,
  { records, numbered, numbers, gathered }: NumberedRecords,
): Promise<string> {
  const repeats =
    gathered === undefined
      ? await findRepeats(session, plan, output, { numbered, numbers })
      : await keepRepeats(session, gathered.repeats, numbers);
  if (repeats === 0) return `select *, cast(null as bigint) as _occurrence from (${records})`;
  return `select r.*, o.n as _occurrence from (${records}) as r left join ${numbers} as o on o._line = r._line`;
}

interface NumberedRecords {
  readonly records: string;
  readonly numbered: string;
  /** Temporary table of the lines whose key repeats. */
  readonly numbers: string;
  readonly gathered: Gathered | undefined;
}

async function keepRepeats(
  session: EngineSession,
  { lines, numbers: n }: Gathered['repeats'],
  numbers: string,
): Promise<number> {
  if (lines.length === 0) return 0;
  const listed = (name: string): string => `unnest(cast(string_split($${name}, ',') as bigint[]))`;
  await session.run(
    `create or replace temp table ${numbers} as select ${listed('lines')} as _line, ${listed('n')} as n`,
    {
      lines: lines.join(','),
      n: n.join(','),
    },
  );
  return lines.length;
}

async function findRepeats(
  session: EngineSession,
  plan: ContractPlan,
  output: OutputPlan,
  { numbered, numbers }: Pick<NumberedRecords, 'numbered' | 'numbers'>,
): Promise<number> {
  const scope = output.madeKey === 'line_id' ? `(${output.output.columns['order_id'] ?? "''"}), ` : '';
  const rows = `select _line, hash(${scope}${naturalKey(plan, output)}) as k from (${numbered})`;
  const [[repeats] = []] = await session.rows(
    `create or replace temp table ${numbers} as
      with rows as (${rows}), repeated as (select k from rows group by k having count(*) > 1)
      select _line, row_number() over (partition by k order by _line) as n from rows where k in (select k from repeated)`,
  );
  return Number(repeats);
}

async function rejectedRecords(session: EngineSession, judged: string): Promise<MappedChunk['rejects']> {
  const rows = await session.rows(`select _line, _reject from (${judged}) where _reject is not null order by _line`);
  return rows.map(([line, reason]) => ({ line: Number(line), reason: String(reason) }));
}

import { join } from 'node:path';
import type { Dataset } from '../../domain/dataset.ts';
import type { WrittenPart } from '../ingest.ts';
import type { ContractPlan, OutputPlan } from '../plan/contract-plan.ts';
import { allKeys, type PseudonymKey } from '../pseudonym-key.ts';
import { padValues, pseudonym } from '../sql/identifier-sql.ts';
import { identifierRows, naturalKey, numberedBy, outputRows, type Provenance } from '../sql/output-sql.ts';
import {
  distinctIdentifiers,
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
}

/** What the engine made of one chunk. */
export interface MappedChunk {
  readonly parts: readonly WrittenPart[];
  /** Records that the engine saw. */
  readonly records: number;
  readonly rejects: readonly { readonly line: number; readonly reason: string }[];
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
 */
export async function mapChunk(
  session: EngineSession,
  task: MappingTask,
  source: RecordSource,
  place: ChunkPlace,
): Promise<MappedChunk> {
  await makePseudonyms(session, task, source);
  try {
    return await mapRecords(session, task, source, place);
  } finally {
    const made = task.plan.personal.map(({ name }) => pseudonymTable(source, name));
    for (const table of [source.table, ...made]) await session.run(`drop table if exists ${table}`);
  }
}

async function mapRecords(
  session: EngineSession,
  task: MappingTask,
  source: RecordSource,
  place: ChunkPlace,
): Promise<MappedChunk> {
  const judged = judgedRecords(task.plan, source, task.types);
  const isPlain = task.plan.outputs.length === 1 && !hasLinks(task.plan);
  const [only] = task.plan.outputs;
  if (isPlain && only !== undefined && only.output.when === undefined) {
    const isNamed = (name: string): boolean => numberedBy(task.plan, only).includes(name);
    const numbered = task.plan.personal.some(({ name }) => isNamed(name)) ? judged : typedRecords(task.plan, source);
    const { pseudonyms } = source;
    const parts = await writeOutputs(session, task, { records: judged, numbered, place, pseudonyms });
    if (parts[0]?.rows === place.expected) return { parts, records: place.expected, rejects: [] };
    return { parts, ...(await countRecords(session, judged)) };
  }
  const table = `${source.pseudonyms}_records`;
  await session.run(`create or replace temp table ${table} as ${judged}`);
  await session.run(`drop table ${source.table}`);
  const records = `select * from ${table}`;
  const { pseudonyms } = source;
  const parts = await writeOutputs(session, task, { records, numbered: records, place, pseudonyms });
  const counts = await countRecords(session, records);
  await session.run(`drop table ${table}`);
  return { parts, ...counts };
}

async function makePseudonyms(session: EngineSession, { plan, key }: MappingTask, source: RecordSource): Promise<void> {
  for (const column of plan.personal) {
    const table = pseudonymTable(source, column.name);
    const distinct = distinctIdentifiers(plan, source, column.name);
    const keys = allKeys(key);
    const refs = keys.map(({ version }, at) => {
      const ref = pseudonym('plain', column.personal ?? '', version);
      return at === 0 ? `${ref} as ref` : `${ref} as ref${version}`;
    });
    await session.run(
      `create or replace temp table ${table} as select raw, ${refs.join(', ')} from (${distinct}) where plain is not null`,
      padValues(keys),
    );
  }
}

/** SQL: the records of a chunk, and what their rows can be numbered by, which needs less of them. */
interface MappedRecords {
  readonly records: string;
  readonly numbered: string;
  readonly place: ChunkPlace;
  /** What the names of temporary tables begin with. */
  readonly pseudonyms: string;
}

async function writeOutputs(
  session: EngineSession,
  task: MappingTask,
  { records, numbered, place, pseudonyms }: MappedRecords,
): Promise<WrittenPart[]> {
  const parts: WrittenPart[] = [];
  const { plan, provenance } = task;
  for (const [at, output] of plan.outputs.entries()) {
    const numbers = { records, numbered, numbers: `${pseudonyms}_numbers` };
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
  { records, numbered, numbers }: { readonly records: string; readonly numbered: string; readonly numbers: string },
): Promise<string> {
  const scope = output.madeKey === 'line_id' ? `(${output.output.columns['order_id'] ?? "''"}), ` : '';
  const rows = `select _line, hash(${scope}${naturalKey(plan, output)}) as k from (${numbered})`;
  await session.run(
    `create or replace temp table ${numbers} as
      with rows as (${rows}), repeated as (select k from rows group by k having count(*) > 1)
      select _line, row_number() over (partition by k order by _line) as n from rows where k in (select k from repeated)`,
  );
  const [[repeats] = []] = await session.rows(`select count(*) from ${numbers}`);
  if (Number(repeats) === 0) return `select *, cast(null as bigint) as _occurrence from (${records})`;
  return `select r.*, o.n as _occurrence from (${records}) as r left join ${numbers} as o on o._line = r._line`;
}

async function countRecords(session: EngineSession, judged: string): Promise<Omit<MappedChunk, 'parts'>> {
  const rejected = await session.rows(
    `select _line, _reject from (${judged}) where _reject is not null order by _line`,
  );
  const [[total] = []] = await session.rows(`select count(*) from (${judged})`);
  return {
    records: Number(total ?? 0),
    rejects: rejected.map(([line, reason]) => ({ line: Number(line), reason: String(reason) })),
  };
}

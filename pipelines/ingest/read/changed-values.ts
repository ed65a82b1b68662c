import type { DuckDBValue } from '@duckdb/node-api';
import { isFarFromTurns } from '../plan/column-zones.ts';
import { type ContractPlan, cellsRead, referencedColumns } from '../plan/contract-plan.ts';
import { changesClocks, turnDays } from '../plan/zone-turns.ts';
import { daysOf, doubtfulTimes, mayRound, recordsWithZeros, roundedCells, suspectCells } from '../sql/changed-sql.ts';
import type { PlacedColumn } from '../sql/column-sql.ts';
import type { RecordSource } from '../sql/record-sql.ts';
import type { Departure } from './departures.ts';
import type { EngineSession } from './engine.ts';

/**
 * Values of a chunk that are not kept as they are written: numbers with more decimals than are kept, times that the zone's
 * clock shows never or twice. Columns of plain numbers, and zones without changes of the clock, cost nothing. `text`: the
 * chunk as it stands in the file, in which zeros are looked for: they are kept, and hardly ever meant.
 */
export async function changedValues(
  session: EngineSession,
  plan: ContractPlan,
  source: RecordSource,
  text: Buffer,
): Promise<Departure[]> {
  const found: Departure[] = [];
  if (text.includes(0)) {
    const [[count, line] = []] = await session.rows(recordsWithZeros(cellsRead(plan), source));
    if (Number(count) > 0) found.push({ code: 'zero_characters', count: Number(count), firstLine: Number(line) });
  }
  const take = (code: string, { column }: PlacedColumn, [count, line]: readonly (DuckDBValue | undefined)[]): void => {
    if (Number(count ?? 0) > 0)
      found.push({ code, column: column.name, count: Number(count), firstLine: Number(line) });
  };
  for (const placed of await suspects(session, plan, source)) {
    const [row = []] = await session.rows(roundedCells(placed, plan.contract, source));
    take(placed.column.type === 'percent' ? 'rounded_shares' : 'rounded_numbers', placed, row);
  }
  for (const placed of doubtfulColumns(plan, source)) {
    const [[first, last] = []] = await session.rows(daysOf(placed, plan.contract, source));
    const days = turnDays(plan.contract.timezone, String(first ?? ''), String(last ?? ''));
    if (days.length === 0) continue;
    const [row = []] = await session.rows(doubtfulTimes(placed, plan.contract, source, days));
    take('skipped_times', placed, row.slice(0, 2));
    take('repeated_times', placed, row.slice(2));
  }
  return found;
}

/** Number columns with a cell that may have been rounded: mostly none, which one look tells of all. */
async function suspects(session: EngineSession, plan: ContractPlan, source: RecordSource): Promise<PlacedColumn[]> {
  const columns = plan.columns.filter((column) => mayRound(column, source));
  if (columns.length === 0) return [];
  const [counts = []] = await session.rows(suspectCells(columns, source));
  return columns.filter((_, at) => Number(counts[at]) > 0);
}

/** Whether nothing has to be asked of the cells: all values are kept as they are written, and none holds a zero. */
export function areKeptAsWritten(plan: ContractPlan, source: Pick<RecordSource, 'facts'>, text: Buffer): boolean {
  if (text.includes(0)) return false;
  return !plan.columns.some((column) => mayRound(column, source)) && doubtfulColumns(plan, source).length === 0;
}

function doubtfulColumns(plan: ContractPlan, { facts }: Pick<RecordSource, 'facts'>): PlacedColumn[] {
  return clockColumns(plan).filter(({ position = 0 }) => !isFarFromTurns(plan.zone, facts(position)));
}

/** Columns of wall-clock times that outputs turn into UTC. */
function clockColumns({ contract, columns, outputs }: ContractPlan): PlacedColumn[] {
  if (!changesClocks(contract.timezone)) return [];
  const converted = outputs.flatMap(({ dataset, output }) =>
    dataset.columns.flatMap(({ name, type }) => (type === 'timestamp' ? (output.columns[name] ?? []) : [])),
  );
  const names = new Set(converted.flatMap((expression) => referencedColumns(expression, contract)));
  return columns.filter(
    ({ column: { name, type }, position }) =>
      position !== undefined && names.has(name) && (type === 'datetime' || type === 'date'),
  );
}

import { quotedString } from '@duckdb/node-api';
import type { Contract } from '../../domain/contract.ts';
import type { FactsOf } from './cell-facts.ts';
import { columnSql, layered, type PlacedColumn } from './column-sql.ts';
import { utcTime } from './time-sql.ts';

/** SQL: the time in a file's name in microseconds, null where it is none; undefined where the contract looks for none. */
export function exportTimeOfName(contract: Contract, fileName: string): string | undefined {
  const { file_name: pattern, format } = contract.exported_at ?? {};
  if (pattern === undefined || format === undefined) return undefined;
  const [, group] = new RegExp(pattern, 'u').exec(fileName) ?? [];
  if (group === undefined) return undefined;
  const local = `try_strptime(${quotedString(group)}, ${quotedString(format)})`;
  return `select epoch_us(${utcTime(local, 'TIMESTAMP', { name: contract.timezone })})`;
}

/** SQL: the latest value of a column in a chunk, in microseconds. */
export function latestTime(
  placed: PlacedColumn,
  contract: Contract,
  { relation, facts }: { readonly relation: string; readonly facts: FactsOf },
): string {
  const column = columnSql(placed, contract, facts);
  const type = placed.column.type === 'instant' ? 'TIMESTAMP WITH TIME ZONE' : 'TIMESTAMP';
  const values = `select ${column.value} as _time from (${layered(relation, [column])})`;
  return `select epoch_us(${utcTime('max(_time)', type, { name: contract.timezone })}) from (${values})`;
}

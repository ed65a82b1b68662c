import type { Contract } from '../../domain/contract.ts';
import type { FactsOf } from './cell-facts.ts';
import { cleanCell } from './cell-sql.ts';
import { type PlacedColumn, rawCell } from './column-sql.ts';
import { wallClockCell } from './time-sql.ts';

/** SQL: how the cells of a column take to each of its candidate formats; one row of counts, read by `FormatEvidence`. */
export function formatCounts(
  { column, position }: PlacedColumn,
  contract: Contract,
  { relation, facts }: { readonly relation: string; readonly facts: FactsOf },
): string {
  const at = position ?? 0;
  const clean = cleanCell(rawCell(at), column.null_words ?? contract.null_words, facts(at));
  const formats = column.formats ?? [];
  const values = formats.map((format, at) => `${wallClockCell('_t', [format])} as f${at}`);
  const counts = formatPairs(formats.length).map(
    ([a, b]) =>
      `count(*) filter (f${a} is not null and f${b} is null),
       count(*) filter (f${b} is not null and f${a} is null),
       count(*) filter (f${a} <> f${b})`,
  );
  const parsed = formats.map((_, at) => `count(f${at})`);
  return `select ${[...parsed, ...counts].join(', ')} from (select ${values.join(', ')} from (select _t from (select ${clean} as _t from (${relation})) group by _t))`;
}

/** Pairs of positions in the order in which `formatCounts` counts them. */
export function formatPairs(length: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let a = 0; a < length; a += 1) for (let b = a + 1; b < length; b += 1) pairs.push([a, b]);
  return pairs;
}

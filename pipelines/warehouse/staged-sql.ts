import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { type ColumnType, type Dataset, provenanceColumns, sqlTypes } from '../domain/dataset.ts';
import type { Model } from '../domain/model.ts';
import { addMonths, compareMonths, type Month } from '../domain/month.ts';
import type { MartShape } from '../domain/release.ts';

export interface TypedColumn {
  readonly name: string;
  readonly type: string;
}

/** Columns of a staged dataset as they lie in its files. */
export function stagedColumns(dataset: Dataset): TypedColumn[] {
  return [...dataset.columns, ...provenanceColumns].map(({ name, type }) => ({ name, type: sqlTypes[type] }));
}

/** Columns of a model's rows, with the types that its YAML promises. */
export function modelColumns(model: Pick<Model, 'columns'> | MartShape): TypedColumn[] {
  return model.columns.map(({ name, type }) => ({ name, type: modelType(type) }));
}

function modelType(type: ColumnType | 'ratio'): string {
  return type === 'ratio' ? 'decimal(20,6)' : sqlTypes[type];
}

export function columnList(columns: readonly { readonly name: string }[]): string {
  return columns.map(({ name }) => quotedIdentifier(name)).join(', ');
}

/** A select over Parquet files; without files, over no rows of the same columns. */
export function selectFiles(columns: readonly TypedColumn[], paths: readonly string[]): string {
  if (paths.length === 0) {
    const nulls = columns.map(({ name, type }) => `cast(null as ${type}) as ${quotedIdentifier(name)}`);
    return `select ${nulls.join(', ')} where false`;
  }
  return `select ${castList(columns)} from ${parquet(paths)}`;
}

/** Columns with the types that the catalog promises; a cast to the type that a value has costs nothing. */
export function castList(columns: readonly TypedColumn[]): string {
  return columns
    .map(({ name, type }) => `cast(${quotedIdentifier(name)} as ${type}) as ${quotedIdentifier(name)}`)
    .join(', ');
}

/** A table function over Parquet files. @param named adds a column `filename`. */
export function parquet(paths: readonly string[], named = false): string {
  const names = named ? ', filename = true' : '';
  return `read_parquet([${paths.map(quotedString).join(', ')}], hive_partitioning = false${names})`;
}

/** A condition that is true for dates in these months; runs of months become ranges, which Parquet statistics know. */
export function inMonths(column: string, months: readonly Month[]): string {
  const name = quotedIdentifier(column);
  const dated = months.filter((month) => month !== null).sort(compareMonths);
  const ranges: { from: string; to: string }[] = [];
  for (const month of dated) {
    const last = ranges.at(-1);
    if (last?.to === month) last.to = addMonths(month, 1);
    else ranges.push({ from: month, to: addMonths(month, 1) });
  }
  const dates = inRanges(column, ranges);
  if (!months.includes(null)) return dates;
  return ranges.length === 0 ? `(${name} is null)` : `(${dates} or ${name} is null)`;
}

/** A condition that is true for dates in these ranges, each up to a day that is no more in it. */
export function inRanges(column: string, ranges: readonly { readonly from: string; readonly to: string }[]): string {
  const name = quotedIdentifier(column);
  const conditions = ranges.map(({ from, to }) => `(${name} >= date '${from}' and ${name} < date '${to}')`);
  return conditions.length === 0 ? 'false' : `(${conditions.join(' or ')})`;
}

/** A model's text as it can stand inside parentheses. */
export function withoutSemicolon(sql: string): string {
  return sql.trimEnd().replace(/;$/, '').trimEnd();
}

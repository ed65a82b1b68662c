import { z } from 'zod';
import { bilingual, identifier } from './text.ts';

/** Column types of canonical datasets and models; both engines have each of them under the same semantics. */
export const columnTypes = ['text', 'integer', 'decimal', 'date', 'timestamp', 'boolean', 'double'] as const;
export type ColumnType = (typeof columnTypes)[number];

/** SQL type names, valid in DuckDB and in Trino/Athena alike. Amounts, prices and quantities keep four decimals. */
export const sqlTypes: Readonly<Record<ColumnType, string>> = {
  text: 'varchar',
  integer: 'bigint',
  decimal: 'decimal(18,4)',
  date: 'date',
  timestamp: 'timestamp',
  boolean: 'boolean',
  double: 'double',
};

export const datasetColumn = z.strictObject({
  name: identifier,
  type: z.enum(columnTypes),
  description: bilingual,
  /** Must have a value in every accepted row. */
  required: z.boolean().default(false),
  /** Holds what identifies or describes a person: a keyed pseudonym, or free text kept in the private prefix. */
  personal: z.enum(['pseudonym', 'free_text']).optional(),
  values: z.array(z.string()).optional(),
  minimum: z.number().optional(),
});
export type DatasetColumn = z.infer<typeof datasetColumn>;

/** A canonical dataset: the shape into which every export of its kind is mapped. */
export const dataset = z.strictObject({
  dataset: identifier,
  description: bilingual,
  /** Columns that name one row. */
  key: z.array(identifier).min(1),
  /** Columns that name what `replace_scope` replaces as a whole; the `_scope` column is a hash of them. */
  scope: z.array(identifier).min(1),
  /** The event whose `<event>_at` (UTC) and `<event>_date` (channel's zone) date a row; absent for undated datasets. */
  event: identifier.optional(),
  /** The column whose month groups rows; defaults to `<event>_date`. */
  date_column: identifier.optional(),
  columns: z.array(datasetColumn).min(1),
});
export type Dataset = z.infer<typeof dataset>;

/**
 * Columns that every staged row carries beside its dataset's own, in this order.
 * `_scope` is a 63-bit hash of the dataset's scope columns: a cheap filter, never proof of equality.
 * `_carried` lists the dataset columns that the export states (",a,b,"): an upsert leaves the others as they were.
 */
export const provenanceColumns = [
  { name: 'source', type: 'text' },
  { name: '_export', type: 'text' },
  { name: '_line', type: 'integer' },
  { name: '_exported_at', type: 'timestamp' },
  { name: '_write', type: 'text' },
  { name: '_carried', type: 'text' },
  { name: '_scope', type: 'integer' },
  { name: '_extra', type: 'text' },
] as const satisfies readonly { readonly name: string; readonly type: ColumnType }[];

/** The column by whose month a dataset's rows are grouped, or undefined for an undated dataset. */
export function dateColumnOf(definition: Dataset): string | undefined {
  return definition.date_column ?? (definition.event === undefined ? undefined : `${definition.event}_date`);
}

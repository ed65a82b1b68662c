import { z } from 'zod';
import { bilingual, identifier } from './text.ts';
import { isTimeZone } from './zone-offsets.ts';

/**
 * A contract says how one kind of export becomes rows of canonical datasets. Its columns are read as typed values under
 * names of its own; its outputs are SQL expressions over those names (portable subset, evaluated at ingest).
 */
export const contractColumn = z.strictObject({
  /** The column's name inside this contract's expressions. */
  name: identifier,
  /** Headers under which it circulates, compared without case, surrounding blanks and width (full or half). */
  headers: z.array(z.string().min(1)).min(1),
  /**
   * `datetime` is wall-clock time in the contract's zone; `instant` carries its own offset or is a unix time.
   * `duration` is read as seconds; `percent` as a fraction (32.30% → 0.323).
   */
  type: z.enum(['text', 'id', 'integer', 'decimal', 'percent', 'date', 'datetime', 'instant', 'duration', 'boolean']),
  /** strptime formats tried in order; `unix_s` and `unix_ms` for instants. Default: ISO and its common relatives. */
  formats: z.array(z.string()).optional(),
  decimal_mark: z.enum(['.', ',']).default('.'),
  thousands_mark: z.enum([',', '.', ' ', "'", '']).default(','),
  /** Header must exist; otherwise the column is read as all null and counts as not carried. */
  required: z.boolean().default(false),
  /** Cell must have a value, or the row is quarantined. */
  not_null: z.boolean().default(false),
  null_words: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  values: z.array(z.string()).optional(),
  /** What the cell says about a person; such a value leaves ingest only as a keyed pseudonym. */
  personal: z.enum(['phone', 'email', 'name', 'address', 'customer_id', 'free_text']).optional(),
  description: bilingual.optional(),
});
export type ContractColumn = z.infer<typeof contractColumn>;

export const contractOutput = z.strictObject({
  dataset: identifier,
  write: z.enum(['append', 'upsert', 'replace_scope']),
  /** SQL condition; records for which it is not true give no row of this dataset (and are no rejects). */
  when: z.string().optional(),
  /**
   * Dataset column → SQL expression over contract columns. `<event>_date` follows from `<event>_at`; `channel_id` and
   * `currency` from the contract; `customer_ref` from `persons`; `line_id` falls back to occurrence within the order.
   */
  columns: z.record(z.string(), z.string()),
});
export type ContractOutput = z.infer<typeof contractOutput>;

export const channel = z.strictObject({
  channel_id: identifier,
  name: z.string(),
  name_zh: z.string(),
  kind: z.enum(['marketplace', 'own_shop', 'social', 'store', 'wholesale', 'other']),
  partner: z.string().optional(),
  opened_on: z.iso.date().optional(),
  status: z.enum(['active', 'planned', 'closed']).default('active'),
  owner: z.string().optional(),
  region: z.string().optional(),
});

export const contract = z.strictObject({
  contract: identifier,
  title: bilingual,
  /** Where the header list comes from: a real file, or which documentation. */
  documented_by: z.string().optional(),
  channel: channel,
  /** IANA zone of the channel: wall-clock times are read in it and `<event>_date` is the date there. */
  timezone: z
    .string()
    .refine(isTimeZone, 'no time zone has this name; expected one like Asia/Shanghai or Europe/Berlin'),
  currency: z.string().regex(/^[A-Z]{3}$/),
  files: z
    .strictObject({
      /** Glob patterns over file names; they only break ties between contracts whose headers both fit. */
      names: z.array(z.string()).default([]),
      /** The file has no header line: columns come in the order of this contract. */
      headerless: z.boolean().default(false),
      encoding: z.string().optional(),
      delimiter: z.string().optional(),
      sheet: z.string().optional(),
    })
    .default({ names: [], headerless: false }),
  /** Where the export's own time stands; without one, the first landing on its receipt. */
  exported_at: z
    .strictObject({
      /** Contract column (type date, datetime or instant); the latest value in the file counts. */
      column: identifier.optional(),
      /** Regular expression with one group over the file name, and the strptime format of that group. */
      file_name: z.string().optional(),
      format: z.string().optional(),
    })
    .optional(),
  null_words: z
    .array(z.string())
    .default(['', 'NULL', 'null', 'NaN', 'nan', 'N/A', 'n/a', 'None', '-', '--', '\\N', '无']),
  columns: z.array(contractColumn).min(1),
  /** Columns of the file that the contract does not know: kept as JSON in `_extra`, only noted, or the file refused. */
  unknown_columns: z.enum(['keep', 'note', 'refuse']).default('keep'),
  /** Row rules beyond types: the row is quarantined under `reason` where the condition is true. */
  rejects: z.array(z.strictObject({ reason: identifier, when: z.string(), description: bilingual })).default([]),
  /** Identifiers of the person behind a row, strongest first; each names a contract column. */
  persons: z
    .array(z.strictObject({ column: identifier, kind: z.enum(['phone', 'email', 'customer_id', 'name']) }))
    .default([]),
  outputs: z.array(contractOutput).min(1),
});
export type Contract = z.infer<typeof contract>;

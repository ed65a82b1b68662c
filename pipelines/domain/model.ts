import { z } from 'zod';
import { columnTypes } from './dataset.ts';
import { bilingual, identifier } from './text.ts';

export const modelColumn = z.strictObject({
  /** Staging relations carry where a row comes from; facts by order carry the scope by which they are found again. */
  name: identifier.or(z.enum(['_export', '_line', '_scope'])),
  type: z.enum([...columnTypes, 'ratio'] as const),
  description: bilingual,
  required: z.boolean().default(false),
  values: z.array(z.string()).optional(),
  minimum: z.number().optional(),
});

/** Rows given to a unit test: relation → rows; columns left out are null. */
const testRows = z.record(z.string(), z.array(z.record(z.string(), z.unknown())));

export const modelUnitTest = z.strictObject({
  test: z.string().min(1),
  /** Relations that are left out are empty, or follow from those that are given. */
  given: testRows,
  /** Only rows that meet this condition are compared; a select over many KPIs is tested one thing at a time. */
  where: z.string().optional(),
  expect: z.array(z.record(z.string(), z.unknown())),
});

const inputColumn = identifier.or(z.literal('_scope'));

/** A column of an input that holds the key, or whose values stand in another traced input that leads on to the key. */
const keyTrace = z.strictObject({
  relation: identifier,
  column: inputColumn,
  joins: z.strictObject({ relation: identifier, column: inputColumn }).optional(),
});
export type KeyTrace = z.infer<typeof keyTrace>;

/**
 * A model: one `select` in `<name>.sql` with this YAML beside it.
 *
 * `rebuild` says what a change in the inputs makes stale:
 * - `scope`: the model's rows belong to one order scope (they carry `_scope`); only touched scopes are computed again.
 * - `key`: the model's rows belong to one key each (a person); only keys of which a row of an input changed are computed
 *   again. An engine may compute all of them.
 * - `month`: a part of month M reads month M of every input that has months, and the whole of those that have none. With
 *   `keys_in`, only keys (days, customers) on changed rows are computed again within such a month; an engine may compute
 *   all of it.
 * - `whole`: computed from all inputs; with `month_of` its rows are still split into parts, and a part whose rows are
 *   unchanged keeps its identity, so that models behind it are not touched.
 */
export const model = z.strictObject({
  model: identifier,
  description: bilingual,
  materialized: z.enum(['view', 'parts']),
  rebuild: z.enum(['scope', 'key', 'month', 'whole']).default('whole'),
  /** With `rebuild: key`: the column that holds the key, here and in the inputs; with `keys_in`: the column here. */
  key: identifier.optional(),
  /** With `rebuild: month`: how rows of inputs are traced to keys. A change elsewhere touches whole months. */
  keys_in: z.array(keyTrace).min(1).optional(),
  /** `week`: the key is the Monday of a week, and inputs hold days of it. */
  key_span: z.literal('week').optional(),
  /** An input that says under which other names rows of a key stand in the others: its columns with name and key. */
  known_as: z.strictObject({ relation: identifier, name: identifier, key: identifier }).optional(),
  /** Column whose month names the part; absent: the model has a single part. */
  month_of: identifier.optional(),
  /** Months after M that a part of M reads as well (a week that starts in M ends in M + 1). */
  reads_months_after: z.int().min(0).max(12).default(0),
  reads_months_before: z.int().min(0).max(24).default(0),
  /** Inputs of which a part of M reads every month up to M: what each customer was before, say. */
  reads_all_before: z.array(identifier).optional(),
  /**
   * `year`: the column of `month_of` holds the first day of a year, and a part reads the twelve months of its year. What
   * is computed from all time then reads a few rows per customer, however long the history.
   */
  part_span: z.enum(['month', 'year']).optional(),
  grain: z.array(identifier).min(1),
  columns: z.array(modelColumn).min(1),
  /**
   * What has to be delivered before a day of this mart is known: any of these datasets. A delivered day without a row is
   * `zero` where rows are events (nobody ordered) and `unknown` where they are reports (nobody counted).
   */
  delivery: z
    .strictObject({ datasets: z.array(identifier).min(1), silent_day: z.enum(['zero', 'unknown']) })
    .optional(),
  /** The select is generated from the KPIs of the catalog; such a model has no SQL file. */
  generated_from_kpis: z.enum(['hour', 'day', 'week', 'month', 'dimension', 'definitions']).optional(),
  /** The mart whose columns are split here by `dimension` and `member`; KPIs of that mart can be told by member. */
  splits: identifier.optional(),
  /** The mart whose days are told by `hour_at` here; KPIs of that mart can be worked out by the hour. */
  hours_of: identifier.optional(),
  /** Selects that must return no row. */
  checks: z.array(z.strictObject({ name: identifier, description: bilingual, sql: z.string() })).default([]),
  /**
   * Way home: a select over staging relations with the mart's grain, `_export`, `_line`, `measure` and `amount`, whose
   * amounts add up to the cells.
   */
  trace: z.string().optional(),
  /** A select of the cells (grain and `measure`) that have no records of their own: counts of different things. */
  trace_gaps: z.string().optional(),
  tests: z.array(modelUnitTest).default([]),
});
export type Model = z.infer<typeof model>;

/** A model with its text and its place: staging models read `staged_<dataset>`, marts read staging models and marts. */
export interface ModelDefinition extends Model {
  readonly layer: 'staging' | 'marts';
  readonly sql: string;
  readonly file: string;
}

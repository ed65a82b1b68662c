import { z } from 'zod';
import { bilingual, identifier } from './text.ts';

/** Lengths of the periods for which KPIs are worked out; each is a mart of its own. */
export const kpiGrains = ['hour', 'day', 'week', 'month'] as const;

/** One part of a KPI: an aggregate over one mart. */
export const kpiPart = z.strictObject({
  mart: identifier,
  /** Column that is summed, or counted as distinct values for `distinct`. */
  column: identifier,
  aggregate: z.enum(['sum', 'count_distinct', 'max']).default('sum'),
  /** SQL condition over the mart's columns. */
  where: z.string().optional(),
  /** Column that gives the business date; default `business_date`. */
  date_column: identifier.default('business_date'),
  /** True where the column is money in the row's `currency` and has to be converted to the reporting currency. */
  money: z.boolean().default(false),
});
export type KpiPart = z.infer<typeof kpiPart>;

export const kpi = z.strictObject({
  kpi: identifier,
  family: z.enum(['traffic', 'activity', 'conversion', 'sales', 'satisfaction']),
  label: bilingual,
  /** What it says and what it is divided by, in words. */
  description: bilingual,
  /** `ratio` is shown as percent, `money` in the reporting currency, `index` as a plain number (NPS: −100 … 100). */
  unit: z.enum(['count', 'money', 'ratio', 'index']),
  direction: z.enum(['higher_is_better', 'lower_is_better', 'neutral']),
  owner: z.string(),
  /**
   * `sum`: parts are added over days and channels; `ratio`: summed parts are divided, never averaged; `distinct`: counted
   * over the period from rows; `as_reported`: has a value only at the grain that some export states.
   */
  additivity: z.enum(['sum', 'ratio', 'distinct', 'as_reported']),
  numerator: kpiPart,
  /** Several parts are added with their sign (NPS: promoters − detractors). */
  minus: kpiPart.optional(),
  denominator: kpiPart.optional(),
  /** A ratio is multiplied by this (NPS: 100). */
  scale: z.number().default(1),
  /** What it can be told by besides the channel, as [product, region]: its parts must add up over the members. */
  dimensions: z.array(identifier).default([]),
  /** Periods for which it is worked out. By the hour: where marts that know the hours of its parts have their columns. */
  grains: z.array(z.enum(kpiGrains)).min(1).default(['day', 'week', 'month']),
  /** Days after a period's end until its value stands; until then it only rises: refunds by order date come in for weeks. */
  matures_in_days: z.int().min(0).default(0),
});
export type Kpi = z.infer<typeof kpi>;

import type { Kpi, KpiPart } from './kpi.ts';
import type { KpiDelivery } from './kpi-delivery.ts';
import { columnOf, type PartColumn, partsOf, sourceOf } from './kpi-parts.ts';
import { denominatorOf, numeratorOf } from './kpi-sides.ts';
import type { Model } from './model.ts';

/** What the steps of the select need to know of the whole. */
export interface KpiPlan {
  readonly parts: readonly PartColumn[];
  readonly deliveries: readonly KpiDelivery[];
  readonly models: ReadonlyMap<string, Model>;
}

/** SQL that makes a KPI out of the row of parts of one channel and period. */
export interface KpiRecipe {
  readonly numerator: string;
  /** `null` where the KPI is no ratio. */
  readonly denominator: string;
  /** 1 where all days of the period were delivered, else 0. */
  readonly complete: string;
  /** More than 0 where an amount could not be converted. */
  readonly lacksRate: string;
  /** Condition under which the KPI has a row: each part is known, or should be. */
  readonly wanted: string;
}

/** How a KPI is made of its parts. */
export function recipeOf(kpi: Kpi, plan: KpiPlan): KpiRecipe {
  const parts = partsOf(kpi);
  const amount = (part: KpiPart): string => amountOf(part, plan);
  const deliveries = parts.map((part) => `${deliveryOf(part, plan)}_complete = 1`);
  const money = parts
    .filter((part) => part.money)
    .map((part) => `coalesce(${columnOf(part, plan.parts)}_lacks_rate, 0)`);
  return {
    numerator: numeratorOf(kpi, amount),
    denominator: denominatorOf(kpi, amount),
    complete: `case when ${joined(deliveries, ' and ')} then 1 else 0 end`,
    lacksRate: money.length === 0 ? '0' : joined(money, ' + '),
    wanted: joined(
      parts.map((part) => wantedOf(part, plan)),
      ' and ',
    ),
  };
}

function joined(texts: readonly string[], by: string): string {
  return [...new Set(texts)].join(by);
}

/** A delivered period without a row is zero for marts of events (no order came) and unknown for marts of reports. */
function amountOf(part: KpiPart, plan: KpiPlan): string {
  const column = columnOf(part, plan.parts);
  if (plan.models.get(part.mart)?.delivery?.silent_day !== 'zero') return column;
  const known = `${deliveryOf(part, plan)}_known = 1`;
  return part.aggregate === 'count_distinct'
    ? `coalesce(${column}, case when ${known} then 0 end)`
    : `case when ${sourceOf(part)}_rows is null and ${known} then 0 else ${column} end`;
}

function wantedOf(part: KpiPart, plan: KpiPlan): string {
  const column = columnOf(part, plan.parts);
  const silent = part.aggregate === 'count_distinct' ? `${column} is null` : `${sourceOf(part)}_rows is null`;
  const reasons = [
    `${column} is not null`,
    `(${silent} and ${deliveryOf(part, plan)}_known is not null)`,
    ...(part.money ? [`${column}_lacks_rate = 1`] : []),
  ];
  return `(${reasons.join(' or ')})`;
}

function deliveryOf(part: KpiPart, { deliveries }: KpiPlan): string {
  return deliveries.find(({ marts }) => marts.has(part.mart))?.id ?? 'null';
}

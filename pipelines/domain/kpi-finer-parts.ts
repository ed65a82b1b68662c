import type { Kpi, KpiPart } from './kpi.ts';
import { partsOf } from './kpi-parts.ts';
import type { Model } from './model.ts';

/** By which of its fields a model names the mart of which it holds the same, by the hour or by member of a dimension. */
export type FinerBy = 'hours_of' | 'splits';

/** Whether every part of a KPI stands in a finer mart. */
export function hasFinerParts(kpi: Kpi, models: ReadonlyMap<string, Model>, by: FinerBy): boolean {
  const isAdded = kpi.additivity === 'sum' || kpi.additivity === 'ratio';
  return isAdded && partsOf(kpi).every((part) => part.aggregate === 'sum' && finerMart(part, models, by) !== undefined);
}

/** A KPI whose parts are taken from the finer marts. */
export function withFinerParts(kpi: Kpi, models: ReadonlyMap<string, Model>, by: FinerBy): Kpi {
  const moved = (part: KpiPart): KpiPart => ({ ...part, mart: finerMart(part, models, by)?.model ?? part.mart });
  const { minus, denominator } = kpi;
  return {
    ...kpi,
    numerator: moved(kpi.numerator),
    ...(minus !== undefined && { minus: moved(minus) }),
    ...(denominator !== undefined && { denominator: moved(denominator) }),
  };
}

/** The finer mart of the one of a part that has its column too. */
function finerMart(part: KpiPart, models: ReadonlyMap<string, Model>, by: FinerBy): Model | undefined {
  if (part.date_column !== 'business_date') return undefined;
  const finer = [...models.values()].filter((model) => model[by] === part.mart);
  return finer.find(({ columns }) => columns.some(({ name }) => name === part.column));
}

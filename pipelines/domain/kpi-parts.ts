import type { Kpi, KpiPart, kpiGrains } from './kpi.ts';

/** Length of periods that are made of whole days. */
export type KpiGrain = Exclude<(typeof kpiGrains)[number], 'hour'>;

/** A part with the column in which its amount travels through the generated select. */
export interface PartColumn {
  readonly part: KpiPart;
  readonly column: string;
}

/** Type of every amount on its way to a KPI: counts, units and money alike. */
export const numerals = 'decimal(18, 4)';

/** The parts of a KPI that are there. */
export function partsOf(kpi: Kpi): KpiPart[] {
  return [kpi.numerator, kpi.minus, kpi.denominator].filter((part) => part !== undefined);
}

/** Different parts of all KPIs; a part that several KPIs share is read once. */
export function partColumns(kpis: readonly Kpi[]): PartColumn[] {
  const columns = new Map<string, PartColumn>();
  for (const part of kpis.flatMap(partsOf)) {
    const key = JSON.stringify(part);
    if (!columns.has(key)) columns.set(key, { part, column: `part_${columns.size + 1}` });
  }
  return [...columns.values()];
}

/** Column in which the amount of a part travels. */
export function columnOf(part: KpiPart, columns: readonly PartColumn[]): string {
  const key = JSON.stringify(part);
  return columns.find((candidate) => JSON.stringify(candidate.part) === key)?.column ?? 'null';
}

/** SQL for the first day of the period in which a date lies. */
export function periodOf(date: string, grain: KpiGrain): string {
  return grain === 'day' ? date : `cast(date_trunc('${grain}', ${date}) as date)`;
}

/** Name of the reading of a mart by one of its dates. */
export function sourceOf(part: KpiPart): string {
  return part.date_column === 'business_date' ? part.mart : `${part.mart}_by_${part.date_column}`;
}

/** Summed parts by the reading that they share. */
export function sumsBySource(parts: readonly PartColumn[]): ReadonlyMap<string, readonly PartColumn[]> {
  return Map.groupBy(
    parts.filter(({ part }) => part.aggregate !== 'count_distinct'),
    ({ part }) => sourceOf(part),
  );
}

/** Parts that count distinct values, by the mart, date and column whose values they count. */
export function membersByRead(parts: readonly PartColumn[]): ReadonlyMap<string, readonly PartColumn[]> {
  return Map.groupBy(
    parts.filter(({ part }) => part.aggregate === 'count_distinct'),
    ({ part }) => `${sourceOf(part)}_${part.column}`,
  );
}

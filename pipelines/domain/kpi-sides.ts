import type { Kpi, KpiPart } from './kpi.ts';
import { numerals } from './kpi-parts.ts';

type AmountOf = (part: KpiPart) => string;

/** SQL for a KPI's numerator, given that for the amount of a part. */
export function numeratorOf({ numerator, minus }: Kpi, amountOf: AmountOf): string {
  return minus ? `${amountOf(numerator)} - ${amountOf(minus)}` : amountOf(numerator);
}

/** SQL for a KPI's denominator; `null` where it is no ratio. */
export function denominatorOf({ denominator }: Kpi, amountOf: AmountOf): string {
  return denominator ? amountOf(denominator) : 'null';
}

/** Columns `numerator` and `denominator` of a row whose KPI stands in `idColumn`. */
export function sidesOfKpis(kpis: readonly Kpi[], idColumn: string, amountOf: AmountOf): string {
  const numerator = chosenByKpi(kpis, idColumn, (kpi) => numeratorOf(kpi, amountOf));
  const denominator = chosenByKpi(kpis, idColumn, (kpi) => denominatorOf(kpi, amountOf));
  return `cast(${numerator} as ${numerals}) as numerator,
        cast(${denominator} as ${numerals}) as denominator`;
}

/** SQL that gives each KPI its own text; KPIs of the same text share a branch. */
export function chosenByKpi(kpis: readonly Kpi[], idColumn: string, textOf: (kpi: Kpi) => string): string {
  if (kpis.length === 0) return 'null';
  const branches = [...Map.groupBy(kpis, textOf)].map(([text, members]) => {
    const ids = members.map(({ kpi }) => `'${kpi}'`).join(', ');
    return `when ${idColumn} in (${ids}) then ${text}`;
  });
  return `case\n            ${branches.join('\n            ')}\n        end`;
}

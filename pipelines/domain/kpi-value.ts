import type { Kpi } from './kpi.ts';

/** SQL for the value of the row's KPI. A ratio with a zero denominator has none; sums stay exact, they are never doubles. */
export function kpiValue(kpis: readonly Kpi[]): string {
  const ratios = idList(kpis.filter((kpi) => kpi.denominator !== undefined));
  const scales = kpis.filter((kpi) => kpi.scale !== 1).map((kpi) => `when '${kpi.kpi}' then ${kpi.scale}e0`);
  const scale = scales.length === 0 ? '1e0' : `case kpi_id ${scales.join(' ')} else 1e0 end`;
  return `case
            when kpi_id in (${ratios})
                then cast(
                    round(${scale} * cast(numerator as double) / nullif(cast(denominator as double), 0e0), 6)
                    as decimal(20, 6)
                )
            else cast(numerator as decimal(20, 6))
        end`;
}

/** A list for `in`; never empty, since SQL has no empty list. */
export function idList(kpis: readonly Kpi[]): string {
  return ['', ...kpis.map((kpi) => kpi.kpi)].map((id) => `'${id}'`).join(', ');
}

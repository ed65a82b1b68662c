import type { Kpi } from './kpi.ts';
import { dimensionSelect } from './kpi-dimension-sql.ts';
import { hourlySelect } from './kpi-hourly-sql.ts';
import { kpiSelect } from './kpi-sql.ts';
import { dailyTrace, hourlyTrace } from './kpi-trace.ts';
import type { ModelDefinition } from './model.ts';

/** Fills in the select of every model that is generated from the KPIs of the catalog. */
export function withKpiModels(
  models: ReadonlyMap<string, ModelDefinition>,
  kpis: ReadonlyMap<string, Kpi>,
): ReadonlyMap<string, ModelDefinition> {
  const list = [...kpis.values()];
  return new Map([...models].map(([id, model]) => [id, withSelect(model, list, models)]));
}

function withSelect(
  model: ModelDefinition,
  kpis: readonly Kpi[],
  models: ReadonlyMap<string, ModelDefinition>,
): ModelDefinition {
  const kind = model.generated_from_kpis;
  if (kind === undefined) return model;
  if (kind === 'definitions') return { ...model, sql: definitionsSelect(kpis) };
  if (kind === 'hour') return { ...model, sql: hourlySelect(kpis, models), ...hourlyTrace(kpis, models) };
  if (kind === 'dimension') return { ...model, sql: dimensionSelect(kpis, models) };
  const sql = kpiSelect(kpis, models, kind);
  return { ...model, sql, ...(kind === 'day' && dailyTrace(kpis, models)) };
}

const definitionColumns = [
  'kpi_id',
  'family',
  'label_en',
  'label_zh',
  'description_en',
  'description_zh',
  'unit',
  'direction',
  'owner',
  'additivity',
  'matures_in_days',
] as const;

/** What every KPI means, as a relation: pages and queries show the definition beside the number. */
function definitionsSelect(kpis: readonly Kpi[]): string {
  const rows = kpis.map((kpi) =>
    [
      kpi.kpi,
      kpi.family,
      kpi.label.en,
      kpi.label.zh,
      kpi.description.en,
      kpi.description.zh,
      kpi.unit,
      kpi.direction,
      kpi.owner,
      kpi.additivity,
    ]
      .map((text) => `'${text.replaceAll("'", "''")}'`)
      .concat(`cast(${kpi.matures_in_days} as bigint)`)
      .join(', '),
  );
  return `-- One row per KPI.
with list_kpis as (
    select
        ${definitionColumns.join(',\n        ')}
    from (
        values
        ${rows.map((row) => `(${row})`).join(',\n        ')}
    ) as kpis (${definitionColumns.join(', ')})
)

select * from list_kpis
`;
}

import type { Kpi } from './kpi.ts';
import { kpiSelect } from './kpi-sql.ts';
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
  if (model.generated_from_kpis === undefined) return model;
  const sql =
    model.generated_from_kpis === 'definitions'
      ? definitionsSelect(kpis)
      : kpiSelect(kpis, models, model.generated_from_kpis);
  return { ...model, sql };
}

/** What every KPI means, as a relation: pages and queries show the definition beside the number. */
function definitionsSelect(kpis: readonly Kpi[]): string {
  const columns = ['kpi_id', 'family', 'label_en', 'label_zh', 'description_en', 'description_zh', 'unit', 'direction'];
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
      .join(', '),
  );
  const names = [...columns, 'owner', 'additivity'];
  return `-- One row per KPI.
with list_kpis as (
    select
        ${names.join(',\n        ')}
    from (
        values
        ${rows.map((row) => `(${row})`).join(',\n        ')}
    ) as kpis (${names.join(', ')})
)

select * from list_kpis
`;
}

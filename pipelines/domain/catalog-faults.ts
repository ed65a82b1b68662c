import type { Contract } from './contract.ts';
import { type Dataset, dateColumnOf } from './dataset.ts';
import type { Kpi, KpiPart } from './kpi.ts';
import { hasFinerParts } from './kpi-finer-parts.ts';
import type { ModelDefinition } from './model.ts';
import { personalFaults } from './personal-columns.ts';

/** What definitions say of each other and does not hold: which definition, and what to do. */
export interface CatalogFault {
  /** Kind and id, as `contracts/jd_orders`. */
  readonly definition: string;
  readonly field: string;
  readonly text: string;
}

export interface CatalogParts {
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly models: ReadonlyMap<string, ModelDefinition>;
  readonly kpis: ReadonlyMap<string, Kpi>;
}

/** Columns that the machine fills where a contract does not name them. */
const filledByMachine = new Set(['channel_id', 'currency', 'customer_ref', 'line_id']);

/** Faults between definitions: names that lead nowhere, required columns that nobody fills. */
export function catalogFaults(catalog: CatalogParts): CatalogFault[] {
  return [
    ...[...catalog.contracts.values()].flatMap((contract) => contractFaults(contract, catalog.datasets)),
    ...[...catalog.models.values()].flatMap(modelFaults),
    ...[...catalog.kpis.values()].flatMap((kpi) => kpiFaults(kpi, catalog.models)),
  ];
}

function contractFaults(contract: Contract, datasets: ReadonlyMap<string, Dataset>): CatalogFault[] {
  const definition = `contracts/${contract.contract}`;
  const names = new Set(contract.columns.map((column) => column.name));
  const persons = contract.persons.filter((person) => !names.has(person.column));
  const outputs = contract.outputs.flatMap((output, index): CatalogFault[] => {
    const field = `outputs.${index}`;
    const dataset = datasets.get(output.dataset);
    if (!dataset) {
      const known = [...datasets.keys()].join(', ');
      return [{ definition, field, text: `no dataset is called "${output.dataset}"; there are: ${known}` }];
    }
    const columns = new Set(dataset.columns.map((column) => column.name));
    const strange = Object.keys(output.columns).filter((name) => !columns.has(name));
    return [
      ...strange.map((name) => ({
        definition,
        field: `${field}.columns.${name}`,
        text: `dataset ${dataset.dataset} has no such column; it has: ${[...columns].join(', ')}`,
      })),
      ...unfilled(output.columns, dataset).map((name) => ({
        definition,
        field: `${field}.columns`,
        text: `nothing fills "${name}", which every row of ${dataset.dataset} must have`,
      })),
    ];
  });
  return [
    ...persons.map((person) => ({
      definition,
      field: 'persons',
      text: `no column is called "${person.column}"; name one of this contract's columns`,
    })),
    ...outputs,
    ...personalFaults(contract, datasets),
  ];
}

function unfilled(columns: Readonly<Record<string, string>>, dataset: Dataset): string[] {
  const date = dateColumnOf(dataset);
  return dataset.columns
    .filter((column) => column.required && !(column.name in columns))
    .map((column) => column.name)
    .filter((name) => !filledByMachine.has(name) && !(name === date && dataset.event !== undefined))
    .filter((name) => !(dataset.key.includes(name) && name.endsWith('_id')));
}

function modelFaults(model: ModelDefinition): CatalogFault[] {
  const definition = `models/${model.layer}/${model.model}`;
  const names = new Set<string>(model.columns.map((column) => column.name));
  const grain = model.grain
    .filter((name) => !names.has(name))
    .map((name) => ({ definition, field: 'grain', text: `"${name}" is none of the model's columns` }));
  const months =
    model.month_of === undefined || names.has(model.month_of)
      ? []
      : [{ definition, field: 'month_of', text: `"${model.month_of}" is none of the model's columns` }];
  const scope =
    model.rebuild === 'scope' && !names.has('_scope')
      ? [{ definition, field: 'rebuild', text: 'a model that is rebuilt by scope has to carry the column _scope' }]
      : [];
  return [...grain, ...months, ...scope];
}

function kpiFaults(kpi: Kpi, models: ReadonlyMap<string, ModelDefinition>): CatalogFault[] {
  const definition = `kpis/${kpi.kpi}`;
  const parts: [string, KpiPart | undefined][] = [
    ['numerator', kpi.numerator],
    ['minus', kpi.minus],
    ['denominator', kpi.denominator],
  ];
  const found = parts.flatMap(([field, part]): CatalogFault[] => {
    if (!part) return [];
    const model = models.get(part.mart);
    if (model?.layer !== 'marts') {
      return [{ definition, field: `${field}.mart`, text: `no mart is called "${part.mart}"` }];
    }
    return [part.column, part.date_column]
      .filter((name) => !model.columns.some((column) => column.name === name))
      .map((name) => ({ definition, field, text: `mart ${part.mart} has no column "${name}"` }));
  });
  if (kpi.dimensions.length > 0 && found.length === 0 && !hasFinerParts(kpi, models, 'splits')) {
    const text = 'a KPI is told by members only where marts that split those of its parts have their columns';
    return [{ definition, field: 'dimensions', text }];
  }
  if (kpi.grains.includes('hour') && found.length === 0 && !hasFinerParts(kpi, models, 'hours_of')) {
    const text = 'a KPI is worked out by the hour only where marts with the hours of its parts have their columns';
    return [{ definition, field: 'grains', text }];
  }
  if (kpi.additivity === 'ratio' && !kpi.denominator) {
    return [...found, { definition, field: 'denominator', text: 'a ratio needs a denominator' }];
  }
  return found;
}

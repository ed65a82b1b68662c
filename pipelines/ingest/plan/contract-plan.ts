import type { Contract, ContractColumn, ContractOutput } from '../../domain/contract.ts';
import type { Dataset } from '../../domain/dataset.ts';
import { CatalogError } from '../../domain/errors.ts';
import { type PersonalHeaders, soundsPersonal } from '../../domain/personal-header.ts';
import { headerKey } from '../detect/layout.ts';
import type { PlacedColumn } from '../sql/column-sql.ts';
import type { Zone } from '../sql/zone-sql.ts';

/** A contract laid over the columns of one file. */
export interface ContractPlan {
  readonly contract: Contract;
  readonly zone: Zone;
  /** The zone as the times of some columns meet it, by name, where less of it is enough. */
  readonly zones?: ReadonlyMap<string, Zone>;
  /** Number of columns of the file. */
  readonly width: number;
  readonly columns: readonly PlacedColumn[];
  /** Columns of the file that the contract does not know. */
  readonly unknown: readonly UnknownColumn[];
  /** Those that may be kept beside the rows: the contract keeps them, and their headers do not sound personal. */
  readonly kept: readonly UnknownColumn[];
  readonly outputs: readonly OutputPlan[];
  /** Personal columns whose pseudonyms are needed. */
  readonly personal: readonly ContractColumn[];
  /** The contract's persons whose columns the file carries, strongest first. */
  readonly persons: Contract['persons'];
  /** Versions of the keys before the present one, newest first. */
  readonly olderKeys: readonly number[];
}

export interface UnknownColumn {
  readonly header: string;
  readonly position: number;
}

export interface OutputPlan {
  readonly output: ContractOutput;
  readonly dataset: Dataset;
  /** Key column that no export column states: it is made from the record and an occurrence number. */
  readonly madeKey: string | undefined;
  /** Dataset columns that this file states. */
  readonly carried: readonly string[];
}

/** What is asked of the catalog beside the contract. */
interface PlanCatalog {
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly personalHeaders: PersonalHeaders;
}

/** Lays a contract over a file's header. `width`: fields of a record, which a bad header may fall short of. */
export function planContract(
  contract: Contract,
  { datasets, personalHeaders }: PlanCatalog,
  { header, width }: { readonly header: readonly string[] | null; readonly width: number },
): ContractPlan {
  const columns = contract.columns.map((column, at) => ({
    column,
    position: header === null ? (at < width ? at : undefined) : placeOf(column, header),
    formats: column.formats ?? [],
  }));
  const taken = new Set(columns.map(({ position }) => position));
  const unknown = (header ?? []).flatMap((name, position) =>
    // A statement that names it must not end at a zero, which a damaged header may hold.
    taken.has(position) ? [] : [{ header: name.replaceAll('\0', ' ').trim() || `column_${position + 1}`, position }],
  );
  const present = new Set(columns.flatMap(({ column, position }) => (position === undefined ? [] : [column.name])));
  const outputs = contract.outputs.map((output) => planOutput(contract, output, datasets, present));
  const needed = neededColumns(contract, outputs);
  return {
    contract,
    zone: { name: contract.timezone },
    width: Math.max(width, header?.length ?? 0),
    columns,
    unknown,
    kept:
      contract.unknown_columns === 'keep'
        ? unknown.filter(({ header: name }) => !soundsPersonal(name, personalHeaders))
        : [],
    outputs,
    personal: contract.columns.filter(
      (column) => isPseudonymised(column) && present.has(column.name) && (needed === 'all' || needed.has(column.name)),
    ),
    persons: contract.persons.filter(({ column }) => present.has(column)),
    olderKeys: [],
  };
}

/** As a plan, with the pseudonyms of all columns that may name a person by `kinds`, also of those that no row carries. */
export function withIdentifiers(plan: ContractPlan, kinds: ReadonlySet<ContractColumn['personal']>): ContractPlan {
  const present = new Set(plan.columns.flatMap(({ column, position }) => (position === undefined ? [] : [column])));
  const isAsked = (column: ContractColumn) => present.has(column) && kinds.has(column.personal);
  return {
    ...plan,
    personal: plan.contract.columns.filter((column) => plan.personal.includes(column) || isAsked(column)),
  };
}

/** Positions of the cells that a reading looks at; the others need not leave the text. */
export function cellsRead({ columns, kept }: ContractPlan): number[] {
  const known = columns.flatMap(({ position }) => (position === undefined ? [] : [position]));
  return [...new Set([...known, ...kept.map(({ position }) => position)])];
}

/** Whether a column leaves ingest only as a pseudonym. */
export function isPseudonymised(column: ContractColumn): boolean {
  return column.personal !== undefined && column.personal !== 'free_text';
}

/**
 * Name of a personal column's pseudonym under the oldest key. What tells rows apart goes by it: a row that is delivered
 * again after a rotation is the same row.
 */
export function lastingName(name: string): string {
  return `_lasting_${name}`;
}

/** Names in an SQL expression that are columns of the contract; text literals do not count. */
export function referencedColumns(expression: string, contract: Contract): string[] {
  const words = new Set(expression.replaceAll(/'(?:[^']|'')*'/g, '').match(/[a-z_][a-z0-9_]*/gi) ?? []);
  return contract.columns.map(({ name }) => name).filter((name) => words.has(name));
}

/** Columns whose values leave the record; a key that is made from the whole record needs them all. */
function neededColumns(contract: Contract, outputs: readonly OutputPlan[]): ReadonlySet<string> | 'all' {
  const isOfRecord = ({ madeKey, output }: OutputPlan) =>
    madeKey !== undefined && !(madeKey === 'line_id' && output.columns['product_id'] !== undefined);
  if (outputs.some(isOfRecord)) return 'all';
  const expressions = [
    ...contract.outputs.flatMap(({ columns, when }) => [...Object.values(columns), when ?? '']),
    ...contract.rejects.map(({ when }) => when),
  ];
  const referenced = expressions.flatMap((expression) => referencedColumns(expression, contract));
  return new Set([...referenced, ...contract.persons.map(({ column }) => column)]);
}

function placeOf(column: ContractColumn, header: readonly string[]): number | undefined {
  const keys = header.map(headerKey);
  for (const alias of column.headers) {
    const at = keys.indexOf(headerKey(alias));
    if (at >= 0) return at;
  }
  return undefined;
}

function planOutput(
  contract: Contract,
  output: ContractOutput,
  datasets: ReadonlyMap<string, Dataset>,
  present: ReadonlySet<string>,
): OutputPlan {
  const dataset = datasets.get(output.dataset);
  if (dataset === undefined) {
    throw new CatalogError(
      `contract ${contract.contract} feeds the dataset "${output.dataset}", which does not exist`,
      {
        next: `use one of: ${[...datasets.keys()].join(', ')}`,
      },
    );
  }
  const isStated = (expression: string): boolean => {
    const names = referencedColumns(expression, contract);
    return names.length === 0 || names.some((name) => present.has(name));
  };
  const stated = Object.entries(output.columns).flatMap(([name, sql]) => (isStated(sql) ? [name] : []));
  const last = dataset.key.at(-1);
  const madeKey = last !== undefined && output.columns[last] === undefined && last !== 'channel_id' ? last : undefined;
  const derived = dataset.columns.flatMap(({ name }) => (isDerived(name, stated, contract, present) ? [name] : []));
  const carried = new Set([...stated, ...derived, ...(madeKey === undefined ? [] : [madeKey])]);
  return {
    output,
    dataset,
    madeKey,
    carried: dataset.columns.map(({ name }) => name).filter((name) => carried.has(name)),
  };
}

function isDerived(name: string, stated: readonly string[], contract: Contract, present: ReadonlySet<string>): boolean {
  if (name === 'channel_id' || name === 'currency') return true;
  if (name === 'customer_ref') return contract.persons.some(({ column }) => present.has(column));
  return name.endsWith('_date') && stated.includes(name.replace(/_date$/, '_at'));
}

import type { CellFacts, FactsOf } from '../sql/cell-facts.ts';
import type { PlacedColumn } from '../sql/column-sql.ts';
import type { ContractPlan } from './contract-plan.ts';

/** Cells that a scan gathers, so that the engine has to read a text only once, when it maps it. */
export interface Gathering {
  /** Positions of the personal columns whose pseudonyms are needed. */
  readonly persons: readonly number[];
  /** What rows are numbered by; undefined where every row has a number of its own. */
  readonly numbered: { readonly order: PlacedColumn; readonly product: PlacedColumn } | undefined;
}

/** Undefined where only the engine can say what rows are numbered by, or which cells name persons. */
export function gathering(plan: ContractPlan): Gathering | undefined {
  const persons = plan.personal.flatMap(({ name }) => placeOf(plan, name)?.position ?? []);
  if (persons.length < plan.personal.length) return undefined;
  const outputs = plan.outputs.filter(({ madeKey }) => madeKey !== undefined);
  const [numbered] = outputs;
  if (numbered === undefined) return { persons, numbered: undefined };
  const { order_id, product_id } = numbered.output.columns;
  const [order, product] = [placeOf(plan, order_id), placeOf(plan, product_id)];
  const isPair = numbered.madeKey === 'line_id' && outputs.length === 1 && isCode(order) && isCode(product);
  return isPair ? { persons, numbered: { order, product } } : undefined;
}

/** Whether two cells of these columns have the same value if, and only if, they have the same bytes between their blanks. */
export function isComparable({ order, product }: NonNullable<Gathering['numbered']>, factsOf: FactsOf): boolean {
  const facts = [order, product].map(({ position = 0 }) => factsOf(position));
  const isSure = facts.every(hasSureEdges) && facts[0]?.mayBeEmpty === false;
  return isSure && [order, product].every(({ column }, at) => column.type === 'text' || facts[at]?.isPlain === true);
}

function hasSureEdges({ leading, trailing, mayBeWord }: CellFacts): boolean {
  return !mayBeWord && [leading, trailing].every((edge) => edge === 'none' || edge === 'space');
}

function placeOf(plan: ContractPlan, name: string | undefined): PlacedColumn | undefined {
  return plan.columns.find(({ column, position }) => column.name === name && position !== undefined);
}

/** A column whose values are cells as they stand. */
function isCode(placed: PlacedColumn | undefined): placed is PlacedColumn {
  const type = placed?.column.type;
  return placed?.column.personal === undefined && (type === 'text' || type === 'id');
}

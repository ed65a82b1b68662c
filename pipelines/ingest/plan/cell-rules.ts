import { plainShape } from '../sql/plain-shape.ts';
import { type ContractPlan, cellsRead, isPseudonymised } from './contract-plan.ts';

/** What a scan has to look at in one column of the text. */
export interface CellRule {
  readonly position: number;
  readonly shape: ReturnType<typeof plainShape>;
  readonly nullWords: readonly string[];
}

/** The rules of all cells that a reading looks at. Where two columns of the contract read one cell, it has no plain shape. */
export function cellRules(plan: ContractPlan): CellRule[] {
  const { contract } = plan;
  return cellsRead(plan).map((position) => {
    const readers = plan.columns.filter((placed) => placed.position === position);
    const [only] = readers;
    const hasShape = readers.length === 1 && only !== undefined && !isPseudonymised(only.column);
    return {
      position,
      shape: hasShape ? plainShape(only.column, only.formats) : undefined,
      nullWords: readers.flatMap(({ column }) => column.null_words ?? contract.null_words),
    };
  });
}

/**
 * Position of the cell that names the order whose lines are numbered. Lines of one order mostly stand together, and a text
 * that is cut between two orders need not be numbered again.
 */
export function runPosition({ outputs, columns }: ContractPlan): number | undefined {
  const numbered = outputs.find(({ madeKey }) => madeKey === 'line_id');
  const order = numbered?.output.columns['order_id'];
  return columns.find(({ column }) => column.name === order)?.position;
}

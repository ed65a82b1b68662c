import type { CellType } from '../detect/cell-type.ts';
import type { Dialect } from '../detect/dialect.ts';
import { RecordMender } from '../parse/record-mender.ts';
import { endsOnReturn } from '../parse/scan-record.ts';
import { cellRules, runPosition } from '../plan/cell-rules.ts';
import type { ContractPlan } from '../plan/contract-plan.ts';
import { gathering } from '../plan/gathering.ts';
import { CellScan, type CellUses } from './cell-scan.ts';
import type { ScanMarks } from './record-texts.ts';

/** How the records of a file are scanned. */
export interface ScanTask {
  readonly plan: ContractPlan;
  readonly dialect: Dialect;
  /** What most cells of each column look like. */
  readonly columns: readonly (CellType | undefined)[];
}

/** What stands between the cells of a text that the engine reads; around them it is always `"`. */
export function engineDelimiter({ delimiter }: Dialect): string {
  return isAscii(delimiter) ? delimiter : ',';
}

/** The marks of a text that the engine reads. */
export function engineMarks(dialect: Dialect): ScanMarks {
  const delimiter = engineDelimiter(dialect).charCodeAt(0);
  return { delimiter, quote: 0x22, areQuotesLetters: dialect.quote === '', doReturnsEnd: endsOnReturn(dialect) };
}

/** Whether the engine reads records that end in CRLF, unless they were all written anew. */
export function endsInReturns(dialect: Dialect): boolean {
  return dialect.newline === '\r\n' && !isForeign(dialect);
}

/** A scan for the text of a file. `isForAll`: no record is left as it stands, whether it needs mending or not. */
export function chunkScan({ plan, dialect, columns }: ScanTask, isForAll = false): CellScan {
  const mender = new RecordMender({
    dialect,
    delimiter: engineDelimiter(dialect),
    hasReturns: !isForAll && endsInReturns(dialect),
    width: plan.width,
    columns,
    isForAll: isForAll || isForeign(dialect),
  });
  return new CellScan(engineMarks(dialect), plan.width, cellRules(plan), { ...usesOfCells(plan), mender });
}

function usesOfCells(plan: ContractPlan): Pick<CellUses, 'run' | 'distinct' | 'lines'> {
  const run = runPosition(plan);
  const gathered = gathering(plan);
  if (gathered === undefined) return { run };
  const { persons, numbered } = gathered;
  const lines = numbered && { order: numbered.order.position ?? 0, product: numbered.product.position ?? 0 };
  return { run, distinct: persons, lines };
}

/** Whether the scan cannot find the records of a dialect. */
function isForeign({ delimiter, columnStarts, quote, escape: way }: Dialect): boolean {
  return !isAscii(delimiter) || columnStarts !== undefined || quote === "'" || way !== 'double';
}

function isAscii(delimiter: string): boolean {
  return delimiter.length === 1 && delimiter < '\u0080';
}

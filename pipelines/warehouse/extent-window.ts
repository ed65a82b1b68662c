import type { StagedFile } from '../domain/ledger.ts';
import type { ModelDefinition } from '../domain/model.ts';
import { addMonths, type Month, monthOf, monthsBetween, yearOf } from '../domain/month.ts';

/** Months that the parts of these months read. */
export function windowOf(model: ModelDefinition, months: readonly Month[]): Month[] {
  const window = new Set<Month>();
  for (const month of months) {
    if (month === null) window.add(null);
    else for (const near of monthsReadBy(month, model)) window.add(near);
  }
  return [...window];
}

function monthsReadBy(month: string, model: ModelDefinition): string[] {
  if (model.part_span === 'year') return monthsBetween(yearOf(month), addMonths(yearOf(month), 11));
  return monthsBetween(addMonths(month, -model.reads_months_before), addMonths(month, model.reads_months_after));
}

/** Whether a staged file may hold rows of some months; rows without a date may belong to any. */
export function mayHaveRowsIn(file: StagedFile, months: ReadonlySet<Month>): boolean {
  if (file.undated > 0) return true;
  if (file.min_date === null || file.max_date === null) return false;
  return monthsBetween(monthOf(file.min_date), monthOf(file.max_date)).some((month) => months.has(month));
}

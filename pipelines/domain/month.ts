/** A month is written as its first day, `2024-06-01`, so that text order is time order. Null: rows without a date. */
export type Month = string | null;

export function monthOf(isoDate: string): string {
  return `${isoDate.slice(0, 7)}-01`;
}

/** The month `count` months later (earlier, where negative). */
export function addMonths(month: string, count: number): string {
  const ordinal = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + count;
  const year = String(Math.floor(ordinal / 12)).padStart(4, '0');
  return `${year}-${String((ordinal % 12) + 1).padStart(2, '0')}-01`;
}

/** The month with which the year of a month begins: the name of a part that holds a year. */
export function yearOf(month: string): string {
  return `${month.slice(0, 4)}-01-01`;
}

/** Null comes last. */
export function compareMonths(a: Month, b: Month): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}

/** Months from `first` to `last`, both included. */
export function monthsBetween(first: string, last: string): string[] {
  const months = [];
  for (let month = first; month <= last; month = addMonths(month, 1)) months.push(month);
  return months;
}

/** Cents as `1234.56`. */
export function money(cents: number): string {
  const size = Math.abs(cents);
  const fraction = size % 100;
  return `${cents < 0 ? '-' : ''}${Math.floor(size / 100)}.${fraction < 10 ? '0' : ''}${fraction}`;
}

/** Cents as `1234,56`. */
export function commaMoney(cents: number): string {
  return money(cents).replace('.', ',');
}

/** A count as dashboards show it: `"12,345"`, quoted because of its comma. */
export function groupedCount(count: number): string {
  const digits = String(count);
  if (digits.length < 4) return digits;
  return `"${digits.replace(/\B(?=(\d{3})+$)/g, ',')}"`;
}

/** A share as `3.27%`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}

/** Text as a CSV cell, quoted where it must be. */
export function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function padded(number: number, width: number): string {
  return String(number).padStart(width, '0');
}

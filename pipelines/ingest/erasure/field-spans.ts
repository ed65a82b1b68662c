import type { Dialect } from '../detect/dialect.ts';

/** Characters of a record that hold the content of one field, quotes left out. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the fields of a record stand in its text. Undefined where the text cannot be cut into just these fields: the
 * record was damaged and read by guessing.
 */
export function fieldSpans(raw: string, fields: readonly string[], dialect: Dialect): readonly Span[] | undefined {
  const spans =
    dialect.columnStarts === undefined ? delimitedSpans(raw, dialect) : fixedSpans(raw, dialect.columnStarts);
  return spans.length === fields.length ? spans : undefined;
}

function fixedSpans(raw: string, starts: readonly number[]): Span[] {
  return starts.map((start, at) => ({
    start: Math.min(start, raw.length),
    end: Math.min(starts[at + 1] ?? raw.length, raw.length),
  }));
}

function delimitedSpans(raw: string, dialect: Dialect): Span[] {
  const { delimiter } = dialect;
  if (delimiter === '') return [{ start: 0, end: raw.length }];
  const spans: Span[] = [];
  for (let at = 0; at <= raw.length; ) {
    const quoted = quotedSpan(raw, at, dialect);
    const next = raw.indexOf(delimiter, quoted?.after ?? at);
    const end = next < 0 ? raw.length : next;
    spans.push(quoted ?? { start: at, end });
    at = next < 0 ? raw.length + 1 : next + delimiter.length;
  }
  return spans;
}

function quotedSpan(raw: string, from: number, dialect: Dialect): (Span & { readonly after: number }) | undefined {
  const { quote, delimiter } = dialect;
  let opening = from;
  while (!delimiter.startsWith(' ') && raw[opening] === ' ') opening += 1;
  if (quote === '' || raw[opening] !== quote) return undefined;
  const closing = closingQuote(raw, opening, dialect);
  if (closing < 0) return undefined;
  return { start: opening + 1, end: closing, after: closing + 1 };
}

function closingQuote(raw: string, opening: number, dialect: Dialect): number {
  const { quote } = dialect;
  for (let at = opening + 1; at < raw.length; at += 1) {
    if (dialect.escape === 'backslash' && raw[at] === '\\') at += 1;
    else if (raw[at] === quote && dialect.escape === 'double' && raw[at + 1] === quote) at += 1;
    else if (raw[at] === quote) return at;
  }
  return -1;
}

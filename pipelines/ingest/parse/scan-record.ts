import type { Dialect } from '../detect/dialect.ts';
import { looseQuotes, unescapeField } from './damaged-line.ts';

/** What stands in a text from the start of a record on. */
export interface Scan {
  /** `fault`: a closing quote is followed by something else than a delimiter; `more`: the text ends inside the record. */
  readonly outcome: 'record' | 'fault' | 'more';
  readonly fields: readonly string[];
  /** What it weighs that unquoted fields hold quotes; 0 where none does. */
  readonly looseQuotes: number;
  /** End of the record's text, without its line end. */
  readonly end: number;
}

interface QuotedField {
  readonly value: string;
  readonly after: number;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const blank = 0x20;

/** Whether a lone CR ends records of a dialect. */
export function endsOnReturn(dialect: Dialect): boolean {
  return dialect.newline === '\r' || dialect.newline === 'mixed';
}

/** Start of the line behind a line end: CRLF is one. */
export function afterLine(text: string, lineEnd: number): number {
  const isPair = text.charCodeAt(lineEnd) === carriageReturn && text.charCodeAt(lineEnd + 1) === lineFeed;
  return lineEnd + (isPair ? 2 : 1);
}

/** Index of the line end at or after `start`; the text's length for a last line without one; -1 where more text is needed. */
export function findLineEnd(text: string, start: number, dialect: Dialect, isLast: boolean): number {
  const end = endsOnReturn(dialect) ? nextBreak(text, start) : feedEnd(text, start);
  if (end >= 0 && (end < text.length - 1 || isLast || text.charCodeAt(end) === lineFeed)) return end;
  return isLast ? text.length : -1;
}

function feedEnd(text: string, start: number): number {
  const feed = text.indexOf('\n', start);
  return feed > start && text.charCodeAt(feed - 1) === carriageReturn ? feed - 1 : feed;
}

/** Letter by letter: a search for either mark would go to the end of a text that has only the other, for each record. */
function nextBreak(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === lineFeed || code === carriageReturn) return at;
  }
  return -1;
}

/** Cuts the record at `start` into fields, strictly by its dialect. `isLast`: no more text follows. */
export function scanRecord(text: string, start: number, dialect: Dialect, isLast: boolean): Scan {
  const fields: string[] = [];
  let at = start;
  let loose = 0;
  for (;;) {
    const opening = openingQuote(text, at, dialect);
    if (opening < 0) {
      const end = plainEnd(text, at, dialect);
      const field = text.slice(at, end);
      loose += looseQuotes(field, dialect.quote);
      fields.push(field);
      at = end;
    } else {
      const quoted = readQuoted(text, opening, dialect, isLast);
      if (quoted === undefined) return { outcome: 'more', fields, looseQuotes: loose, end: at };
      fields.push(quoted.value);
      at = quoted.after;
    }
    if (at < text.length && text.startsWith(dialect.delimiter, at)) at += dialect.delimiter.length;
    else return { outcome: closing(text, at, dialect, isLast), fields, looseQuotes: loose, end: at };
  }
}

function closing(text: string, at: number, dialect: Dialect, isLast: boolean): Scan['outcome'] {
  if (!isLast && isCut(text, at, dialect)) return 'more';
  return isLineEnd(text, at, dialect) ? 'record' : 'fault';
}

/** Whether a text ends before it is told what follows a field: half a line end, or a part of a delimiter. */
function isCut(text: string, at: number, { delimiter }: Dialect): boolean {
  const rest = text.length - at;
  if (rest <= 0 || (rest === 1 && text.charCodeAt(at) === carriageReturn)) return true;
  return rest < delimiter.length && delimiter.startsWith(text.slice(at));
}

function openingQuote(text: string, start: number, dialect: Dialect): number {
  const at = skipPadding(text, start, dialect);
  return text.startsWith(dialect.quote, at) ? at : -1;
}

function skipPadding(text: string, start: number, dialect: Dialect): number {
  if (dialect.delimiter.startsWith(' ')) return start;
  let at = start;
  while (text.charCodeAt(at) === blank) at += 1;
  return at;
}

function readQuoted(text: string, opening: number, dialect: Dialect, isLast: boolean): QuotedField | undefined {
  const close = dialect.escape === 'double' ? closeOfDoubled : closeOfBackslashed;
  const end = close(text, opening, dialect.quote);
  if (end < 0 || (end === text.length - 1 && !isLast)) return undefined;
  const content = text.slice(opening + 1, end);
  return { value: unescapeField(content, dialect).text, after: skipPadding(text, end + 1, dialect) };
}

function closeOfDoubled(text: string, opening: number, quote: string): number {
  let at = text.indexOf(quote, opening + 1);
  while (at >= 0 && text.startsWith(quote, at + 1)) at = text.indexOf(quote, at + 2);
  return at;
}

function closeOfBackslashed(text: string, opening: number, quote: string): number {
  let at = text.indexOf(quote, opening + 1);
  while (at >= 0 && backslashesBefore(text, opening, at) % 2 === 1) at = text.indexOf(quote, at + 1);
  return at;
}

function backslashesBefore(text: string, opening: number, at: number): number {
  let first = at;
  while (first - 1 > opening && text[first - 1] === '\\') first -= 1;
  return at - first;
}

function plainEnd(text: string, start: number, dialect: Dialect): number {
  const { delimiter } = dialect;
  const first = delimiter.charCodeAt(0);
  let at = start;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === first && text.startsWith(delimiter, at)) return at;
    if (code <= carriageReturn && isLineEnd(text, at, dialect)) return at;
  }
  return at;
}

function isLineEnd(text: string, at: number, dialect: Dialect): boolean {
  if (at >= text.length) return true;
  const code = text.charCodeAt(at);
  if (code === lineFeed) return true;
  return code === carriageReturn && (endsOnReturn(dialect) || text.charCodeAt(at + 1) === lineFeed);
}

import type { Dialect } from '../detect/dialect.ts';

/** One reading of a line; `faults` weighs what had to be forgiven. */
export interface LineReading {
  readonly fields: readonly string[];
  readonly faults: number;
}

interface Step {
  readonly field: string;
  readonly faults: number;
  /** Where the next field starts; past the line's end for the last field. */
  readonly next: number;
}

interface Path {
  readonly faults: number;
  readonly field: string;
  readonly before: Path | null;
}

/** An opening quote read as a letter is worse than one unescaped quote inside a quoted field, better than two. */
const literalOpening = 1.5;
const bareQuote = 1;
/** Text runs straight into a quoted field: the delimiter between them is missing. */
const missingDelimiter = 1;
/** A quote in an unquoted field is a letter (5" pipe), less likely where it stands as closing quotes do. */
const quoteInside = 0.4;
const quoteAtEnd = 0.8;
/** Where quotes are doubled, every reading but the strict one has a fault of so much beside quotes in unquoted fields. */
export const leastFault = Math.min(bareQuote, missingDelimiter, literalOpening);
/** What it weighs that a reading has not the table's number of fields. */
const otherWidth = 2;
/** Above this many separators and quotes a line is read plainly: the search grows with their product. */
const searchLimit = 600;

/**
 * Reads one physical line whose quotes do not add up: of all readings, the one with the fewest faults, where not having
 * `width` fields is one. Undefined where the line is too large to search.
 */
export function readDamagedLine(line: string, dialect: Dialect, width: number): LineReading | undefined {
  // Without quotes there is one reading; an empty mark would be found behind every letter, and at the end for ever.
  if (dialect.quote === '') return { fields: line.split(dialect.delimiter), faults: 0 };
  if (marks(line, dialect) > searchLimit) return undefined;
  const atStart = new Map<number, Map<number, Path>>([[0, new Map([[0, { faults: 0, field: '', before: null }]])]]);
  const finished = new Map<number, Path>();
  const starts = fieldStarts(line, dialect);
  const mostFields = Math.max(width, 1) * 2 + 8;
  for (const start of starts) {
    const paths = atStart.get(start);
    if (paths === undefined) continue;
    for (const step of stepsFrom(line, start, dialect)) {
      extend(paths, step, step.next > line.length ? finished : pathsAt(atStart, step.next), mostFields);
    }
  }
  return best(finished, width);
}

function marks(line: string, dialect: Dialect): number {
  return line.split(dialect.delimiter).length + line.split(dialect.quote).length;
}

function fieldStarts(line: string, dialect: Dialect): number[] {
  const starts = [0];
  for (let at = line.indexOf(dialect.delimiter); at >= 0; at = line.indexOf(dialect.delimiter, at + 1)) {
    starts.push(at + dialect.delimiter.length);
  }
  for (let at = line.indexOf(dialect.quote); at >= 0; at = line.indexOf(dialect.quote, at + 1)) starts.push(at);
  return starts.sort((one, other) => one - other);
}

function pathsAt(all: Map<number, Map<number, Path>>, start: number): Map<number, Path> {
  const known = all.get(start);
  if (known !== undefined) return known;
  const fresh = new Map<number, Path>();
  all.set(start, fresh);
  return fresh;
}

function extend(paths: Map<number, Path>, step: Step, target: Map<number, Path>, mostFields: number): void {
  for (const [count, path] of paths) {
    if (count >= mostFields) continue;
    const faults = path.faults + step.faults;
    const rival = target.get(count + 1);
    if (rival === undefined || faults < rival.faults)
      target.set(count + 1, { faults, field: step.field, before: path });
  }
}

function best(finished: Map<number, Path>, width: number): LineReading | undefined {
  let chosen: Path | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [count, path] of finished) {
    const weight = path.faults + (width === 0 || count === width ? 0 : otherWidth);
    if (weight >= least) continue;
    least = weight;
    chosen = path;
  }
  if (chosen === undefined) return undefined;
  const fields: string[] = [];
  for (let path: Path = chosen; path.before !== null; path = path.before) fields.push(path.field);
  return { fields: fields.reverse(), faults: chosen.faults };
}

function stepsFrom(line: string, start: number, dialect: Dialect): Step[] {
  const opening = start + blanksAt(line, start, dialect);
  if (!line.startsWith(dialect.quote, opening)) return plainSteps(line, start, dialect);
  return [plainStep(line, start, dialect, literalOpening), ...quotedSteps(line, opening, dialect)];
}

function plainStep(line: string, start: number, { delimiter }: Dialect, faults: number): Step {
  const found = line.indexOf(delimiter, start);
  const end = found < 0 ? line.length : found;
  return { field: line.slice(start, end), faults, next: end + delimiter.length };
}

/** An unquoted field, whole, or cut in front of a quote that opens the next field without a delimiter between them. */
function plainSteps(line: string, start: number, dialect: Dialect): Step[] {
  const whole = plainStep(line, start, dialect, 0);
  const faults = looseQuotes(whole.field, dialect.quote);
  // An apostrophe inside a word says nothing about quoting.
  if (faults === 0 || dialect.quote === "'") return [whole];
  const letters = { ...whole, faults };
  const cut = start + whole.field.indexOf(dialect.quote);
  return [letters, { field: line.slice(start, cut), faults: missingDelimiter, next: cut }];
}

/** What it weighs that an unquoted field holds quotes. */
export function looseQuotes(field: string, quote: string): number {
  if (!field.includes(quote)) return 0;
  const quotes = field.split(quote).length - 1;
  const atEnd = field.endsWith(quote) ? 1 : 0;
  return (quotes - atEnd) * quoteInside + atEnd * quoteAtEnd;
}

function quotedSteps(line: string, opening: number, dialect: Dialect): Step[] {
  const steps: Step[] = [];
  for (let at = line.indexOf(dialect.quote, opening + 1); at >= 0; at = line.indexOf(dialect.quote, at + 1)) {
    const after = at + 1 + blanksAt(line, at + 1, dialect);
    if (after < line.length && !line.startsWith(dialect.delimiter, after)) continue;
    const content = unescapeField(line.slice(opening + 1, at), dialect);
    steps.push({ field: content.text, faults: content.bare * bareQuote, next: after + dialect.delimiter.length });
  }
  return steps;
}

/** Blanks between a quote and its delimiter are padding, unless the delimiter is made of them. */
function blanksAt(line: string, start: number, dialect: Dialect): number {
  if (dialect.delimiter.startsWith(' ')) return 0;
  let at = start;
  while (line.charCodeAt(at) === 0x20) at += 1;
  return at - start;
}

/** Takes escapes out of a quoted field's content and counts the quotes that no escape explains. */
export function unescapeField(content: string, dialect: Dialect): { readonly text: string; readonly bare: number } {
  const quote = dialect.quote;
  if (dialect.escape === 'backslash') return unescapeBackslashes(content, quote);
  if (!content.includes(quote)) return { text: content, bare: 0 };
  const pairs = content.split(quote + quote);
  const bare = pairs.reduce((sum, piece) => sum + piece.split(quote).length - 1, 0);
  return { text: pairs.join(quote), bare };
}

function unescapeBackslashes(content: string, quote: string): { text: string; bare: number } {
  let text = '';
  let bare = 0;
  for (let at = 0; at < content.length; at += 1) {
    const next = content[at + 1];
    const isEscape = content[at] === '\\' && (next === quote || next === '\\');
    if (isEscape) at += 1;
    else if (content[at] === quote) bare += 1;
    text += content[at] ?? '';
  }
  return { text, bare };
}

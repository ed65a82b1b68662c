import { quotedString } from '@duckdb/node-api';

/** Blanks that `trim` alone leaves: no-break and ideographic space, byte order mark, zero-width space, tab, line ends. */
const oddBlanks = ['\t', '\r', '\n', '\u00a0', '\u2007', '\u202f', '\u3000', '\ufeff', '\u200b'];

/** What holds for all cells of a chunk and makes their SQL cheaper or dearer. */
export interface CellContext {
  /** Odd blanks may stand around cells. */
  readonly hasOddBlanks: boolean;
  readonly nullWords: readonly string[];
  /** Raw cells around which no blank stands in any record of the chunk: trimming them is saved. */
  readonly untrimmed?: ReadonlySet<string>;
}

/** SQL: the cell without surrounding blanks, null where it is empty or a null word. */
export function cleanCell(cell: string, context: CellContext): string {
  const isBare = context.untrimmed?.has(cell) ?? false;
  const all = quotedString(` ${oddBlanks.join('')}`);
  const trimmed = isBare ? cell : context.hasOddBlanks ? `trim(${cell}, ${all})` : `trim(${cell})`;
  const words = [...new Set(['', ...context.nullWords.map((word) => word.trim())])];
  // A length check is far cheaper than the comparisons, and most cells are longer than any null word. Blanks around it count.
  const margin = isBare ? 0 : context.hasOddBlanks ? 12 : 2;
  const longest = Math.max(...words.map((word) => Buffer.byteLength(word))) + margin;
  // Not "in (…)": the engine plans a long list of constants as a join, with a hash table of 8 MB for each cell.
  const isWord = `strlen(${cell}) <= ${longest} and list_contains([${words.map((word) => quotedString(word)).join(', ')}], ${trimmed})`;
  return `case when ${isWord} then null else ${trimmed} end`;
}

/** SQL condition: a blank stands before or behind the cell. Far cheaper than trimming, so it is asked once per chunk. */
export function hasEdgeBlank(cell: string, odd: readonly string[]): string {
  const ends = [' ', ...odd].map((blank) => `ends_with(${cell}, ${quotedString(blank)})`);
  const starts = odd.flatMap((blank) => (blank < '!' ? [] : [`starts_with(${cell}, ${quotedString(blank)})`]));
  return [`${cell} < '!'`, ...ends, ...starts].join(' or ');
}

/** The odd blanks that occur in a text; those that end lines only where others occur too. All of them without a text. */
export function oddBlanksIn(text?: Buffer): readonly string[] {
  if (text === undefined) return oddBlanks;
  const found = oddBlankBytes.filter(({ bytes }) => text.includes(bytes));
  return found.length === 0 ? [] : ['\r', '\n', ...found.map(({ blank }) => blank)];
}

const oddBlankBytes = oddBlanks
  .filter((blank) => blank !== '\r' && blank !== '\n')
  .map((blank) => ({ blank, bytes: Buffer.from(blank) }));

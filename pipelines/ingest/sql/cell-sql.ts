import { quotedString } from '@duckdb/node-api';

/** Blanks that `trim` alone leaves: no-break and ideographic space, byte order mark, zero-width space, tab, line ends. */
const oddBlanks = ' \t\r\n\u00a0\u2007\u202f\u3000\ufeff\u200b';

/** What holds for all cells of a chunk and makes their SQL cheaper or dearer. */
export interface CellContext {
  readonly hasOddBlanks: boolean;
  readonly nullWords: readonly string[];
}

/** SQL: the cell without surrounding blanks, null where it is empty or a null word. */
export function cleanCell(cell: string, context: CellContext): string {
  const trimmed = context.hasOddBlanks ? `trim(${cell}, ${quotedString(oddBlanks)})` : `trim(${cell})`;
  const words = [...new Set(['', ...context.nullWords.map((word) => word.trim())])];
  // A length check is far cheaper than the comparisons, and most cells are longer than any null word. Blanks around it count.
  const longest = Math.max(...words.map((word) => Buffer.byteLength(word))) + (context.hasOddBlanks ? 12 : 2);
  // Not "in (…)": the engine plans a long list of constants as a join, with a hash table of 8 MB for each cell.
  const isWord = `strlen(${cell}) <= ${longest} and list_contains([${words.map((word) => quotedString(word)).join(', ')}], ${trimmed})`;
  return `case when ${isWord} then null else ${trimmed} end`;
}

/** Whether a text holds blanks that need the dearer trim. */
export function hasOddBlanks(text: Buffer): boolean {
  return oddBlankBytes.some((bytes) => text.includes(bytes));
}

const oddBlankBytes = ['\t', '\u00a0', '\u2007', '\u202f', '\u3000', '\ufeff', '\u200b'].map((blank) =>
  Buffer.from(blank),
);

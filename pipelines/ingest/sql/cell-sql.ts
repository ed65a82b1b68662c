import { quotedString } from '@duckdb/node-api';
import type { CellFacts, EdgeBlanks } from './cell-facts.ts';

/** Blanks that `trim` alone leaves: tab, line ends, no-break and ideographic space, byte order mark, zero-width space. */
const asciiBlanks = ['\t', '\r', '\n'];
const wideBlanks = ['\u00a0', '\u2007', '\u202f', '\u3000', '\ufeff', '\u200b'];

/** SQL: the cell without surrounding blanks, null where it is empty or a null word. */
export function cleanCell(cell: string, nullWords: readonly string[], facts: CellFacts): string {
  return withoutWords(trimmedCell(cell, facts), nullWords, facts);
}

/** SQL: a cell without blanks around it, null where nothing is left or it is a null word. The text is repeated. */
export function withoutWords(text: string, nullWords: readonly string[], facts: CellFacts): string {
  const { leading, trailing, mayBeEmpty, mayBeWord } = facts;
  // The engine's reader has made null of the empty cell, not of the blank one.
  const isBlankLeft = mayBeEmpty && (leading !== 'none' || trailing !== 'none');
  const words = new Set([...(isBlankLeft ? [''] : []), ...(mayBeWord ? nullWords.map((word) => word.trim()) : [])]);
  if (words.size === 0) return text;
  // A length check is far cheaper than the comparisons, and most cells are longer than any null word.
  const longest = Math.max(...[...words].map((word) => Buffer.byteLength(word)));
  const list = [...words].map((word) => quotedString(word)).join(', ');
  // Not "in (…)": the engine plans a long list of constants as a join, with a hash table of 8 MB for each cell.
  return `case when strlen(${text}) <= ${longest} and list_contains([${list}], ${text}) then null else ${text} end`;
}

/** SQL: the cell without the blanks that stand around some cells. Trimming is dear, so only cells that need it are trimmed. */
export function trimmedCell(cell: string, { leading, trailing }: CellFacts): string {
  if (leading === 'none' && trailing === 'none') return cell;
  const name = leading === 'none' ? 'rtrim' : trailing === 'none' ? 'ltrim' : 'trim';
  const blanks = [...new Set([...blanksOf(leading), ...blanksOf(trailing)])];
  const call = blanks.length === 1 ? `${name}(${cell})` : `${name}(${cell}, ${quotedString(blanks.join(''))})`;
  const starts = [
    ...(leading === 'none' ? [] : [`${cell} < '!'`]),
    ...(leading === 'any' ? wideBlanks.map((blank) => `starts_with(${cell}, ${quotedString(blank)})`) : []),
  ];
  const ends = blanksOf(trailing).map((blank) => `ends_with(${cell}, ${quotedString(blank)})`);
  return `case when ${[...starts, ...ends].join(' or ')} then ${call} else ${cell} end`;
}

function blanksOf(edge: EdgeBlanks): string[] {
  switch (edge) {
    case 'none':
      return [];
    case 'space':
      return [' '];
    case 'ascii':
      return [' ', ...asciiBlanks];
    case 'any':
      return [' ', ...asciiBlanks, ...wideBlanks];
  }
}

/** What a cell looks like, judged by its text alone. */
export type CellType =
  | 'blank'
  | 'number'
  | 'money'
  | 'date'
  | 'time'
  | 'boolean'
  | 'url'
  | 'email'
  | 'identifier'
  | 'word'
  | 'text';

const patterns: readonly (readonly [CellType, RegExp])[] = [
  ['number', /^[+-]?(?:\d+|\d{1,3}(?:[,.' ]\d{3})+)(?:[.,]\d+)?(?:[eE][+-]?\d+)?\s?[%‰]?$/],
  ['number', /^(?:[+-]?[.,]\d+|\(\d[\d.,]*\)|\d[\d.,]*-|[+-]?\d[\d.,]*[万亿])$/],
  ['money', /^[+-]?\s?(?:[$€£¥￥₹₽₩]|[A-Z]{3}\s|US\$|R\$)\s?[+-]?\d[\d.,' ]*[万亿]?$/],
  ['money', /^[+-]?\d[\d.,' ]*\s?(?:[$€£¥￥₹₽₩元]|[A-Z]{3})$/],
  [
    'date',
    /^\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:[AaPp][Mm])?\s?(?:Z|[+-]\d{2}:?\d{2}|UTC)?)?$/,
  ],
  ['date', /^\d{4}年\d{1,2}月(?:\d{1,2}日)?(?:\s?\d{1,2}:\d{2}(?::\d{2})?)?$/],
  [
    'date',
    /^(?:[A-Za-z]{3,9},?\s)?\d{1,2}[\s-](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[\s-]\d{2,4}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?$/i,
  ],
  [
    'date',
    /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d{1,2},?\s\d{2,4}(?:[ T]\d{1,2}:\d{2}.*)?$/i,
  ],
  ['time', /^\d{1,3}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:[AaPp][Mm])?$/],
  ['boolean', /^(?:true|false|yes|no|是|否)$/i],
  ['url', /^(?:https?|ftp):\/\/\S+$|^www\.\S+$/i],
  ['email', /^[^\s@,;]+@[^\s@,;]+\.[a-z]{2,}$/i],
  ['word', /^\p{L}[\p{L}_. -]{0,30}\d{0,2}$/u],
  ['identifier', /^(?=\D*\d)[\p{L}\d_#*-]+$/u],
];

const nullWords = new Set(['null', 'nan', 'n/a', 'na', 'none', '-', '--', '\\n', '#n/a', '无']);

/** A longer cell is prose, whatever it starts with. */
const longestTyped = 120;

/** Cells that were judged lately: exports say the same again and again, and detection tries one dialect after the other. */
const judged = new Map<string, CellType>();
const mostJudged = 1 << 14;

/** Names what one cell looks like; surrounding blanks do not matter. */
export function cellType(cell: string): CellType {
  const known = judged.get(cell);
  if (known !== undefined) return known;
  const type = judge(cell.trim());
  if (judged.size >= mostJudged) judged.clear();
  if (cell.length <= longestTyped) judged.set(cell, type);
  return type;
}

function judge(text: string): CellType {
  if (text === '' || nullWords.has(text.toLowerCase())) return 'blank';
  if (text.length > longestTyped) return 'text';
  for (const [type, pattern] of patterns) if (pattern.test(text)) return type;
  return 'text';
}

/** Types that a column name hardly ever has and that a column of values often has throughout. */
export function isValueType(type: CellType): boolean {
  switch (type) {
    case 'number':
    case 'money':
    case 'date':
    case 'time':
    case 'boolean':
    case 'url':
    case 'email':
    case 'identifier':
      return true;
    case 'blank':
    case 'word':
    case 'text':
      return false;
  }
}

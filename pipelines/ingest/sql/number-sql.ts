import { quotedString } from '@duckdb/node-api';

export interface NumberMarks {
  readonly decimalMark: '.' | ',';
  readonly thousandsMark: string;
}

/** Digits to the right of the point that numbers of a contract keep. */
const scales = { decimal: 'decimal(18,4)', percent: 'decimal(18,6)' } as const;

const currencies = [
  'US\\$',
  'R\\$',
  'HK\\$',
  'CNY',
  'RMB',
  'USD',
  'EUR',
  'GBP',
  'BRL',
  'INR',
  'HKD',
  'JPY',
  '元',
  '円',
  '[¥￥$€£₹₩₽]',
];

/**
 * SQL: a cell as a number, null where it is none. Nearly all cells take the first, plain cast; the rest costs only those
 * that fail it: grouping, decimal comma, currency signs, full-width digits, `(1.50)`, `1.50-`, `1.2万`, `32.3%`.
 * @param cell the cell as it stands
 * @param clean the cell without blanks, null for null words
 */
export function numberCell(cell: string, clean: string, kind: keyof typeof scales, marks: NumberMarks): string {
  const type = scales[kind];
  const plain =
    marks.decimalMark === '.' ? cell : `case when contains(${cell}, '.') then null else replace(${cell}, ',', '.') end`;
  // DuckDB reads 1_000 as a thousand; an export never means that.
  const guarded = `case when contains(${cell}, '_') then null else try_cast(${plain} as ${type}) end`;
  return `coalesce(${guarded}, try_cast(${decorated(clean, marks)} as ${type}))`;
}

/** SQL: the whole number that `value` (read as a decimal) is, null where it has a fraction; long ones come from the cell. */
export function wholeNumber(value: string, clean: string): string {
  const long = `case when regexp_full_match(${clean}, '[+-]?[0-9]{15,18}') then try_cast(${clean} as bigint) end`;
  return `case when ${value} is null then ${long} when ${value} = trunc(${value}) then cast(${value} as bigint) end`;
}

/** SQL: a number with decoration, in the plain form that a cast takes; null where the decoration makes no sense. */
function decorated(clean: string, marks: NumberMarks): string {
  const narrow = `translate(${clean}, '０１２３４５６７８９．，－＋（）％', '0123456789.,-+()%')`;
  const bare = `regexp_replace(${narrow}, ${quotedString(`(?i)\\s*(?:${currencies.join('|')})\\s*`)}, '', 'g')`;
  const signed = `regexp_replace(regexp_replace(${bare}, '^\\((.*)\\)$', '-\\1'), '^(.*[0-9])-$', '-\\1')`;
  const scaled = [
    ['\\s*万$', 'e4'],
    ['\\s*亿$', 'e8'],
    ['\\s*%$', 'e-2'],
  ].reduce((sql, [unit, exponent]) => `regexp_replace(${sql}, '${unit}', '${exponent}')`, signed);
  return ungrouped(scaled, marks);
}

function ungrouped(number: string, { decimalMark, thousandsMark }: NumberMarks): string {
  const mark = decimalMark === '.' ? '\\.' : ',';
  const tail = `(${mark}[0-9]*)?(e-?[0-9]+)?`;
  const plain = `[+-]?([0-9]+${mark}?[0-9]*|${mark}[0-9]+)([eE][+-]?[0-9]+)?`;
  const point = (sql: string): string => (decimalMark === '.' ? sql : `replace(${sql}, ',', '.')`);
  const branches = [`when regexp_full_match(${number}, '${plain}') then ${point(number)}`];
  if (thousandsMark !== '') {
    const group = thousandsMark === ' ' ? '[ \u00a0\u202f]' : thousandsMark === '.' ? '\\.' : thousandsMark;
    // Groups of three, or the Indian way: 12,34,567.
    const grouped = `[+-]?([0-9]{1,3}(${group}[0-9]{3})+|[0-9]{1,2}(${group}[0-9]{2})+${group}[0-9]{3})${tail}`;
    const joined = `regexp_replace(${number}, ${quotedString(group)}, '', 'g')`;
    branches.push(`when regexp_full_match(${number}, ${quotedString(grouped)}) then ${point(joined)}`);
  }
  return `case ${branches.join(' ')} end`;
}

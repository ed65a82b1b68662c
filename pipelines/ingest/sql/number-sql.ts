import { quotedString } from '@duckdb/node-api';

export interface NumberMarks {
  readonly decimalMark: '.' | ',';
  readonly thousandsMark: string;
}

/** Digits to the right of the point that numbers of a contract keep; `exact`: as many as an export may show. */
const scales = { decimal: 'decimal(18,4)', percent: 'decimal(18,6)', exact: 'decimal(38,18)' } as const;

export type NumberKind = keyof typeof scales;

const units = [
  ['\\s*万$', 'e4'],
  ['\\s*亿$', 'e8'],
  ['\\s*%$', 'e-2'],
] as const;

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

/** SQL: the plain cast of a cell, which nearly all numbers take; null for whatever is written otherwise. */
export function plainNumber(cell: string, kind: NumberKind, { decimalMark }: NumberMarks): string {
  // With a decimal comma a point groups thousands: such cells are no plain numbers.
  const plain =
    decimalMark === '.' ? cell : `case when contains(${cell}, '.') then null else replace(${cell}, ',', '.') end`;
  // DuckDB reads 1_000 as a thousand; an export never means that.
  return `case when contains(${cell}, '_') then null else try_cast(${plain} as ${scales[kind]}) end`;
}

/**
 * SQL: a number without its decoration: currency signs, full-width digits, `(1.50)`, `1.50-`, `1.2万`, `32.3%`. Never null
 * for a cell that has text. It is long, so it stands in a layer of its own and only cells that the plain cast left see it.
 */
export function undecorated(clean: string): string {
  const narrow = `translate(${clean}, '０１２３４５６７８９．，－＋（）％', '0123456789.,-+()%')`;
  const bare = `regexp_replace(${narrow}, ${quotedString(`(?i)\\s*(?:${currencies.join('|')})\\s*`)}, '', 'g')`;
  const signed = `regexp_replace(regexp_replace(${bare}, '^\\((.*)\\)$', '-\\1'), '^(.*[0-9])-$', '-\\1')`;
  return units.reduce((sql, [unit, exponent]) => `regexp_replace(${sql}, '${unit}', '${exponent}')`, signed);
}

/** SQL: the number that an undecorated text is, grouping and decimal mark as the contract says; null where it is none. */
export function groupedNumber(text: string, kind: NumberKind, marks: NumberMarks): string {
  return `try_cast(${ungrouped(text, marks)} as ${scales[kind]})`;
}

/** SQL: the whole number that `value` (read as a decimal) is, null where it has a fraction; long ones come from the text. */
export function wholeNumber(value: string, text: string): string {
  const long = `case when regexp_full_match(${text}, '[+-]?[0-9]{15,18}') then try_cast(${text} as bigint) end`;
  return `case when ${value} is null then ${long} when ${value} = trunc(${value}) then cast(${value} as bigint) end`;
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

import fc from 'fast-check';

/** How a random table is written. */
export interface WrittenAs {
  readonly delimiter: string;
  readonly quote: '"' | "'";
  readonly escape: 'double' | 'backslash';
  readonly newline: '\n' | '\r\n' | '\r';
  readonly quotesAll: boolean;
  readonly endsWithNewline: boolean;
}

const word = fc.stringMatching(/^[a-z]{2,9}$/);
const chinese = fc.constantFrom(
  '订单',
  '手机壳',
  '连衣裙',
  '好评',
  '已付款',
  '退款成功',
  '浙江省杭州市',
  '快递',
  '优惠券',
);
const pieces = fc.constantFrom(',', ';', '|', '\t', '"', "'", '\n', ' ', '. ', ': ', ' - ', '""', ', "', '\\');
const note = fc
  .array(
    fc.oneof({ weight: 4, arbitrary: word }, { weight: 2, arbitrary: chinese }, { weight: 2, arbitrary: pieces }),
    {
      minLength: 0,
      maxLength: 7,
    },
  )
  .map((parts) => parts.join(' ').trim());

const columns = {
  id: fc.integer({ min: 10_000, max: 99_999 }).map((number) => `SKU-${number}`),
  date: fc
    .date({ min: new Date('2019-01-01'), max: new Date('2029-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  time: fc.integer({ min: 0, max: 1439 }).map((minute) => `${clock(Math.floor(minute / 60))}:${clock(minute % 60)}`),
  count: fc.integer({ min: 0, max: 5000 }).map(String),
  price: fc.integer({ min: 1, max: 900_000 }).map((cents) => (cents / 100).toFixed(2)),
  name: fc.oneof(word, chinese),
  note,
} as const;

function clock(number: number): string {
  return String(number).padStart(2, '0');
}

/** A table as people export it: names, then 4 to 20 records; columns of values and at least one of free text. */
export const arbitraryTable: fc.Arbitrary<string[][]> = fc
  .tuple(
    fc.constantFrom('id', 'date') as fc.Arbitrary<keyof typeof columns>,
    fc.array(fc.constantFrom(...(Object.keys(columns) as (keyof typeof columns)[])), { minLength: 1, maxLength: 6 }),
  )
  .chain(([first, more]) => {
    const kinds = [first, 'count', ...more, 'note'] as const;
    const header = kinds.map((kind, at) => `${kind}_${'abcdefghij'[at]}`);
    const record = fc.tuple(...kinds.map((kind) => columns[kind] as fc.Arbitrary<string>));
    return fc.array(record, { minLength: 4, maxLength: 20 }).map((records) => [header, ...records]);
  });

export const arbitraryWriting: fc.Arbitrary<WrittenAs> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  quote: fc.constantFrom('"', '"', "'") as fc.Arbitrary<'"' | "'">,
  escape: fc.constantFrom('double', 'double', 'backslash') as fc.Arbitrary<'double' | 'backslash'>,
  newline: fc.constantFrom('\n', '\r\n', '\r') as fc.Arbitrary<'\n' | '\r\n' | '\r'>,
  quotesAll: fc.boolean(),
  endsWithNewline: fc.boolean(),
});

/** One piece of a written table: a cell with its quotes, or what stands between cells. */
export interface Token {
  readonly kind: 'cell' | 'delimiter' | 'newline';
  readonly text: string;
}

/** Writes a table by the rules of its dialect. */
export function writeTable(table: readonly (readonly string[])[], how: WrittenAs): string {
  return tableTokens(table, how)
    .map(({ text }) => text)
    .join('');
}

export function tableTokens(table: readonly (readonly string[])[], how: WrittenAs): Token[] {
  const newline: Token = { kind: 'newline', text: how.newline };
  const delimiter: Token = { kind: 'delimiter', text: how.delimiter };
  const tokens = table.flatMap((record) => [
    ...record.flatMap((cell, at): Token[] => {
      const token: Token = { kind: 'cell', text: writeCell(cell, how) };
      return at === 0 ? [token] : [delimiter, token];
    }),
    newline,
  ]);
  return how.endsWithNewline ? tokens : tokens.slice(0, -1);
}

function writeCell(cell: string, { delimiter, quote, escape: way, quotesAll }: WrittenAs): string {
  const needsQuotes = [delimiter, quote, '\n', '\r', '\\'].some((mark) => cell.includes(mark)) || cell.startsWith(' ');
  if (!quotesAll && !needsQuotes) return cell;
  if (way === 'double') return quote + cell.replaceAll(quote, quote + quote) + quote;
  return quote + cell.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote;
}

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
/** Words of trade in the languages that exports come in, and the encodings in which they circulate. */
export const languages = {
  chinese: {
    words: ['订单', '手机壳', '连衣裙', '好评', '已付款', '退款成功', '浙江省杭州市', '快递', '优惠券'],
    encodings: ['utf-8', 'gb18030', 'utf-16le', 'utf-16be'],
  },
  traditional: { words: ['訂單編號', '付款方式', '台北市信義區', '運費', '會員'], encodings: ['utf-8', 'big5'] },
  japanese: { words: ['注文番号', 'りんご', '東京都', 'お支払い方法', 'カード'], encodings: ['shift_jis', 'euc-jp'] },
  korean: { words: ['주문번호', '서울시', '결제완료', '배송중', '사과'], encodings: ['euc-kr', 'utf-8'] },
  german: { words: ['Straße', 'München', 'Größe', 'für', 'Käufer'], encodings: ['windows-1252', 'utf-8'] },
  polish: { words: ['zamówienie', 'Łódź', 'płatność', 'część', 'książka'], encodings: ['windows-1250', 'utf-8'] },
  russian: { words: ['Москва', 'заказ', 'оплачено', 'доставка', 'книга'], encodings: ['windows-1251', 'koi8-r'] },
} as const;
export type Language = keyof typeof languages;

const pieces = fc.constantFrom(',', ';', '|', '\t', '"', "'", '\n', ' ', '. ', ': ', ' - ', '""', ', "', '\\');

function noteIn(language: Language): fc.Arbitrary<string> {
  const local = fc.constantFrom(...languages[language].words);
  return fc
    .array(
      fc.oneof({ weight: 3, arbitrary: word }, { weight: 3, arbitrary: local }, { weight: 2, arbitrary: pieces }),
      {
        maxLength: 7,
      },
    )
    .map((parts) => parts.join(' ').trim());
}

const columns = {
  id: fc.integer({ min: 10_000, max: 99_999 }).map((number) => `SKU-${number}`),
  date: fc
    .date({ min: new Date('2019-01-01'), max: new Date('2029-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  time: fc.integer({ min: 0, max: 1439 }).map((minute) => `${clock(Math.floor(minute / 60))}:${clock(minute % 60)}`),
  count: fc.integer({ min: 0, max: 5000 }).map(String),
  price: fc.integer({ min: 1, max: 900_000 }).map((cents) => (cents / 100).toFixed(2)),
} as const;

function clock(number: number): string {
  return String(number).padStart(2, '0');
}

/** A table as people export it: names, then 4 to 20 records; columns of values and at least one of free text. */
export function arbitraryTable(language: Language): fc.Arbitrary<string[][]> {
  const kinds = {
    ...columns,
    name: fc.oneof(word, fc.constantFrom(...languages[language].words)),
    note: noteIn(language),
  };
  const kind = fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[]));
  return fc
    .tuple(fc.constantFrom('id' as const, 'date' as const), fc.array(kind, { minLength: 1, maxLength: 6 }))
    .chain(([first, more]) => {
      const chosen = [first, 'count', ...more, 'note'] as const;
      const header = chosen.map((name, at) => `${name}_${'abcdefghij'[at]}`);
      const record = fc.tuple(...chosen.map((name) => kinds[name] as fc.Arbitrary<string>));
      return fc.array(record, { minLength: 4, maxLength: 20 }).map((records) => [header, ...records]);
    });
}

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

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cleanDialect } from '../../pipelines/ingest/detect/dialect.ts';
import { RecordMender } from '../../pipelines/ingest/parse/record-mender.ts';
import { RecordReader } from '../../pipelines/ingest/parse/record-reader.ts';
import { CellScan } from '../../pipelines/ingest/read/cell-scan.ts';

const marks = { delimiter: 0x2c, quote: 0x22 };
const rule = (position: number) => ({ position, shape: undefined, nullWords: [] });

/** Numbers of equal pairs of order and product, counted in a map of their own. */
function numbered(lines: readonly (readonly [string, string])[]): [number, number][] {
  const counts = new Map<string, number>();
  const all = lines.map(([order, product], record): [string, number, number] => {
    const key = JSON.stringify([order, product.trim()]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return [key, record, counts.get(key) ?? 0];
  });
  return all.flatMap(([key, record, number]) => ((counts.get(key) ?? 0) > 1 ? [[record, number]] : []));
}

it('numbers the lines of an order that name one product, whether they stand together or not', () => {
  const order = fc.constantFrom('A1', 'A1', 'A1', 'A2', 'B1', 'A11');
  const product = fc.constantFrom('x', 'y', 'xy', '', ' x', 'yx', 'zz');
  const scan = new CellScan(marks, 2, [rule(0), rule(1)], { lines: { order: 0, product: 1 } });
  fc.assert(
    fc.property(fc.array(fc.tuple(order, product), { maxLength: 60 }), (lines) => {
      const text = Buffer.from(lines.map((cells) => `${cells.join(',')}\n`).join(''));
      const { records = [], numbers = [] } = scan.scan(text, true).findings?.repeats ?? {};
      const found = records.map((record, at) => [record, numbers[at]]).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
      expect(found).toEqual(numbered(lines));
    }),
    { numRuns: 3000, examples: [[Array.from({ length: 1 }, () => ['A1', 'x'] as [string, string])]] },
  );
});

it('numbers the lines of very long orders, and of very many', () => {
  const long = Array.from({ length: 5000 }, (_, at): [string, string] => ['A1', `p${at % 3000}`]);
  const many = Array.from({ length: 5000 }, (_, at): [string, string] => [`B${at % 4000}`, `p${at % 2}`]);
  const lines = [...long, ...many];
  const scan = new CellScan(marks, 2, [rule(0), rule(1)], { lines: { order: 0, product: 1 } });
  const text = Buffer.from(lines.map((cells) => `${cells.join(',')}\n`).join(''));
  const { records = [], numbers = [] } = scan.scan(text, true).findings?.repeats ?? {};
  const found = records.map((record, at) => [record, numbers[at]]).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
  expect(found).toEqual(numbered(lines));
  expect(found.length).toBe(4000 + 2000);
});

it('gathers the distinct cells of a column as they stand, empty ones left out', () => {
  const cell = fc.oneof(fc.constantFrom('', 'a', ' a', 'b ', '张三', 'a,b', 'x@example.com'), fc.nat(3000).map(String));
  const scan = new CellScan(marks, 1, [rule(0)], { distinct: [0] });
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 200 }), fc.boolean(), (cells, isQuoted) => {
      const text = Buffer.from(
        cells.map((one) => (isQuoted || one.includes(',') ? `"${one}"\n` : `${one}\n`)).join(''),
      );
      const found = scan.scan(text, true).findings?.distinct.get(0);
      expect(found?.toSorted()).toEqual([...new Set(cells)].filter((one) => one !== '').sort());
    }),
    { numRuns: 1000 },
  );
});

it('gathers and numbers records that are mended as well, or nothing at all', () => {
  const [width, columns] = [3, [undefined, undefined, undefined]];
  const options = { dialect: cleanDialect, delimiter: ',', hasReturns: false, width, columns, isForAll: false };
  const uses = { lines: { order: 0, product: 1 }, distinct: [1], mender: new RecordMender(options) };
  const scan = new CellScan(marks, width, [rule(0), rule(1), rule(2)], uses);
  const cell = fc.constantFrom('A1', 'A1', 'A2', '错1', 'x"y', '"x""y"', '"A1"', ' "A1"', ' A1', '', '"b,c"', '"open');
  const note = fc.constantFrom('n', 'n', '', '错', '5" nail', '"5"" nail"', '"cut" off');
  const ends = fc.constantFrom('\n', '\n', '\n', ',,\n', '\r\n', '\n\n');
  let gathered = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, note, ends), { minLength: 1, maxLength: 12 }), (lines) => {
      const text = lines.map(([order, product, more, end]) => `${order},${product},${more}${end}`).join('');
      const reader = new RecordReader(cleanDialect, { width });
      const read = [...reader.push(text), ...reader.end()].filter(({ raw }) => raw !== '');
      const pairs = read.map(({ fields: [order = '', product = ''] }): [string, string] => [order.trim(), product]);
      const { repeats, distinct } = scan.scan(Buffer.from(text), true).findings ?? {};
      if (repeats !== undefined) {
        const found = repeats.records.map((record, at) => [record, repeats.numbers[at]]);
        expect(found.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))).toEqual(numbered(pairs));
        gathered += 1;
      }
      const cells = distinct?.get(1);
      const products = new Set(read.map(({ fields }) => fields[1] ?? ''));
      if (cells !== undefined) expect(cells.toSorted()).toEqual([...products].filter((one) => one !== '').sort());
    }),
    { numRuns: 5000 },
  );
  expect(gathered).toBeGreaterThan(300);
});

it('gathers nothing where a cell holds a quote or a control character', () => {
  const distinct = (text: string) =>
    new CellScan(marks, 1, [rule(0)], { distinct: [0] }).scan(Buffer.from(text), true).findings?.distinct.get(0);
  expect(distinct('a\nb\na\n')).toEqual(['a', 'b']);
  expect(distinct('a\n"b ""c"""\n')).toBeUndefined();
  expect(distinct('a\nb\u001fc\n')).toBeUndefined();
  expect(distinct('a\n"b\nc"\n')).toBeUndefined();
});

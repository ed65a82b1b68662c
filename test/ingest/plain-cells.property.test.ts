import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, quotedString } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Contract, type ContractColumn, contract } from '../../pipelines/domain/contract.ts';
import { CellScan } from '../../pipelines/ingest/read/cell-scan.ts';
import { type CellFacts, unknownFacts } from '../../pipelines/ingest/sql/cell-facts.ts';
import { columnSql, layered, readerType } from '../../pipelines/ingest/sql/column-sql.ts';
import { plainShape } from '../../pipelines/ingest/sql/plain-shape.ts';

const runs = process.env['TIDEMARK_LONG'] === undefined ? 60 : 1000;

let folder: string;
let engine: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-cells-'));
  engine = await DuckDBInstance.create(':memory:');
  connection = await engine.connect();
  await connection.run("set TimeZone = 'UTC'");
});

afterAll(() => {
  connection.closeSync();
  engine.closeSync();
  rmSync(folder, { recursive: true, force: true });
});

function contractWith(column: object): Contract {
  return contract.parse({
    contract: 'cells',
    title: { en: 'Cells', zh: '单元格' },
    channel: { channel_id: 'shop', name: 'Shop', name_zh: '店', kind: 'own_shop' },
    timezone: 'Asia/Shanghai',
    currency: 'CNY',
    columns: [{ name: 'cell', headers: ['cell'], ...column }],
    outputs: [{ dataset: 'orders', write: 'upsert', columns: {} }],
  });
}

/** What each cell of the file's second column is read as: its value, and why it is refused. */
async function readAll(rules: Contract, column: ContractColumn, facts: CellFacts): Promise<unknown[][]> {
  const placed = { column, position: 1, formats: column.formats ?? [] };
  const type = readerType(placed, facts);
  const source = `select _c0, _c1 from read_csv(${quotedString(join(folder, 'cells.csv'))}, header = false, auto_detect = false,
    delim = ',', quote = '"', escape = '"', columns = {'_c0': 'bigint', '_c1': '${type}'})`;
  const sql = columnSql(placed, rules, () => facts);
  const valued = `select *, ${sql.value} as "${sql.name}" from (${layered(source, [sql])})`;
  const shown = `cast(${sql.reject ?? 'null'} as varchar), cast("${sql.name}" as varchar), typeof("${sql.name}")`;
  return (await connection.runAndReadAll(`select _c0, ${shown} from (${valued}) order by _c0`)).getRows();
}

const blanks = fc.constantFrom('', '', '', '', ' ', '  ', '\t', '\u00a0', '\u3000', '\n');
const words = ['', '', 'NULL', '-', '--', '无', 'n/a', '\\N'];
const digits = fc.integer({ min: 0, max: 10 ** 9 }).map(String);
const numbers = fc.oneof(
  digits,
  fc
    .tuple(fc.constantFrom('', '-', '+'), digits, fc.constantFrom('.', ','), fc.nat(9_999_999))
    .map((all) => all.join('')),
);
const oddNumbers = ['.', '-', '+', '-.', '.5', '5.', '1e3', '1e-7', '1_000', '0x1f', '1,234.50', '１２', '(3)', '3-', '5.0',
  '99999999999999', '999999999999999', '123456789012345678', '12345678901234567890', '-0', '007', '1.23456789', '32.3%', '1.2万',
  'Infinity', 'NaN', '$4', '4 元']; // biome-ignore format: a list
const two = (value: number): string => String(value).padStart(2, '0');
const days = fc
  .tuple(fc.constantFrom('1899', '1900', '2024', '2199', '2200', '0024'), fc.nat(13), fc.nat(32))
  .map(([year, month, day]) => `${year}-${two(month)}-${two(day)}`);
const times = fc.tuple(fc.nat(25), fc.nat(60), fc.nat(60)).map((all) => all.map(two).join(':'));
const moments = fc.tuple(days, fc.constantFrom(' ', ' ', ' ', 'T'), times).map((all) => all.join(''));
const oddTimes = ['2024/1/5', '20240105', '2024-1-5', '2024-01-05 10:20', '2024-01-05T10:20:30.5', '2024-01-05 10:20:30.123',
  '2024-01-05 10:20:30 UTC', '2024-01-05 10:20:30+08', '2024年1月5日', 'epoch', 'infinity']; // biome-ignore format: a list
const offsets = fc
  .tuple(moments, fc.constantFrom(' +0800', ' -0400', ' +0000', ' +9999', '+08:00', ' Z'))
  .map((all) => all.join(''));
const codes = fc.oneof(
  digits,
  fc.constantFrom('#1001', 'A-17', '12.0', '="001"', "'001", '1.2E+17', '1.5', 'E+', 'a"b', 'x.0', 'TB_9'),
);
const texts = fc.oneof(fc.string({ maxLength: 6 }), fc.string({ unit: 'grapheme', maxLength: 4 }), digits);

const offsetFormat = '%Y-%m-%d %H:%M:%S %z';
/** Name, column, its usual cells, odd ones, and one that is plain for sure: chance may leave out a column of such. */
const kinds: [string, object, fc.Arbitrary<string>, readonly string[], string][] = [
  ['decimal', { type: 'decimal' }, numbers, oddNumbers, '12.50'],
  ['decimal with a comma', { type: 'decimal', decimal_mark: ',', thousands_mark: '.' }, numbers, oddNumbers, '12'],
  ['percent', { type: 'percent', minimum: 0 }, numbers, oddNumbers, '12.5'],
  ['integer', { type: 'integer', maximum: 1000 }, numbers, oddNumbers, '12'],
  ['date', { type: 'date' }, days, oddTimes, '2024-01-05'],
  ['datetime', { type: 'datetime', not_null: true }, moments, oddTimes, '2024-01-05 10:20:30'],
  ['datetime in one of its formats', { type: 'datetime', formats: ['iso'] }, moments, oddTimes, '2024-01-05 10:20:30'],
  [
    'instant',
    { type: 'instant', formats: [offsetFormat], not_null: true },
    offsets,
    oddTimes,
    '2024-01-05 10:20:30 +0800',
  ],
  ['id', { type: 'id', not_null: true }, codes, [], 'A-17'],
  ['text', { type: 'text', not_null: true }, texts, [], 'A-17'],
];

describe('cells whose facts are known', () => {
  it.each(kinds)(
    'are read as without them: %s',
    async (...[, definition, plain, odd, sure]) => {
      const rules = contractWith(definition);
      const [column] = rules.columns;
      if (column === undefined) throw new Error('no column');
      const formats = column.formats ?? [];
      const rule = { position: 1, shape: plainShape(column, formats), nullWords: rules.null_words };
      const scan = new CellScan({ delimiter: 0x2c, quote: 0x22 }, 2, [rule]);
      const padded = fc.tuple(blanks, plain, blanks).map((all) => all.join(''));
      const anyCell = fc.oneof({ weight: 6, arbitrary: plain }, padded, fc.constantFrom(...words, ...odd));
      // Whole columns of plain cells as well: only those are typed by the engine's reader.
      const columns = fc.oneof(
        fc.array(plain, { minLength: 1, maxLength: 30 }),
        fc.array(anyCell, { minLength: 1, maxLength: 30 }),
      );
      let typed = 0;
      await fc.assert(
        fc.asyncProperty(columns, fc.boolean(), async (cells, isQuoted) => {
          const written = cells.map((cell) =>
            isQuoted || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
          );
          const text = Buffer.from(written.map((cell, at) => `${at},${cell}\n`).join(''));
          writeFileSync(join(folder, 'cells.csv'), text);
          const expected = await readAll(rules, column, unknownFacts);
          const { findings, records } = scan.scan(text, true);
          expect(records).toBe(cells.length);
          const facts = findings?.facts.get(1) ?? unknownFacts;
          if (facts.isPlain) typed += 1;
          // There is no 30 February: the reader fails, and the text is read.
          const read = await readAll(rules, column, facts).catch(() =>
            readAll(rules, column, { ...facts, isPlain: false }),
          );
          expect(read).toEqual(expected);
        }),
        { numRuns: runs, examples: [[[sure], false]] },
      );
      if (rule.shape !== undefined) expect(typed).toBeGreaterThan(0);
    },
    600_000,
  );
});

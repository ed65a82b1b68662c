import { createHmac } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance, quotedString } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Contract, contract } from '../../pipelines/domain/contract.ts';
import { columnSql, layered } from '../../pipelines/ingest/sql/column-sql.ts';
import { padValues, pseudonym } from '../../pipelines/ingest/sql/identifier-sql.ts';

/** A contract with one column, to read single cells under. */
function withColumn(column: object): Contract {
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

let connection: DuckDBConnection;
let engine: DuckDBInstance;

beforeAll(async () => {
  engine = await DuckDBInstance.create(':memory:');
  connection = await engine.connect();
  await connection.run("set TimeZone = 'UTC'");
});

afterAll(() => {
  connection.closeSync();
  engine.closeSync();
});

/** What a cell is read as: its value as text, or the reason why it is refused. */
async function read(column: object, cell: string): Promise<string | null> {
  const rules = withColumn(column);
  const [only] = rules.columns;
  if (only === undefined) throw new Error('no column');
  const sql = columnSql({ column: only, position: 0, formats: only.formats ?? [] }, rules);
  const relation = layered(`select nullif(${quotedString(cell)}, '') as _c0`, [sql]);
  const valued = `select *, ${sql.value} as "${sql.name}" from (${relation})`;
  const shown = `coalesce(${sql.reject ?? 'null'}, cast("${sql.name}" as varchar))`;
  const [[value] = []] = (await connection.runAndReadAll(`select ${shown} from (${valued})`)).getRows();
  return value === null || value === undefined ? null : String(value);
}

describe('numbers', () => {
  it.each([
    ['12', '12.0000'],
    ['-53594.36', '-53594.3600'],
    [' 7.5 ', '7.5000'],
    ['1,234.50', '1234.5000'],
    ['12,34,567.5', '1234567.5000'],
    ['¥1,234.50', '1234.5000'],
    ['US$ 12.30', '12.3000'],
    ['12.30 元', '12.3000'],
    ['１２３．４５', '123.4500'],
    ['（1.50）', '-1.5000'],
    ['1.50-', '-1.5000'],
    ['1.2万', '12000.0000'],
    ['3亿', '300000000.0000'],
    ['1e3', '1000.0000'],
    ['\u00a05\u3000', '5.0000'],
    // A fifth decimal is rounded, half away from zero.
    ['0.00005', '0.0001'],
    ['-0.00005', '-0.0001'],
    ['0.00004999', '0.0000'],
    ['', null],
    ['NULL', null],
    [' - ', null],
    ['无', null],
    ['1-2', 'not_a_number:cell'],
    ['1,5', 'not_a_number:cell'],
    ['1,23', 'not_a_number:cell'],
    ['12 3', 'not_a_number:cell'],
    ['1_000', 'not_a_number:cell'],
    ['0x10', 'not_a_number:cell'],
    ['1.2.3', 'not_a_number:cell'],
    ['abc', 'not_a_number:cell'],
    ['Infinity', 'not_a_number:cell'],
    ['999999999999999', 'not_a_number:cell'],
  ])('reads %j as %j', async (cell, expected) => {
    expect(await read({ type: 'decimal' }, cell)).toBe(expected);
  });

  it.each([
    ['1.234,50', '1234.5000'],
    ['1.234', '1234.0000'],
    ['0,99', '0.9900'],
    ['-1.234.567,8', '-1234567.8000'],
    ['12', '12.0000'],
    ['1234.50', 'not_a_number:cell'],
  ])('reads %j with decimal comma as %j', async (cell, expected) => {
    expect(await read({ type: 'decimal', decimal_mark: ',', thousands_mark: '.' }, cell)).toBe(expected);
  });

  it.each([
    ["1'234.50", "'", '1234.5000'],
    ['1 234.50', ' ', '1234.5000'],
    ['1\u00a0234.50', ' ', '1234.5000'],
    ['1,234', '', 'not_a_number:cell'],
  ])('reads %j with thousands mark %j as %j', async (cell, thousands_mark, expected) => {
    expect(await read({ type: 'decimal', thousands_mark }, cell)).toBe(expected);
  });

  it.each([
    ['5.0', '5'],
    ['1,024', '1024'],
    ['123456789012345678', '123456789012345678'],
    ['1.5', 'not_a_number:cell'],
    ['5 pcs', 'not_a_number:cell'],
  ])('reads the whole number %j as %j', async (cell, expected) => {
    expect(await read({ type: 'integer' }, cell)).toBe(expected);
  });

  it.each([
    ['32.30%', '0.323000'],
    ['0.323', '0.323000'],
    ['１２％', '0.120000'],
  ])('reads the share %j as %j', async (cell, expected) => {
    expect(await read({ type: 'percent' }, cell)).toBe(expected);
  });

  it('refuses a number outside its limits', async () => {
    expect(await read({ type: 'integer', minimum: 1, maximum: 5 }, '6')).toBe('out_of_range:cell');
    expect(await read({ type: 'integer', minimum: 1, maximum: 5 }, '0')).toBe('out_of_range:cell');
    expect(await read({ type: 'integer', minimum: 1, maximum: 5 }, '5')).toBe('5');
  });
});

describe('dates and times', () => {
  it.each([
    ['2020-02-21 23:59:54', '2020-02-21 23:59:54'],
    ['2020-02-21T23:59:54.250', '2020-02-21 23:59:54.25'],
    ['2016/11/9', '2016-11-09 00:00:00'],
    ['2016/11/9 3:05', '2016-11-09 03:05:00'],
    ['2016.11.09', '2016-11-09 00:00:00'],
    ['20161109', '2016-11-09 00:00:00'],
    ['2016年11月9日', '2016-11-09 00:00:00'],
    ['2016年11月9日 12:30', '2016-11-09 12:30:00'],
    ['--', null],
    ['2016-02-30', 'not_a_date:cell'],
    ['9/11/2016', 'not_a_date:cell'],
    ['2016-11-09 03:05:06+08', 'not_a_date:cell'],
    ['0000-00-00', 'not_a_date:cell'],
    ['1016-11-09', 'not_a_date:cell'],
    ['epoch', 'not_a_date:cell'],
    ['infinity', 'not_a_date:cell'],
    ['today', 'not_a_date:cell'],
  ])('reads %j as %j', async (cell, expected) => {
    expect(await read({ type: 'datetime' }, cell)).toBe(expected);
  });

  it.each([
    ['%d-%m-%Y %H:%M', '02-10-2017 11:07', '2017-10-02 11:07:00'],
    ['%m/%d/%Y %H:%M', '10/2/2017 0:00', '2017-10-02 00:00:00'],
    ['%m/%d/%Y %H:%M', '13/2/2017 0:00', 'not_a_date:cell'],
  ])('reads in format %s the cell %j as %j', async (format, cell, expected) => {
    expect(await read({ type: 'datetime', formats: [format] }, cell)).toBe(expected);
  });

  it.each([
    ['2020-09-11 19:35:42 +0800', '2020-09-11 11:35:42+00'],
    ['2020-09-11T19:35:42Z', '2020-09-11 19:35:42+00'],
    ['2020-09-11T19:35:42-04:00', '2020-09-11 23:35:42+00'],
    ['2020-09-11 19:35:42', 'not_a_date:cell'],
    ['2020-09-11', 'not_a_date:cell'],
  ])('reads the instant %j as %j', async (cell, expected) => {
    expect(await read({ type: 'instant' }, cell)).toBe(expected);
  });

  it.each([
    ['unix_s', '1512189107', '2017-12-02 04:31:47+00'],
    ['unix_ms', '1512189107500', '2017-12-02 04:31:47.5+00'],
    ['unix_s', 'soon', 'not_a_date:cell'],
  ])('reads %s %j as %j', async (format, cell, expected) => {
    expect(await read({ type: 'instant', formats: [format] }, cell)).toBe(expected);
  });

  it.each([
    ['200', '200.0000'],
    ['00:03:20', '200.0000'],
    ['3:20', '200.0000'],
    ['3m20s', '200.0000'],
    ['1小时2分3秒', '3723.0000'],
    ['soon', 'not_a_duration:cell'],
  ])('reads the duration %j as %j seconds', async (cell, expected) => {
    expect(await read({ type: 'duration' }, cell)).toBe(expected);
  });
});

describe('codes and words', () => {
  it.each([
    ['13085.0', '13085'],
    ['="00123"', '00123'],
    ["'00123", '00123'],
    ['00123\t', '00123'],
    ['C489449', 'C489449'],
    ['1.23457E+17', 'damaged_id:cell'],
  ])('reads the code %j as %j', async (cell, expected) => {
    expect(await read({ type: 'id' }, cell)).toBe(expected);
  });

  it.each([
    ['是', 'true'],
    ['No', 'false'],
    ['1', 'true'],
    ['perhaps', 'not_a_boolean:cell'],
  ])('reads the truth of %j as %j', async (cell, expected) => {
    expect(await read({ type: 'boolean' }, cell)).toBe(expected);
  });

  it('refuses an empty cell that must have a value, and an unknown word', async () => {
    expect(await read({ type: 'text', not_null: true }, ' ')).toBe('missing:cell');
    expect(await read({ type: 'text', values: ['pv', 'buy'] }, 'sell')).toBe('unknown_value:cell');
    expect(await read({ type: 'text', values: ['pv', 'buy'] }, ' buy ')).toBe('buy');
  });
});

describe('persons', () => {
  it.each([
    ['13800001111', '13800001111'],
    ['+86 138-0000-1111', '13800001111'],
    ['0086 13800001111', '13800001111'],
    ['１３８００００１１１１', '13800001111'],
    ['021-62345678', '02162345678'],
    ['+44 20 7946 0958', '442079460958'],
    ['138****1111', null],
    ['13800001111-1234', null],
    ['13800001111转8888', null],
    ['13800001111 分机 8888', null],
    ['13800001111_8888', null],
    ['13800001111[8888]', null],
    ['１３８００００１１１１－８８８８', null],
    ['138＊＊＊＊1111', null],
    ['+86 138 0000 1111', '13800001111'],
    ['(+86)138-0000-1111', '13800001111'],
    ['＋８６　１３８００００１１１１', '13800001111'],
    ['8613800001111', '13800001111'],
    ['17012345678', null],
    ['+86 171-1234-5678', null],
    ['16212345678', null],
    ['１６５１２３４５６７８', null],
    ['0086 167 1234 5678', null],
    ['17212345678', '17212345678'],
    ['400-820-8820', null],
    ['95013123456789', null],
    ['+966 50 123 4567', '966501234567'],
    ['+95 9 7123 45678', '959712345678'],
    ['(021) 6234 5678', '02162345678'],
    ['110', null],
  ])('takes the phone %j for %j', async (cell, expected) => {
    expect(await read({ type: 'text', personal: 'phone' }, cell)).toBe(expected);
  });

  it('takes mails without case, and accounts by channel', async () => {
    expect(await read({ type: 'text', personal: 'email' }, ' Ann@Example.COM ')).toBe('ann@example.com');
    expect(await read({ type: 'text', personal: 'email' }, '\u3000ann+sale.11@example.com\u00a0')).toBe(
      'ann@example.com',
    );
    expect(await read({ type: 'text', personal: 'email' }, 'ann @ example.com')).toBe('ann@example.com');
    expect(await read({ type: 'text', personal: 'email' }, '+ann@example.com')).toBe('+ann@example.com');
    expect(await read({ type: 'text', personal: 'email' }, 'a***@example.com')).toBe(null);
    expect(await read({ type: 'id', personal: 'customer_id' }, '13085.0')).toBe('shop:13085');
  });

  it('makes the pseudonym that any HMAC-SHA256 makes', async () => {
    const secret = new Uint8Array(32).map((_, at) => at * 7);
    const expected = `p3_${createHmac('sha256', secret).update('phone:13800001111').digest('hex').slice(0, 32)}`;
    const values = padValues([{ version: 3, secret }]);
    const result = await connection.runAndReadAll(`select ${pseudonym("'13800001111'", 'phone', 3)}`, values);
    expect(result.getRows()[0]?.[0]).toBe(expected);
  });
});

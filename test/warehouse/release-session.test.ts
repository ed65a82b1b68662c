import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModelDefinition, model } from '../../pipelines/domain/model.ts';
import { martShapes, type Release } from '../../pipelines/domain/release.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import type { ReleaseSession } from '../../pipelines/warehouse/warehouse.ts';

const label = { zh: '测试', en: 'Test' };

function mart(name: string, columns: readonly (readonly [string, string])[], viewOf?: string): ModelDefinition {
  const definition = model.parse({
    ...{ model: name, description: label, materialized: viewOf ? 'view' : 'parts', grain: [columns[0]?.[0]] },
    columns: columns.map(([column, type]) => ({ name: column, type, description: label })),
  });
  return { ...definition, layer: 'marts', sql: viewOf ?? 'select 1', file: `${name}.sql` };
}

const models = [
  mart('sales', [
    ['day', 'date'],
    ['sold_at', 'timestamp'],
    ['channel', 'text'],
    ['orders', 'integer'],
    ['amount', 'decimal'],
    ['share', 'ratio'],
  ]),
  mart('empty_mart', [['amount', 'decimal']]),
  mart('totals', [['amount', 'decimal']], 'select sum(amount) as amount from sales;\n'),
];

describe('a release that was built under another catalog', () => {
  async function openWith(release: Partial<Release>, catalog: readonly ModelDefinition[]) {
    const folder = mkdtempSync(join(tmpdir(), 'session-'));
    const database = await DuckDBInstance.create(':memory:');
    const connection = await database.connect();
    await connection.run(`copy (select 2::bigint as orders) to '${folder}/part.parquet'`);
    connection.closeSync();
    const parts = { sales: [{ month: null, id: 'x', keys: ['part.parquet'], rows: 1 }] };
    const warehouse = createDuckDbWarehouse({ localPath: async (key) => join(folder, key) });
    const whole: Release = { version: 1, id: 'r1', as_of: null, catalog: '', receipts: [], parts, ...release };
    return await warehouse.openRelease(whole, { datasets: [], models: catalog });
  }
  const now = [
    mart('sales', [
      ['orders', 'integer'],
      ['refunds', 'integer'],
    ]),
    mart('totals', [['refunds', 'integer']], 'select sum(refunds) as refunds from sales'),
  ];

  it('is read as its own catalog described it', async () => {
    const then = [
      mart('sales', [['orders', 'integer']]),
      mart('totals', [['orders', 'integer']], 'select sum(orders) as orders from sales'),
    ];
    const session = await openWith({ marts: martShapes(then) }, now);
    expect((await session.query('select orders from totals')).rows).toEqual([{ orders: 2 }]);
    await session.close();
  });

  it('is refused with the next command where it does not describe its marts', async () => {
    await expect(openWith({}, now)).rejects.toMatchObject({
      name: 'WarehouseError',
      message: 'the mart sales of this release is not what the catalog says of it',
      where: expect.stringContaining('release r1: '),
      next: 'tidemark build',
    });
  });
});

describe('a session on a release', () => {
  let folder: string;
  let outside: string;
  let session: ReleaseSession;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'session-'));
    outside = join(folder, 'outside.parquet');
    const database = await DuckDBInstance.create(':memory:');
    const connection = await database.connect();
    await connection.run(`copy (select * from (values
        (date '2024-06-18', timestamp '2024-06-18 10:00:00', 'shop', 3::bigint, -12.5::decimal(18,4), 0.25::decimal(20,6)),
        (date '2024-06-19', null, '=cmd()', 9007199254740993, 0.1, null),
        (date '2024-06-20', null, '-12.5', 1, 99999999999999.9999, null)
      ) as t(day, sold_at, channel, orders, amount, share)) to '${folder}/part.parquet'`);
    await connection.run(`copy (select 'secret' as secret) to '${outside}'`);
    connection.closeSync();
    const release: Release = {
      ...{ version: 1, id: 'r', as_of: '2024-06-20', catalog: '', receipts: [] },
      parts: { sales: [{ month: null, id: 'x', keys: ['part.parquet'], rows: 3 }], empty_mart: [] },
    };
    const warehouse = createDuckDbWarehouse({ localPath: async (key) => join(folder, key) });
    session = await warehouse.openRelease(release, { datasets: [], models });
  });
  afterAll(async () => {
    await session.close();
    rmSync(folder, { recursive: true });
  });

  it('takes a mart with or without its schema, and none of another', async () => {
    const { rows } = await session.query('select sum(orders) as orders from marts.sales where orders < 9');
    expect(rows).toEqual([{ orders: 4 }]);
    const hidden = 'with sales as (select 1 as orders) select count(*) as n from marts.sales cross join sales';
    expect((await session.query(hidden)).rows).toEqual([{ n: 3 }]);
    for (const sql of [
      'select * from main.sales',
      'select * from other.marts.sales',
      'select * from pg_catalog.pg_type',
    ])
      await expect(session.query(sql)).rejects.toMatchObject({ name: 'WarehouseError' });
  });

  it('answers decimals as text, dates and times as ISO text, and whole numbers exactly', async () => {
    const { columns, rows } = await session.query('select * from sales order by day');
    expect(columns.map((column) => column.type)).toEqual([
      ...['date', 'timestamp', 'varchar', 'bigint', 'decimal(18,4)', 'decimal(20,6)'],
    ]);
    expect(rows).toEqual([
      {
        day: '2024-06-18',
        sold_at: '2024-06-18T10:00:00',
        channel: 'shop',
        orders: 3,
        amount: '-12.5000',
        share: '0.250000',
      },
      { day: '2024-06-19', sold_at: null, channel: '=cmd()', orders: 9007199254740993n, amount: '0.1000', share: null },
      { day: '2024-06-20', sold_at: null, channel: '-12.5', orders: 1, amount: '99999999999999.9999', share: null },
    ]);
  });

  it('reads columns of doubles, across the batches in which an engine answers, and says when one is none', async () => {
    const many = 'select cast(share as double), cast(n.i as double) from sales, (select unnest(range(3000)) as i) as n';
    const [shares, numbers] = await session.queryNumbers(`${many} where day < ? order by day, n.i`, ['2024-06-20']);
    expect([shares?.length, numbers?.length]).toEqual([6000, 6000]);
    expect([shares?.[2999], shares?.[3000], numbers?.[2999], numbers?.[5999]]).toEqual([0.25, Number.NaN, 2999, 2999]);
    expect(await session.queryNumbers('select cast(share as double) from sales where false')).toEqual([
      new Float64Array(),
    ]);
    await expect(session.queryNumbers('select share from sales')).rejects.toMatchObject({ name: 'WarehouseError' });
    await expect(session.queryNumbers('select 1e0 from sale')).rejects.toMatchObject({
      message: 'there is no mart "sale"',
    });
  });

  it('binds parameters', async () => {
    const { rows } = await session.query('select day from sales where channel = $1 and orders < $2', ['shop', 10]);
    expect(rows).toEqual([{ day: '2024-06-18' }]);
  });

  it('reads marts without parts as empty, and marts that are views', async () => {
    expect((await session.query('select amount from empty_mart')).rows).toEqual([]);
    expect((await session.query('select amount from totals')).rows).toEqual([{ amount: '99999999999987.5999' }]);
  });

  it('keeps both of two columns with one name', async () => {
    const { rows } = await session.query(
      "select 1 as a, 'x' as a from empty_mart right join (select 1) as one on true",
    );
    expect(rows).toEqual([{ a: 1, a_2: 'x' }]);
  });

  it('says which marts there are when asked for another', async () => {
    await expect(session.query('select * from sale')).rejects.toMatchObject({
      message: 'there is no mart "sale"',
      next: 'choose from: empty_mart, sales, totals',
    });
  });

  it.each([
    ['reads a file', () => `select * from read_parquet('${outside}')`],
    ['reads a file by its name', () => `select * from '${outside}'`],
    ['reads text', () => `select * from read_text('/etc/passwd')`],
    ['reads text in a subquery', () => `select (select content from read_text('/etc/passwd')) from sales`],
    [
      'reads text in a common table expression',
      () => `with t as (select * from read_text('/etc/passwd')) select * from t`,
    ],
    ['lists files', () => `select * from glob('/*')`],
    ['sniffs a file', () => `select * from sniff_csv('/etc/passwd')`],
    ['reads the network', () => `select * from 'https://example.org/x.parquet'`],
    ['writes a file', () => `copy (select 1) to '${folder}/written.csv'`],
    ['writes a file behind a select', () => `select 1; copy (select 1) to '${folder}/written.csv'`],
    ['exports the database', () => `export database '${folder}/written'`],
    ['attaches', () => `attach '${folder}/written.db'`],
    ['installs', () => 'install httpfs'],
    ['loads', () => 'load httpfs'],
    ['sets', () => "set memory_limit = '1GB'"],
    ['resets', () => 'reset lock_configuration'],
    ['sets a variable', () => 'set variable x = 1'],
    ['runs a pragma', () => 'pragma database_list'],
    ['calls', () => 'call pragma_version()'],
    ['creates a secret', () => "create secret (type s3, key_id 'x', secret 'y')"],
    ['reads secrets', () => 'select * from duckdb_secrets()'],
    ['reads settings', () => 'select * from duckdb_settings()'],
    ['reads one setting', () => "select current_setting('allowed_paths')"],
    ['reads the environment', () => "select getenv('HOME')"],
    ['reads other schemas', () => 'select * from information_schema.tables'],
    ['runs text as a query', () => "select * from query('select 1')"],
    ['creates a table', () => 'create table t as select 1'],
    ['creates a macro', () => 'create macro m() as 1'],
    ['inserts', () => 'insert into sales select * from sales'],
    ['drops', () => 'drop view sales'],
    ['asks twice', () => 'select 1; select 2'],
    ['asks nothing', () => ''],
  ])('refuses a text that %s', async (_, sql) => {
    const before = readdirSync(folder);
    await expect(session.query(sql())).rejects.toMatchObject({ name: 'WarehouseError' });
    await expect(session.exportTo(sql(), join(folder, 'out.csv'), 'csv')).rejects.toMatchObject({
      name: 'WarehouseError',
    });
    expect(readdirSync(folder)).toEqual(before);
    expect((await session.query('select count(*) as days from sales')).rows).toEqual([{ days: 3 }]);
  });

  it('cannot be talked out of a copy by closing its parenthesis', async () => {
    const file = join(folder, 'out.csv');
    const trick = `select 1) to '${folder}/trick.csv'; --`;
    await expect(session.exportTo(trick, file, 'csv')).rejects.toMatchObject({ name: 'WarehouseError' });
    await session.exportTo('select day from sales limit 0 -- a comment', file, 'csv');
    expect(readFileSync(file, 'utf8')).toBe('day\n');
    expect(existsSync(join(folder, 'trick.csv'))).toBe(false);
    rmSync(file);
  });

  it('writes CSV that no spreadsheet takes for formulas, with negative numbers as numbers', async () => {
    const file = join(folder, 'out.csv');
    await session.exportTo('select channel, amount from sales order by day;', file, 'csv');
    expect(readFileSync(file, 'utf8')).toBe(
      "channel,amount\nshop,-12.5000\n'=cmd(),0.1000\n-12.5,99999999999999.9999\n",
    );
  });

  it.each(['+1 call', '@import', '\tx', '\rx', '\nx', '=1+1', '-1+1'])('disarms %j in CSV', async (text) => {
    const file = join(folder, 'out.csv');
    const literal = text
      .replace('\t', "' || chr(9) || '")
      .replace('\r', "' || chr(13) || '")
      .replace('\n', "' || chr(10) || '");
    await session.exportTo(`select '${literal}' as a from sales limit 1`, file, 'csv');
    expect(readFileSync(file, 'utf8')).toContain(`'${text}`);
  });

  it('writes CSV in which a second reader finds no formula, and every number and text as it was', async () => {
    const formulas = ['=1+1', '+1 call', '-lost-', '@now', '\tx', '\r=1', '\n=1', '＝1+1', '＋A1', '－A1', '＠SUM(A1)'];
    formulas.push('=HYPERLINK("http://x","y")', '-2+3+cmd|" /C calc"!A0', '+CNY 5', '-1,5;x');
    const others = ['-12.5', '+4', '-1e3', '.5', 'a=b', ' =1', "'=1", 'x"y', 'a,b', '订单'];
    const literal = (text: string) =>
      `'${text.replaceAll("'", "''")}'`.replaceAll(/[\t\r\n]/g, (mark) => `' || chr(${mark.charCodeAt(0)}) || '`);
    const cells = [...formulas, ...others].map(literal).join(', ');
    const odd = `'=1'::blob as bytes, interval '-1 day' as "-days", ['=1'] as "=list", -0.5::decimal(4, 2) as n`;
    const file = join(folder, 'out.csv');
    await session.exportTo(`select unnest([${cells}]) as cell, ${odd} from (select 1 from sales limit 1)`, file, 'csv');
    const { data } = Papa.parse<string[]>(readFileSync(file, 'utf8'), {
      delimiter: ',',
      newline: '\n',
      skipEmptyLines: true,
    });
    expect(data[0]).toEqual(['cell', 'bytes', "'-days", "'=list", 'n']);
    expect(data.slice(1).map(([cell]) => cell)).toEqual([...formulas.map((text) => `'${text}`), ...others]);
    expect(data[1]?.slice(1)).toEqual(["'=1", "'-1 day", "['=1']", '-0.50']);
  });

  it('writes Parquet with the types of the mart', async () => {
    const file = join(folder, 'out.parquet');
    await session.exportTo('select day, amount from sales order by day', file, 'parquet');
    const database = await DuckDBInstance.create(':memory:');
    const connection = await database.connect();
    const reader = await connection.runAndReadAll(`select day, amount, typeof(amount) as type from '${file}' limit 1`);
    expect(reader.getRowObjectsJson()).toEqual([{ day: '2024-06-18', amount: '-12.5000', type: 'DECIMAL(18,4)' }]);
    connection.closeSync();
  });

  it('writes an Arrow stream: numbers as doubles, dates as text', async () => {
    const file = join(folder, 'out.arrow');
    await session.exportTo(
      'select day, channel, amount, orders > 2 as many from sales order by day limit 1',
      file,
      'arrow',
    );
    const table = tableFromIPC(readFileSync(file));
    expect(table.schema.fields.map((field) => String(field.type))).toEqual(['Utf8', 'Utf8', 'Float64', 'Bool']);
    expect(table.toArray().map((row) => row.toJSON())).toEqual([
      { day: '2024-06-18', channel: 'shop', amount: -12.5, many: true },
    ]);
  });
});

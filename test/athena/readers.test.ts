import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AthenaClient } from '@aws-sdk/client-athena';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Tidemark } from '../../pipelines/compose.ts';
import type { Release } from '../../pipelines/domain/release.ts';
import { AthenaPartWriter } from '../../pipelines/warehouse/athena-part-writer.ts';
import { AthenaStatements } from '../../pipelines/warehouse/athena-statements.ts';
import { GlueTables, type PartTable } from '../../pipelines/warehouse/glue-tables.ts';
import type { PublicMarts } from '../../pipelines/warehouse/public-marts.ts';
import type { ReleaseSession } from '../../pipelines/warehouse/warehouse.ts';
import { runTidemark } from '../cli/run-tidemark.ts';
import { query } from './athena-client.ts';
import { type EngineWorld, ingest, makeWorld, readRelease } from './engine-world.ts';

const patience = 900_000;
/** Two marts in one query: both of one release, or the query saw a mixture. */
const bothMarts = `select (select cast(sum(refunded_amount) as varchar) from sales_daily),
  (select cast(sum(numerator) as varchar) from kpi_daily where kpi_id = 'refund_rate_orders' and channel_id = 'all'),
  (select min(release) from current_parts)`;

describe('readers of releases through Athena', () => {
  let world: EngineWorld;
  let duckdb: Tidemark;
  let releases: readonly [Release, Release];
  let marts: PublicMarts;
  let athena: AthenaClient;
  let session: ReleaseSession;

  beforeAll(async () => {
    world = await makeWorld(inject('athenaStand'), 'readers');
    duckdb = world.on('duckdb');
    athena = new AthenaClient({});
    const exports = join(world.folder, 'exports');
    await duckdb.generate(exports, { orders: 400, days: 60 }, () => {});
    const files = globSync('**/*.csv', { cwd: exports }).map((file) => join(exports, file));
    const late = files.filter((file) => /Refund|售后/.test(file));
    await ingest(duckdb, files.filter((file) => !late.includes(file)).sort());
    const first = await duckdb.build({}, () => {});
    await ingest(duckdb, late.sort());
    const second = await duckdb.build({}, () => {});
    const read = (id: string) => readRelease(duckdb.lake, id);
    releases = [await read(first.release), await read(second.release)];
    marts = (await duckdb.publicMarts())!;
    session = await world.on('athena').openRelease();
  }, patience);
  afterAll(async () => {
    await session?.close();
    world?.remove();
  });

  const sql = async (text: string) => (await query(athena, text, world.athena.database)).rows;

  it('find every mart under its own name, with the rows of the current release', async () => {
    const local = await duckdb.openRelease();
    for (const mart of ['sales_daily', 'kpi_daily', 'customer_360', 'findings']) {
      const { rows } = await local.query(`select cast(count(*) as varchar) as rows from ${mart}`);
      expect([mart, await sql(`select count(*) from ${mart}`)]).toEqual([mart, [[rows[0]?.['rows']]]]);
    }
    expect(await sql('select distinct release from current_parts')).toEqual([[releases[1].id]]);
    await local.close();
  });

  it('get the same answers to the saved queries as on DuckDB', { timeout: patience }, async () => {
    const local = await duckdb.openRelease();
    for (const { query: name, sql: text } of duckdb.definitions.queries.values()) {
      expect({ name, rows: (await session.query(text)).rows }).toEqual({ name, rows: (await local.query(text)).rows });
    }
    await local.close();
  });

  it('get the same report data, file by file', { timeout: patience }, async () => {
    const published = await Promise.all([duckdb, world.on('athena')].map((each) => each.refreshReport()));
    expect(published[1]?.written).toEqual(published[0]?.written);
    const [here, there] = ['duckdb', 'athena'].map((engine) => join(world.folder, `report-${engine}`));
    const names = readdirSync(here!, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.arrow'));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      expect([name, readFileSync(join(there!, name)).equals(readFileSync(join(here!, name)))]).toEqual([name, true]);
    }
  });

  it('hear the same warnings', { timeout: patience }, async () => {
    const judged = await world.on('athena').evaluate({});
    expect(Object.values(judged.outcomes).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    // The same release judged again finds nothing that it had not found on Athena.
    expect(await duckdb.evaluate({})).toMatchObject({ release: judged.release, run: null, warnings: [] });
  });

  it('never see a mixture while releases take each other’s place', { timeout: patience }, async () => {
    const expected = new Map<string | null | undefined, string>();
    for (const release of releases) {
      await marts.show(release);
      const [row = []] = await sql(bothMarts);
      expected.set(row[2], JSON.stringify(row));
    }
    expect(new Set([...expected.values()].map((text) => text.replace(/,"[0-9a-f]+"\]$/, ''))).size).toBe(2);
    let isSwitching = true;
    const seen: string[] = [];
    const readers = Array.from({ length: 3 }, async () => {
      while (isSwitching) {
        const [row = []] = await sql(bothMarts);
        seen.push(row[2] ?? '');
        expect(JSON.stringify(row)).toBe(expected.get(row[2]));
      }
    });
    for (let turn = 0; turn < 12; turn++) {
      await marts.show(releases[turn % 2 === 0 ? 0 : 1]);
      await pause(400);
    }
    isSwitching = false;
    await Promise.all(readers);
    console.log(`${seen.length} queries during 12 switches, ${new Set(seen).size} releases seen`);
    expect(new Set(seen).size).toBe(2);
  });

  it('stay with the release that they opened', { timeout: patience }, async () => {
    const refunds = async () => (await session.query('select sum(refunded_amount) as sum from sales_daily')).rows;
    const before = await refunds();
    await marts.show(releases[0]);
    expect(await sql('select distinct release from current_parts')).toEqual([[releases[0].id]]);
    expect(await refunds()).toEqual(before);
    await marts.show(releases[1]);
  });

  it.each([
    ['select * from sales_daily_parts', 'there is no mart "sales_daily_parts"'],
    ['select * from current_parts', 'there is no mart "current_parts"'],
    ['select table_name from information_schema.tables', 'without the schema information_schema'],
    ['select 1 /* /* */ from information_schema.tables -- */', 'not one select statement'],
    ['select 1; select 2', 'not one select statement'],
    ['drop view sales_daily', 'not one select statement'],
  ])('read marts and nothing else: %s', async (text, reason) => {
    await expect(session.query(text)).rejects.toThrow(reason);
  });

  it('are told what a fault in their query is, and where to look', async () => {
    await expect(session.query('select business_date + 1 from sales_daily')).rejects.toMatchObject({
      name: 'WarehouseError',
      message: expect.stringContaining('TYPE_MISMATCH'),
      where: expect.stringMatching(/^query .* in workgroup tidemark-readers$/),
      next: expect.any(String),
    });
  });

  it('are told of parts that Glue does not know, instead of getting fewer rows', async () => {
    const unknown = releases[1].parts['sales_daily']!.map((part) => ({
      ...part,
      keys: [`marts/sales_daily/x/${part.id}/a`],
    }));
    const release = { ...releases[1], parts: { ...releases[1].parts, sales_daily: unknown } };
    const warehouse = await world.athenaWarehouse();
    const opened = await warehouse.openRelease(release, { datasets: [], models: [] });
    await expect(opened.query('select 1 as one from sales_daily')).rejects.toThrow(
      /does not know \d+ parts of sales_daily/,
    );
    await opened.close();
  });

  it('ask from the command line too', { timeout: patience }, async () => {
    const { workgroup, database } = world.athena;
    const env = { TIDEMARK_ATHENA_WORKGROUP: workgroup, TIDEMARK_ATHENA_DATABASE: database };
    const lake = ['--lake', duckdb.settings.lake, '--engine', 'athena'];
    const asked = await runTidemark(['sql', 'select count(*) as days from sales_daily', '--json', ...lake], { env });
    const { rows } = await session.query('select count(*) as days from sales_daily');
    expect({ code: asked.code, err: asked.err, rows: JSON.parse(asked.out || '[]') }).toEqual({
      code: 0,
      err: '',
      rows,
    });
    const refused = await runTidemark(['sql', 'select 1', ...lake], { env: { TIDEMARK_ATHENA_WORKGROUP: '' } });
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('TIDEMARK_ATHENA_WORKGROUP')]);
  });
});

describe('statements of Athena', () => {
  let world: EngineWorld;
  let glue: GlueTables;
  beforeAll(async () => {
    world = await makeWorld(inject('athenaStand'), 'statements');
    glue = new GlueTables(new GlueClient({}));
  }, patience);
  afterAll(() => world?.remove());

  const statements = (timeoutMinutes: number) =>
    new AthenaStatements(new AthenaClient({}), { ...world.athena, timeoutMinutes }, `${world.athena.database}_build`);

  it('are cancelled when their time is over', async () => {
    const numbers = 'unnest(sequence(1, 10000))';
    const long = `select count(*) from ${numbers} a cross join ${numbers} b cross join ${numbers} c`;
    await expect(statements(0.02).run(long)).rejects.toMatchObject({
      name: 'WarehouseError',
      message: expect.stringContaining('cancelled after 0.02 minutes'),
      retryable: true,
    });
  });

  it('are refused where they name a place for a table in a workgroup that has its own, or a workgroup that is none', async () => {
    const create = `create table t with (external_location = 's3://statements-lake/t/') as select 1 as one`;
    await expect(statements(1).run(create)).rejects.toThrow('enforces a centralized output location');
    const nowhere = new AthenaStatements(new AthenaClient({}), { ...world.athena, workgroup: 'none' }, 'default');
    await expect(nowhere.run('select 1')).rejects.toMatchObject({
      message: expect.stringContaining('WorkGroup none is not found'),
      next: expect.stringContaining('TIDEMARK_ATHENA_WORKGROUP'),
    });
  });

  it('are refused before they start where they are too long', async () => {
    await expect(statements(1).run(`select '${'x'.repeat(262_144)}'`)).rejects.toThrow('longer than the 262144 bytes');
  });

  it.each([12, 131])(
    'write more months than one of them may, where %d were expected',
    { timeout: patience },
    async (spanMonths) => {
      const tools = {
        statements: statements(5),
        glue,
        objects: world.objects(),
        database: `${world.athena.database}_build`,
      };
      const writer = new AthenaPartWriter({ ...tools, build: `months${spanMonths}`, spanMonths });
      const columns = [
        { name: 'day', type: 'date' },
        { name: 'n', type: 'bigint' },
      ];
      const sql = `select date_add('month', n, date '2015-01-15') as day, cast(n as bigint) as n from unnest(sequence(0, 129)) as t (n)
      union all select cast(null as date), 1000`;
      const { parts } = await writer.write({ sql, columns, monthOf: 'day' });
      expect(parts).toHaveLength(131);
      expect(parts.map(({ month }) => month).slice(0, 2)).toEqual(['2015-01-01', '2015-02-01']);
      expect(parts.at(-1)).toMatchObject({ month: null, rows: 1 });
      expect(new Set(parts.map(({ id }) => id)).size).toBe(131);
      await writer.close();
    },
  );

  it('name parts by their rows, whatever their order, and count repeats', { timeout: patience }, async () => {
    const tools = {
      statements: statements(5),
      glue,
      objects: world.objects(),
      database: `${world.athena.database}_build`,
    };
    const ids = async (build: string, values: string) => {
      const writer = new AthenaPartWriter({ ...tools, build, spanMonths: 1 });
      const sql = `select * from (values ${values}) as t (name, amount)`;
      const columns = [
        { name: 'name', type: 'varchar' },
        { name: 'amount', type: 'decimal(18,4)' },
      ];
      const { parts } = await writer.write({ sql, columns, monthOf: undefined });
      await writer.close();
      return parts.map(({ id }) => id);
    };
    const one = await ids('one', "('a', 1), ('b', null), ('b', null)");
    expect(await ids('two', "('b', null), ('a', 1), ('b', null)")).toEqual(one);
    expect(await ids('three', "('b', null), ('a', 1)")).not.toEqual(one);
    expect(await ids('four', "('a', 1), ('b', null), (null, null)")).not.toEqual(one);
    expect(await ids('five', "('a', 1), ('b', 0), ('b', 0)")).not.toEqual(one);
  });

  it('read tables that keep the columns of releases before', async () => {
    const table = (...names: string[]): PartTable => ({
      ...{ database: world.athena.database, name: 'evolving_parts', partitionedBy: 'part', evolves: true },
      ...{ columns: names.map((name) => ({ name, type: 'bigint' })), location: 's3://nowhere/' },
    });
    await glue.ensure(table('a', 'b'));
    await glue.ensure(table('a', 'c'));
    const { Table } = await new GlueClient({}).send(
      new GetTableCommand({ DatabaseName: world.athena.database, Name: 'evolving_parts' }),
    );
    expect(Table?.StorageDescriptor?.Columns?.map(({ Name }) => Name)).toEqual(['a', 'c', 'b']);
  });
});

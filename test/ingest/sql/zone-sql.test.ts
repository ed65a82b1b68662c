import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { localToUtc, offsetSteps, utcToLocal, type Zone, zoneWithin } from '../../../pipelines/ingest/sql/zone-sql.ts';

const zones = ['Asia/Shanghai', 'Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca'];

describe('offsets read off constants', () => {
  test.each(zones)('are those of the calendar, hour by hour and where clocks change: %s', async (name) => {
    const engine = await DuckDBInstance.create(':memory:');
    const connection = await engine.connect();
    await connection.run("set TimeZone = 'UTC'");
    const rows = async (sql: string): Promise<bigint[][]> =>
      (await connection.runAndReadAll(sql)).getRows() as bigint[][];
    const steps = async (clock: 'local' | 'utc') =>
      (await rows(offsetSteps(name, clock))).map(([from = 0n, offset = 0n]) => ({ from, offset }));
    const zone: Zone = { name, offsets: { local: await steps('local'), utc: await steps('utc') } };
    const [[count, local, utc] = []] = await rows(
      `with t as (select unnest(generate_series(timestamp '1999-06-01', timestamp '2041-01-01', interval '37 minutes')) as t)
       select count(*), count(*) filter (${localToUtc('t', zone)} is distinct from ${localToUtc('t', { name })}),
         count(*) filter (${utcToLocal('t', zone)} is distinct from ${utcToLocal('t', { name })}) from t`,
    );
    for (const years of [
      [2009, 2011],
      [2018, 2018],
    ] as const) {
      const near = zoneWithin(zone, years);
      const [first, last] = [
        `timestamp '${years[0]}-01-01' - interval '5 days'`,
        `timestamp '${years[1]}-12-31 23:59' + interval '5 days'`,
      ];
      expect(near.offsets?.local.length).toBeLessThan(10);
      expect(
        await rows(
          `with t as (select unnest(generate_series(${first}, ${last}, interval '5 minutes')) as t union all select null)
           select count(*) filter (${localToUtc('t', near)} is distinct from ${localToUtc('t', { name })}),
             count(*) filter (${utcToLocal('t', near)} is distinct from ${utcToLocal('t', { name })}) from t`,
        ),
      ).toEqual([[0n, 0n]]);
    }
    connection.closeSync();
    engine.closeSync();
    expect(Number(count)).toBeGreaterThan(500_000);
    expect([local, utc]).toEqual([0n, 0n]);
  });
});

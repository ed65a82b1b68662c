import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSeries, readKpiTable, readSlice } from '../../pipelines/steps/kpi-reading.ts';
import type { KpiTable } from '../../pipelines/steps/kpi-series.ts';
import type { ReleaseSession } from '../../pipelines/warehouse/warehouse.ts';
import { tableSession } from '../fixtures/table-session.ts';

const release = { version: 1, id: 'r', as_of: '2026-01-05', catalog: 'c', receipts: [], parts: {} } as const;
const range = { grain: 'day', kpis: ['orders', 'sessions'], from: undefined, through: '2026-01-05' } as const;
let session: ReleaseSession;

beforeAll(async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`create table kpi_daily as select * from (values
    ('orders', 'a', date '2026-01-02', 7.25, null, 7.25, true),
    ('orders', 'b', date '2026-01-03', 8, null, 8, true),
    ('orders', 'b', date '2026-01-05', 9, null, 9, false),
    ('orders', 'c', date '2026-01-04', null, null, null, true),
    ('sessions', 'b', date '2026-01-03', 80, 4, 20, true),
    ('sessions', 'd', date '2026-01-06', 1, 1, 1, true)
  ) as figures (kpi_id, channel_id, business_date, numerator, denominator, value, is_complete)`);
  session = tableSession(connection, release);
});
afterAll(() => session.close());

const plain = (value: number | null, complete = true) => ({ numerator: value, denominator: null, value, complete });
const figures: Readonly<Record<string, readonly unknown[]>> = {
  'orders a': [plain(7.25), null, null, null],
  'orders b': [null, plain(8), null, plain(9, false)],
  'orders c': [null, null, plain(null), null],
  'sessions b': [null, { numerator: 80, denominator: 4, value: 20, complete: true }, null, null],
};

function figuresOf({ rows }: KpiTable): [string, readonly unknown[] | undefined][] {
  return [...rows].flatMap(([kpi, series]) =>
    [...series.keys()].map((key): [string, readonly unknown[] | undefined] => [`${kpi} ${key}`, series.get(key)]),
  );
}

describe('reading the figures of many series', () => {
  it('gives each series its figures in the periods from the first one on', async () => {
    const table = await readKpiTable(session, range);
    expect(table.periods).toEqual(['2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05']);
    expect(Object.fromEntries(figuresOf(table))).toEqual(figures);
  });

  it.each([
    [1, [['a'], ['b'], ['c']]],
    [8, [['a', 'b'], ['c']]],
    [1000, [['a', 'b', 'c']]],
  ])('cuts %i cells at a time between channels, and finds the same', async (cells, channels) => {
    const reading = await findSeries(session, range, cells);
    expect(reading.slices.map((slice) => [...slice.channels])).toEqual(channels);
    const tables = await Promise.all(reading.slices.map((slice) => readSlice(session, reading, slice)));
    expect(Object.fromEntries(tables.flatMap(figuresOf))).toEqual(figures);
    expect(new Set(tables.map(({ periods }) => periods.length))).toEqual(new Set([4]));
    expect(Object.fromEntries([...reading.series].map(([kpi, keys]) => [kpi, [...keys].sort()]))).toEqual({
      orders: ['a', 'b', 'c'],
      sessions: ['b'],
    });
  });

  it('has one empty slice where nothing is found', async () => {
    const reading = await findSeries(session, { ...range, kpis: ['aov'] });
    expect(reading.slices).toHaveLength(1);
    expect([...(await readSlice(session, reading, reading.slices[0] as never)).rows]).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  type Assumptions,
  assumptions,
  handover,
  largestExport,
  type PriceName,
  type Prices,
  priceList,
} from '../../infra/cost/cost-model.ts';
import { monthlyCost } from '../../infra/cost/monthly-cost.ts';
import { findEnvironment } from '../../infra/environments.ts';

const small = { seconds: 1, seconds_per_million_rows: 0, s3_reads: 1, s3_writes: 1, memory_gb: 1, disk_gb: 0 };

/** Round numbers, so that everything below can be computed by hand. */
const given: Assumptions = {
  measured: {
    by: 'invented for this test, in round numbers',
    ingest: { seconds: 2, seconds_per_million_rows: 100, s3_reads: 1, s3_writes: 2, memory_gb: 2, disk_gb: 1 },
    build: { seconds: 4, seconds_per_million_rows: 10, s3_reads: 3, s3_writes: 4, memory_gb: 4, disk_gb: 10 },
    evaluate: small,
    deliver: small,
    refresh: small,
    full_build_seconds_per_million_lines: 100,
    raw_bytes_per_row: 1000,
    staged_bytes_per_row: 50,
    mart_bytes_per_line: 100,
    report_megabytes: 2,
  },
  assumed: {
    lambda_slowdown: 2,
    days_per_month: 30,
    rows_per_line: 2,
    years_kept: 1,
    raw_days_in_standard_storage: 73,
    exports_per_run: 2,
    scheduled_runs_per_day: 5,
    transitions_per_run: 8,
    transitions_per_export: 4,
    queue_requests_per_export: 3,
    kms_requests_per_s3_request: 0.1,
    log_kilobytes_per_call: 2,
    warnings_per_day: 2,
    page_views_per_day: 20,
    report_share_per_view: 0.5,
    requests_per_view: 40,
    queries_per_day: 10,
    mart_share_per_query: 0.5,
    athena_builds_per_day: 24,
    athena_reads_per_staged_byte: 10,
    months_touched_per_build: 2,
    fixed: { keys: 3, secrets: 2, alarms: 9, dashboards: 1 },
  },
  limits: { lambda_seconds: 900, lambda_disk_gb: 10, disk_share: 0.5 },
  workloads: [{ lines_per_year: 1, exports_per_day: 1 }],
};

const read = (name: string): unknown =>
  parse(readFileSync(new URL(`../../infra/cost/${name}`, import.meta.url), 'utf8'));
const { prices } = priceList.parse(read('prices.yaml'));
/** Everything costs a dollar a thousand. */
const flat = Object.fromEntries(
  Object.entries(prices).map(([name, one]) => [name, { ...one, usd: 1, per: 1000 }]),
) as Prices;

/** 1,000 lines a day with one more row each, in ten exports of 200 rows; 300 exports and 300 runs a month. */
const shop = { lines_per_year: 365_000, exports_per_day: 10 };

function quantitiesOf(workload: typeof shop, assumed: Partial<Assumptions['assumed']> = {}) {
  const { lines } = monthlyCost(workload, { ...given, assumed: { ...given.assumed, ...assumed } }, flat);
  return Object.fromEntries(lines.map(({ item, quantity }) => [item, quantity]));
}

describe('the cost of a month', () => {
  it('counts what functions use', () => {
    const found = quantitiesOf(shop);
    // Ingest 300 × (2 + 0.02) s × 2 at 2 GB, build 300 × (4 + 0.002) s × 2 at 4 GB, three small steps 300 × 2 s at 1 GB.
    expect(found['Lambda compute']).toBeCloseTo(2424 + 9604.8 + 1800, 6);
    expect(found['Lambda disk']).toBeCloseTo(1212 * 1 + 2401.2 * 10, 6);
    expect(found['Lambda calls']).toBe(1500);
    expect(found['S3 reads']).toBe(300 + 900 + 900);
    expect(found['S3 writes and lists']).toBe(600 + 1200 + 900);
    expect(found['KMS']).toBeCloseTo(480, 6);
    expect(found['Logs']).toBeCloseTo(0.003, 9);
  });

  it('counts what is stored: a fifth of the raw files is not cold yet', () => {
    const found = quantitiesOf(shop);
    expect(found['S3 storage']).toBeCloseTo(0.0365 + 0.0365 + 0.146, 9);
    expect(found['S3 storage of old raw files']).toBeCloseTo(0.584, 9);
  });

  it('counts transitions, events, messages, views and queries', () => {
    expect(quantitiesOf(shop)).toMatchObject({
      'State machine': 300 * 8 + 300 * 4,
      Events: 300,
      Queues: 900,
      Warnings: 60,
      'CloudFront data': 0.6,
      'CloudFront requests': 24_000,
      'Athena: builds': 0,
      Keys: 3,
      Secrets: 2,
      Alarms: 9,
      Dashboard: 1,
    });
    expect(quantitiesOf(shop)['Athena: analysts']).toBeCloseTo(300 * 0.00001825, 12);
    // A twentieth of the marts would be less than the ten megabytes that every query pays for.
    expect(quantitiesOf(shop, { mart_share_per_query: 0.05 })['Athena: analysts']).toBeCloseTo(0.003, 12);
  });

  it('multiplies by the price of each unit and adds up', () => {
    const cost = monthlyCost(shop, given, flat);
    expect(cost.lines.find(({ item }) => item === 'Lambda calls')?.usd).toBeCloseTo(1.5, 9);
    expect(cost.usd * 1000).toBeCloseTo(
      cost.lines.reduce((sum, { quantity }) => sum + quantity, 0),
      6,
    );
    const calls = (name: PriceName) => monthlyCost(shop, given, prices).lines.find(({ price }) => price === name)?.usd;
    expect(calls('lambda_request')).toBeCloseTo(1500 * 0.0000002, 12);
    expect(calls('athena_tb_scanned')).toBeCloseTo(0.027375, 9);
  });

  it('lets Athena build beyond what one function can, and then only waits for it', () => {
    const large = { lines_per_year: 12_000_000, exports_per_day: 10 };
    const cost = monthlyCost(large, given, flat);
    expect(cost.engine).toBe('athena');
    // Two months of a million lines with two rows of 50 bytes, read ten times, 720 times a month.
    expect(cost.lines.find(({ item }) => item === 'Athena: builds')?.quantity).toBeCloseTo(1.44, 9);
    const rows = (12_000_000 * 2) / 365 / 10;
    const ingest = 300 * (2 + (100 * rows) / 1e6) * 2;
    expect(cost.lambdaSeconds).toBeCloseTo(ingest + 300 * 8 + 3 * 300 * 2, 6);
  });
});

describe('the limits of one function', () => {
  it('hands over where a full build takes all of its minutes, or all of its disk', () => {
    expect(handover(given)).toEqual({ lines: 4_500_000, because: 'time' });
    const fast = { ...given, measured: { ...given.measured, full_build_seconds_per_million_lines: 1 } };
    expect(handover(fast)).toEqual({ lines: 50_000_000, because: 'disk' });
  });

  it('reads exports up to what its minutes allow', () => {
    expect(largestExport(given)).toBeCloseTo(4_480_000, 3);
  });
});

describe('the data of the model', () => {
  const ours = assumptions.parse(read('assumptions.yaml'));

  it('covers a hundred thousand, ten million and a billion order lines a year, each dearer than the one before', () => {
    expect(ours.workloads.map(({ lines_per_year }) => lines_per_year)).toEqual([1e5, 1e7, 1e9]);
    const costs = ours.workloads.map((workload) => monthlyCost(workload, ours, prices));
    expect(costs.map(({ engine }) => engine)).toEqual(['lambda', 'lambda', 'athena']);
    expect(costs.map(({ usd }) => usd)).toEqual(costs.map(({ usd }) => usd).toSorted((a, b) => a - b));
  });

  it('has the functions as large as they are deployed', () => {
    const { ingest, build } = findEnvironment('prod');
    for (const [step, size] of [
      [ours.measured.ingest, ingest],
      [ours.measured.build, build],
    ] as const) {
      expect(step.memory_gb).toBeCloseTo(size.memoryMb / 1024, 1);
      expect(step.disk_gb).toBeCloseTo((size.diskMb - 512) / 1024, 1);
    }
  });

  it('refuses a price without its source or its month', () => {
    const { source: _, ...anonymous } = prices.s3_read;
    expect(() => priceList.parse({ prices: { ...prices, s3_read: anonymous } })).toThrow();
    expect(() => priceList.parse({ prices: { ...prices, s3_read: { ...prices.s3_read, as_of: 'lately' } } })).toThrow();
  });
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compose, type Settings } from '../../pipelines/compose.ts';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import type { Incident } from '../../pipelines/example/incidents.ts';

/** A small company on most runs; the larger ones, and more seeds, behind TIDEMARK_LONG. */
const isLong = Boolean(process.env['TIDEMARK_LONG']);
const companies = isLong
  ? [
      { orders: 9_000, days: 90, seeds: range(1, 20) },
      { orders: 20_000, days: 180, seeds: range(21, 30) },
      { orders: 60_000, days: 400, seeds: range(31, 33) },
    ]
  : [{ orders: 9_000, days: 90, seeds: range(1, 5) }];

/** Days after the end of an incident in which its recovery may still be told. */
const recoveryDays = 14;

/** What an incident moves beside its own figure. */
const implied: Readonly<Record<Incident['kind'], readonly string[]>> = {
  conversion_collapse: ['conversion_rate', 'orders', 'net_sales', 'gross_sales', 'units', 'cart_rate'],
  slow_approach: ['conversion_rate', 'orders', 'net_sales', 'gross_sales', 'units'],
  satisfaction_drop: ['csat', 'negative_review_rate', 'nps', 'rating_share'],
  tracking_outage: ['sessions', 'visitors', 'conversion_rate', 'cart_rate'],
  duplicate_delivery: [],
  corrected_file: [],
};

describe.each(companies)('example company with $orders orders in $days days', ({ orders, days, seeds }) => {
  it.each(seeds)('raises every planted incident and nothing else, seed %i', { timeout: 900_000 }, async (seed) => {
    const folder = await mkdtemp(join(tmpdir(), 'planted-'));
    try {
      const { incidents, warnings, findings } = await play(folder, { orders, days, seed });
      const missed = incidents.filter((incident) => !isFound(incident, warnings, findings));
      const invented = warnings.filter((warning) => !incidents.some((incident) => explains(incident, warning)));
      expect(incidents.map((incident) => incident.kind).sort()).toEqual(Object.keys(implied).sort());
      expect({ missed, invented: invented.map(inShort) }).toEqual({ missed: [], invented: [] });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

interface Finding {
  readonly kind: string;
  readonly period: string;
}

/** The whole way of the product: exports, ingest, build, evaluate. */
async function play(folder: string, options: { orders: number; days: number; seed: number }) {
  const settings: Settings = {
    lake: join(folder, 'lake'),
    catalogs: [],
    engine: 'duckdb',
    language: 'en',
    reportingCurrency: 'CNY',
    pseudonymKey: { version: 1, secret: new Uint8Array(32) },
    now: () => new Date('2026-11-01T06:00:00Z'),
  };
  const tidemark = compose(settings);
  const exports = join(folder, 'exports');
  await tidemark.generate(exports, options, () => {});
  for await (const receipt of tidemark.ingest([exports], {})) expect(receipt.status).not.toBe('refused');
  await tidemark.build({}, () => {});
  await tidemark.evaluate({});
  const planted = JSON.parse(await readFile(join(exports, 'planted.json'), 'utf8')) as { incidents: Incident[] };
  const session = await tidemark.openRelease();
  const { rows } = await session.query('select kind, period from findings');
  await session.close();
  const findings = rows.map((row) => ({ kind: String(row['kind']), period: String(row['period']) }));
  return { incidents: planted.incidents, warnings: await tidemark.warnings({}), findings };
}

function isFound(incident: Incident, warnings: readonly Warning[], findings: readonly Finding[]): boolean {
  if (incident.expect === 'duplicate' || incident.expect === 'correction') {
    return findings.some(({ kind, period }) => kind === incident.expect && overlaps(period, incident));
  }
  return warnings.some(
    (warning) =>
      warning.kpi_id === incident.kpi_id &&
      warning.channel_id === incident.channel_id &&
      warning.state === incident.expect &&
      incident.from <= warning.period &&
      warning.period <= incident.to,
  );
}

function explains(incident: Incident, warning: Warning): boolean {
  return (
    implied[incident.kind].includes(warning.kpi_id) &&
    [incident.channel_id, 'all'].includes(warning.channel_id) &&
    incident.from <= warning.period &&
    warning.period <= addDays(incident.to, recoveryDays)
  );
}

/** A finding's period is a day or two days with a slash between. */
function overlaps(period: string, incident: Incident): boolean {
  const [first = '', last = first] = period.split('/');
  return first <= incident.to && incident.from <= last;
}

function inShort({ period, channel_id, kpi_id, state, severity, value }: Warning): string {
  return `${period} ${channel_id} ${kpi_id} ${state} ${severity} ${value}`;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

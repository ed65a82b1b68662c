import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose } from '../../pipelines/compose.ts';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';

/** An evening on which nothing came through at JD, from seven to eleven; the other channels sold as ever. */
const stop = { day: '2026-09-16', from: 19, until: 23 };

let folder: string;
let warnings: readonly Warning[];
let taken = 0;

/** Takes the orders of these hours out of the export of their month. Its bytes are GB18030; a line ends with a line feed. */
async function takeOrdersOut(file: string): Promise<void> {
  const hour = new RegExp(
    `,${stop.day} (${Array.from({ length: stop.until - stop.from }, (_, at) => stop.from + at).join('|')}):`,
  );
  // Latin 1 keeps every byte; the ordering time is the sixth cell, and the first time in a line.
  const lines = (await readFile(file, 'latin1')).split('\n');
  const kept = lines.filter((line) => {
    const first = line.match(/,\d{4}-\d\d-\d\d \d\d:/)?.[0] ?? '';
    return !hour.test(first);
  });
  taken += lines.length - kept.length;
  await writeFile(file, kept.join('\n'), 'latin1');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-stop-'));
  const tidemark = compose({
    lake: join(folder, 'lake'),
    catalogs: [],
    engine: 'duckdb',
    language: 'en',
    reportingCurrency: 'CNY',
    pseudonymKey: { version: 1, secret: new Uint8Array(32) },
    now: () => new Date('2026-10-01T06:00:00Z'),
  });
  const exports = join(folder, 'exports');
  await tidemark.generate(exports, { orders: 27_000, days: 45, to: '2026-09-30', seed: 4 }, () => {});
  for (const name of await readdir(join(exports, 'jd'))) {
    if (name.startsWith('京东订单导出')) await takeOrdersOut(join(exports, 'jd', name));
  }
  for await (const receipt of tidemark.ingest([exports], {})) expect(receipt.status).not.toBe('refused');
  await tidemark.build({}, () => {});
  await tidemark.evaluate({});
  warnings = (await tidemark.warnings({})).filter(({ grain }) => grain === 'hour');
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('an evening without orders in one of five channels', () => {
  it('is found within two hours, called critical when it lasts, and over on the next morning', () => {
    expect(taken).toBeGreaterThan(20);
    expect(warnings.map(({ channel_id, period, state, severity }) => [channel_id, period, state, severity])).toEqual([
      ['jd', '2026-09-16T20:00', 'breached', 'warning'],
      ['jd', expect.stringMatching(/^2026-09-16T2[12]/), 'breached', 'critical'],
      ['jd', expect.stringMatching(/^2026-09-1[67]T/), 'recovering', 'critical'],
      ['jd', expect.stringMatching(/^2026-09-17T0/), 'recovered', 'critical'],
    ]);
  });

  it('is told on the clock of the channel', () => {
    expect(warnings[0]).toMatchObject({ rule: 'orders_stopped', value: 0, time_zone: 'Asia/Shanghai', grain: 'hour' });
    expect(warnings[0]?.text.en).toMatch(
      /^Orders, JD.*: 0 between 20:00 and 21:00 on 2026-09-16, 100% below the usual Wednesday at that hour/,
    );
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import { runTidemark } from './run-tidemark.ts';

const contract = `contract: kiosk_till
title: { en: Kiosk till, zh: 报亭收银 }
channel: { channel_id: kiosk, name: Kiosk, name_zh: 报亭, kind: store }
timezone: Asia/Shanghai
currency: CNY
files: { names: ["till_*.csv"] }
exported_at: { file_name: 'till_(\\d{12})', format: '%Y%m%d%H%M' }
columns:
  - { name: number, headers: [票号], type: id, required: true, not_null: true }
  - { name: sold_at, headers: [时间], type: datetime, required: true, not_null: true }
  - { name: total, headers: [金额], type: decimal, required: true, not_null: true }
  - { name: printed, headers: [打印时间], type: text }
outputs:
  - dataset: orders
    write: upsert
    columns:
      order_id: number
      ordered_at: sold_at
      total_amount: total
`;

let folder: string;
let options: readonly string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-hours-'));
  mkdirSync(join(folder, 'catalog', 'contracts'), { recursive: true });
  writeFileSync(join(folder, 'catalog', 'contracts', 'kiosk_till.yaml'), contract);
  options = ['--lake', join(folder, 'lake'), '--catalog', join(folder, 'catalog'), '--lang', 'en'];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const two = (number: number) => String(number).padStart(2, '0');

/** Tickets of an hour, evenly over its minutes. */
function tickets(day: string, hour: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const minute = two(Math.floor((60 * index) / count));
    return `T${day.replaceAll('-', '')}${two(hour)}${two(index)},${day} ${two(hour)}:${minute}:07,12.50`;
  });
}

/** Eight tickets an hour from nine to nine. */
function wholeDay(day: string): string[] {
  return Array.from({ length: 12 }, (_, index) => tickets(day, 9 + index, 8)).flat();
}

function exportFile(day: string, hour: number, minute: number, rows: readonly string[]): string {
  const file = join(folder, `till_${day.replaceAll('-', '')}${two(hour)}${two(minute)}.csv`);
  // The till prints when it was asked, so that no two of its files are the same.
  const printed = `${day} ${two(hour)}:${two(minute)}`;
  writeFileSync(file, `票号,时间,金额,打印时间\n${rows.map((row) => `${row},${printed}\n`).join('')}`);
  return file;
}

/** Ingests a file, builds and evaluates, each in a process of its own; answers what `evaluate` says on standard output. */
async function deliver(file: string, now: string) {
  for (const args of [['ingest', file], ['build']]) {
    const { code, err } = await runTidemark([...args, ...options, '--now', now]);
    expect([args[0], code, code === 0 ? '' : err]).toEqual([args[0], 0, '']);
  }
  const { code, out, err } = await runTidemark(['evaluate', ...options, '--now', now]);
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
  return out;
}

it('an hourly export that falls silent is told once, in local time, and its recovery too', {
  timeout: 300_000,
}, async () => {
  // Five weeks before a Monday in May; that day the till stops after half past one.
  const today = '2026-05-18';
  const history = Array.from({ length: 35 }, (_, back) => wholeDay(addDays(today, back - 35))).flat();
  const morning = [9, 10, 11, 12].flatMap((hour) => tickets(today, hour, 8));
  await deliver(exportFile(addDays(today, -1), 23, 59, history), '2026-05-17T16:00:00Z');

  // Exported at ten past two: the hour from one o'clock is over and had three tickets, the one from two is not over.
  const lastTickets = [...morning, ...tickets(today, 13, 3)];
  const calm = await deliver(exportFile(today, 14, 10, lastTickets), '2026-05-18T06:10:00Z');
  expect(calm).not.toContain('Orders, Kiosk');

  // At half past four the hours from two and three are over, and nothing came.
  const told = await deliver(exportFile(today, 16, 30, lastTickets), '2026-05-18T08:30:00Z');
  expect(told.match(/Orders, Kiosk/g)?.length).toBe(1);
  expect(told).toContain(
    'Orders, Kiosk: 0 between 15:00 and 16:00 on 2026-05-18, 100% below the usual Monday at that hour',
  );
  expect(told).toContain('the last 2 hours together 100% below');

  const again = await runTidemark(['evaluate', ...options, '--now', '2026-05-18T08:31:00Z']);
  expect(again.out).not.toContain('Orders, Kiosk');

  // Tickets came again from five on.
  const evening = [...lastTickets, ...[17, 18, 19].flatMap((hour) => tickets(today, hour, 8))];
  const over = await deliver(exportFile(today, 20, 5, evening), '2026-05-18T12:05:00Z');
  expect(over).toContain('Orders, Kiosk: back to normal between 18:00 and 19:00 on 2026-05-18');

  // The third silent hour makes it critical: 2 × (√24.4 − √0.4) = 8.6 deviations, widened by √(6/5) for five weeks: 7.9.
  const { out } = await runTidemark(['alerts', 'list', ...options, '--json']);
  const warnings = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(
    warnings
      .filter(({ rule }) => rule === 'orders_stopped')
      .map(({ period, state, severity, time_zone }) => [period, state, severity, time_zone]),
  ).toEqual([
    ['2026-05-18T15:00', 'breached', 'warning', 'Asia/Shanghai'],
    ['2026-05-18T16:00', 'breached', 'critical', 'Asia/Shanghai'],
    ['2026-05-18T17:00', 'recovering', 'critical', 'Asia/Shanghai'],
    ['2026-05-18T18:00', 'recovered', 'critical', 'Asia/Shanghai'],
  ]);
});

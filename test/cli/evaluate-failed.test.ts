import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTidemark } from './run-tidemark.ts';

const contract = `contract: kiosk_till
title: { en: Kiosk till, zh: 报亭收银 }
channel: { channel_id: kiosk, name: Kiosk, name_zh: 报亭, kind: store }
timezone: Asia/Shanghai
currency: CNY
files: { names: ["kiosk.csv"] }
columns:
  - { name: number, headers: [票号], type: id, required: true, not_null: true }
  - { name: sold_on, headers: [日期], type: date, required: true, not_null: true }
  - { name: total, headers: [金额], type: decimal, required: true, not_null: true }
outputs:
  - dataset: orders
    write: upsert
    columns:
      order_id: number
      ordered_at: sold_on
      total_amount: total
`;

let folder: string;
let options: readonly string[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-failed-'));
  mkdirSync(join(folder, 'catalog', 'contracts'), { recursive: true });
  writeFileSync(join(folder, 'catalog', 'contracts', 'kiosk_till.yaml'), contract);
  const days = Array.from({ length: 20 }, (_, day) => `2026-03-${String(day + 1).padStart(2, '0')}`);
  writeFileSync(join(folder, 'kiosk.csv'), `票号,日期,金额\n${days.map((day, at) => `K${at},${day},9.50\n`).join('')}`);
  options = ['--lake', join(folder, 'lake'), '--catalog', join(folder, 'catalog'), '--lang', 'en'];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('evaluate ends with 3 and says which series it could not judge', { timeout: 120_000 }, async () => {
  const tidemark = (...args: string[]) => runTidemark([...args, ...options, '--now', '2026-03-21T04:00:00Z']);
  for (const args of [['ingest', join(folder, 'kiosk.csv')], ['build'], ['evaluate']]) {
    const { code, err } = await tidemark(...args);
    expect([args[0], code, code === 0 ? '' : err]).toEqual([args[0], 0, '']);
  }
  const states = join(folder, 'lake', 'alerts', 'states');
  // Beside the states of the series lie those of the watching itself.
  const file = readdirSync(states)
    .map((name) => join(states, name))
    .find((one) => readFileSync(one, 'utf8').includes('"kiosk"'))!;
  const whole = JSON.parse(readFileSync(file, 'utf8'));
  // As a disk or a hand may have spoilt it: what was told is no list.
  whole.cancel_rate_high.kiosk.told = 7;
  writeFileSync(file, JSON.stringify(whole));

  const broken = await tidemark('evaluate');
  expect(broken.code).toBe(3);
  expect(broken.err).toContain('Not judged: cancel_rate_high, kiosk: Error: what is remembered of it');
  expect(broken.out).toContain('The rule cancel_rate_high broke down over kiosk');
  const { out } = await tidemark('alerts', 'list', '--open', '--json');
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).rule),
  ).toContain('failed_evaluation');

  for (const name of readdirSync(states)) writeFileSync(join(states, name), '{"cancel_rate_high":');
  const blind = await tidemark('evaluate');
  expect(blind.code).toBe(3);
  expect(blind.err).toMatch(
    /Not judged: what the last evaluation remembered is damaged: alerts\/states\/.* restore the/,
  );
});

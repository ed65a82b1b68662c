import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTill, tillContract, tillHeader } from '../fixtures/till.ts';

const monday = `${tillHeader}T1,1,2026-03-02 09:00:00,1,10.00\nT2,1,2026-03-02 10:00:00,2,20.00\n`;
const tuesday = `${tillHeader}T3,1,2026-03-03 09:00:00,1,30.00\n`;

describe('a kept file', () => {
  let till: ReturnType<typeof openTill>;
  beforeEach(() => {
    till = openTill(tillContract);
  });
  afterEach(() => till.discard());

  it('is read anew although all of it was accepted, where its contract was wrong', async () => {
    const receipt = await till.ingest('monday.csv', monday);
    expect(await till.orders()).toEqual(['T1: 1 for 10.0000', 'T2: 1 for 40.0000']);
    till.teach(tillContract.replace('unit_price: price', 'unit_price: "price / 100"'));
    expect(await till.replay(receipt?.export.slice(0, 12))).toMatchObject({
      file: 'monday.csv',
      attempt: 2,
      accepted: 2,
    });
    expect(await till.orders()).toEqual(['T1: 1 for 0.1000', 'T2: 1 for 0.4000']);
  });

  it('has to be one that was read', async () => {
    await expect(till.replay('ffff')).rejects.toMatchObject({
      name: 'UsageError',
      message: 'no file begins with ffff',
    });
  });

  it('brings back staged rows that are gone, as doctor says', async () => {
    const receipt = await till.ingest('monday.csv', monday);
    await till.ingest('tuesday.csv', tuesday);
    const before = await till.orders();
    expect(await till.doctor('staged rows')).toMatchObject({ state: 'good', text: '2 files' });
    rmSync(join(till.folder, 'staged/order_lines/till_lines', receipt?.export ?? ''), { recursive: true });
    const replay = `tidemark quarantine replay ${receipt?.export.slice(0, 12)}`;
    expect(await till.doctor('staged rows')).toMatchObject({
      state: 'broken',
      text: expect.stringContaining('1 of 2 files are gone'),
      next: `${replay}; tidemark build --full`,
    });
    await expect(till.orders(true)).rejects.toMatchObject({
      name: 'LakeError',
      next: expect.stringContaining('doctor'),
    });
    expect(await till.replay(receipt?.export.slice(0, 12))).toMatchObject({ attempt: 2, accepted: 2 });
    expect(await till.orders(true)).toEqual(before);
    expect(await till.doctor('staged rows')).toMatchObject({ state: 'good', text: '2 files' });
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { openTill, tillContract, tillHeader } from '../fixtures/till.ts';

const lenient = tillContract
  .replace('headers: [Pieces], type: integer, required: true, not_null: true', 'headers: [Pieces], type: text')
  .replace('quantity: pieces', 'quantity: "1"');

/** T2 stands in both files, with a slip of the pen in the first; T9 has no price that can be read. */
const monday = `${tillHeader}T1,1,2026-03-02 09:00:00,1,10.00\nT2,1,2026-03-02 10:00:00,one,20.00\nT9,1,2026-03-02 11:00:00,1,x\n`;
const tuesday = `${tillHeader}T2,1,2026-03-02 10:00:00,1,20.00\nT3,1,2026-03-03 09:00:00,1,30.00\n`;

describe('rows that several files state under append', () => {
  let till: ReturnType<typeof openTill> | undefined;
  afterEach(() => till?.discard());

  function open(): ReturnType<typeof openTill> {
    till = openTill(lenient);
    return till;
  }

  it('count once, and are repeats of the file that landed first', async () => {
    const shop = open();
    expect(await shop.ingest('monday.csv', monday)).toMatchObject({
      rows_in: 3,
      accepted: 2,
      rejected: 1,
      repeated: 0,
    });
    expect(await shop.ingest('tuesday.csv', tuesday)).toMatchObject({ rows_in: 2, accepted: 1, repeated: 1 });
    expect(await shop.orders()).toEqual(['T1: 1 for 10.0000', 'T2: 1 for 20.0000', 'T3: 1 for 30.0000']);
  });

  it('come out the same, whichever file is read first', async () => {
    const shop = open();
    expect(await shop.ingest('tuesday.csv', tuesday)).toMatchObject({ accepted: 2, repeated: 0 });
    expect(await shop.ingest('monday.csv', monday)).toMatchObject({ accepted: 1, rejected: 1, repeated: 1 });
    expect(await shop.orders()).toEqual(['T1: 1 for 10.0000', 'T2: 1 for 20.0000', 'T3: 1 for 30.0000']);
  });

  it('stay while any file states them, also when the first one is read again without them', async () => {
    const shop = open();
    const first = await shop.ingest('monday.csv', monday);
    await shop.ingest('tuesday.csv', tuesday);
    shop.teach(tillContract);
    // Under the mended contract "one" is no number, so that only Tuesday's file has T2.
    expect(await shop.replay(first?.export)).toMatchObject({ attempt: 2, accepted: 1, rejected: 2, repeated: 0 });
    expect(await shop.orders()).toEqual(['T1: 1 for 10.0000', 'T2: 1 for 20.0000', 'T3: 1 for 30.0000']);
  });

  it('are no repeats of what landed after them when their file is read again', async () => {
    const shop = open();
    const first = await shop.ingest('monday.csv', monday);
    await shop.ingest('tuesday.csv', tuesday);
    expect(await shop.replay(first?.export)).toMatchObject({ attempt: 2, accepted: 2, rejected: 1, repeated: 0 });
  });
});

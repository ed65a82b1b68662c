import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { replayQuarantine, showQuarantine } from '../../pipelines/steps/quarantine.ts';
import { encodeText } from './encode-text.ts';
import { StagedLake } from './staged-lake.ts';

const isLong = process.env['TIDEMARK_LONG'] === '1';
const kiosk = (files = '') => `contract: kiosk_sales
title: { en: Kiosk sales, zh: 报亭销售 }
channel: { channel_id: kiosk, name: Kiosk, name_zh: 报亭, kind: store }
timezone: Asia/Shanghai
currency: CNY
${files}columns:
  - { name: number, headers: [Ticket], type: id, required: true }
  - { name: place, headers: [Place], type: text }
  - { name: total, headers: [Total], type: decimal, required: true }
outputs:
  - dataset: orders
    write: upsert
    columns: { order_id: number, region: place, total_amount: total }
`;

let folder: string;
let lake: StagedLake;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-undecodable-'));
  lake = lakeOf('plain', kiosk());
});
afterAll(() => {
  lake.discard();
  rmSync(folder, { recursive: true, force: true });
});

function lakeOf(name: string, contract: string, chunkBytes?: number): StagedLake {
  mkdirSync(join(folder, name, 'contracts'), { recursive: true });
  writeFileSync(join(folder, name, 'contracts/kiosk_sales.yaml'), contract);
  return new StagedLake({ catalogs: [join(folder, name)], ...(chunkBytes !== undefined && { chunkBytes }) });
}

async function read(bytes: Uint8Array, own = lake): Promise<Receipt> {
  const path = join(folder, 'kiosk.csv');
  writeFileSync(path, bytes);
  const [receipt] = await own.ingest([path]);
  return receipt!;
}

async function rows(receipt: Receipt, own = lake): Promise<string[]> {
  if (receipt.staged.length === 0) return [];
  const sql = 'select order_id, region, total_amount from STAGED order by _line';
  return (await own.rows([receipt], 'orders', sql)).map((row) => Object.values(row).join('|'));
}

const header = 'Ticket,Place,Total\n';
const places: Readonly<Record<string, string>> = {
  'utf-8': '北京市朝阳区',
  gb18030: '北京市朝阳区',
  shift_jis: 'とうきょうのみなと',
};
const line = (place: string, at: number) => `K${at},${place},${at}.50\n`;
const lines = (place: string, count = 40) => Array.from({ length: count }, (_, at) => line(place, at));
const staged = (place: string, count = 40) => Array.from({ length: count }, (_, at) => `K${at}|${place}|${at}.5000`);

/** A text of which the lead byte of a letter in one line is broken. */
function damaged(encoding: string, broken: number): Buffer {
  const place = places[encoding] ?? '';
  const pieces = [header, ...lines(place)].map((text) => Buffer.from(encodeText(text, encoding)));
  const piece = pieces[broken] ?? Buffer.alloc(0);
  // In the last letter of the place, in front of the delimiter: it would swallow that.
  const at = piece.lastIndexOf(0x2c) - 1;
  piece[at] = 0xff;
  return Buffer.concat(pieces);
}

describe.each(Object.keys(places))('a text in %s with a byte that is none of its letters', (encoding) => {
  const place = places[encoding] ?? '';

  it.each([1, 20, 40])('is accepted without its record: %i', async (broken) => {
    const receipt = await read(damaged(encoding, broken));
    expect(receipt).toMatchObject({ status: 'partial', rows_in: 40, accepted: 39, rejected: 1 });
    expect(receipt.reasons).toEqual([{ reason: 'undecodable', count: 1, example_line: broken }]);
    expect(await rows(receipt)).toEqual(staged(place).toSpliced(broken - 1, 1));
    const [shown] = await showQuarantine(receipt.export.slice(0, 12), { withText: true }, lake.ports);
    expect(shown).toMatchObject({ line: broken, reason: 'undecodable' });
    expect(shown?.raw).toMatch(new RegExp(`^K${broken - 1},${place[0]}.*\\\\xFF,${broken - 1}\\.50$`));
  });

  it('in its header is refused', async () => {
    const named = Buffer.concat([Buffer.from('Ticket,Place,Total,'), Buffer.from(encodeText(place, encoding))]);
    named[named.length - 1] = 0xff;
    const body = lines(place).map((text) => text.replace('\n', ',x\n'));
    const text = Buffer.concat([named, Buffer.from('\n'), Buffer.from(encodeText(body.join(''), encoding))]);
    expect(await read(text)).toMatchObject({ status: 'refused', reasons: [{ reason: 'wrong_encoding' }] });
  });

  it('that ends within a letter is accepted but for its last record', async () => {
    const text = Buffer.from(encodeText(`${header + lines(place).join('')}K40,${place}`, encoding));
    const receipt = await read(text.subarray(0, -1));
    expect(receipt).toMatchObject({ rows_in: 41, accepted: 40, rejected: 1, reasons: [{ reason: 'undecodable' }] });
    expect(await rows(receipt)).toEqual(staged(place));
  });

  it('in every twentieth record is accepted, in more of them refused', async () => {
    const pieces = [header, ...lines(place)].map((text) => Buffer.from(encodeText(text, encoding)));
    const broken = (places: readonly number[]) =>
      Buffer.concat(pieces.map((piece, at) => (places.includes(at) ? Buffer.from(piece).fill(0xff, 4, 5) : piece)));
    expect(await read(broken([3, 9]))).toMatchObject({ rows_in: 40, accepted: 38, rejected: 2 });
    expect(await read(broken([3, 9, 12]))).toMatchObject({
      status: 'refused',
      reasons: [{ reason: 'wrong_encoding' }],
    });
  });

  it('is never read as something else, whichever byte is damaged and however', async () => {
    const small = lakeOf('small', kiosk(`files: { encoding: ${encoding} }\n`), 64);
    const quoted = ['K90,"a\nb,c",9.50\n', `K91,"${place} ""x""",9.50\n`, 'K92,"d\r\ne",9.50\n'];
    const text = Buffer.from(encodeText(header + lines(place, 10).join('') + quoted.join(''), encoding));
    const decoder = new TextDecoder(encoding, { fatal: true });
    const sound = new Set(await rows(await read(text, small), small));
    expect(sound.size).toBe(13);
    let quarantined = 0;
    for (let at = header.length; at < text.length; at += isLong ? 1 : 17) {
      for (const flip of isLong ? [0x80, 0xff] : [0x80]) {
        const flipped = Buffer.from(text);
        flipped[at] = (flipped[at] ?? 0) ^ flip;
        if (isDecodable(flipped, decoder)) continue;
        const receipt = await read(flipped, small);
        expect(receipt.rows_in, `at ${at}`).toBe(receipt.accepted + receipt.rejected + receipt.repeated);
        const others = (await rows(receipt, small)).filter((row) => !sound.has(row));
        expect(others, `at ${at}, flipped by ${flip}`).toEqual([]);
        if (receipt.status === 'partial') quarantined += 1;
      }
    }
    expect(quarantined).toBeGreaterThan(3);
    small.discard();
  }, 600_000);
});

function isDecodable(bytes: Buffer, decoder: { decode(bytes: Buffer): string }): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

describe('a record that cannot be decoded', () => {
  const place = places['utf-8'] ?? '';
  const withRecord = (record: Buffer) =>
    Buffer.concat([
      Buffer.from(header + lines(place).join('')),
      record,
      Buffer.from(lines(place, 45).slice(40).join('')),
    ]);
  const bytes = (text: string) => Buffer.from(text, 'latin1');

  it.each([
    ['inside quotes, with a line break', bytes('K99,"a\xff\nb",9.50\n'), 'K99,"a\\xFF\nb",9.50'],
    ['whose opening quote is lost', bytes('K99,\xa2a\nb,c",9.50\n'), 'K99,\\xA2a\nb,c",9.50'],
    ['whose closing quote is lost', bytes('K99,"a,5\nb\xa2,9.50\n'), 'K99,"a,5\nb\\xA2,9.50'],
    ['whose delimiter is lost', bytes('K99,a\xac9.50\n'), 'K99,a\\xAC9.50'],
    ['without any value but damage', bytes(',\xff,\n'), ',\\xFF,'],
  ])('is quarantined as a whole: %s', async (_, record, shown) => {
    const receipt = await read(withRecord(record));
    expect(receipt).toMatchObject({ rows_in: 46, accepted: 45, rejected: 1 });
    expect(receipt.reasons).toEqual([{ reason: 'undecodable', count: 1, example_line: 41 }]);
    expect((await lake.quarantine(receipt)).map(({ raw }) => raw)).toEqual([shown]);
  });

  it('comes in once when a mended file is delivered, and a replay of the damaged one changes nothing', async () => {
    const own = lakeOf('replay', kiosk());
    const first = await read(damaged('utf-8', 20), own);
    const replayed: Receipt[] = [];
    for await (const receipt of replayQuarantine(undefined, own.ports)) replayed.push(receipt);
    expect(replayed).toMatchObject([{ rows_in: 40, accepted: 39, rejected: 1, attempt: 2 }]);
    expect(await rows(replayed[0]!, own)).toEqual(await rows(first, own));
    own.discard();
  });

  it('comes in once when its contract is mended', async () => {
    const before = lakeOf('stated', kiosk('files: { encoding: utf-8 }\n'));
    const text = Buffer.from(`${header + lines('Hafen').join('')}K40,caf\xe9,9.50\n`, 'latin1');
    expect(await read(text, before)).toMatchObject({ rows_in: 41, accepted: 40, rejected: 1 });
    const after = lakeOf('mended', kiosk('files: { encoding: windows-1252 }\n'));
    const replayed: Receipt[] = [];
    for await (const receipt of replayQuarantine(undefined, { ...before.ports, ingest: after.ports.ingest })) {
      replayed.push(receipt);
    }
    expect(replayed).toMatchObject([{ status: 'accepted', rows_in: 41, accepted: 41, rejected: 0, attempt: 2 }]);
    expect(await rows(replayed[0]!, before)).toEqual([...staged('Hafen'), 'K40|café|9.5000']);
    before.discard();
    after.discard();
  });
});

import { mkdtempSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { quotedString } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../../pipelines/domain/receipt.ts';
import type { Ingest } from '../../../pipelines/ingest/ingest.ts';
import { type IngestPorts, ingestExports } from '../../../pipelines/steps/ingest-exports.ts';
import { suppress } from '../../../pipelines/steps/suppressions.ts';
import { encodeText } from '../encode-text.ts';
import { paperHeader, paperShopCatalog, table } from '../paper-shop.ts';
import { writeZip } from '../parse/write-zip.ts';
import { query, StagedLake } from '../staged-lake.ts';

/** He was erased; the others were not. */
const phone = '13812345678';
const others = ['13987654321', '13700001111'];
const spellings = [phone, '138-1234-5678', '138 1234 5678', '１３８１２３４５６７８'];

let shop: StagedLake;
let ports: IngestPorts;
let pseudonyms: readonly string[];
let lookedThrough = 0;

beforeAll(async () => {
  const folder = new StagedLake().folder;
  shop = new StagedLake({ catalogs: [paperShopCatalog(folder)], chunkBytes: 2000 });
  const { ingest, lake } = shop.ports;
  const persons = await ingest.persons(await lake.scratch());
  pseudonyms = await persons.pseudonymsOf(phone);
  await suppress(lake, pseudonyms);
  persons.close();
  const watched: Ingest = Object.assign(Object.create(ingest) as Ingest, {
    ...Object.fromEntries(
      (['find', 'land', 'recognise', 'read'] as const).map((name) => [name, ingest[name].bind(ingest)]),
    ),
    persons: (scratch: string) => {
      lookedThrough += 1;
      return ingest.persons(scratch);
    },
  });
  ports = { ...shop.ports, ingest: watched };
});
afterAll(() => shop.discard());

async function ingest(name: string, bytes: string | Uint8Array): Promise<Receipt> {
  const path = join(mkdtempSync(join(shop.folder, 'delivered-')), name);
  writeFileSync(path, bytes);
  lookedThrough = 0;
  for await (const receipt of ingestExports([path], {}, ports)) return receipt;
  throw new Error('no receipt');
}

/** Files that name him: raw ones and quarantined texts by any spelling, unpacked and decoded, staged rows by pseudonym. */
async function named(): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(shop.folder, 'lake'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.includes('suppressed')) continue;
    const wanted = path.includes('/staged/') ? pseudonyms : [...spellings, ...pseudonyms];
    const texts = await textsOf(path);
    if (texts.some((text) => wanted.some((one) => text.includes(one)))) found.push(path);
  }
  return found;
}

async function textsOf(path: string): Promise<string[]> {
  if (path.endsWith('.parquet')) return [JSON.stringify(await query(`from read_parquet(${quotedString(path)})`))];
  const bytes = await readFile(path);
  const plain = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
  return ['utf-8', 'gb18030', 'utf-16le'].map((encoding) => new TextDecoder(encoding).decode(plain));
}

let orders = 0;
/** Many plain rows, and one in their middle as it is given. */
function rows(odd: readonly string[], count = 90): string[][] {
  orders += 1000;
  const plain = Array.from({ length: count }, (_, at) => {
    const order = orders + at;
    return [`P${order}`, 'K1', '1', '2.00', '2026-03-01 10:00:00', others[at % 2] ?? '', `行 ${20240000 + at}`];
  });
  return plain.toSpliced(60, 0, [...odd]);
}
const at = '2026-03-01 10:00:00';
const header = table([paperHeader]);
const plainRow = ['P1', 'K1', '1', '2.00', at, others[0] ?? '', '普通'];

describe('a file delivered after somebody was erased', () => {
  it('is read once where it names nobody of them', async () => {
    const receipt = await ingest('plain.csv', header + table(rows(plainRow)));
    expect(receipt).toMatchObject({ status: 'accepted', rows_in: 91 });
    expect(receipt.raw_sha).toBeUndefined();
    expect(lookedThrough).toBe(0);
  });

  it('is read once where records are refused that do not name them', async () => {
    const receipt = await ingest('refused.csv', header + table(rows(plainRow.with(2, 'many'))));
    expect(receipt).toMatchObject({ status: 'partial', rejected: 1 });
    expect(lookedThrough).toBe(0);
  });

  const odd: Record<string, () => string | Uint8Array> = {
    'in the cell of his phone': () => header + table(rows(plainRow.with(5, `+86 ${phone}`))),
    'in a remark, grouped': () => header + table(rows(plainRow.with(6, '请打 138-1234-5678 谢谢'))),
    'in a remark, in wide digits': () => header + table(rows(plainRow.with(6, '邻居１３８１２３４５６７８代收'))),
    'for an order number': () => header + table(rows(plainRow.with(0, phone))),
    'in a column that nobody knows': () =>
      table([
        [...paperHeader, '备用', '颜色'],
        ...rows(plainRow).map((row, n) => [...row, n === 60 ? phone : '', '红']),
      ]),
    'in a column that is withheld': () =>
      table([[...paperHeader, '联系电话'], ...rows(plainRow).map((row, n) => [...row, n === 60 ? phone : ''])]),
    'in a refused record': () => header + table(rows(plainRow.with(2, 'many').with(5, phone))),
    'in a record of too few cells': () => header + table(rows(['P1', phone])),
    'in a record with a stray quote': () => header + table(rows(plainRow)).replace('普通', `他说"好" ${phone}`),
    'in the last cell of a file without an end': () =>
      header + table(rows(plainRow)) + plainRow.with(6, phone).join(','),
    'in a line before the header': () => `导出人,${phone}\n\n${header}${table(rows(plainRow))}`,
    'in GB18030': () => encodeText(header + table(rows(plainRow.with(5, phone))), 'gb18030'),
    'in UTF-16': () => encodeText(header + table(rows(plainRow.with(6, phone))), 'utf-16le'),
    'in a packed file': () => gzipSync(header + table(rows(plainRow.with(5, phone)))),
    'in a workbook of JSON': () =>
      JSON.stringify(
        rows(plainRow.with(5, phone)).map((row) => Object.fromEntries(row.map((cell, n) => [paperHeader[n], cell]))),
      ),
    'in another table of an archive': () =>
      writeZip({ 'a.csv': header + table(rows(plainRow)), 'b.csv': `who,what\nKim,${phone}\nLee,x\n` }),
    'in a file that no contract reads': () => `who,what\nKim,${phone}\nLee,x\n`,
  };

  it.each(Object.entries(odd))('names him nowhere: %s', async (what, bytes) => {
    const receipt = await ingest(`${what}.csv`, bytes());
    expect(lookedThrough).toBe(1);
    expect(await named()).toEqual([]);
    expect(receipt.rows_in).toBe(receipt.accepted + receipt.rejected + receipt.repeated);
  });
});

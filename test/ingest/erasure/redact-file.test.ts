import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../pipelines/definitions.ts';
import type { Contract } from '../../../pipelines/domain/contract.ts';
import { openPersons } from '../../../pipelines/ingest/erasure/open-persons.ts';
import type { Persons, RedactedFile } from '../../../pipelines/ingest/persons.ts';
import { landFile } from '../../../pipelines/ingest/read/land-file.ts';
import { encodeText } from '../encode-text.ts';
import { paperHeader, paperRecords, paperShopCatalog, table } from '../paper-shop.ts';
import { arbitraryTable, arbitraryWriting, type Language, languages, writeTable } from '../parse/arbitrary-table.ts';
import { readBack } from '../parse/read-back.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-redact-'));
const definitions = loadDefinitions([paperShopCatalog(folder)]);
const contract = definitions.contracts.get('paper_shop');
let persons: Persons;
let wanted: ReadonlySet<string>;

/** Every third line of the paper shop's records is of the next order, each by another phone. */
const phone = '13900000003';
const records = paperRecords(24);
const without = (rows: readonly (readonly string[])[]) =>
  rows.map((row) => (row[5] === phone ? row.with(5, '***') : row));

beforeAll(async () => {
  const key = { version: 1, secret: new Uint8Array(32).fill(7) };
  persons = await openPersons({ catalog: definitions, key, scratch: folder, memoryLimit: '400MB' });
  wanted = new Set(await persons.pseudonymsOf(`+86 ${phone}`));
});
afterAll(() => {
  persons.close();
  rmSync(folder, { recursive: true });
});

async function redact(
  bytes: Uint8Array | string,
  known: Contract | undefined = contract,
): Promise<RedactedFile | undefined> {
  const file = join(mkdtempSync(join(folder, 'file-')), 'paper.csv');
  writeFileSync(file, bytes);
  const landed = await landFile(file, mkdtempSync(join(folder, 'landed-')));
  return await persons.redactFile({ file: landed, contract: known, persons: wanted });
}

const read = (redacted: RedactedFile | undefined): Buffer => readFileSync(redacted?.path ?? '');

describe('a text without one person', () => {
  it.each(['utf-8', 'gb18030', 'utf-16le', 'utf-16be'])(
    'differs only in the cells that name him: %s',
    async (encoding) => {
      const redacted = await redact(encodeText(table([paperHeader, ...records]), encoding));
      expect(redacted).toMatchObject({ records: 3, cells: 3, form: 'same_bytes', tables_left_out: 0 });
      expect(read(redacted)).toEqual(Buffer.from(encodeText(table([paperHeader, ...without(records)]), encoding)));
    },
  );

  it('stays packed, and keeps its byte order mark, line ends and missing last line end', async () => {
    const text = (rows: readonly (readonly string[])[]) =>
      `\ufeff${table([paperHeader, ...rows], ';', '\r\n')}`.slice(0, -2);
    const redacted = await redact(gzipSync(text(records)));
    expect(gunzipSync(read(redacted)).toString()).toBe(text(without(records)));
  });

  it('is not written where nobody is named', async () => {
    expect(await redact(table([paperHeader, ...records.filter((row) => row[5] !== phone)]))).toBeUndefined();
  });

  it('loses every spelling of him, also in remarks of others, and no other number', async () => {
    const spellings = [phone, `+86 ${phone}`, '139-0000-0003', '0086 139 0000 0003', '１３９００００００03'];
    const others = ['13900000004', '139000000030', '2390000000', '139****0003', '13900000003-1234'];
    const rows = [...spellings, ...others].map((cell, at) => [
      `P${at}`,
      'K1',
      '1',
      '2.00',
      '2026-01-01 08:00:00',
      cell,
      '',
    ]);
    const remarks = [...spellings, '13900000004', 'No. 2013900000003.'].map((cell, at) => [
      ...[`R${at}`, 'K1', '1', '2.00', '2026-01-01 08:00:00', '13900000009', `请打${cell}，谢谢`],
    ]);
    const redacted = await redact(table([paperHeader, ...rows, ...remarks]));
    const expected = [
      ...rows.map((row, at) => (at < spellings.length ? row.with(5, '***') : row)),
      ...remarks.map((row, at) => (at < spellings.length ? row.with(6, '请打***，谢谢') : row)),
    ];
    // The relay number is nobody’s, but the digits in front of its extension are his: they go as a mention.
    const relay = expected.findIndex((row) => row[5]?.endsWith('-1234'));
    expected[relay] = (expected[relay] ?? []).with(5, '***-1234');
    expect(read(redacted).toString()).toBe(table([paperHeader, ...expected]));
  });

  it('loses his name and address too where only a header tells that they are such', async () => {
    const rows = [
      ['收货人姓名', '数量', '收货地址', '联系电话', '颜色'],
      ['王小明', '3', '上海市\n南京东路1号', phone, '蓝'],
      ['王小明', '4', '北京市', '13900000004', '红'],
    ];
    const redacted = await redact(table(rows), undefined);
    const expected = [rows[0] ?? [], ['***', '3', '***', '***', '蓝'], rows[2] ?? []];
    expect(read(redacted).toString()).toBe(table(expected).replace('***,3,***', '***,3,"***"'));
  });

  it.each([
    [
      'a broken workbook',
      (text: string) => Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.from([0, 255]), Buffer.from(text)]),
    ],
    ['broken JSON', (text: string) => Buffer.from(`[{"Mobile": "${text}"`)],
    ['a damaged gzip', (text: string) => Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), Buffer.from(text)])],
    ['nothing else', (text: string) => Buffer.from(text)],
  ])('loses what can be read of him where it is no table: %s', async (_, bytes) => {
    const redacted = await redact(bytes(`+86 ${phone}`), undefined);
    expect(read(redacted)).toEqual(bytes('***'));
    expect(await persons.search(redacted?.path ?? '', { pseudonyms: [...wanted], plain: phone })).toBe(false);
    writeFileSync(redacted?.path ?? '', bytes(phone));
    expect(await persons.search(redacted?.path ?? '', { pseudonyms: [...wanted], plain: phone })).toBe(true);
  });

  it('becomes a clean table where it was none: JSON', async () => {
    const objects = records.map((row) => Object.fromEntries(row.map((cell, at) => [paperHeader[at], cell])));
    const redacted = await redact(JSON.stringify(objects));
    expect(redacted).toMatchObject({ records: 3, form: 'clean_csv', tables_left_out: 0 });
    const quoted = [paperHeader, ...without(records)].map((row) =>
      row.map((cell) => `"${cell.replaceAll('"', '""')}"`),
    );
    expect(read(redacted).toString()).toBe(quoted.map((row) => `${row.join(',')}\n`).join(''));
  });
});

describe('a random table in a random dialect and encoding', { timeout: 180_000 }, () => {
  it.each(Object.keys(languages) as Language[])('loses just the cells of one person: %s', async (language) => {
    const encodings = fc.constantFrom<string>(...languages[language].encodings);
    const whole = fc.tuple(arbitraryTable(language), arbitraryWriting, encodings, fc.nat());
    await fc.assert(
      fc.asyncProperty(whole, async ([rows, writing, encoding, place]) => {
        const at = 1 + (place % (rows.length - 1));
        const named = (cell: string) =>
          rows.map((row, line) => [...row, line === 0 ? 'mobile' : line === at ? cell : '13900000009']);
        const bytes = encodeText(writeTable(named(phone), writing), encoding);
        // Where a file does not tell how it is written, its columns are in doubt, and more of it may go.
        fc.pre(isDeepStrictEqual((await readBack(bytes, 64)).tables, [named(phone)]));
        const redacted = await redact(bytes, undefined);
        expect(redacted).toMatchObject({ records: 1, cells: 1 });
        expect(read(redacted)).toEqual(Buffer.from(encodeText(writeTable(named('***'), writing), encoding)));
      }),
      { numRuns: process.env['TIDEMARK_LONG'] === '1' ? 1500 : 15 },
    );
  });
});

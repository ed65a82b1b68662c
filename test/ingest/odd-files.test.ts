import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { type Kiosk, kioskContract, openKiosk } from './kiosk.ts';
import { writeZip } from './parse/write-zip.ts';
import { StagedLake } from './staged-lake.ts';

const wish = {
  columns: [
    '{ name: number, headers: [Ticket], type: id, required: true }',
    '{ name: day, headers: [Sold at], type: datetime }',
    '{ name: total, headers: [Total], type: decimal, required: true }',
  ],
};
const header = ['Ticket', 'Sold at', 'Total'];
const csv = `${header.join(',')}\nK1,2026-03-01 09:00:00,10.50\n`;

let kiosk: Kiosk;
let folder: string;
let lake: StagedLake;

beforeAll(() => {
  kiosk = openKiosk(wish);
  ({ folder, lake } = kiosk);
});
afterAll(() => kiosk.discard());

const read: Kiosk['read'] = (...given) => kiosk.read(...given);

async function orders(receipt: Receipt, own = lake): Promise<unknown[][]> {
  const sql = 'select order_id, ordered_at, total_amount from STAGED order by _line';
  return (await own.rows([receipt], 'orders', sql)).map((row) => Object.values(row));
}

interface SheetRows {
  readonly name: string;
  readonly state?: 'hidden' | 'veryHidden';
  /** A number is a date serial (style 1 and 2). */
  readonly rows: readonly (readonly (string | { readonly serial: number; readonly style: 1 | 2 })[])[];
}

/** A workbook as Excel writes it: style 1 shows dates as 14-3-2026, style 2 as 5-Jun. */
function workbook(sheets: readonly SheetRows[], properties = ''): Buffer {
  const cell = (value: SheetRows['rows'][number][number], place: string) =>
    typeof value === 'string'
      ? `<c r="${place}" t="str"><v>${value}</v></c>`
      : `<c r="${place}" s="${value.style}"><v>${value.serial}</v></c>`;
  const body = (rows: SheetRows['rows']) =>
    rows.map(
      (row, at) => `<row r="${at + 1}">${row.map((value, i) => cell(value, `${'ABC'[i]}${at + 1}`)).join('')}</row>`,
    );
  const listed = sheets.map(({ name, state }, at) => {
    const hidden = state === undefined ? '' : ` state="${state}"`;
    return `<sheet name="${name}" sheetId="${at + 1}"${hidden} r:id="r${at}"/>`;
  });
  return writeZip({
    'xl/workbook.xml': `<workbook xmlns:r="r">${properties}<sheets>${listed.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${sheets.map((_, at) => `<Relationship Id="r${at}" Target="worksheets/s${at}.xml"/>`).join('')}</Relationships>`,
    'xl/styles.xml':
      '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="16"/></cellXfs></styleSheet>',
    ...Object.fromEntries(
      sheets.map(({ rows }, at) => [
        `xl/worksheets/s${at}.xml`,
        `<worksheet><sheetData>${body(rows).join('')}</sheetData></worksheet>`,
      ]),
    ),
  });
}

const sold = (ticket: string, total: string) => [header, [ticket, '2026-03-01 09:00:00', total]];

describe('a workbook', () => {
  const sheets: SheetRows[] = [
    { name: 'last year', state: 'hidden', rows: sold('H1', '99.00') },
    { name: 'now', rows: sold('K1', '10.50') },
    { name: 'secret', state: 'veryHidden', rows: sold('V1', '77.00') },
  ];

  it('with hidden sheets is read without them, and says so', async () => {
    const receipt = await read('hidden.xlsx', workbook(sheets));
    expect(receipt.notes).toEqual([
      {
        code: 'hidden_sheets',
        count: 2,
        text: 'Hidden sheets were left out: last year, secret. A contract that names one reads it.',
      },
    ]);
    expect(await orders(receipt)).toEqual([['K1', '2026-03-01 01:00:00', '10.5000']]);
  });

  it('with hidden sheets gives the one that a contract names', async () => {
    const overlay = join(folder, 'named');
    mkdirSync(join(overlay, 'contracts'), { recursive: true });
    const named = kioskContract(wish).replace('currency: CNY\n', 'currency: CNY\nfiles: { sheet: secret }\n');
    writeFileSync(join(overlay, 'contracts/kiosk_sales.yaml'), named);
    const own = new StagedLake({ catalogs: [overlay] });
    const receipt = await read('hidden.xlsx', workbook(sheets), own);
    expect(await orders(receipt, own)).toEqual([['V1', '2026-03-01 01:00:00', '77.0000']]);
    own.discard();
  });

  it('counts its days from 1904 where it says so', async () => {
    // 1 March 2026 is day 46082 since 1900 and day 44620 since 1904; 0.375 is nine o'clock.
    const rows = [header, ['K1', { serial: 44_620.375, style: 1 as const }, '10.50']];
    const receipt = await read('mac.xlsx', workbook([{ name: 'now', rows }], '<workbookPr date1904="1"/>'));
    expect(await orders(receipt)).toEqual([['K1', '2026-03-01 01:00:00', '10.5000']]);
  });

  it('whose prices Excel has turned into dates gives no prices', async () => {
    const rows = [...sold('K1', '10.50'), ['K2', '2026-03-01 09:00:00', { serial: 46_178, style: 2 as const }]];
    const receipt = await read('june.xlsx', workbook([{ name: 'now', rows }]));
    expect(receipt).toMatchObject({ status: 'partial', accepted: 1 });
    expect(receipt.reasons).toEqual([{ reason: 'not_a_number:total', count: 1, example_line: 2 }]);
  });
});

describe('a text', () => {
  it('whose prices Excel has turned into dates gives no prices', async () => {
    const dates = ['5-Jun', 'Jun-05', '5.Jun', '2026/6/5', '6月5日'];
    const receipt = await read('june.csv', `${csv}${dates.map((date) => `K2,2026-03-01 09:00:00,${date}\n`).join('')}`);
    expect(receipt.reasons).toEqual([{ reason: 'not_a_number:total', count: 5, example_line: 2 }]);
    expect(await orders(receipt)).toEqual([['K1', '2026-03-01 01:00:00', '10.5000']]);
  });

  it('with the character zero in cells keeps it, and says so', async () => {
    const receipt = await read('zero.csv', `${csv}K\u00002,2026-03-02 09:00:00,1.00\n`);
    expect(receipt.notes).toEqual([
      {
        code: 'zero_characters',
        count: 1,
        text: 'Records hold the character zero (NUL) in a cell; it was kept. First at record 2.',
      },
    ]);
    expect(await orders(receipt)).toContainEqual(['K\u00002', '2026-03-02 01:00:00', '1.0000']);
  });

  // Longer than the sample by which encodings are told: what follows is a surprise.
  const many = (name: string) =>
    header.join(',') + Array.from({ length: 3000 }, (_, at) => `\n${name}${at},2026-03-01 09:00:00,5.00`).join('');

  const withDamage = (text: string) =>
    Buffer.concat([Buffer.from(text), Buffer.from([0x0a, 0x4b, 0xe5, 0xa5, 0x2c, 0xff, 0x2c, 0x31])]);

  it('that is damaged behind letters beyond ASCII is accepted but for its damaged record', async () => {
    const receipt = await read('damaged.csv', withDamage(many('订单')));
    expect(receipt).toMatchObject({ status: 'partial', rows_in: 3001, accepted: 3000, rejected: 1 });
    expect((await lake.quarantine(receipt))[0]).toMatchObject({ raw: 'K\\xE5\\xA5,\\xFF,1', reason: 'undecodable' });
  });

  it('that is damaged behind ASCII alone is refused, and says where', async () => {
    const damaged = withDamage(many('order'));
    const receipt = await read('damaged.csv', damaged);
    expect(receipt).toMatchObject({ status: 'refused', accepted: 0, reasons: [{ reason: 'wrong_encoding' }] });
    expect(receipt.notes[0]?.text).toBe(
      'The file is written in utf-8, but holds bytes that are not (first in line 3002). Ask for it again, or let `tidemark convert` put U+FFFD in their place, and ingest what it wrote.',
    );
  });

  it('in UTF-8 that has lost a byte is not taken for GB18030, though its bytes can be read so', async () => {
    // Six bytes of UTF-8 are three letters of GB18030, and so are eight of nine: all of it can be decoded, to nonsense.
    const text = Buffer.from(`${many('好好')}\n好好好9,2026-03-01 09:00:00,5.00\n`);
    const lost = Buffer.concat([text.subarray(0, -28), text.subarray(-27)]);
    expect(new TextDecoder('gb18030', { fatal: true }).decode(lost)).toHaveLength(lost.length - 3001 * 3 - 1);
    const receipt = await read('lost.csv', lost);
    expect(receipt).toMatchObject({ accepted: 3000, rejected: 1, reasons: [{ reason: 'undecodable' }] });
    expect((await orders(receipt)).at(-1)).toEqual(['好好2999', '2026-03-01 01:00:00', '5.0000']);
  });
});

describe('an archive', () => {
  it('that is encrypted is refused, and says so', async () => {
    const zip = writeZip({ 'march.csv': csv });
    zip[6] = 1;
    const central = zip.indexOf('PK\u0001\u0002');
    zip[central + 8] = 1;
    const receipt = await read('secret.zip', zip);
    expect(receipt).toMatchObject({ status: 'refused', reasons: [{ reason: 'unreadable_file' }] });
    expect(receipt.notes[0]?.text).toBe('The archive is encrypted. Unpack it by hand and pass the tables in it.');
  });

  it('that unpacks to far more is refused before it is unpacked, in one member or in several', async () => {
    const commas = Buffer.alloc(20 << 20, ',');
    const bombs = [
      writeZip({ 'march.csv': Buffer.concat([commas, commas]) }),
      // Each of them alone is small enough to be let pass.
      writeZip({ 'march.csv': commas, 'april.csv': commas }),
    ];
    for (const bomb of bombs) {
      const start = process.cpuUsage();
      const receipt = await read('bomb.zip', bomb);
      expect(process.cpuUsage(start).user / 1e6).toBeLessThan(2);
      expect(receipt.notes[0]?.text).toContain('The archive unpacks to far more than any table.');
    }
  });

  it('that lies about what it unpacks to is called broken', async () => {
    const zip = writeZip({ 'march.csv': Buffer.alloc(40 << 20, ',') });
    zip.writeUInt32LE(1000, 22);
    zip.writeUInt32LE(1000, zip.indexOf('PK\u0001\u0002') + 24);
    const receipt = await read('liar.zip', zip);
    expect(receipt).toMatchObject({ status: 'refused', reasons: [{ reason: 'unreadable_file' }] });
    expect(receipt.notes[0]?.text).toBe('The archive is broken. Ask for the file again.');
  });
});

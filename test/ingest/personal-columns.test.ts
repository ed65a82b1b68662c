import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { soundsPersonal } from '../../pipelines/domain/personal-header.ts';
import { paperHeader, paperRecords, paperShopCatalog, table } from './paper-shop.ts';
import { StagedLake } from './staged-lake.ts';

const { personalHeaders } = loadDefinitions();
let shop: StagedLake;
let catalog: string;
beforeEach(() => {
  const folder = new StagedLake().folder;
  catalog = paperShopCatalog(folder);
  shop = new StagedLake({ catalogs: [catalog] });
});
afterEach(() => shop.discard());

describe('columns that no contract knows', () => {
  it('are kept beside the rows, but not those whose headers sound personal', async () => {
    const header = [...paperHeader, '收货人姓名', '颜色', 'E-Mail', 'Store name'];
    const rows = paperRecords(3).map((row) => [...row, '王小明', '蓝 "A\\B"', 'wang@example.com', '一店\n二店']);
    const file = join(shop.folder, 'paper.csv');
    writeFileSync(file, table([header, ...rows]));
    const receipts = await shop.ingest([file]);
    const [row] = await shop.rows(receipts, 'order_lines', 'select _extra from STAGED order by _line limit 1');
    expect(JSON.parse(String(row?.['_extra']))).toEqual({ 颜色: '蓝 "A\\B"', 'Store name': '一店\n二店' });
    const codes = receipts[0]?.notes.map(({ code, count }) => [code, count]);
    expect(codes).toContainEqual(['unknown_columns', 4]);
    expect(codes).toContainEqual(['withheld_columns', 2]);
  });

  it.each(['Shipping Phone', '买家手机号', '收货地址', 'Billing Name', 'Name', 'ID-Card', '身份证号', '买家昵称'])(
    'sound personal: %s',
    (header) => expect(soundsPersonal(header, personalHeaders)).toBe(true),
  );

  it.each(['Product name', '商品名称', 'Lineitem name', '颜色', 'Campaign', '店铺名称', 'Quantity'])(
    'do not: %s',
    (header) => expect(soundsPersonal(header, personalHeaders)).toBe(false),
  );
});

describe('headers that sound personal', () => {
  it('are added to by an overlay', async () => {
    const header = [...paperHeader, 'Matrícula', 'Farbe'];
    const file = join(shop.folder, 'paper.csv');
    writeFileSync(file, table([header, ...paperRecords(2).map((row) => [...row, '4711-BCD', 'blau'])]));
    writeFileSync(join(catalog, 'personal_headers.yaml'), 'headers:\n  - { whole: [matrícula] }\n');
    const own = new StagedLake({ catalogs: [catalog] });
    const receipts = await own.ingest([file]);
    const [row] = await own.rows(receipts, 'order_lines', 'select _extra from STAGED order by _line limit 1');
    expect(JSON.parse(String(row?.['_extra']))).toEqual({ Farbe: 'blau' });
    own.discard();
  });
});

describe('a contract that moves what is about a person', () => {
  const contractWith = (from: string, to: string): string => {
    const file = join(catalog, 'contracts', 'paper_shop.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
    return catalog;
  };

  it('is refused where a pseudonym would go into a plain column', () => {
    expect(() => loadDefinitions([contractWith('product_name: remark', 'product_name: upper(phone)')])).toThrow(
      /outputs\.0\.columns\.product_name: "phone" is about a person/,
    );
  });

  it('is refused where free text would go into a plain column', () => {
    const free = 'headers: [备注], type: text, personal: free_text }';
    expect(() => loadDefinitions([contractWith('headers: [备注], type: text }', free)])).toThrow(
      /"remark" is free text of a person; order_lines\.product_name is not declared/,
    );
  });

  it('may ask whether there is a value, and name it in a text', () => {
    const asks = "product_name: case when phone is not null then 'phone' else remark end";
    expect(() => loadDefinitions([contractWith('product_name: remark', asks)])).not.toThrow();
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Order } from '../../pipelines/example/orders.ts';
import { generateExports } from '../../pipelines/steps/generate-exports.ts';
import {
  discard,
  filesIn,
  fingerprint,
  type GeneratedFolder,
  generateInto,
  rowsOf,
  rowsOfFile,
} from './generated-folder.ts';

const digits = (text: string | undefined): string => (text ?? '').replace(/\D/g, '');

describe('example exports', () => {
  const counted = { orders: 0, lines: 0, units: 0, tmallCents: 0, webCents: 0, tillCents: 0 };
  let world: GeneratedFolder;

  beforeAll(async () => {
    world = await generateInto({ orders: 20_000, days: 150, to: '2026-10-31', seed: 7 }, (order: Order) => {
      counted.orders += 1;
      counted.lines += order.lines.length;
      for (const line of order.lines) counted.units += line.quantity;
      if (order.habits.id === 'tmall') counted.tmallCents += order.total;
      if (order.habits.id === 'web_shop') counted.webCents += order.items;
      if (order.habits.id === 'store_berlin') counted.tillCents += order.items - order.discount;
    });
  });

  afterAll(() => discard(world));

  it('are the same bytes for the same options and others for another seed', async () => {
    const again = await generateInto({ orders: 20_000, days: 150, to: '2026-10-31', seed: 7 });
    const other = await generateInto({ orders: 20_000, days: 150, to: '2026-10-31', seed: 8 });
    expect(fingerprint(again.folder)).toBe(fingerprint(world.folder));
    expect(fingerprint(other.folder)).not.toBe(fingerprint(world.folder));
    discard(again);
    discard(other);
  });

  it('hold exactly as many orders as asked for', () => {
    expect(world.result.orders).toBe(20_000);
    expect(counted.orders).toBe(20_000);
  });

  it('come in the formats of the platforms, each under its own name', () => {
    const kinds = new Set(filesIn(world.folder).map((name) => name.replace(/[\d-]{8,}.*$/, '')));
    expect([...kinds].sort()).toEqual(
      [
        'douyin/csat_survey_douyin_',
        'jd/csat_survey_jd_',
        'store_berlin/csat_survey_store_berlin_',
        'tmall/csat_survey_tmall_',
        'web_shop/csat_survey_web_shop_',
        'douyin/抖店售后_',
        'douyin/抖店订单_',
        'douyin/电商罗盘_流量分析_',
        'head_office/crm_contacts_',
        'head_office/fx_rates_',
        'jd/京东售后服务单_',
        'jd/京东商智_流量概况_',
        'jd/京东订单导出_',
        'planted.json',
        'store_berlin/Kassenbericht_Berlin_',
        'tmall/ExportItemList',
        'tmall/ExportOrderList',
        'tmall/ExportRefundList',
        'tmall/生意参谋_店铺整体_',
        'web_shop/ga4_traffic_by_day_',
        'web_shop/orders_export_',
      ].sort(),
    );
  });

  it('add up to what the generator counted on its own way, late changes told apart', () => {
    const tmall = new Map(
      rowsOf(world.folder, 'tmall/ExportOrderList', 'gb18030').map((row) => [row['订单编号'], row]),
    );
    const tmallItems = new Map(
      rowsOf(world.folder, 'tmall/ExportItemList', 'gb18030').map((row) => [row['子订单编号'], row]),
    );
    const jd = new Map(rowsOf(world.folder, 'jd/京东订单', 'gb18030').map((row) => [row['订单号'], row]));
    const douyin = new Map(rowsOf(world.folder, 'douyin/抖店订单').map((row) => [row['主订单编号'], row]));
    const shopify = rowsOf(world.folder, 'web_shop/orders');
    const webOrders = new Map(shopify.filter((row) => row['Financial Status'] !== '').map((row) => [row['Name'], row]));
    const webLines = new Map(shopify.map((row) => [`${row['Name']} ${row['Lineitem sku']}`, row]));
    const till = filesIn(world.folder)
      .filter((name) => name.startsWith('store_berlin/Kassen') && !name.includes('korrigiert'))
      .flatMap((name) => rowsOfFile(world.folder, name, 'windows-1252'))
      .filter((row) => row['Vorgang'] === 'Verkauf');
    const receipts = new Set(till.map((row) => row['Bon-Nr']));

    expect(tmall.size + jd.size + douyin.size + webOrders.size + receipts.size).toBe(counted.orders);
    expect(tmallItems.size + jd.size + douyin.size + webLines.size + till.length).toBe(counted.lines);
    const cents = (text: string | undefined): number => Number(digits(text));
    const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);
    expect(sum([...tmall.values()].map((row) => cents(row['总金额'])))).toBe(counted.tmallCents);
    expect(sum(till.map((row) => cents(row['Betrag'])))).toBe(counted.tillCents);
    expect(
      sum([...webLines.values()].map((row) => Number(row['Lineitem quantity']) * cents(row['Lineitem price']))),
    ).toBe(counted.webCents);
  });

  it('know one person in several channels under one phone, written differently, and hide some phones', () => {
    const jd = rowsOf(world.folder, 'jd/京东订单', 'gb18030').map((row) => row['联系电话']?.trim() ?? '');
    const tmall = rowsOf(world.folder, 'tmall/ExportOrderList', 'gb18030').map((row) => row['联系手机'] ?? '');
    const crm = new Set(rowsOf(world.folder, 'head_office/crm').map((row) => digits(row['Mobile']).slice(2)));
    const plainTmall = new Set(tmall.filter((phone) => !phone.includes('*')).map(digits));
    expect(jd.filter((phone) => plainTmall.has(phone)).length).toBeGreaterThan(50);
    expect(jd.filter((phone) => crm.has(phone)).length).toBeGreaterThan(200);
    expect(tmall.filter((phone) => /^'1\d\d\*{4}\d{4}$/.test(phone)).length).toBeGreaterThan(500);
    expect(jd.filter((phone) => /^\d{11}-\d{4}$/.test(phone)).length).toBeGreaterThan(50);
  });

  it('sell more at 618 than two weeks before it', () => {
    const days = new Map<string, number>();
    for (const row of rowsOf(world.folder, 'jd/京东订单', 'gb18030')) {
      const day = row['下单时间']?.slice(0, 10) ?? '';
      days.set(day, (days.get(day) ?? 0) + 1);
    }
    expect(days.get('2026-06-18')).toBeGreaterThan(1.4 * (days.get('2026-06-05') ?? 0));
  });

  it('deliver one file twice and say how many rows that is', () => {
    const copy = filesIn(world.folder).find((name) => name.includes('_副本')) as string;
    const original = copy.replace('_副本', '');
    expect(readFileSync(join(world.folder, copy))).toEqual(readFileSync(join(world.folder, original)));
    const planted = world.result.planted.incidents.find((incident) => incident.kind === 'duplicate_delivery');
    const encoding = copy.startsWith('douyin') ? 'utf-8' : 'gb18030';
    expect(rowsOfFile(world.folder, copy, encoding)).toHaveLength(planted?.size as number);
  });

  it('correct one report of the till by leaving lines out, and say how many', () => {
    const name = filesIn(world.folder).find((file) => file.includes('korrigiert')) as string;
    const corrected = rowsOfFile(world.folder, name, 'windows-1252');
    const receipts = new Set(corrected.map((row) => row['Bon-Nr']));
    const before = filesIn(world.folder)
      .filter((file) => file.startsWith('store_berlin/Kassen') && file !== name)
      .flatMap((file) => rowsOfFile(world.folder, file, 'windows-1252'))
      .filter((row) => receipts.has(row['Bon-Nr']));
    const planted = world.result.planted.incidents.find((incident) => incident.kind === 'corrected_file');
    expect(planted?.size).toBeGreaterThan(0);
    expect(before.length - corrected.length).toBe(planted?.size);
  });

  it('refuse options that make no sense', async () => {
    const ports = {
      folder: {
        open: () => {
          throw new Error('nothing may be written');
        },
        copy: () => {},
      },
    };
    await expect(generateExports({ to: '2026-02-30' }, ports)).rejects.toThrow('"2026-02-30" is no date');
    await expect(generateExports({ orders: 0 }, ports)).rejects.toThrow('0 is no whole number from 1 to 100000000');
    await expect(generateExports({ days: 1.5 }, ports)).rejects.toThrow('1.5 is no whole number from 1 to 3660');
  });
});

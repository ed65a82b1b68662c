import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { composeInference } from '../../pipelines/compose-contract.ts';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { type Contract, contract } from '../../pipelines/domain/contract.ts';
import { parseYaml } from '../../pipelines/domain/yaml-document.ts';
import { encodeText } from '../ingest/encode-text.ts';
import { StagedLake } from '../ingest/staged-lake.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-infer-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string, encoding = 'utf-8'): string {
  const path = join(folder, name);
  writeFileSync(path, encodeText(text, encoding));
  return path;
}

/** Drafts a contract, reads it back through its schema, and puts it into an overlay. */
async function draft(path: string): Promise<{ readonly contract: Contract; readonly yaml: string; overlay: string }> {
  const infer = composeInference({ definitions: loadDefinitions(), settings: { catalogs: [] } as never });
  const { yaml, contract: id } = await infer({ file: path });
  const overlay = join(folder, 'overlay');
  mkdirSync(join(overlay, 'contracts'), { recursive: true });
  writeFileSync(join(overlay, 'contracts', `${id}.yaml`), yaml);
  return { contract: parseYaml({ file: `${id}.yaml`, text: yaml }, contract), yaml, overlay };
}

async function staged(path: string, overlay: string, dataset: string, sql: string) {
  const lake = new StagedLake({ catalogs: [overlay] });
  try {
    const receipts = await lake.ingest([path]);
    const [{ status, source, reasons } = {}] = receipts;
    return { status, source, reasons, rows: status === 'accepted' ? await lake.rows(receipts, dataset, sql) : [] };
  } finally {
    lake.discard();
  }
}

function columnsOf({ columns }: Contract): Record<string, unknown> {
  return Object.fromEntries(columns.map(({ name, type, formats }) => [name, formats ? [type, ...formats] : type]));
}

const chinese = `订单编号,下单时间,买家会员名,联系手机,收货地址,订单状态,商品编码,商品名称,数量,单价,订单金额,首选颜色
280000000000000001,2026/11/3 10:05:00,海边的猫,13800001111,杭州市文一路1号,交易成功,00712,保温杯,2,89.00,"1,178.00",红
280000000000000001,2026/11/3 10:05:00,海边的猫,13800001111,杭州市文一路1号,交易成功,00713,茶壶,1,"1,000.00","1,178.00",蓝
280000000000000002,2026/11/14 21:40:10,山里的鱼,13800002222,成都市人民路2号,交易关闭,00712,保温杯,1,89.00,89.00,红
280000000000000003,2026/11/15 08:00:00,河边的鸟,13800003333,上海市南京路3号,待审核,00714,餐盘,4,25.50,102.00,白
`;

describe('a Chinese order list in GBK', () => {
  it('becomes orders and lines, with what a person has to decide', async () => {
    const { contract: drafted, yaml } = await draft(file('门店订单202611.csv', chinese, 'gbk'));
    expect(columnsOf(drafted)).toEqual({
      order_id: 'id',
      ordered_at: 'datetime',
      customer: 'text',
      phone: 'text',
      address: 'text',
      order_status: 'text',
      product_id: 'id',
      product_name: 'text',
      quantity: 'decimal',
      unit_price: 'decimal',
      total_amount: 'decimal',
      column_12: 'text',
    });
    expect(drafted).toMatchObject({
      timezone: 'Asia/Shanghai',
      currency: 'CNY',
      files: { names: ['门店订单*.csv'] },
      persons: [
        { column: 'phone', kind: 'phone' },
        { column: 'customer', kind: 'customer_id' },
      ],
    });
    expect(drafted.columns.filter(({ personal }) => personal).map(({ name, personal }) => [name, personal])).toEqual([
      ['customer', 'customer_id'],
      ['phone', 'phone'],
      ['address', 'address'],
    ]);
    expect(drafted.outputs.map(({ dataset, write }) => [dataset, write])).toEqual([
      ['orders', 'upsert'],
      ['order_lines', 'replace_scope'],
    ]);
    expect(yaml).toContain('DECIDE status: decide what these mean: 待审核');
    expect(yaml).not.toMatch(/13800001111|海边的猫|文一路/);
  });

  it('reads the file it was drafted from, once it lies in an overlay', async () => {
    const path = file('门店订单202611.csv', chinese, 'gbk');
    const { overlay } = await draft(path);
    const lines = await staged(
      path,
      overlay,
      'order_lines',
      'select order_id, product_id, quantity, unit_price, ordered_date from STAGED order by _line',
    );
    expect(lines).toMatchObject({ status: 'accepted', source: 'new_export', reasons: [] });
    expect(lines.rows).toEqual([
      {
        order_id: '280000000000000001',
        product_id: '00712',
        quantity: '2.0000',
        unit_price: '89.0000',
        ordered_date: '2026-11-03',
      },
      {
        order_id: '280000000000000001',
        product_id: '00713',
        quantity: '1.0000',
        unit_price: '1000.0000',
        ordered_date: '2026-11-03',
      },
      {
        order_id: '280000000000000002',
        product_id: '00712',
        quantity: '1.0000',
        unit_price: '89.0000',
        ordered_date: '2026-11-14',
      },
      {
        order_id: '280000000000000003',
        product_id: '00714',
        quantity: '4.0000',
        unit_price: '25.5000',
        ordered_date: '2026-11-15',
      },
    ]);
  });
});

describe('a European list with semicolons', () => {
  const german = `Bestellnummer;Bestelldatum;Kundenname;E-Mail;Artikelnummer;Menge;Einzelpreis;Gesamtbetrag
0071;03/11/2026;Ana Beispiel;ana@example.org;T-1;2;1.249,50;2.499,00
0072;04/11/2026;Bo Muster;bo@example.org;K-7;1;1.250;1.250
0073;14/11/2026;Cy Probe;cy@example.org;T-1;3;39,90;119,70
`;

  it('has decimal commas and the day first, as the whole column says', async () => {
    const path = file('bestellungen.csv', german);
    const { contract: drafted, overlay } = await draft(path);
    const price = drafted.columns.find(({ name }) => name === 'unit_price');
    expect(price).toMatchObject({ type: 'decimal', decimal_mark: ',', thousands_mark: '.' });
    expect(columnsOf(drafted)).toMatchObject({ order_id: 'id', ordered_at: ['date', '%d/%m/%Y'] });
    const orders = await staged(
      path,
      overlay,
      'orders',
      'select order_id, total_amount, currency, ordered_date from STAGED order by _line',
    );
    expect(orders.rows).toEqual([
      { order_id: '0071', total_amount: '2499.0000', currency: 'EUR', ordered_date: '2026-11-03' },
      { order_id: '0072', total_amount: '1250.0000', currency: 'EUR', ordered_date: '2026-11-04' },
      { order_id: '0073', total_amount: '119.7000', currency: 'EUR', ordered_date: '2026-11-14' },
    ]);
  });

  it('is refused, not guessed, where no cell tells day from month', async () => {
    const path = file('bestellungen.csv', german.replace('14/11/2026', '05/11/2026'));
    const { contract: drafted, yaml, overlay } = await draft(path);
    expect(columnsOf(drafted)['ordered_at']).toEqual(['date', '%d/%m/%Y', '%m/%d/%Y']);
    expect(yaml).toContain('no cell tells day from month');
    expect(await staged(path, overlay, 'orders', '')).toMatchObject({ status: 'refused' });
  });
});

describe('other files', () => {
  it('are traffic where they count visits by day, and advertising where they count what it cost', async () => {
    const traffic = await draft(
      file('visits.csv', '日期,访客数,浏览量,跳失率\n2026-11-01,"1,020",3300,32.30%\n2026-11-02,980,2900,30%\n'),
    );
    expect(traffic.contract.outputs.map(({ dataset, columns }) => [dataset, Object.keys(columns)])).toEqual([
      ['traffic', ['traffic_date', 'report_slice', 'slice_value', 'visitors', 'page_views']],
    ]);
    const spend = await draft(
      file(
        'ads.csv',
        'Day,Campaign,Impressions,Clicks,Cost\n2026-11-01,Cups,1000,12,5.50\n2026-11-02,Cups,900,9,4.10\n',
      ),
    );
    expect(spend.contract.outputs.map(({ dataset }) => dataset)).toEqual(['ad_spend']);
  });

  it('are single actions of visitors where they name them, with unix seconds and their own words', async () => {
    const text = '用户ID,商品ID,行为类型,时间戳\nu1,i1,pv,1511544070\nu1,i2,buy,1511561733\nu2,i1,加购,1511572885\n';
    const path = file('behaviour.csv', text);
    const { contract: drafted, overlay } = await draft(path);
    expect(drafted.outputs.map(({ dataset }) => dataset)).toEqual(['events']);
    const sql = "select kind, strftime(occurred_at, '%Y-%m-%d %H:%M:%S') as acted from STAGED order by acted";
    const { rows } = await staged(path, overlay, 'events', sql);
    expect(rows).toEqual([
      { kind: 'view', acted: '2017-11-24 17:21:10' },
      { kind: 'purchase', acted: '2017-11-24 22:15:33' },
      { kind: 'add_to_cart', acted: '2017-11-25 01:21:25' },
    ]);
  });

  it('are lines of one unit each where no column counts units, and say so', async () => {
    const { contract: drafted, yaml } = await draft(
      file('items.csv', 'order_id,order_item_id,product_id,price\nA1,1,P1,10.50\nA1,2,P2,3.00\nA2,1,P1,10.50\n'),
    );
    expect(drafted.outputs.map(({ dataset, columns }) => [dataset, columns['quantity']])).toEqual([
      ['order_lines', '1'],
    ]);
    expect(yaml).toContain('DECIDE quantity: no column states it: 1 is assumed in every record');
  });

  it('that name products and count none of them are no stock', async () => {
    const { yaml } = await draft(file('names.csv', 'SKU,Product Name,Colour\nS1,Cup,red\nS2,Pot,blue\n'));
    expect(yaml).toContain('no dataset fits these columns');
  });

  it('are told to be known where a contract reads them as they are', async () => {
    const infer = composeInference({ definitions: loadDefinitions(), settings: { catalogs: [] } as never });
    // Columns that the contract of Olist's order items asks for, and one that it does not know.
    const header = 'order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value,colour';
    const row = 'A1,1,P1,S1,2018-01-01 10:00:00,10.50,1.20,red';
    expect((await infer({ file: file('items.csv', `${header}\n${row}\n`) })).known).toBe('olist_order_items');
    expect((await infer({ file: file('sky.csv', 'Station,Wind\nA1,12\n') })).known).toBeNull();
  });

  it('that fit no dataset are kept, and book nothing until a person decides', async () => {
    const path = file('weather.csv', 'Station,Wind,Sky\nA1,12,clear\nB2,9,cloudy\nC3,4,rain\n');
    const { yaml, overlay } = await draft(path);
    expect(yaml).toContain('no dataset fits these columns');
    const lake = new StagedLake({ catalogs: [overlay] });
    const [receipt] = await lake.ingest([path]);
    lake.discard();
    expect(receipt).toMatchObject({ source: 'weather', rows_in: 3, rejected: 0, staged: [] });
  });
});

const shared = process.env['TIDEMARK_SHARED_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));

describe.skipIf(!existsSync(shared))('real exports (need the shared data)', () => {
  it.each([
    ['facebook_ads_kag.csv.gz', 'ad_spend', 1143, 0],
    // Of 9,271 rows 83 have no product code.
    ['india_ecom/Sale_Report_stock.csv.gz', 'inventory', 9188, 83],
    ['taobao_behavior_zh_priced.csv.gz', 'events', 40_000, 0],
    ['olist/olist_order_items_dataset.csv.gz', 'order_lines', 112_650, 0],
    ['superstore_2019_2022_bom_dmy.csv.gz', 'orders, order_lines', 10_194, 0],
  ])('%s is drafted as %s', async (name, dataset, accepted, rejected) => {
    const path = join(shared, name);
    const { contract: drafted, overlay } = await draft(path);
    expect(drafted.outputs.map((output) => output.dataset).join(', ')).toBe(dataset);
    const lake = new StagedLake({ catalogs: [overlay] });
    const [receipt] = await lake.ingest([path], { source: drafted.contract });
    lake.discard();
    expect(receipt).toMatchObject({ accepted, rejected });
  });
});

describe('a list of lines with what they were sold for and a discount as a share', () => {
  it('books the sales, and the share not as money', async () => {
    const text = `Order ID,Order Date,Product ID,Sales,Quantity,Discount
S-1,2026-03-01,P1,261.96,2,0
S-2,2026-03-02,P2,22.37,3,0.45
S-2,2026-03-02,P3,957.58,5,0.2
`;
    const path = file('lines.csv', text);
    const { contract: drafted, yaml, overlay } = await draft(path);
    const lines = drafted.outputs.find(({ dataset }) => dataset === 'order_lines');
    expect(lines?.columns).toMatchObject({ line_amount: 'line_amount', quantity: 'quantity' });
    expect(lines?.columns).not.toHaveProperty('discount_amount');
    expect(yaml).toContain('DECIDE discount_amount: its cells are shares (0.2 is 20 %), no amounts');
    const sql = 'select sum(line_amount)::varchar as sales, count(discount_amount) as discounts from STAGED';
    const { rows } = await staged(path, overlay, 'order_lines', sql);
    expect(rows).toEqual([{ sales: '1241.9100', discounts: '0' }]);
  });

  it('says where nothing states what a line was sold for', async () => {
    const { yaml } = await draft(file('picks.csv', 'Order ID,Product ID,Quantity\nS-1,P1,2\nS-2,P2,3\n'));
    expect(yaml).toContain('no column states what a line was sold for');
  });
});

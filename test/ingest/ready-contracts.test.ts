import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeText } from './encode-text.ts';
import { StagedLake } from './staged-lake.ts';

let folder: string;
let lake: StagedLake;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-ready-'));
  lake = new StagedLake();
});
afterAll(() => {
  lake.discard();
  rmSync(folder, { recursive: true, force: true });
});

interface Sample {
  readonly contract: string;
  readonly file: string;
  readonly encoding?: string;
  readonly text: string;
  /** Dataset that is looked at, the query, and what it answers. */
  readonly dataset: string;
  readonly sql: string;
  readonly rows: readonly Record<string, unknown>[];
}

const tabs = (text: string): string => text.replaceAll('|', '\t');

const samples: readonly Sample[] = [
  {
    contract: 'pinduoduo_orders',
    file: '拼多多0901.csv',
    encoding: 'gb18030',
    text: `商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),用户实付金额(元),商家实收金额(元),商品数量(件),收货人,手机,省,市,拼单成功时间,支付时间,发货时间,确认收货时间,商品id,商品规格,商家编码-规格维度,售后状态
保温杯,"\t261101-100000000000001",已发货，待收货,59.80,0,5.00,2.80,52.00,54.80,2,李**,138****0001,浙江省,杭州市,"\t2026-11-01 10:00:05","\t2026-11-01 10:00:00",2026-11-02 09:00:00,,"\t88001",白,BW-1,无售后或售后取消
茶壶,"\t261101-100000000000002",已发货，退款成功,99.00,6,0,0,105.00,105.00,1,王**,139****0002,四川省,成都市,"\t2026-11-01 11:00:05","\t2026-11-01 11:00:00",2026-11-02 09:00:00,,"\t88002",青,CH-2,退款成功
`,
    dataset: 'orders',
    sql: 'select order_id, status, total_amount, refunded_amount, discount_amount from STAGED order by _line',
    rows: [
      {
        order_id: '261101-100000000000001',
        status: 'shipped',
        total_amount: '52.0000',
        refunded_amount: null,
        discount_amount: '7.8000',
      },
      {
        order_id: '261101-100000000000002',
        status: 'closed',
        total_amount: '105.0000',
        refunded_amount: '105.0000',
        discount_amount: '0.0000',
      },
    ],
  },
  {
    contract: 'youzan_orders',
    file: '订单报表.csv',
    text: `订单号,订单状态,订单创建时间,买家付款时间,商家发货时间,商品金额合计,运费,店铺优惠合计,应收订单金额,订单实付金额,订单已退款金额,买家手机号,收货人姓名,收货人手机号/提货人手机号,收货人省份
E20261101100000000000001,交易完成,2026-11-01 10:00:00,2026-11-01 10:01:00,2026-11-02 08:00:00,120.00,10.00,20.00,110.00,110.00,0.00,13800001111,李一,13800001111,浙江省
E20261101100000000000002,交易关闭,2026-11-01 11:00:00,,,50.00,0.00,0.00,50.00,0.00,0.00,13800002222,王二,13800002222,四川省
`,
    dataset: 'orders',
    sql: 'select order_id, status, paid_amount, customer_ref is not null as known from STAGED order by _line',
    rows: [
      { order_id: 'E20261101100000000000001', status: 'completed', paid_amount: '110.0000', known: true },
      { order_id: 'E20261101100000000000002', status: 'cancelled', paid_amount: '0.0000', known: true },
    ],
  },
  {
    contract: 'amazon_orders',
    file: 'all_orders_1.txt',
    text: tabs(`amazon-order-id|merchant-order-id|purchase-date|last-updated-date|order-status|fulfillment-channel|sales-channel|order-channel|ship-service-level|product-name|sku|asin|item-status|quantity|currency|item-price|item-tax|shipping-price|shipping-tax|gift-wrap-price|gift-wrap-tax|item-promotion-discount|ship-promotion-discount|ship-city|ship-state|ship-postal-code|ship-country|promotion-ids|is-business-order|purchase-order-number|price-designation
111-0000001-0000001||2026-11-01T06:30:00+00:00|2026-11-02T00:00:00+00:00|Shipped|Amazon|Amazon.com||Standard|Cup|C-1|B000000001|Shipped|2|USD|30.00|2.40|||||3.00||Reno|NV|89501|US|AUTUMN|false||
111-0000001-0000002||2026-11-01T09:00:00+00:00|2026-11-02T00:00:00+00:00|Cancelled|Amazon|Amazon.com||Standard|Pot|P-1|B000000002|Cancelled|0|||||||||||Reno|NV|89501|US||false||
`),
    dataset: 'order_lines',
    // 1 November 06:30 UTC is still 31 October in Los Angeles.
    sql: 'select order_id, product_id, unit_price, line_amount, ordered_date from STAGED order by _line',
    rows: [
      {
        order_id: '111-0000001-0000001',
        product_id: 'C-1',
        unit_price: '15.0000',
        line_amount: '27.0000',
        ordered_date: '2026-10-31',
      },
      {
        order_id: '111-0000001-0000002',
        product_id: 'P-1',
        unit_price: null,
        line_amount: null,
        ordered_date: '2026-11-01',
      },
    ],
  },
  {
    contract: 'amazon_fba_inventory',
    file: 'fba_inventory_2026-11-01.txt',
    text: tabs(`sku|fnsku|asin|product-name|condition|your-price|mfn-listing-exists|mfn-fulfillable-quantity|afn-listing-exists|afn-warehouse-quantity|afn-fulfillable-quantity|afn-unsellable-quantity|afn-reserved-quantity|afn-total-quantity|per-unit-volume|afn-inbound-working-quantity|afn-inbound-shipped-quantity|afn-inbound-receiving-quantity
C-1|X000000001|B000000001|Cup|New|15.00|No||Yes|50|40|2|8|75|0.10|0|20|5
P-1|X000000002|B000000002|Pot|New|42.00|No||Yes|0|0|0|0|0|0.50|0|0|0
`),
    dataset: 'inventory',
    sql: 'select product_id, available, inbound, cast(_exported_at as date) as day from STAGED order by _line',
    rows: [
      // The name says 1 November, midnight in Los Angeles.
      { product_id: 'C-1', available: '40.0000', inbound: '25.0000', day: '2026-11-01' },
      { product_id: 'P-1', available: '0.0000', inbound: '0.0000', day: '2026-11-01' },
    ],
  },
  {
    contract: 'amazon_settlements',
    file: 'settlement_1.txt',
    text: tabs(`settlement-id|settlement-start-date|settlement-end-date|deposit-date|total-amount|currency|transaction-type|order-id|merchant-order-id|adjustment-id|shipment-id|marketplace-name|amount-type|amount-description|amount|fulfillment-id|posted-date|posted-date-time|order-item-code|merchant-order-item-id|merchant-adjustment-item-id|sku|quantity-purchased|promotion-id
900001|01.11.2026 00:00:00 UTC|15.11.2026 00:00:00 UTC|17.11.2026 00:00:00 UTC|21.45|EUR||||||||||||||||||
900001|||||EUR|Order|302-1|||S1|Amazon.de|ItemPrice|Principal|25.00|AFN|02.11.2026|02.11.2026 10:00:00 UTC|1|||C-1|1|
900001|||||EUR|Order|302-1|||S1|Amazon.de|ItemFees|Commission|-3.55|AFN|02.11.2026|02.11.2026 10:00:00 UTC|1|||C-1||
`),
    dataset: 'settlements',
    sql: 'select settlement_id, order_id, kind, amount, currency, posted_date from STAGED order by _line',
    rows: [
      {
        settlement_id: '900001',
        order_id: '302-1',
        kind: 'sale',
        amount: '25.0000',
        currency: 'EUR',
        posted_date: '2026-11-02',
      },
      {
        settlement_id: '900001',
        order_id: '302-1',
        kind: 'commission',
        amount: '-3.5500',
        currency: 'EUR',
        posted_date: '2026-11-02',
      },
    ],
  },
  {
    contract: 'woocommerce_orders',
    file: 'order_export.csv',
    text: `order_id,order_number,order_date,paid_date,status,shipping_total,shipping_tax_total,tax_total,cart_discount,discount_total,order_total,order_subtotal,order_currency,payment_method,customer_email,billing_first_name,billing_phone,shipping_state
11,11,9/6/2026 6:29:00,9/6/2026 6:30:00,completed,5,0,2.5,1,1,31.50,25,USD,stripe,a@example.com,Ann,555-0100,CA
12,12,9/16/2026 8:00:00,,pending,5,0,2.5,0,0,32.50,25,USD,stripe,b@example.com,Ben,555-0101,NY
`,
    dataset: 'orders',
    sql: 'select order_id, status, paid_amount, ordered_date from STAGED order by _line',
    rows: [
      { order_id: '11', status: 'completed', paid_amount: '31.5000', ordered_date: '2026-09-06' },
      { order_id: '12', status: 'placed', paid_amount: null, ordered_date: '2026-09-16' },
    ],
  },
  {
    contract: 'universal_analytics_traffic',
    file: 'Analytics 2023.csv',
    text: `# ----------------------------------------
# All Web Site Data
# Daily
# 20231201-20231202
# ----------------------------------------

Date,Users,New Users,Sessions,Pageviews,Bounce Rate,Avg. Session Duration,Transactions
20231201,"1,020",700,"1,200","3,600",40.00%,00:01:30,24
20231202,900,600,"1,000","2,900",45.50%,00:02:00,20
`,
    dataset: 'traffic',
    sql: 'select traffic_date, sessions, page_views, bounced_sessions, engaged_seconds from STAGED order by _line',
    rows: [
      {
        traffic_date: '2023-12-01',
        sessions: '1200',
        page_views: '3600',
        bounced_sessions: '480',
        engaged_seconds: '108000.0000',
      },
      {
        traffic_date: '2023-12-02',
        sessions: '1000',
        page_views: '2900',
        bounced_sessions: '455',
        engaged_seconds: '120000.0000',
      },
    ],
  },
  {
    contract: 'baidu_tongji_traffic',
    file: '百度统计.csv',
    encoding: 'gb18030',
    text: `日期,浏览量(PV),访问次数,访客数(UV),新访客数,IP数,跳出率,平均访问时长
2026/11/01,"3,600",1200,1020,700,980,40%,00:01:30
2026/11/02,2900,1000,900,600,860,--,--
`,
    dataset: 'traffic',
    sql: 'select traffic_date, visitors, page_views, bounced_sessions from STAGED order by _line',
    rows: [
      { traffic_date: '2026-11-01', visitors: '1020', page_views: '3600', bounced_sessions: '480' },
      { traffic_date: '2026-11-02', visitors: '900', page_views: '2900', bounced_sessions: null },
    ],
  },
  {
    contract: 'facebook_ads',
    file: 'Untitled-report.csv',
    text: `Reporting starts,Reporting ends,Campaign name,Ad set name,Amount spent (USD),Impressions,Link clicks,Reach,Purchases
2026-11-01,2026-11-01,Autumn,Women 25-34,12.50,4000,55,3600,3
2026-11-01,2026-11-01,Autumn,Men 25-34,7.25,2500,21,2300,
`,
    dataset: 'ad_spend',
    sql: 'select spend_date, spend_id, spend_amount, conversions from STAGED order by _line',
    rows: [
      {
        spend_date: '2026-11-01',
        spend_id: 'facebook/Autumn/Women 25-34',
        spend_amount: '12.5000',
        conversions: '3.0000',
      },
      { spend_date: '2026-11-01', spend_id: 'facebook/Autumn/Men 25-34', spend_amount: '7.2500', conversions: null },
    ],
  },
  {
    contract: 'facebook_ads_conversions',
    file: 'conversions.csv',
    text: `Date,ad_id,xyz_campaign_id,fb_campaign_id,age,gender,interest,Impressions,Clicks,Spent,Total_Conversion,Approved_Conversion
31-08-2026,800001,916,103916,30-34,M,15,7350,1,1.429999948,2,1
31-08-2026,800002,916,103917,30-34,F,16,17861,2,1.820000023,2,0
`,
    dataset: 'ad_spend',
    sql: 'select spend_date, spend_id, clicks, spend_amount from STAGED order by _line',
    rows: [
      { spend_date: '2026-08-31', spend_id: 'facebook/103916/800001', clicks: '1', spend_amount: '1.4300' },
      { spend_date: '2026-08-31', spend_id: 'facebook/103917/800002', clicks: '2', spend_amount: '1.8200' },
    ],
  },
  {
    contract: 'google_ads',
    file: 'Campaign report.csv',
    text: `Campaign report
"November 1, 2026 - November 2, 2026"
Day,Campaign,Currency code,Clicks,Impr.,CTR,Avg. CPC,Cost,Conversions,Conv. value
2026-11-01,Brand,USD,120,"4,000",3.00%,0.50,60.00,6.5,390.00
2026-11-02,Brand,USD,100,"3,500",2.86%,0.50,50.00,5.0,300.00
`,
    dataset: 'ad_spend',
    sql: 'select spend_date, impressions, spend_amount, conversions, conversion_value from STAGED order by _line',
    rows: [
      {
        spend_date: '2026-11-01',
        impressions: '4000',
        spend_amount: '60.0000',
        conversions: '6.5000',
        conversion_value: '390.0000',
      },
      {
        spend_date: '2026-11-02',
        impressions: '3500',
        spend_amount: '50.0000',
        conversions: '5.0000',
        conversion_value: '300.0000',
      },
    ],
  },
  {
    contract: 'ocean_engine_ads',
    file: '巨量引擎.csv',
    text: `时间,广告组ID,广告组名称,展现数,点击数,点击率,平均点击单价,消耗(元),转化数,转化成本
2026-11-01,170001,秋季上新,"10,000",300,3.00%,0.5,150.00,12,12.50
2026-11-02,170001,秋季上新,9000,270,3.00%,0.5,135.00,9,15.00
`,
    dataset: 'ad_spend',
    sql: 'select spend_date, spend_id, campaign, impressions, spend_amount from STAGED order by _line',
    rows: [
      {
        spend_date: '2026-11-01',
        spend_id: 'ocean_engine/170001',
        campaign: '秋季上新',
        impressions: '10000',
        spend_amount: '150.0000',
      },
      {
        spend_date: '2026-11-02',
        spend_id: 'ocean_engine/170001',
        campaign: '秋季上新',
        impressions: '9000',
        spend_amount: '135.0000',
      },
    ],
  },
  {
    contract: 'zendesk_tickets',
    file: 'tickets.csv',
    text: `Id,Requester,Requester id,Requester email,Assignee,Group,Subject,Status,Priority,Via,Ticket type,Created at,Assigned at,Solved at,Satisfaction Score,Reopens,First reply time in minutes,Full resolution time in minutes
501,Ann,77,a@example.com,Kim,Support,Cup broken,Solved,High,Mail,Problem,2026-11-01 09:00:00,2026-11-01 09:05:00,2026-11-01 12:00:00,Good,0,25,180
502,Ben,78,b@example.com,Kim,Support,Where is it,Open,Normal,Chat,Question,2026-11-01 10:00:00,,,Not Offered,1,,
`,
    dataset: 'service_cases',
    sql: "select case_id, status, first_response_at, resolution_seconds, rating, agent <> 'Kim' as hidden, customer_ref is not null as known from STAGED order by _line",
    rows: [
      {
        case_id: '501',
        status: 'solved',
        first_response_at: '2026-11-01 09:25:00',
        resolution_seconds: '10800.0000',
        rating: '1.0000',
        hidden: true,
        known: true,
      },
      {
        case_id: '502',
        status: 'open',
        first_response_at: null,
        resolution_seconds: null,
        rating: null,
        hidden: true,
        known: true,
      },
    ],
  },
];

it.each(samples.map((sample) => [sample.contract, sample] as const))(
  '%s reads its export whole',
  async (contract, { file, text, encoding, dataset, sql, rows }) => {
    const path = join(folder, file);
    writeFileSync(path, encodeText(text, encoding ?? 'utf-8'));
    const receipts = await lake.ingest([path]);
    expect(receipts[0]).toMatchObject({ source: contract, status: 'accepted', rejected: 0, reasons: [] });
    expect(await lake.rows(receipts, dataset, sql)).toEqual(rows);
  },
);

const shared = process.env['TIDEMARK_SHARED_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
const ads = join(shared, 'facebook_ads_kag.csv.gz');

it.skipIf(!existsSync(ads))('facebook_ads_conversions reads the real table (needs the shared data)', async () => {
  const receipts = await lake.ingest([ads]);
  expect(receipts[0]).toMatchObject({ source: 'facebook_ads_conversions', status: 'accepted', accepted: 1143 });
  // Summed with awk over the file: 213434828 impressions, 38165 clicks.
  expect(
    await lake.rows(
      receipts,
      'ad_spend',
      'select cast(sum(impressions) as varchar) as i, cast(sum(clicks) as varchar) as c from STAGED',
    ),
  ).toEqual([{ i: '213434828', c: '38165' }]);
});

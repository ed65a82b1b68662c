import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Tidemark } from '../../pipelines/compose.ts';
import type { Receipt } from '../../pipelines/domain/receipt.ts';

/** What a company adds in a folder of its own: one definition of every kind, and nothing else. */
const overlay: Readonly<Record<string, string>> = {
  'contracts/kiosk_sales.yaml': `contract: kiosk_sales
title: { en: Kiosk sales, zh: 报亭销售 }
channel: { channel_id: kiosk, name: Kiosk, name_zh: 报亭, kind: store }
timezone: Asia/Shanghai
currency: CNY
files: { names: ["kiosk*.csv"] }
columns:
  - { name: number, headers: [票号], type: id, required: true, not_null: true }
  - { name: day, headers: [日子], type: datetime, required: true, not_null: true }
  - { name: total, headers: [金额], type: decimal, required: true, not_null: true }
  - { name: state, headers: [状态], type: text }
outputs:
  - dataset: orders
    write: upsert
    columns:
      order_id: number
      ordered_at: day
      total_amount: total
      status: case when state = '作废' then 'cancelled' else 'paid' end
`,
  'models/marts/kiosk_days.sql': `-- One row per day of the kiosk.
select business_date, orders
from sales_daily
where channel_id = 'kiosk'
`,
  'models/marts/kiosk_days.yaml': `model: kiosk_days
description: { en: Days of the kiosk., zh: 报亭每日销售。 }
materialized: parts
rebuild: month
month_of: business_date
grain: [business_date]
columns:
  - { name: business_date, type: date, description: { en: Day of the sales, zh: 销售日期 } }
  - { name: orders, type: integer, description: { en: Orders of the day, zh: 当日订单 } }
`,
  'kpis/void_share.yaml': `kpi: void_share
family: sales
label: { en: Void share, zh: 作废占比 }
description: { en: Void tickets divided by all tickets., zh: 作废票 ÷ 全部票。 }
unit: ratio
direction: lower_is_better
owner: kiosk_keeper
additivity: ratio
numerator: { mart: sales_daily, column: cancelled_orders }
denominator: { mart: sales_daily, column: placed_orders }
`,
  'thresholds/void_share_high.yaml': `threshold: void_share_high
title: { en: Too many void tickets, zh: 作废票过多 }
kpi: void_share
channels: each
owner: kiosk_keeper
runbook: void_tickets
versions:
  - version: 1
    review_by: "2027-03-31"
    reason: { en: Every fourth ticket void is a broken till., zh: 四分之一作废说明收银机故障。 }
    kind: fixed
    side: above
    marks: { critical: 0.5, warning: 0.25, approach: 0.2, recover: 0.1 }
    recover_after: 1
`,
  'playbooks/void_tickets.yaml': `playbook: void_tickets
title: { en: Void tickets, zh: 作废票 }
suggestions:
  - text: { en: Call the till's maker., zh: 联系收银机厂商。 }
runbook:
  lead: kiosk_keeper
  respond_within_hours: 4
  steps: [{ en: Print a test ticket., zh: 打印测试票。 }]
  escalation: { en: The owner., zh: 店主。 }
`,
  'routes.yaml': `routes:
  - route: people
    match: { owners: [nobody] }
    to: [console]
  - route: reminders
    match: { owners: [nobody] }
    to: [console]
`,
};

const kiosk = `票号,日子,金额,状态
K1,2026-03-02 09:00:00,12.50,
K2,2026-03-02 10:00:00,7.50,作废
K3,2026-03-03 09:30:00,3.00,
K4,2026-03-03 11:00:00,4.00,
K5,2026-03-04 09:00:00,1.00,
`;

describe('a company changes the catalog in a folder of its own, without TypeScript', () => {
  let folder: string;
  let tidemark: Tidemark;
  const receipts: Receipt[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-改动-'));
    for (const [path, text] of Object.entries(overlay)) write(join('catalog', path), text);
    write('exports/kiosk_三月.csv', kiosk);
    tidemark = compose({
      lake: join(folder, 'lake'),
      catalogs: [join(folder, 'catalog')],
      engine: 'duckdb',
      language: 'en',
      reportingCurrency: 'CNY',
      now: () => new Date('2026-03-05T00:00:00Z'),
    });
    for await (const receipt of tidemark.ingest([join(folder, 'exports')], {})) receipts.push(receipt);
    await tidemark.build({}, () => undefined);
    await tidemark.evaluate({});
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  async function rows(sql: string) {
    const session = await tidemark.openRelease();
    try {
      return (await session.query(sql)).rows;
    } finally {
      await session.close();
    }
  }

  it('has definitions of every kind, and no code', () => {
    const files = readdirSync(join(folder, 'catalog'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => /\.(ts|js)$/.test(name))).toEqual([]);
  });

  it('reads a new kind of export', () => {
    expect(receipts).toMatchObject([{ source: 'kiosk_sales', status: 'accepted', rows_in: 5, accepted: 5 }]);
  });

  it('builds a new model', async () => {
    expect(await rows('select cast(business_date as varchar) as day, orders from kiosk_days order by 1')).toEqual([
      { day: '2026-03-02', orders: 1 },
      { day: '2026-03-03', orders: 2 },
      { day: '2026-03-04', orders: 1 },
    ]);
  });

  it('computes a new KPI', async () => {
    const found = await rows(
      `select value from kpi_daily where kpi_id = 'void_share' and channel_id = 'kiosk' and business_date = date '2026-03-02'`,
    );
    expect(Number(found[0]?.['value'])).toBe(0.5);
  });

  it('judges it by a new threshold and says what the new playbook says', async () => {
    const [first] = await tidemark.warnings({});
    expect(first).toMatchObject({
      rule: 'void_share_high',
      kpi_id: 'void_share',
      channel_id: 'kiosk',
      period: '2026-03-02',
      owner: 'kiosk_keeper',
      runbook: 'void_tickets',
      suggestion: { en: "Call the till's maker.", zh: '联系收银机厂商。' },
    });
  });

  it('delivers by the new route: programs hear it, the console does not', async () => {
    const lines: string[] = [];
    await tidemark.deliver((line) => lines.push(line), false);
    expect(lines).toEqual([]);
    expect(readFileSync(join(folder, 'lake/alerts/outbox.ndjson'), 'utf8')).toContain('void_share_high');
  });
});

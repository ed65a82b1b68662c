import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Tidemark } from '../../pipelines/compose.ts';
import { createEvidencePages } from '../../pipelines/report/evidence-pages.ts';
import type { ServedReport } from '../../pipelines/report/report.ts';
import type { ReleaseSession } from '../../pipelines/warehouse/warehouse.ts';
import {
  launchBrowser,
  missingForBrowser,
  projectFolder,
  readTable,
  waitForPage,
  watchTrouble,
} from './report-site.ts';

const isLong = process.env['TIDEMARK_LONG'] === '1';
const isBuilt = (await createEvidencePages(projectFolder).current()) !== undefined;
const missing = isLong ? missingForBrowser(isBuilt) : 'the whole way takes a while: TIDEMARK_LONG=1';
const title = 'the report of the example company';

describe.skipIf(missing !== undefined)(missing === undefined ? title : `${title} (skipped: ${missing})`, () => {
  let folder: string;
  let tidemark: Tidemark;
  let session: ReleaseSession;
  let served: ServedReport;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-company-'));
    tidemark = compose({
      lake: join(folder, 'lake'),
      catalogs: [],
      engine: 'duckdb',
      language: 'zh',
      reportingCurrency: 'CNY',
      pseudonymKey: { version: 1, secret: new Uint8Array(32) },
      now: () => new Date('2026-11-01T06:00:00Z'),
    });
    const exports = join(folder, 'exports');
    await tidemark.generate(exports, { orders: 9000, days: 90, seed: 1 }, () => {});
    for await (const receipt of tidemark.ingest([exports], {})) expect(receipt.status).not.toBe('refused');
    await tidemark.build({}, () => {});
    await tidemark.evaluate({});
    await tidemark.refreshReport();
    session = await tidemark.openRelease();
    served = await tidemark.serveReport({ port: 0 });
    browser = await launchBrowser();
  }, 600_000);
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await session?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(path: string): Promise<Page> {
    const page = await browser.newPage();
    const trouble = watchTrouble(page, served.address);
    await page.goto(new URL(path, served.address).href);
    await waitForPage(page);
    expect(trouble).toEqual([]);
    return page;
  }

  /** The cards of a page: KPI, period and the number behind the text. */
  function readCards(page: Page) {
    return page.$$eval('[data-figure]', (cards) =>
      cards.map((card) => ({
        kpi: card.getAttribute('data-figure') ?? '',
        period: card.querySelector('.period')?.textContent ?? '',
        text: card.querySelector('.card-value')?.textContent ?? '',
      })),
    );
  }

  it.each([
    ['month', 'kpi_monthly', 'month', '-01'],
    ['day', 'kpi_daily', 'business_date', ''],
  ])(
    'shows every KPI of every channel in its latest %s as %s has it',
    async (grain, mart, column, firstDay) => {
      const { rows: channels } = await session.query(`select distinct channel_id from ${mart} where is_complete`);
      let compared = 0;
      for (const { channel_id } of channels) {
        const place = channel_id === 'all' ? '/zh/' : `/zh/channels/${String(channel_id)}/`;
        const page = await open(`${place}?grain=${grain}`);
        for (const { kpi, period, text } of await readCards(page)) {
          const { rows } = await session.query(
            `select value from ${mart} where kpi_id = $1 and channel_id = $2 and ${column} = $3::date`,
            [kpi, channel_id ?? '', `${period}${firstDay}`],
          );
          const value = Number(rows[0]?.['value']) * (text.endsWith('%') ? 100 : 1);
          const decimals = /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
          // Half a unit of the last decimal that is shown.
          expect(
            Math.abs(Number(text.replace(/[^0-9.-]/g, '')) - value),
            `${channel_id} ${kpi} ${text}`,
          ).toBeLessThanOrEqual(0.5 * 10 ** -decimals + 1e-9);
          compared += 1;
        }
        await page.close();
      }
      expect(compared).toBeGreaterThan(50);
    },
    300_000,
  );

  it('lists every warning that was raised', async () => {
    const warnings = await tidemark.warnings({});
    const page = await open('/en/warnings/');
    const more = page.locator('[data-table="History"] .more');
    if (await more.count()) await more.click();
    const shown = await readTable(page, 'History');
    expect(shown.map((row) => row['text']).sort()).toEqual(warnings.map((warning) => warning.text.en).sort());
    expect(warnings.length).toBeGreaterThan(0);
    await page.close();
  });

  it('lists every file that was received', async () => {
    const page = await open('/zh/quality/');
    const { rows } = await session.query('select file, status from exports_received');
    const more = page.locator('[data-table="收到的文件"] .more');
    if (await more.count()) await more.click();
    expect((await readTable(page, '收到的文件')).map((row) => row['file']).sort()).toEqual(
      rows.map((row) => row['file']).sort(),
    );
    await page.close();
  });
});

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

export const projectFolder = fileURLToPath(new URL('../../reports', import.meta.url));
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Why the site cannot be looked at here, or undefined where it can. */
export function missingForBrowser(siteIsBuilt: boolean): string | undefined {
  if (executablePath === undefined) return 'Chromium is not installed';
  if (!siteIsBuilt) return 'the report site is not built: npx tidemark report build';
  return undefined;
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath ?? '',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What a page did that a reader would not want: errors, failed answers, requests to other hosts. */
export interface Trouble {
  readonly kind: 'console' | 'exception' | 'status' | 'outside' | 'failed';
  readonly text: string;
}

/** Notes down all trouble of a page from now on. */
export function watchTrouble(page: Page, address: string): Trouble[] {
  const trouble: Trouble[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      trouble.push({ kind: 'console', text: message.text() });
    }
  });
  page.on('pageerror', (error) => trouble.push({ kind: 'exception', text: error.message }));
  page.on('response', (response) => {
    if (response.status() >= 400) trouble.push({ kind: 'status', text: `${response.status()} ${response.url()}` });
  });
  page.on('request', (request) => {
    const isHere = request.url().startsWith(address) || /^(data|blob):/.test(request.url());
    if (!isHere) trouble.push({ kind: 'outside', text: request.url() });
  });
  page.on('requestfailed', (request) => {
    trouble.push({ kind: 'failed', text: `${request.url()} ${request.failure()?.errorText ?? ''}` });
  });
  return trouble;
}

/** Waits until every table and chart of the page has its rows. */
export async function waitForPage(page: Page): Promise<void> {
  await page.waitForFunction("document.querySelector('.part, .empty') && !document.querySelector('.placeholder')");
}

/** Every figure on the page: its id → the number that stands there, read back from the text. */
export function readFigures(page: Page): Promise<Record<string, string>> {
  return page.$$eval('[data-figure]', (cards) =>
    Object.fromEntries(
      cards.map((card) => [card.getAttribute('data-figure'), card.querySelector('.card-value')?.textContent ?? '']),
    ),
  );
}

/** A table's cells by column name. */
export function readTable(page: Page, title: string): Promise<Record<string, string>[]> {
  return page.$$eval(`[data-table="${title}"] tbody tr`, (rows) =>
    rows.map((row) =>
      Object.fromEntries(
        [...row.querySelectorAll('td')].map((cell) => [
          cell.getAttribute('data-column'),
          (cell.textContent ?? '').trim(),
        ]),
      ),
    ),
  );
}

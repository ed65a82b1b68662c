import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { type BuildReport, buildModels } from '../../pipelines/steps/build-models.ts';
import { currentRelease } from '../../pipelines/steps/releases.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { orderDefinitions } from '../fixtures/shop-world.ts';
import { type Delivery, StagedLake } from '../fixtures/staged-lake.ts';

const child = fileURLToPath(new URL('build-child.ts', import.meta.url));
const definitions = orderDefinitions();
const catalog = { datasets: [...definitions.datasets.values()], models: [...definitions.models.values()] };

const placed = {
  channel_id: 'shop',
  order_id: '1',
  ordered_date: '2024-01-31',
  currency: 'CNY',
  items_amount: '10.00',
};
const first: Delivery = {
  ...{ source: 'shop', exportedAt: '2024-02-01T00:00:00Z', write: 'replace_scope' },
  rows: { orders: [placed, { ...placed, order_id: '2' }] },
};
/** Moves an order to another month and gives money back. */
const second: Delivery = {
  ...{ source: 'shop', exportedAt: '2024-03-01T00:00:00Z', write: 'replace_scope' },
  rows: { orders: [{ ...placed, ordered_date: '2024-02-01', refunded_amount: '4.00' }] },
};

/** Runs a build in a process of its own. Answers what it printed, or the signal that ended it. */
function build(folder: string, at = 0, when = 'before'): Promise<string> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [child, folder, `${at}`, when], { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    running.stdout.on('data', (text) => {
      printed += String(text);
    });
    running.on('error', reject);
    running.on('exit', (code, signal) => (code === null ? resolve(String(signal)) : resolve(printed)));
  });
}

function buildHere(folder: string): Promise<BuildReport> {
  const lake = createFolderLake(folder);
  const settings = { reportingCurrency: 'CNY', largeChange: Number.POSITIVE_INFINITY };
  return buildModels({ lake, builder: createDuckDbWarehouse(lake), definitions, settings, now: () => new Date(0) });
}

async function read(folder: string): Promise<unknown> {
  const lake = createFolderLake(folder);
  const { release } = await currentRelease(lake);
  const session = await createDuckDbWarehouse(lake).openRelease(release!, catalog);
  const rows = [];
  for (const mart of ['order_facts', 'order_refunds']) {
    rows.push((await session.query(`select * from ${mart} order by all`)).rows);
  }
  await session.close();
  return rows;
}

describe('a build that is killed', () => {
  let root: string;
  let before: string;
  let undisturbed: { release: string; rows: unknown };

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'killed-'));
    before = join(root, 'before');
    const lake = createFolderLake(before);
    await new StagedLake(lake, definitions.datasets).deliver(first);
    await build(before);
    await new StagedLake(lake, definitions.datasets).deliver(second);
    const folder = copyOf('undisturbed');
    undisturbed = { release: await build(folder), rows: await read(folder) };
  });
  afterAll(() => rmSync(root, { recursive: true }));

  function copyOf(name: string): string {
    const folder = join(root, name);
    cpSync(before, folder, { recursive: true });
    return folder;
  }

  it('shows the old release until it is started again, then the one of an undisturbed build', {
    timeout: 600_000,
  }, async () => {
    const old = (await currentRelease(createFolderLake(before))).release?.id;
    const oldRows = await read(before);
    let kills = 0;
    // Between two writes nothing changes that lasts: dying before each of them, and after the last, is dying anywhere.
    for (let at = 1; ; at++) {
      const folder = copyOf(`killed-${at}`);
      const isLast = (await build(folder, at, 'before')) !== 'SIGKILL';
      if (isLast) break;
      kills += 1;
      expect((await currentRelease(createFolderLake(folder))).release?.id, `write ${at}`).toBe(old);
      expect(await read(folder), `write ${at}`).toEqual(oldRows);
      expect((await buildHere(folder)).release, `write ${at}`).toBe(undisturbed.release);
      expect(await read(folder), `write ${at}`).toEqual(undisturbed.rows);
      rmSync(folder, { recursive: true });
    }
    // Parts of two marts, hidden parts, ledger, release, pointer.
    expect(kills).toBeGreaterThanOrEqual(8);
    const folder = copyOf('killed-after-all');
    expect(await build(folder, kills, 'after')).toBe('SIGKILL');
    expect(await read(folder)).toEqual(undisturbed.rows);
    expect(await buildHere(folder)).toMatchObject({ release: undisturbed.release, is_new: false });
  });

  it('comes to the same release when three builders run at once', { timeout: 600_000 }, async () => {
    const folder = copyOf('together');
    const releases = await Promise.all([build(folder), build(folder), build(folder)]);
    expect(releases).toEqual(Array(3).fill(undisturbed.release));
    expect(await read(folder)).toEqual(undisturbed.rows);
  });
});

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { buildModels } from '../../pipelines/steps/build-models.ts';
import { listQuarantine } from '../../pipelines/steps/quarantine.ts';
import { currentRelease } from '../../pipelines/steps/releases.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { orderDefinitions } from '../fixtures/shop-world.ts';
import { StagedLake } from '../fixtures/staged-lake.ts';

const definitions = orderDefinitions();
const catalog = { datasets: [...definitions.datasets.values()], models: [...definitions.models.values()] };

describe('a lake that something has damaged', () => {
  let folder: string;
  let release: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'broken-'));
    await new StagedLake(createFolderLake(folder), definitions.datasets).deliver({
      ...{ source: 'shop', exportedAt: '2024-02-01T00:00:00Z', write: 'replace_scope' },
      rows: {
        orders: [
          { channel_id: 'shop', order_id: '1', ordered_date: '2024-01-31', currency: 'CNY', items_amount: '12.50' },
        ],
      },
    });
    release = await build();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function build(full = false): Promise<string> {
    const lake = createFolderLake(folder);
    const settings = { reportingCurrency: 'CNY' };
    const builder = createDuckDbWarehouse(lake);
    const now = () => new Date('2024-02-02T00:00:00Z');
    return (await buildModels({ lake, builder, definitions, settings, now }, { full })).release;
  }

  async function grossSales(): Promise<unknown> {
    const lake = createFolderLake(folder);
    const found = await currentRelease(lake);
    const session = await createDuckDbWarehouse(lake).openRelease(found.release!, catalog);
    try {
      return (await session.query('select gross_sales from order_facts')).rows[0]?.['gross_sales'];
    } finally {
      await session.close();
    }
  }

  const damages: Record<string, () => void> = {
    'the pointer is no JSON': () => writeFileSync(join(folder, '.versions/releases/current.json/1'), 'garbage'),
    'the pointer is empty': () => writeFileSync(join(folder, '.versions/releases/current.json/1'), 'null'),
    'the release is gone': () => rmSync(join(folder, `releases/${release}.json`)),
    'the release is cut short': () => writeFileSync(join(folder, `releases/${release}.json`), '{"version":1,'),
    'the list of receipts is gone': () => rmSync(join(folder, 'releases/ledgers'), { recursive: true }),
    'the list of receipts is cut short': () => {
      const [ledger] = readdirSync(join(folder, 'releases/ledgers'));
      writeFileSync(join(folder, 'releases/ledgers', ledger!), '[');
    },
    'a part is gone': () => rmSync(partOf('order_facts')),
    'a part is cut short': () => writeFileSync(partOf('order_facts'), 'PAR1'),
  };

  function partOf(mart: string): string {
    const [id] = readdirSync(join(folder, 'marts', mart, '2024-01'));
    return join(folder, 'marts', mart, '2024-01', id!, 'part-0.parquet');
  }

  it.each(Object.keys(damages))('comes back whole by a full build where %s', async (damage) => {
    damages[damage]?.();
    expect(await build(true)).toBe(release);
    expect(await grossSales()).toBe('12.5000');
    expect(await build()).toBe(release);
  });

  it.each(['the pointer is no JSON', 'the pointer is empty', 'the release is gone', 'the release is cut short'])(
    'says where and what to do where %s',
    async (damage) => {
      damages[damage]?.();
      const told = { name: 'LakeError', where: expect.stringContaining('releases/'), next: 'tidemark build --full' };
      await expect(grossSales()).rejects.toMatchObject(told);
      await expect(build()).rejects.toMatchObject(told);
    },
  );

  it('says which file of the release cannot be read', async () => {
    writeFileSync(partOf('order_facts'), 'PAR1');
    await expect(grossSales()).rejects.toMatchObject({
      name: 'WarehouseError',
      where: expect.stringContaining('part-0.parquet'),
    });
  });

  it('replaces no part that is whole', async () => {
    const file = partOf('order_facts');
    const { ino, mtimeMs } = statSync(file);
    await build(true);
    expect(statSync(file)).toMatchObject({ ino, mtimeMs });
  });

  it('names the receipt that cannot be read', async () => {
    const sha = 'a'.repeat(64);
    writeFileSync(join(folder, `receipts/${sha}.json`), '{');
    await expect(listQuarantine({ lake: createFolderLake(folder) })).rejects.toMatchObject({
      name: 'LakeError',
      where: expect.stringContaining(`receipts/${sha}.json`),
      next: expect.stringContaining('raw/'),
    });
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Definitions } from '../../pipelines/definitions.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { currentRelease } from '../../pipelines/steps/releases.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { paperHeader, paperShopCatalog, table } from '../ingest/paper-shop.ts';
import { type Ministack, startMinistack } from './ministack.ts';
import type { RaceResult, RaceTask } from './race-child.ts';
import { buildIn, definitionsOf, openLakeAt } from './whole-run.ts';

const run = promisify(execFile);
const bucket = 'lake-of-races';
const [distinctFiles, ordersPerFile] = [40, 12];
/** These are delivered twice, by two processes at the same time. */
const twice = 10;

describe('50 ingests and 10 builders at once on a bucket', () => {
  let aws: Ministack;
  let folder: string;
  let catalog: string;
  let definitions: Definitions;

  beforeAll(async () => {
    aws = await startMinistack();
    Object.assign(process.env, aws.environment);
    await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
    folder = mkdtempSync(join(tmpdir(), 'tidemark-races-'));
    catalog = paperShopCatalog(folder);
    definitions = definitionsOf(catalog);
  });
  afterAll(async () => {
    await aws?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A file with orders of its own: two pieces at 10.00 each. */
  function writeFile(number: number): string {
    const path = join(folder, `shop-${number}.csv`);
    const rows = Array.from({ length: ordersPerFile }, (_, at) => {
      const day = String((at % 28) + 1).padStart(2, '0');
      return [
        `F${number}-${at}`,
        'K1',
        '2',
        '10.00',
        `2026-02-${day} 10:00:00`,
        `139${number}000${at}`.padEnd(11, '0'),
        '',
      ];
    });
    writeFileSync(path, table([paperHeader, ...rows]));
    return path;
  }

  async function start(task: Partial<RaceTask>): Promise<RaceResult[]> {
    const localFolder = mkdtempSync(join(folder, 'process-'));
    const common = {
      bucket,
      prefix: 'race/',
      localFolder,
      catalog,
      files: [],
      builders: 0,
      untilReceipts: distinctFiles,
    };
    const script = join(import.meta.dirname, 'race-child.ts');
    const { stdout } = await run(process.execPath, [script, JSON.stringify({ ...common, ...task })]);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RaceResult);
  }

  const newLake = () => openLakeAt({ bucket, prefix: 'race/', localFolder: mkdtempSync(join(folder, 'reader-')) });

  it('lose nothing, count nothing twice and make one release at a time', { timeout: 1_200_000 }, async () => {
    const files = Array.from({ length: distinctFiles }, (_, number) => writeFile(number));
    const deliveries = [...files, ...files.slice(0, twice)];
    const racing = new AbortController();
    const reading = newLake();
    const reader = readWhile(racing.signal, () => totalsOf(reading, definitions));
    const results = await Promise.all([
      ...[0, 1, 2, 3, 4].map((part) => start({ files: deliveries.slice(part * 10, part * 10 + 10) })),
      ...[0, 1, 2, 3, 4].map(() => start({ builders: 2 })),
    ]).finally(() => racing.abort());
    const all = results.flat();

    const statuses = all.flatMap((result) => (result.kind === 'ingested' ? [result.status] : []));
    expect(count(statuses)).toEqual({ accepted: distinctFiles, duplicate: twice });

    const { orders, amount, receipts } = await totalsOf(newLake(), definitions);
    expect(new Set(receipts).size).toBe(distinctFiles);
    expect({ orders, amount }).toEqual({
      orders: distinctFiles * ordersPerFile,
      amount: `${distinctFiles * ordersPerFile * 2 * 10}.00`,
    });

    // Every builder that said "new" stands in the history of the pointer once: nobody overwrote anybody.
    const { pointer } = await currentRelease(newLake());
    const history = [pointer?.release, ...(pointer?.before ?? []).map(({ release }) => release)];
    const made = all.flatMap((result) => (result.kind === 'built' && result.isNew ? [result.release] : []));
    expect(history.toSorted()).toEqual(made.toSorted());
    expect(await buildIn(newLake(), definitions)).toMatchObject({ release: pointer?.release, is_new: false });

    const seen = await reader;
    expect(seen.torn).toEqual([]);
    console.log(`${history.length} releases followed each other; a reader looked ${seen.looks} times`);
  });
});

/** Opens the current release again and again: each has whole files only, and all of those that it names. */
async function readWhile(
  signal: AbortSignal,
  look: () => ReturnType<typeof totalsOf>,
): Promise<{ looks: number; torn: string[] }> {
  const torn: string[] = [];
  let looks = 0;
  for (; !signal.aborted; looks++) {
    const { orders, receipts } = await look();
    if (orders !== receipts.length * ordersPerFile) torn.push(`${orders} orders of ${receipts.length} files`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { looks, torn };
}

async function totalsOf(lake: Lake, { datasets, models }: Definitions) {
  const { release } = await currentRelease(lake);
  if (!release || release.receipts.length === 0) return { orders: 0, amount: '0', receipts: [] };
  const catalog = { datasets: [...datasets.values()], models: [...models.values()] };
  const session = await createDuckDbWarehouse(lake, { threads: 1 }).openRelease(release, catalog);
  try {
    const sql = 'select count(*) as orders, cast(sum(gross_sales) as decimal(18, 2)) as amount from order_facts';
    const [row] = (await session.query(sql)).rows;
    return { orders: Number(row?.['orders']), amount: String(row?.['amount']), receipts: release.receipts };
  } finally {
    await session.close();
  }
}

function count(words: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]));
}

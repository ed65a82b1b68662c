import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quotedString } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { paperHeader, paperRecords, paperShopCatalog, table } from '../ingest/paper-shop.ts';
import { query } from '../ingest/staged-lake.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-killed-'));
const catalog = paperShopCatalog(folder);
const path = join(folder, 'shop.csv');
let lakes = 0;

interface Run {
  readonly signal: NodeJS.Signals | null;
  readonly receipts: readonly Receipt[];
}

function newLake(): string {
  lakes += 1;
  return join(folder, `lake${lakes}`);
}

/** Ingests in a child process; `killAfterMs` kills it from outside. */
async function ingest(lake: string, fault: readonly string[] = [], killAfterMs?: number): Promise<Run> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'ingest-child.ts'), lake, catalog, path, ...fault]);
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  let output = '';
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  const signal = await new Promise<NodeJS.Signals | null>((done) => child.on('close', (_, by) => done(by)));
  clearTimeout(timer);
  const receipts = output.split('\n').filter((line) => line !== '');
  return { signal, receipts: receipts.map((line) => JSON.parse(line) as Receipt) };
}

/** What a reader of the lake sees: the newest receipt of every file without its run's own names, and the rows behind it. */
async function visible(lakeFolder: string): Promise<unknown> {
  const lake = createFolderLake(lakeFolder);
  const seen: unknown[] = [];
  for await (const { key } of lake.list('receipts/')) {
    if (!/^receipts\/[^/]+\/[^/]+\/\d+\.json$/.test(key)) continue;
    const receipt = JSON.parse(new TextDecoder().decode(await lake.read(key))) as Receipt;
    const files = await Promise.all(receipt.staged.map((part) => lake.localPath(part.key)));
    const quarantine = await lake.localPath(receipt.quarantine_key ?? '');
    seen.push({
      ...receipt,
      quarantine_key: null,
      staged: receipt.staged.map((part) => ({ ...part, key: '' })),
      rows: await query(
        `select * from read_parquet([${files.map((file) => quotedString(file)).join(', ')}]) order by _line`,
      ),
      quarantined: await query(`select * from read_parquet(${quotedString(quarantine)}) order by _line`),
    });
  }
  return seen;
}

describe('an ingest that is killed and started again', () => {
  let undisturbed: unknown;

  beforeAll(async () => {
    const records = paperRecords(400);
    records[7]![3] = 'x';
    writeFileSync(path, table([paperHeader, ...records]));
    const lake = newLake();
    await ingest(lake);
    undisturbed = await visible(lake);
    expect(undisturbed).toEqual([expect.objectContaining({ rows_in: 400, accepted: 399, rejected: 1, attempt: 1 })]);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // The writes of this file: raw, one part, quarantine, receipt (the commit), the receipt's copy.
  it.each([1, 2, 3, 4, 5].flatMap((at) => [[at, 'before'] as const, [at, 'after'] as const]))(
    'ends as if nothing had happened: killed at write %i, %s it',
    async (at, when) => {
      const lake = newLake();
      expect((await ingest(lake, [String(at), when])).signal).toBe('SIGKILL');
      const isCommitted = at > 4 || (at === 4 && when === 'after');
      expect(await visible(lake)).toEqual(isCommitted ? undisturbed : []);
      const [receipt] = (await ingest(lake)).receipts;
      expect(receipt?.status).toBe(isCommitted ? 'duplicate' : 'partial');
      expect(await visible(lake)).toEqual(undisturbed);
      expect(await createFolderLake(lake).read(`receipts/${receipt?.export}.json`)).toBeDefined();
    },
  );

  it.each([150, 400, 700, 1000])('ends as if nothing had happened: killed after %i ms', async (milliseconds) => {
    const lake = newLake();
    await ingest(lake, [], milliseconds);
    await ingest(lake);
    expect(await visible(lake)).toEqual(undisturbed);
  });

  it('is committed once by two processes at the same time', async () => {
    const lake = newLake();
    const runs = await Promise.all([ingest(lake), ingest(lake), ingest(lake)]);
    const statuses = runs.flatMap(({ receipts }) => receipts.map(({ status }) => status));
    expect(statuses.sort()).toEqual(['duplicate', 'duplicate', 'partial']);
    expect(await visible(lake)).toEqual(undisturbed);
  });
});

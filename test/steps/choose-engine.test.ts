import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Settings } from '../../pipelines/compose.ts';
import type { Release, ReleaseState } from '../../pipelines/domain/release.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { buildEngine, readEngine } from '../../pipelines/steps/choose-engine.ts';

const athena = { workgroup: 'w', database: 'd', timeoutMinutes: 1, usdPerTerabyte: 5 };

function settings(changes: Partial<Settings>): Settings {
  const shared = { catalogs: [], engine: 'duckdb', language: 'en', reportingCurrency: 'CNY' } as const;
  return { lake: 's3://lake', ...shared, now: () => new Date(), ...changes };
}

describe('the engine of a build', () => {
  let folder: string;
  let lake: Lake;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'engine-'));
    lake = createFolderLake(folder);
    await lake.create('staged/orders/shop/a/1/part-0000.parquet', new Uint8Array(600));
    await lake.create('staged/orders/shop/b/1/part-0000.parquet', new Uint8Array(400));
    await lake.create('raw/shop/c.csv', new Uint8Array(5000));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['duckdb', 1, 'duckdb'],
    ['athena', 1_000_000, 'athena'],
    ['auto', 1001, 'duckdb'],
    ['auto', 1000, 'athena'],
  ] as const)('is, under %s from %d staged bytes on, %s', async (engine, athenaFromBytes, expected) => {
    expect(await buildEngine(lake, { engine, athenaFromBytes })).toBe(expected);
  });

  it('reads under auto what it built', () => {
    const release = (engine?: 'duckdb' | 'athena') =>
      ({ state: { ...(engine && { engine }) } as ReleaseState }) as Partial<Release> as Release;
    const wish = { engine: 'auto', athenaFromBytes: 1 } as const;
    expect(readEngine(release('athena'), wish)).toBe('athena');
    expect(readEngine(release('duckdb'), wish)).toBe('duckdb');
    expect(readEngine(release(), wish)).toBe('duckdb');
    expect(readEngine(release('athena'), { ...wish, engine: 'duckdb' })).toBe('duckdb');
  });
});

describe('Athena', () => {
  it('is refused over a folder', () => {
    expect(() => compose(settings({ engine: 'athena', lake: '.lake', athena }))).toThrow('reads lakes in S3');
  });

  it('is refused without a workgroup, naming what to set', () => {
    expect(() => compose(settings({ engine: 'athena' }))).toThrow(
      expect.objectContaining({ name: 'UsageError', next: expect.stringContaining('TIDEMARK_ATHENA_WORKGROUP') }),
    );
  });

  it('is left alone under auto where there is none', async () => {
    expect(await compose(settings({ engine: 'auto' })).publicMarts()).toBeUndefined();
    expect(await compose(settings({ engine: 'auto', lake: '.lake', athena })).publicMarts()).toBeUndefined();
  });
});

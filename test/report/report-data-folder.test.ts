import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { tableFromIPC } from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import { createReportDataFolder } from '../../pipelines/report/report-data-folder.ts';
import { refreshReport } from '../../pipelines/steps/refresh-report.ts';
import { exampleKpis, exampleReview, exampleWarning, openExampleMarts } from './example-marts.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-report-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sources = async () => [
  { kind: 'query' as const, name: 'trend', sql: 'select * from kpi_trend' },
  { kind: 'query' as const, name: 'names', sql: 'select channel_id, name_zh from channels order by 1' },
];

async function refresh(
  options: { bulk?: number; now?: string; failing?: boolean; warnings?: readonly Warning[] } = {},
) {
  const session = await openExampleMarts(options.bulk);
  const exportTo = async (sql: string, file: string) => {
    if (options.failing === true && sql.includes('channels')) throw new Error('the engine died');
    await session.exportTo(sql, file, 'arrow');
  };
  return refreshReport(
    {
      kpis: exampleKpis,
      names: loadDefinitions(),
      review: exampleReview,
      warnings: options.warnings ?? [exampleWarning()],
      reportingCurrency: 'CNY',
      now: new Date(options.now ?? '2026-11-01T08:00:00Z'),
    },
    {
      session: { ...session, exportTo },
      pages: { current: async () => undefined, build: async () => ({ built: false, folder: '' }), sources },
      data: createReportDataFolder(folder),
    },
  ).finally(() => session.close());
}

interface Manifest {
  readonly version: string;
  readonly tables: Readonly<Record<string, string>>;
}

const readManifest = (): Manifest => JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
const tableBytes = (name: string) => readFileSync(join(folder, readManifest().tables[name] ?? 'absent'));
const filesOf = (table: string) => readdirSync(join(folder, 'marts', table)).filter((file) => file.endsWith('.arrow'));

describe('publishing the data of a report', () => {
  it('writes every table as an Arrow stream with its brotli twin, and names them in the manifest', async () => {
    const result = await refresh();
    const manifest = readManifest();
    expect(manifest).toMatchObject({ release: 'release-10000000', as_of: '2026-10-31', reporting_currency: 'CNY' });
    expect(Object.keys(manifest.tables).sort()).toEqual(
      [
        ...['trend', 'names', 'kpis', 'warnings', 'warning_figures', 'warnings_weekly'],
        ...['rule_reviews', 'mark_proposals', 'runbooks'],
      ].sort(),
    );
    expect(result).toMatchObject({ version: manifest.version, unchanged: [] });
    expect(
      tableFromIPC(tableBytes('names'))
        .toArray()
        .map((row) => ({ ...row.toJSON() })),
    ).toEqual([
      { channel_id: "o'neil & co", name_zh: '奥尼尔 “门店”' },
      { channel_id: 'shop_cn', name_zh: '潮汐商城' },
      { channel_id: 'tmall', name_zh: '天猫旗舰店' },
    ]);
    const twin = readFileSync(join(folder, `${manifest.tables['trend']}.br`));
    expect(brotliDecompressSync(twin).equals(tableBytes('trend'))).toBe(true);
  });

  it('keeps the columns of a table without rows', async () => {
    await refresh();
    const one = tableFromIPC(tableBytes('warnings'));
    expect(one.get(0)?.toJSON()).toMatchObject({ kpi_id: 'conversion_rate', value: 0.0123, is_open: true });
    await refresh({ warnings: [] });
    const none = tableFromIPC(tableBytes('warnings'));
    expect(none.numRows).toBe(0);
    expect(String(none.schema)).toBe(String(one.schema));
  });

  it('writes nothing new for the same release, and only what changed for another', async () => {
    const first = await refresh();
    expect(await refresh()).toMatchObject({ version: first.version, written: [] });
    const second = await refresh({ bulk: 3 });
    expect(second.written).toEqual(['trend']);
    expect(second.version).not.toBe(first.version);
  });

  it('leaves readers what they have when a refresh dies half-way', async () => {
    await refresh();
    const before = readManifest();
    await expect(refresh({ bulk: 3, failing: true })).rejects.toThrow('the engine died');
    expect(readManifest()).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual(['manifest.json', 'marts']);
    expect((await refresh({ bulk: 3 })).version).not.toBe(before.version);
  });

  it('keeps replaced files for an hour, for readers that hold the older manifest', async () => {
    await refresh();
    const [old] = filesOf('trend');
    await refresh({ bulk: 3 });
    expect(filesOf('trend')).toHaveLength(2);
    const written = new Date('2026-11-01T08:00:00Z');
    for (const file of readdirSync(join(folder, 'marts', 'trend'))) {
      utimesSync(join(folder, 'marts', 'trend', file), written, written);
    }
    await refresh({ bulk: 3, now: '2026-11-01T08:59:00Z' });
    expect(filesOf('trend')).toHaveLength(2);
    await refresh({ bulk: 3, now: '2026-11-01T09:01:00Z' });
    expect(filesOf('trend')).toHaveLength(1);
    expect(filesOf('trend')).not.toContain(old);
    expect(existsSync(join(folder, `${readManifest().tables['trend']}.br`))).toBe(true);
  });
});

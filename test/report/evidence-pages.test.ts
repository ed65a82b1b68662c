import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEvidencePages } from '../../pipelines/report/evidence-pages.ts';
import { createReportDataFolder } from '../../pipelines/report/report-data-folder.ts';
import { createReportServer } from '../../pipelines/report/report-server.ts';
import { buildReport } from '../../pipelines/steps/build-report.ts';
import { serveReport } from '../../pipelines/steps/serve-report.ts';

let project: string;

/** Stands in for Evidence's command, which takes a minute: counts its runs and copies one page into `build`. */
const command = `
import { appendFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
appendFileSync('runs.txt', process.env.SEND_ANONYMOUS_USAGE_STATS + '\\n');
if (readFileSync('pages/index.md', 'utf8').includes('broken')) {
  console.error('pages/index.md: unexpected token');
  process.exit(3);
}
if (readFileSync('pages/index.md', 'utf8').includes('endless')) await new Promise((resolve) => setTimeout(resolve, 60000));
for (const folder of ['.evidence/template/build', 'build']) {
  mkdirSync(folder, { recursive: true });
  cpSync('pages/index.md', folder + '/index.html');
  if (readFileSync('pages/index.md', 'utf8') === 'one') cpSync('pages/index.md', folder + '/old-asset.js');
}
`;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'tidemark-pages-'));
  for (const folder of ['pages', 'sources/marts', 'node_modules/@evidence-dev/evidence']) {
    mkdirSync(join(project, folder), { recursive: true });
  }
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  writeFileSync(join(project, 'pages/index.md'), 'one');
  writeFileSync(join(project, 'sources/marts/trend.sql'), 'select 1 as value');
  writeFileSync(join(project, 'node_modules/@evidence-dev/evidence/package.json'), '{"type":"module"}');
  writeFileSync(join(project, 'node_modules/@evidence-dev/evidence/cli.js'), command);
});
afterEach(() => rmSync(project, { recursive: true }));

const runs = () => readFileSync(join(project, 'runs.txt'), 'utf8').trim().split('\n');
const page = () => readFileSync(join(project, 'build/index.html'), 'utf8');

describe('building the pages', () => {
  it('builds once, without telemetry, and again only when a page changes', async () => {
    const pages = createEvidencePages(project);
    expect(await pages.current()).toBeUndefined();
    expect(await buildReport(pages)).toEqual({ built: true, folder: join(project, 'build') });
    expect(await buildReport(pages)).toEqual({ built: false, folder: join(project, 'build') });
    expect(runs()).toEqual(['no']);
    writeFileSync(join(project, 'pages/index.md'), 'two');
    expect(await pages.current()).toBeUndefined();
    expect(await buildReport(pages)).toMatchObject({ built: true });
    expect(page()).toBe('two');
    expect(readdirSync(join(project, 'build')).sort()).toEqual(['built-from.txt', 'index.html', 'index.html.br']);
  });

  it('does not build again for another query or other data', async () => {
    const pages = createEvidencePages(project);
    await buildReport(pages);
    writeFileSync(join(project, 'sources/marts/trend.sql'), 'select 2 as value');
    expect(await buildReport(pages)).toMatchObject({ built: false });
    expect(await pages.sources()).toEqual([{ kind: 'query', name: 'trend', sql: 'select 2 as value' }]);
  });

  it('compresses what browsers load', async () => {
    await buildReport(createEvidencePages(project));
    expect(brotliDecompressSync(readFileSync(join(project, 'build/index.html.br'))).toString()).toBe('one');
  });

  it('tells the last lines of a build that failed, and leaves no half site', async () => {
    writeFileSync(join(project, 'pages/index.md'), 'broken');
    const pages = createEvidencePages(project);
    await expect(buildReport(pages)).rejects.toMatchObject({
      message: 'the report site could not be built (exit code 3)',
      next: expect.stringContaining('unexpected token'),
    });
    expect(await pages.current()).toBeUndefined();
  });

  it('ends at once when it is told to', async () => {
    writeFileSync(join(project, 'pages/index.md'), 'endless');
    const started = performance.now();
    const build = buildReport(createEvidencePages(project), { signal: AbortSignal.timeout(700) });
    await expect(build).rejects.toThrow('the build of the report site was stopped');
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('names the command that installs what is missing', async () => {
    rmSync(join(project, 'node_modules'), { recursive: true });
    await expect(buildReport(createEvidencePages(project))).rejects.toMatchObject({
      message: 'the packages of the report site are not installed',
      next: expect.stringContaining('npm install'),
    });
  });

  it('does not serve pages that are not built', async () => {
    const ports = {
      pages: createEvidencePages(project),
      data: createReportDataFolder(join(project, 'data')),
      server: createReportServer(),
    };
    await expect(serveReport({ port: 0 }, ports)).rejects.toMatchObject({ next: 'npx tidemark report build' });
    await buildReport(ports.pages);
    const served = await serveReport({ port: 0 }, ports);
    expect(await (await fetch(served.address)).text()).toBe('one');
    await served.close();
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const biome = join(root, 'node_modules/.bin/biome');

/** One import that each rule of the architecture forbids: importing file → what it must not import. */
const forbidden: readonly (readonly [string, string])[] = [
  ['pipelines/domain/bad.ts', 'node:fs'],
  ['pipelines/domain/bad.ts', '../lake/lake.ts'],
  ['pipelines/domain/bad.ts', '../definitions.ts'],
  ['pipelines/domain/bad.ts', '@duckdb/node-api'],
  ['pipelines/ingest/bad.ts', '../warehouse/warehouse.ts'],
  ['pipelines/ingest/bad.ts', '../steps/build-models.ts'],
  ['pipelines/lake/bad.ts', '../ingest/ingest.ts'],
  ['pipelines/lake/bad.ts', '@duckdb/node-api'],
  ['pipelines/warehouse/bad.ts', '../notify/notifier.ts'],
  ['pipelines/notify/bad.ts', '../lake/lake.ts'],
  ['pipelines/report/bad.ts', '../warehouse/warehouse.ts'],
  ['pipelines/example/bad.ts', '../lake/lake.ts'],
  ['pipelines/steps/bad.ts', '../lake/folder-lake.ts'],
  ['pipelines/steps/bad.ts', '@aws-sdk/client-s3'],
  ['pipelines/steps/bad.ts', '../compose.ts'],
  ['pipelines/cli/bad.ts', '@duckdb/node-api'],
  ['pipelines/cli/bad.ts', '../lake/folder-lake.ts'],
  ['functions/bad.ts', '@aws-sdk/client-sns'],
  ['functions/bad.ts', '../infra/app.ts'],
  ['infra/bad.ts', '../functions/ingest-export.ts'],
  ['infra/bad.ts', '../pipelines/steps/build-models.ts'],
];

describe('import rules', () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'tidemark-rules-'));
    cpSync(join(root, '.biome.json'), join(copy, '.biome.json'));
    execFileSync('git', ['init', '--quiet'], { cwd: copy });
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  it.each(forbidden)('%s must not import %s', (file, specifier) => {
    expect(restrictedImports(file, specifier)).toBe(true);
  });

  it.each([
    ['pipelines/domain/good.ts', './errors.ts'],
    ['pipelines/domain/alerting/good.ts', '../errors.ts'],
    ['pipelines/steps/good.ts', '../lake/lake.ts'],
    ['pipelines/warehouse/good.ts', '@duckdb/node-api'],
    ['functions/good.ts', '../pipelines/compose.ts'],
    ['infra/good.ts', '../pipelines/definitions.ts'],
  ])('%s may import %s', (file, specifier) => {
    expect(restrictedImports(file, specifier)).toBe(false);
  });

  function restrictedImports(file: string, specifier: string): boolean {
    const path = join(copy, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import { thing } from '${specifier}';\n\nthing();\n`);
    const result = spawnSync(biome, ['lint', '--only=style/noRestrictedImports', file], {
      cwd: copy,
      encoding: 'utf8',
    });
    rmSync(path);
    return `${result.stdout}${result.stderr}`.includes('noRestrictedImports');
  }
});

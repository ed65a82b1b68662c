import { defineConfig } from 'vitest/config';

const report = process.env['TIDEMARK_TEST_REPORT'];
/**
 * "aws" or "athena": a suite that starts an emulator, or a whole query engine, for itself. "full": what `npm test` may skip or
 * shortens, with nothing skipped and at full length.
 */
const suite = process.env['TIDEMARK_SUITE'];
const fullSuite = [
  'test/e2e/**/*.test.ts',
  'test/ingest/real-exports.test.ts',
  'test/**/*.property.test.ts',
  'test/ingest/parse/open-table.test.ts',
  'test/steps/build-equality.test.ts',
  'test/steps/evaluate-killed.test.ts',
];
const ownSuites = ['test/aws/**', 'test/athena/**'];

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export.
export default defineConfig({
  test: {
    include: suite === 'full' ? fullSuite : suite ? [`test/${suite}/**/*.test.ts`] : ['test/**/*.test.ts'],
    ...(suite === 'athena' && { globalSetup: ['test/athena/stand.ts'] }),
    exclude: suite === 'aws' || suite === 'athena' ? [] : ownSuites,
    // DuckDB and child processes are heavy; a slow machine must not turn into a red test.
    testTimeout: process.env['TIDEMARK_LONG'] ? 240_000 : 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: report ? ['default', 'json'] : ['default'],
    ...(report ? { outputFile: { json: report } } : {}),
  },
});

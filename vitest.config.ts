import { defineConfig } from 'vitest/config';

const report = process.env['TIDEMARK_TEST_REPORT'];
/** "aws" or "athena": a suite that starts an emulator, or a whole query engine, for itself. */
const suite = process.env['TIDEMARK_SUITE'];

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export.
export default defineConfig({
  test: {
    include: suite ? [`test/${suite}/**/*.test.ts`] : ['test/**/*.test.ts'],
    exclude: suite ? [] : ['test/aws/**', 'test/athena/**'],
    // DuckDB and child processes are heavy; a slow machine must not turn into a red test.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: report ? ['default', 'json'] : ['default'],
    ...(report ? { outputFile: { json: report } } : {}),
  },
});

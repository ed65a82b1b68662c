import { defineConfig } from 'vitest/config';

const report = process.env['TIDEMARK_TEST_REPORT'];

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/aws/**', 'test/athena/**'],
    // DuckDB and child processes are heavy; a slow machine must not turn into a red test.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: report ? ['default', 'json'] : ['default'],
    ...(report ? { outputFile: { json: report } } : {}),
  },
});

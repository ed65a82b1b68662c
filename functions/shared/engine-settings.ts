import { fileURLToPath } from 'node:url';
import type { Environment } from './environment.ts';
import { lakeSettings } from './lake-settings.ts';

/** What every function with an engine is told. */
export const lakeVariables = [
  'TIDEMARK_LAKE',
  'TIDEMARK_SHARED_KEY',
  'TIDEMARK_PERSONAL_PREFIXES',
  'TIDEMARK_LANGUAGE',
  'TIDEMARK_REPORTING_CURRENCY',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
] as const;

/** Share of a function's memory that DuckDB may hold; Node and the buffers of downloads need the rest. */
const engineShare = 0.6;

export function engineSettings(environment: Environment<(typeof lakeVariables)[number]>) {
  return {
    ...lakeSettings(environment),
    catalogs: [],
    engine: 'duckdb' as const,
    reportingCurrency: environment.TIDEMARK_REPORTING_CURRENCY,
    memoryLimit: `${Math.floor(environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE * engineShare)}MiB`,
    // The bundle has the report's queries beside its code.
    reportProject: fileURLToPath(new URL('./reports', import.meta.url)),
  };
}

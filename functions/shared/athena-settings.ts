import type { Environment } from './environment.ts';

/** What every function that builds or reads releases is told of Athena. */
export const athenaVariables = [
  'TIDEMARK_ENGINE',
  'TIDEMARK_ATHENA_WORKGROUP',
  'TIDEMARK_ATHENA_DATABASE',
  'TIDEMARK_ATHENA_FROM_BYTES',
  'TIDEMARK_ATHENA_STATEMENT_MINUTES',
  'TIDEMARK_ATHENA_USD_PER_TERABYTE',
] as const;

export function athenaSettings(environment: Environment<(typeof athenaVariables)[number]>) {
  return {
    engine: environment.TIDEMARK_ENGINE,
    athenaFromBytes: environment.TIDEMARK_ATHENA_FROM_BYTES,
    athena: {
      workgroup: environment.TIDEMARK_ATHENA_WORKGROUP,
      database: environment.TIDEMARK_ATHENA_DATABASE,
      timeoutMinutes: environment.TIDEMARK_ATHENA_STATEMENT_MINUTES,
      usdPerTerabyte: environment.TIDEMARK_ATHENA_USD_PER_TERABYTE,
    },
  };
}

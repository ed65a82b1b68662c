import type { Environment } from './environment.ts';

/** What every function that touches the lake is told. */
export const lakeVariables = [
  'TIDEMARK_LAKE',
  'TIDEMARK_SHARED_KEY',
  'TIDEMARK_PERSONAL_PREFIXES',
  'TIDEMARK_LANGUAGE',
] as const;

export function lakeSettings(environment: Environment<(typeof lakeVariables)[number]>) {
  return {
    lake: environment.TIDEMARK_LAKE,
    encryption: {
      sharedKey: environment.TIDEMARK_SHARED_KEY,
      personalPrefixes: environment.TIDEMARK_PERSONAL_PREFIXES,
    },
    language: environment.TIDEMARK_LANGUAGE,
    now: () => new Date(),
  };
}

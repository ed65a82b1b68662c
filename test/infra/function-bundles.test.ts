import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { addStacks } from '../../infra/add-stacks.ts';
import { buildBundle } from '../../infra/bundling/build-bundle.ts';
import type { BundleOptions } from '../../infra/constructs/pipeline-function.ts';
import { findEnvironment } from '../../infra/environments.ts';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { bytesBelow } from '../fixtures/bytes-below.ts';
import { publicKey } from './synthesize.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const megabyte = 1_000_000;

/** What the stacks ask to be bundled, by function name. */
function requestedBundles(): ReadonlyMap<string, BundleOptions> {
  const requested = new Map<string, BundleOptions>();
  const reportAccess = { kind: 'cognito', signInPrefix: 'x', publicKey } as const;
  addStacks(new App(), {
    environment: { ...findEnvironment('emulator'), reportAccess },
    definitions: loadDefinitions(),
    bundle: (options) => {
      requested.set(options.name, options);
      return Code.fromInline('exports.handler = async () => {}');
    },
  });
  return requested;
}

describe('bundles of the functions', () => {
  const requested = requestedBundles();
  const sizes = new Map<string, number>();

  beforeAll(() => {
    for (const [name, options] of requested) {
      const folder = buildBundle({ root, entry: join(root, 'functions', `${name}.ts`), ...options });
      sizes.set(name, bytesBelow(folder));
    }
  });

  it('exist for every function in functions/', () => {
    const files = readdirSync(join(root, 'functions')).filter((file) => file.endsWith('.ts'));
    expect([...requested.keys()].map((name) => `${name}.ts`).toSorted()).toEqual(files.toSorted());
  });

  it('take at most 75 MB with DuckDB and 2 MB without', () => {
    for (const [name, { contents }] of requested) {
      const limit = contents === 'engine' ? 75 * megabyte : 2 * megabyte;
      expect([name, (sizes.get(name) ?? Number.POSITIVE_INFINITY) <= limit]).toEqual([name, true]);
    }
    expect(sizes.size).toBe(8);
  });

  it('carry DuckDB only where a step needs an engine', () => {
    const engines = [...requested].filter(([, { contents }]) => contents === 'engine').map(([name]) => name);
    expect(engines.toSorted()).toEqual(['build-models', 'evaluate-thresholds', 'ingest-exports', 'refresh-report']);
  });
});

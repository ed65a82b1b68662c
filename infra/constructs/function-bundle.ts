import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildBundle } from '../bundling/build-bundle.ts';
import type { BundleOptions } from './pipeline-function.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles one function for deployment. @throws Error naming the missing source file. */
export function bundleFunction(options: BundleOptions): Code {
  const entry = `${root}functions/${options.name}.ts`;
  if (!existsSync(entry)) throw new Error(`functions/${options.name}.ts is missing.`);
  return Code.fromAsset(buildBundle({ root, entry, ...options }));
}

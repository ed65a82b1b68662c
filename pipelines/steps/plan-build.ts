import { type BusinessDates, businessDates, type Ledger, type StagedFile, stagedFiles } from '../domain/ledger.ts';
import { withReaders } from '../domain/model-graph.ts';
import type { Release } from '../domain/release.ts';
import type { InputTables } from '../warehouse/build-session.ts';
import { fingerprints, inputTables } from './build-inputs.ts';
import type { BuildContext, Ledgers } from './build-release.ts';

/** How what there is now differs from what the last release was built from. */
export interface BuildPlan {
  readonly dates: BusinessDates;
  readonly datesBefore: BusinessDates;
  readonly tables: InputTables;
  /** Relation → hash of what it is made by, now and in the last release. */
  readonly prints: Readonly<Record<string, string>>;
  readonly printsBefore: Readonly<Record<string, string>>;
  /** Staged files that count now and did not, and the other way round. */
  readonly added: readonly StagedFile[];
  readonly removed: readonly StagedFile[];
  /** Why everything has to be computed; undefined where a build by changes will do. */
  readonly rebuildAll: string | undefined;
  /** Model → why it has to be computed whatever its inputs do. */
  readonly redefined: ReadonlyMap<string, string>;
  readonly isUnchanged: boolean;
}

const defaultLargeChange = 0.3;

export function planBuild(context: BuildContext, last: Release | undefined, { before, ledger }: Ledgers): BuildPlan {
  const { definitions, graph, settings, builder, wish } = context;
  const dates = businessDates(ledger, definitions.datasets);
  const tables = inputTables(definitions, ledger, dates, settings);
  const prints = fingerprints(definitions, graph, tables, builder.fingerprint);
  const printsBefore = last?.state?.fingerprints ?? {};
  const files = stagedFiles(ledger);
  const difference = differenceOf(stagedFiles(before), files);
  const plan = {
    ...{ dates, tables, prints, printsBefore, ...difference },
    datesBefore: { from: last?.state?.from ?? null, as_of: last?.as_of ?? null },
  };
  const rebuildAll = reasonForAll(context, last, plan, rowsIn(files));
  const redefined = redefinedModels(context, plan);
  const hasSameReceipts = JSON.stringify(keysOf(before)) === JSON.stringify(keysOf(ledger));
  const hasSamePrints = JSON.stringify(printsBefore) === JSON.stringify(prints);
  const isWanted = wish.full === true || (wish.select?.length ?? 0) > 0;
  const isUnchanged = last?.state !== undefined && hasSameReceipts && hasSamePrints && !isWanted;
  return { ...plan, rebuildAll, redefined, isUnchanged };
}

function differenceOf(before: readonly StagedFile[], now: readonly StagedFile[]) {
  const keysBefore = new Set(before.map((file) => file.key));
  const keysNow = new Set(now.map((file) => file.key));
  return {
    added: now.filter((file) => !keysBefore.has(file.key)),
    removed: before.filter((file) => !keysNow.has(file.key)),
  };
}

type Difference = Pick<BuildPlan, 'prints' | 'printsBefore' | 'added' | 'removed'>;

function reasonForAll(
  { wish, settings }: BuildContext,
  last: Release | undefined,
  { prints, printsBefore, added, removed }: Difference,
  rows: number,
): string | undefined {
  if (wish.full) return 'asked for';
  if (!last?.state) return 'first build';
  const redefined = Object.keys(prints).find((name) => isStaged(name) && printsBefore[name] !== prints[name]);
  if (redefined !== undefined) return `the definition of ${redefined} or the way it is written changed`;
  if (rowsIn([...added, ...removed]) > (settings.largeChange ?? defaultLargeChange) * rows) return 'most rows are new';
  return undefined;
}

function redefinedModels({ graph, wish }: BuildContext, { prints, printsBefore }: Difference): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of withReaders(graph, wish.select ?? [])) found.set(name, 'asked for');
  for (const [name, { model }] of graph) {
    if (model.materialized !== 'parts' || printsBefore[name] === prints[name]) continue;
    found.set(name, printsBefore[name] === undefined ? 'new model' : 'its definition changed');
  }
  return found;
}

function isStaged(name: string): boolean {
  return name.startsWith('staged_');
}

function rowsIn(files: readonly StagedFile[]): number {
  return files.reduce((sum, file) => sum + file.rows, 0);
}

function keysOf(ledger: Ledger): string[] {
  return ledger.map((entry) => entry.key);
}

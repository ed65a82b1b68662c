import type { Dataset } from '../domain/dataset.ts';
import type { ModelDefinition } from '../domain/model.ts';
import type { ModelGraph } from '../domain/model-graph.ts';
import type { ReadableFile, WriteModes } from './build-session.ts';
import { type Conflict, doubledKeys, duckDbSettling, type MentionSource, type SettleDialect } from './settle-sql.ts';
import { parquet, type TypedColumn } from './staged-sql.ts';

/** Datasets with the same scope columns: an order's row, lines, payments and refunds share one scope. */
export interface ScopeFamily {
  /** Hidden relation with one row per scope and month in which it may have rows. */
  readonly relation: string;
  readonly datasets: readonly Dataset[];
}

export const scopeMonthColumns: readonly TypedColumn[] = [
  { name: '_scope', type: 'bigint' },
  { name: 'month', type: 'date' },
  { name: 'contested', type: 'varchar' },
];

/** Families in the order of their relations' names. */
export function scopeFamilies(datasets: readonly Dataset[]): ScopeFamily[] {
  const families = Map.groupBy(datasets, (dataset) => `_scopes_${dataset.scope.join('_')}`);
  return [...families.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([relation, members]) => ({
      relation,
      datasets: [...members].sort((a, b) => (a.dataset < b.dataset ? -1 : 1)),
    }));
}

/** The family whose scopes a model is computed by: that of the staged datasets that it reads, directly or not. */
export function familyOf(
  model: ModelDefinition,
  graph: ModelGraph,
  families: readonly ScopeFamily[],
): ScopeFamily | undefined {
  for (const relation of graph.get(model.model)?.inputs ?? []) {
    const family = families.find(({ datasets }) =>
      datasets.some((dataset) => `staged_${dataset.dataset}` === relation && relation !== 'staged_channels'),
    );
    if (family) return family;
  }
  return undefined;
}

/** Staged rows of one dataset and source, wherever they are read from. */
export interface RowGroup {
  readonly dataset: Dataset;
  readonly source: string;
  readonly from: string;
  readonly exports: ReadonlySet<string>;
}

export function rowGroups(
  family: ScopeFamily,
  files: readonly ReadableFile[],
  read = (_dataset: Dataset, mine: readonly ReadableFile[]) => parquet(mine.map((file) => file.path)),
): RowGroup[] {
  return family.datasets.flatMap((dataset) => {
    const bySource = Map.groupBy(
      files.filter((file) => file.dataset === dataset.dataset),
      (file) => file.source,
    );
    return [...bySource.entries()].map(([source, mine]) => ({
      dataset,
      source,
      from: read(dataset, mine),
      exports: new Set(mine.flatMap((file) => file.exports ?? [file.export])),
    }));
  });
}

/** Groups in which a mention of a scope concerns a dataset: its own rows, and those of exports that replace it. */
export function concerning(dataset: Dataset, groups: readonly RowGroup[], writes: WriteModes): RowGroup[] {
  const replacing = writes.replacing.get(dataset.dataset);
  return groups.filter((group) => group.dataset === dataset || replacing?.has(group.source));
}

/** What can be contested among these rows, and which rows have a say in it; nothing where one export stands alone. */
export function conflictsAmong(
  family: ScopeFamily,
  groups: readonly RowGroup[],
  { writes, dialect = duckDbSettling }: { readonly writes: WriteModes; readonly dialect?: SettleDialect },
): { sources: MentionSource[]; conflicts: Conflict[] } {
  const byGroups = Map.groupBy(family.datasets, (dataset) => concerning(dataset, groups, writes).map(nameOf).join(' '));
  const conflicts = [...byGroups.values()].flatMap((datasets) => {
    const mine = concerning(datasets[0] as Dataset, groups, writes);
    const exports = new Set(mine.flatMap((group) => [...group.exports]));
    const doubled = datasets.flatMap((dataset) => doubledIn(dataset, groups, { writes, dialect }));
    if (exports.size < 2 && doubled.length === 0) return [];
    return [{ datasets: datasets.map((dataset) => dataset.dataset), doubled, groups: new Set(mine.map(nameOf)) }];
  });
  const sources = groups.map((group) => ({
    dataset: group.dataset,
    from: group.from,
    conflicts: conflicts.flatMap((conflict, n) => (conflict.groups.has(nameOf(group)) ? [n] : [])),
  }));
  return { sources, conflicts };
}

function doubledIn(
  dataset: Dataset,
  groups: readonly RowGroup[],
  { writes, dialect }: { readonly writes: WriteModes; readonly dialect: SettleDialect },
): string[] {
  const upserting = writes.upserting.get(dataset.dataset);
  return groups
    .filter((group) => group.dataset === dataset && upserting?.has(group.source))
    .map((group) => doubledKeys(dataset, group.from, dialect));
}

function nameOf(group: RowGroup): string {
  return `${group.dataset.dataset}/${group.source}`;
}

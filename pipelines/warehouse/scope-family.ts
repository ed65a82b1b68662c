import type { Dataset } from '../domain/dataset.ts';
import type { ReadableFile, WriteModes } from './build-session.ts';
import { type Conflict, doubledKeys, type MentionSource } from './settle-sql.ts';
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

/** Staged rows of one dataset and source, wherever they are read from. */
export interface RowGroup {
  readonly dataset: Dataset;
  readonly source: string;
  readonly from: string;
  readonly exports: ReadonlySet<string>;
}

export function rowGroups(family: ScopeFamily, files: readonly ReadableFile[]): RowGroup[] {
  return family.datasets.flatMap((dataset) => {
    const bySource = Map.groupBy(
      files.filter((file) => file.dataset === dataset.dataset),
      (file) => file.source,
    );
    return [...bySource.entries()].map(([source, mine]) => ({
      dataset,
      source,
      from: parquet(mine.map((file) => file.path)),
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
  writes: WriteModes,
): { sources: MentionSource[]; conflicts: Conflict[] } {
  const byGroups = Map.groupBy(family.datasets, (dataset) => concerning(dataset, groups, writes).map(nameOf).join(' '));
  const conflicts = [...byGroups.values()].flatMap((datasets) => {
    const mine = concerning(datasets[0] as Dataset, groups, writes);
    const exports = new Set(mine.flatMap((group) => [...group.exports]));
    const doubled = datasets.flatMap((dataset) => doubledIn(dataset, groups, writes));
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

function doubledIn(dataset: Dataset, groups: readonly RowGroup[], writes: WriteModes): string[] {
  const upserting = writes.upserting.get(dataset.dataset);
  return groups
    .filter((group) => group.dataset === dataset && upserting?.has(group.source))
    .map((group) => doubledKeys(dataset, group.from));
}

function nameOf(group: RowGroup): string {
  return `${group.dataset.dataset}/${group.source}`;
}

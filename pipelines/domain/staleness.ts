import type { ModelDefinition } from './model.ts';
import type { ModelNode } from './model-graph.ts';
import { addMonths, compareMonths, type Month, monthOf, yearOf } from './month.ts';

/** Which part of a model has to be computed again, and why, in words. */
export type Staleness =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'all'; readonly because: string }
  | {
      readonly kind: 'months';
      readonly months: readonly Month[];
      /** Whether only keys on changed rows are stale in these months. */
      readonly byKey: boolean;
      readonly because: string;
    }
  | { readonly kind: 'scopes' | 'keys'; readonly because: string };

/** How a relation differs from what the last release was built from. */
export type RelationChange =
  | { readonly kind: 'unchanged' }
  /**
   * Rows of these months differ, or anywhere where `months` is null; `byScope` where only rows of touched scopes do.
   */
  | { readonly kind: 'changed'; readonly months: ReadonlySet<Month> | null; readonly byScope: boolean };

export interface BuildState {
  /** Why everything has to be computed again; undefined where it has not. */
  readonly rebuildAll: string | undefined;
  /** Model → why its own definition makes it stale. */
  readonly redefined: ReadonlyMap<string, string>;
  changeOf(relation: string): RelationChange;
  /** Months of any relation that come after the first of these. */
  monthsAfter(months: readonly Month[]): readonly Month[];
}

/** Decides what of one model is stale, given how its inputs changed. */
export function stalenessOf({ model, inputs }: ModelNode, state: BuildState): Staleness {
  if (state.rebuildAll !== undefined) return { kind: 'all', because: state.rebuildAll };
  const redefined = state.redefined.get(model.model);
  if (redefined !== undefined) return { kind: 'all', because: redefined };
  const changed = inputs.flatMap((name) => {
    const change = state.changeOf(name);
    return change.kind === 'changed' ? [{ name, change }] : [];
  });
  if (changed.length === 0) return { kind: 'fresh' };
  const because = `changed: ${changed.map(({ name }) => name).join(', ')}`;
  if (model.rebuild === 'whole') return { kind: 'all', because };
  if (model.rebuild === 'scope') {
    return changed.every(({ change }) => change.byScope) ? { kind: 'scopes', because } : { kind: 'all', because };
  }
  if (model.rebuild === 'key') {
    // Rows of before and of now can only be told apart where they have the same columns.
    return { kind: changed.some(({ name }) => state.redefined.has(name)) ? 'all' : 'keys', because };
  }
  return staleMonths(model, changed, { state, because });
}

function staleMonths(
  model: ModelDefinition,
  changed: readonly { readonly name: string; readonly change: { readonly months: ReadonlySet<Month> | null } }[],
  { state, because }: { readonly state: BuildState; readonly because: string },
): Staleness {
  const stale = new Set<Month>();
  for (const { name, change } of changed) {
    if (change.months === null || model.month_of === undefined) return { kind: 'all', because };
    const months = [...change.months];
    const later = model.reads_all_before?.includes(name) ? state.monthsAfter(months) : [];
    for (const reader of [...months, ...later].flatMap((month) => readersOf(month, model))) stale.add(reader);
  }
  if (isAlwaysDated(model)) stale.delete(null);
  if (stale.size === 0) return { kind: 'fresh' };
  const byKey = changed.every(({ name }) => isTraced(model, name) && !state.redefined.has(name));
  return { kind: 'months', months: [...stale].sort(compareMonths), byKey, because };
}

/** Whether a model says which of its keys a change of this input touches. */
function isTraced(model: ModelDefinition, relation: string): boolean {
  return model.keys_in?.some((trace) => trace.relation === relation) ?? false;
}

/** Then it has no part for rows without a date, which would have to be computed from everything. */
function isAlwaysDated(model: ModelDefinition): boolean {
  return model.columns.some((column) => column.name === model.month_of && column.required);
}

/** Months whose part reads this month of an input. */
function readersOf(month: Month, model: ModelDefinition): Month[] {
  if (month === null) return [null];
  if (model.part_span === 'year') return [yearOf(month)];
  const months = [];
  for (let ahead = -model.reads_months_after; ahead <= model.reads_months_before; ahead++) {
    months.push(addMonths(month, ahead));
  }
  return months;
}

/**
 * Months of the calendar that differ between two spans of business dates. A model that is computed by month sees the
 * days of its own months only, so a new day does not touch the months before it.
 */
export function calendarChange(
  before: { readonly from: string | null; readonly as_of: string | null },
  now: { readonly from: string | null; readonly as_of: string | null },
): ReadonlySet<Month> {
  const days = [before.from, now.from, before.as_of, now.as_of];
  if (days.includes(null)) return new Set(days.flatMap((day) => (day === null ? [] : [monthOf(day)])));
  const months = new Set<Month>();
  for (const [one, other] of [
    [before.from, now.from],
    [before.as_of, now.as_of],
  ]) {
    if (!one || !other || one === other) continue;
    const [first, last] = one < other ? [one, other] : [other, one];
    for (let month = monthOf(first); month <= monthOf(last); month = addMonths(month, 1)) months.add(month);
  }
  return months;
}

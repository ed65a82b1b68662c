import { CatalogError } from './errors.ts';
import type { KeyTrace, ModelDefinition } from './model.ts';

/**
 * Requires that rows of every traced input lead to a model's key, by columns that are there.
 * @throws CatalogError naming the trace that leads nowhere.
 */
export function requireTraces(
  model: ModelDefinition,
  inputs: ReadonlySet<string>,
  byName: ReadonlyMap<string, ModelDefinition>,
): void {
  const { keys_in: traces = [] } = model;
  if (traces.length === 0) return;
  const refuse = (text: string, next: string): never => {
    throw new CatalogError(text, { where: model.file, next });
  };
  const isKeyed = model.columns.some(({ name, required }) => name === model.key && required);
  if (!isKeyed || model.rebuild !== 'month' || model.month_of === undefined) {
    refuse(
      '`keys_in` wants a required column in `key`, `rebuild: month` and `month_of`',
      'state them, or leave it out',
    );
  }
  for (const trace of traces) {
    // What a generated select reads depends on the KPIs that the catalog has.
    if (!inputs.has(trace.relation) && model.generated_from_kpis) continue;
    const strange = faultOf(trace, traces, { inputs, byName });
    if (strange) refuse(`keys cannot be traced in "${trace.relation}": ${strange}`, 'mend its entry in `keys_in`');
  }
}

interface Known {
  readonly inputs: ReadonlySet<string>;
  readonly byName: ReadonlyMap<string, ModelDefinition>;
}

function faultOf({ relation, column, joins }: KeyTrace, traces: readonly KeyTrace[], known: Known): string | undefined {
  if (!known.inputs.has(relation)) return 'the select does not read it';
  if (relation.startsWith('staged_')) {
    if (column !== '_scope' || joins?.column !== '_scope') return 'staged rows are traced by `_scope` alone';
  } else if (!hasColumn(known, relation, column)) return `it has no column "${column}"`;
  if (!joins) return undefined;
  if (!hasColumn(known, joins.relation, joins.column)) return `"${joins.relation}" has no column "${joins.column}"`;
  return leadsToKey(joins.relation, traces, new Set([relation])) ? undefined : `"${joins.relation}" leads to no key`;
}

/** Every way on from a relation ends at the key, and none comes back. */
function leadsToKey(relation: string, traces: readonly KeyTrace[], passed: ReadonlySet<string>): boolean {
  const onwards = traces.filter((trace) => trace.relation === relation);
  if (onwards.length === 0 || passed.has(relation)) return false;
  return onwards.every(({ joins }) => !joins || leadsToKey(joins.relation, traces, new Set([...passed, relation])));
}

function hasColumn({ byName }: Known, relation: string, column: string): boolean {
  return byName.get(relation)?.columns.some(({ name }) => name === column) ?? false;
}

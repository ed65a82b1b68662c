import { CatalogError } from './errors.ts';
import { requireTraces } from './key-traces.ts';
import type { ModelDefinition } from './model.ts';

/** Relations that the machine lays beside the staged datasets, for models that need them. */
export const machineRelations = [
  'run_settings',
  'calendar',
  'zone_offsets',
  'staged_receipts',
  'staged_reject_reasons',
] as const;

export interface ModelNode {
  readonly model: ModelDefinition;
  /** Relations that its text names, in name order. */
  readonly reads: readonly string[];
  /** Materialised models and machine or staged relations that it reads once views are dissolved, in name order. */
  readonly inputs: readonly string[];
}

/** Models in an order in which each comes after all that it reads; equal catalogs give equal orders. */
export type ModelGraph = ReadonlyMap<string, ModelNode>;

/**
 * Makes the graph of models from the relations that each one's text names.
 * @throws CatalogError for a relation that nobody defines, a layer that may not be read, or a cycle.
 */
export function modelGraph(
  models: readonly ModelDefinition[],
  reads: ReadonlyMap<string, readonly string[]>,
  datasets: readonly string[],
): ModelGraph {
  const byName = new Map(models.map((model) => [model.model, model]));
  const leaves = new Set<string>([...machineRelations, ...datasets.map((name) => `staged_${name}`)]);
  const graph = new Map<string, ModelNode>();

  function visit(model: ModelDefinition, path: readonly string[]): ModelNode {
    const known = graph.get(model.model);
    if (known) return known;
    requireNoCycle(model, path);
    const inputs = new Set<string>();
    const relations = [...(reads.get(model.model) ?? [])].sort();
    for (const relation of relations) {
      const read = byName.get(relation);
      requireReadable(model, relation, read, leaves);
      const node = read && visit(read, [...path, model.model]);
      const reached = node?.model.materialized === 'view' ? node.inputs : [relation];
      for (const input of reached) inputs.add(input);
    }
    requireReadableByAll(model, inputs, byName);
    requireMonths(model, inputs, byName);
    requireKeys(model, inputs, byName);
    requireTraces(model, inputs, byName);
    const node = { model, reads: relations, inputs: [...inputs].sort() };
    graph.set(model.model, node);
    return node;
  }

  for (const model of [...models].sort((a, b) => (a.model < b.model ? -1 : 1))) visit(model, []);
  return graph;
}

/** Models that read one of these, directly or through others, and these themselves; in build order. */
export function withReaders(graph: ModelGraph, names: readonly string[]): string[] {
  const reached = new Set(names);
  for (const [name, node] of graph) {
    if (node.reads.some((relation) => reached.has(relation))) reached.add(name);
  }
  return [...graph.keys()].filter((name) => reached.has(name));
}

function requireNoCycle(model: ModelDefinition, path: readonly string[]): void {
  if (!path.includes(model.model)) return;
  const circle = [...path.slice(path.indexOf(model.model)), model.model].join(' → ');
  throw new CatalogError(`models read each other in a circle: ${circle}`, {
    where: model.file,
    next: 'take one of these relations out of the other',
  });
}

function requireReadable(
  model: ModelDefinition,
  relation: string,
  read: ModelDefinition | undefined,
  leaves: ReadonlySet<string>,
): void {
  const next = 'staging models read staged_<dataset>, marts read staging models and marts';
  if (!read && !leaves.has(relation)) {
    throw new CatalogError(`there is no relation "${relation}"`, { where: model.file, next });
  }
  const isStaged = relation.startsWith('staged_');
  const isAllowed = model.layer === 'staging' ? read === undefined : !isStaged;
  if (!isAllowed)
    throw new CatalogError(`a ${model.layer} model may not read "${relation}"`, { where: model.file, next });
}

/** A part of a month cannot be told from the part of a year what of it changed. */
function requireMonths(
  model: ModelDefinition,
  inputs: ReadonlySet<string>,
  byName: ReadonlyMap<string, ModelDefinition>,
): void {
  const where = model.file;
  const unread = model.reads_all_before?.find((name) => !inputs.has(name));
  if (unread !== undefined) {
    throw new CatalogError(`"${unread}" stands in reads_all_before, but the select does not read it`, {
      where,
      next: 'take it out of `reads_all_before`',
    });
  }
  const yearly = [...inputs].find((name) => byName.get(name)?.part_span === 'year');
  if (yearly === undefined || model.materialized === 'view' || model.rebuild !== 'month') return;
  throw new CatalogError(`a model that is computed by month may not read "${yearly}", whose parts hold years`, {
    where,
    next: 'set `rebuild: whole`, or read the model with months behind it',
  });
}

/** What of a key changed is told from rows of the inputs: each has to say whose they are. */
function requireKeys(
  model: ModelDefinition,
  inputs: ReadonlySet<string>,
  byName: ReadonlyMap<string, ModelDefinition>,
): void {
  if (model.rebuild !== 'key') return;
  const { key, known_as: names } = model;
  const hasColumns = (relation: string, columns: readonly (string | undefined)[]) =>
    columns.every((name) => byName.get(relation)?.columns.some((column) => column.name === name));
  const isKeyed = (relation: string) =>
    relation === names?.relation ? hasColumns(relation, [names.name, names.key]) : hasColumns(relation, [key]);
  const strange = [model.model, ...inputs].find((relation) => !isKeyed(relation));
  if (strange === undefined) return;
  throw new CatalogError(`a model that is computed by key may not read "${strange}", whose rows do not say their key`, {
    where: model.file,
    next: 'name the column in `key`, or set `rebuild: whole`',
  });
}

/** A mart that is a view is computed when it is read, and a reader of a release has its marts and nothing else. */
function requireReadableByAll(
  model: ModelDefinition,
  inputs: ReadonlySet<string>,
  byName: ReadonlyMap<string, ModelDefinition>,
): void {
  if (model.layer !== 'marts' || model.materialized !== 'view') return;
  const hidden = [...inputs].find((name) => byName.get(name)?.layer !== 'marts');
  if (hidden === undefined) return;
  throw new CatalogError(`a mart that is a view may read marts only, not "${hidden}"`, {
    where: model.file,
    next: 'set `materialized: parts` in its YAML',
  });
}

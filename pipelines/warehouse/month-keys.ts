import { quotedIdentifier } from '@duckdb/node-api';
import type { KeyTrace, ModelDefinition } from '../domain/model.ts';
import type { Month } from '../domain/month.ts';
import type { BuiltParts } from './build-session.ts';
import { touchedScopes } from './change-settling.ts';
import { windowOf } from './extent-window.ts';
import { columnsOf, type KeyTools, namesOnChangedRows, replaceTouched, touchedKeys } from './key-building.ts';
import { scopeFamilies } from './scope-family.ts';
import { keep } from './scope-settling.ts';
import { inRanges, modelColumns, selectFiles } from './staged-sql.ts';

/** Scopes of staged rows that belong to touched keys. */
const scopesOfKeys = 'build.scopes_of_keys';
/** More ranges of days than that are no cheaper to look for than the days one by one. */
const mostRanges = 20;

interface Tracing {
  readonly tools: KeyTools;
  readonly model: ModelDefinition;
  /** Months of inputs that the months to compute read. */
  readonly window: readonly Month[];
}

/**
 * Computes months of a model for the keys alone that rows changed on, from their rows in these months, and puts what
 * differs in the place of what was there. The model's `keys_in` traces every input that changed.
 */
export async function buildMonthsByKey(
  tools: KeyTools,
  model: ModelDefinition,
  months: readonly Month[],
): Promise<BuiltParts> {
  const tracing = { tools, model, window: windowOf(model, months) };
  await findTouched(tracing);
  const limits = await limitsOf(tracing);
  await tools.views.layFor(model, { kind: 'months', months }, (relation, rows) => {
    const limit = limits.get(relation);
    return limit === undefined ? rows : `from (${rows}) ${limit}`;
  });
  return await replaceTouched(tools, model, months);
}

async function findTouched(tracing: Tracing): Promise<void> {
  const { tools, model } = tracing;
  const type = modelColumns(model).find(({ name }) => name === model.key)?.type;
  const touched = [`select cast(null as ${type}) as key where false`];
  for (const trace of tracesOf(model)) {
    for (const values of changedValues(tracing, trace)) touched.push(keysOf(tracing, trace, values));
  }
  await keep(tools, touchedKeys, `select distinct key from (${touched.join('\nunion all\n')}) where key is not null`);
}

/** Values of a traced column on rows that changed, as `name`; none where no row can have. */
function changedValues({ tools }: Tracing, { relation, column }: KeyTrace): string[] {
  const family = familyOfStaged(tools, relation);
  if (!family) return namesOnChangedRows(tools, relation, column);
  return tools.settled.has(family.relation) ? [`select _scope as name from ${touchedScopes(family)}`] : [];
}

/** The keys that values of a traced column lead to, as `key`. */
function keysOf(tracing: Tracing, { joins }: KeyTrace, values: string): string {
  const { model } = tracing;
  if (!joins) return `select ${asKey(model, 'name')} as key from (${values})`;
  const onwards = tracesOf(model).filter(({ relation }) => relation === joins.relation);
  return onwards
    .map((trace) => {
      const rows = rowsOf(tracing, joins.relation, [joins.column, trace.column]);
      const met = `from (${rows}) as met semi join (${values}) as led on met.${quotedIdentifier(joins.column)} = led.name`;
      return keysOf(tracing, trace, `select met.${quotedIdentifier(trace.column)} as name ${met}`);
    })
    .join('\nunion all\n');
}

/** What of each input belongs to touched keys, where looking for it is cheaper than reading all of its months. */
async function limitsOf(tracing: Tracing): Promise<Map<string, string>> {
  const { tools, model } = tracing;
  const limits = new Map<string, string>();
  const days = await touchedDays(tracing);
  for (const [relation, traces] of Map.groupBy(tracesOf(model), (trace) => trace.relation)) {
    const [trace, ...others] = traces;
    // Rows that several columns lead to touched keys are few: names and first orders of a month.
    if (!trace || others.length > 0) continue;
    const { column, joins } = trace;
    if (!joins) {
      const named = `semi join ${touchedKeys} as touched on ${asKey(model, quotedIdentifier(column))} = touched.key`;
      limits.set(relation, days ? `where ${inRanges(column, days)}` : named);
    } else if (familyOfStaged(tools, relation)) {
      await keepScopes(tracing, joins.relation);
      limits.set(relation, `semi join ${scopesOfKeys} using (_scope)`);
    }
  }
  return limits;
}

async function keepScopes(tracing: Tracing, relation: string): Promise<void> {
  const trace = tracesOf(tracing.model).find((each) => each.relation === relation && !each.joins);
  const column = trace?.column ?? '_scope';
  const rows = rowsOf(tracing, relation, ['_scope', column]);
  const key = asKey(tracing.model, quotedIdentifier(column));
  await keep(
    tracing.tools,
    scopesOfKeys,
    `select distinct _scope from (${rows}) semi join ${touchedKeys} as touched on ${key} = touched.key`,
  );
}

/** Touched keys as runs of days, each up to a day that is no more in it; undefined where they are no days, or too many. */
async function touchedDays({ tools, model }: Tracing): Promise<{ from: string; to: string }[] | undefined> {
  if (modelColumns(model).find(({ name }) => name === model.key)?.type !== 'date') return undefined;
  const length = model.key_span === 'week' ? 7 : 1;
  const rows = await tools.engine.rows(
    `select cast(min(day) as varchar) as first, cast(max(day) + ${length} as varchar) as after_last
     from (select key as day, key - cast(${length} * row_number() over (order by key) as integer) as run from ${touchedKeys})
     group by run order by 1`,
  );
  const runs = rows.map((row) => ({ from: String(row['first']), to: String(row['after_last']) }));
  return runs.length > mostRanges ? undefined : runs;
}

/** Columns of an input's rows in the window. */
function rowsOf({ tools, window }: Tracing, relation: string, names: readonly string[]): string {
  const columns = columnsOf(tools, relation).filter(({ name }) => names.includes(name));
  const isLimited = tools.request.graph.get(relation)?.model.month_of !== undefined && !window.includes(null);
  return selectFiles(columns, tools.shelf.paths(relation, isLimited ? window : undefined));
}

function tracesOf({ keys_in: traces = [] }: ModelDefinition): readonly KeyTrace[] {
  return traces;
}

function asKey({ key_span: span }: ModelDefinition, value: string): string {
  return span === undefined ? value : `cast(date_trunc('${span}', ${value}) as date)`;
}

function familyOfStaged({ request }: KeyTools, relation: string) {
  return scopeFamilies(request.catalog.datasets).find(({ datasets }) =>
    datasets.some(({ dataset }) => `staged_${dataset}` === relation),
  );
}

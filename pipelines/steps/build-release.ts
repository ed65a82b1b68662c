import { withCompactions } from '../domain/compaction.ts';
import { dateColumnOf } from '../domain/dataset.ts';
import { type Ledger, type StagedFile, stagedFiles } from '../domain/ledger.ts';
import type { ModelGraph, ModelNode } from '../domain/model-graph.ts';
import type { Month } from '../domain/month.ts';
import { martShapes, type Release } from '../domain/release.ts';
import { calendarChange, type RelationChange, type Staleness, stalenessOf } from '../domain/staleness.ts';
import type { BuildSession, EngineUsage, Extent, ReadableFile, Touched } from '../warehouse/build-session.ts';
import { catalogOf, writeModes } from './build-inputs.ts';
import type { BuildTools, BuildWish } from './build-models.ts';
import { readCompactions } from './compact-staged.ts';
import { keepLedger } from './freeze-receipts.ts';
import { type BuildPlan, planBuild } from './plan-build.ts';
import { isHidden, ReleaseParts } from './release-parts.ts';
import { withId } from './releases.ts';

/** What was computed of one model. */
export interface ModelBuilt {
  readonly model: string;
  readonly built: 'nothing' | 'all' | 'months' | 'scopes' | 'keys';
  /** Months that were computed, where not all of them were. */
  readonly months: readonly Month[];
  readonly because: string;
  readonly rows: number;
  /** Parts that the last release did not have. */
  readonly parts_written: number;
  /** What its statements took, where the engine charges for them. */
  readonly usage?: EngineUsage;
}

export interface BuildContext extends BuildTools {
  readonly graph: ModelGraph;
  readonly wish: BuildWish;
  /** Local folder for this build alone. */
  readonly scratch: string;
}

export interface Ledgers {
  /** The receipts of the last release. */
  readonly before: Ledger;
  /** The receipts that are there now, frozen. */
  readonly ledger: Ledger;
}

export interface BuiltRelease {
  readonly release: Release;
  readonly models: readonly ModelBuilt[];
  /** What it took to settle what is staged, where the engine charges for it. */
  readonly settling?: EngineUsage;
}

/** Builds the release that follows `last` from frozen receipts. Nothing that a reader sees changes yet. */
export async function buildRelease(
  context: BuildContext,
  last: Release | undefined,
  ledgers: Ledgers,
): Promise<BuiltRelease> {
  const plan = planBuild(context, last, ledgers);
  if (last && plan.isUnchanged) return { release: last, models: untouchedModels(context.graph, last) };

  const { definitions, graph, scratch } = context;
  // What came since the last release has to be read by itself: its scopes are the ones that are touched.
  const apart = new Set(plan.added.map((file) => file.key));
  const compactions = await readCompactions(context.lake);
  const files = await readable(context, withCompactions(stagedFiles(ledgers.ledger), compactions, apart));
  const request = {
    catalog: catalogOf(definitions),
    graph,
    files,
    writes: writeModes(definitions),
    tables: plan.tables,
    scratch,
  };
  const session = await context.builder.openBuild(request);
  try {
    const parts = new ReleaseParts({ ...context, session, isFull: context.wish.full === true }, last);
    const touched = await settle(context, plan, { session, parts, files, last });
    const settling = session.takeUsage?.();
    const models: ModelBuilt[] = [];
    for (const node of graph.values()) {
      if (node.model.materialized === 'parts')
        models.push(await buildModel(context, plan, node, { session, parts, touched, models }));
    }
    const release = await assemble(context, plan, parts, ledgers.ledger);
    return { release, models, ...(settling && { settling }) };
  } finally {
    await session.close();
  }
}

interface Settling {
  readonly session: BuildSession;
  readonly parts: ReleaseParts;
  readonly files: readonly ReadableFile[];
  readonly last: Release | undefined;
}

/** Brings the hidden relations up to date. Answers what a change touches; undefined where everything is computed. */
async function settle(
  context: BuildContext,
  plan: BuildPlan,
  { session, parts, files, last }: Settling,
): Promise<Touched | undefined> {
  const datasets = context.definitions.datasets;
  if (plan.rebuildAll !== undefined) {
    for (const [relation, built] of await session.settleAll()) {
      await parts.place(relation, built, isDated(relation, datasets));
    }
    return undefined;
  }
  for (const relation of Object.keys(last?.state?.hidden ?? {})) await parts.recall(relation);
  const added = new Set(plan.added.map((file) => file.key));
  const change = { added: files.filter((file) => added.has(file.key)), removed: await readable(context, plan.removed) };
  const { hidden, touched } = await session.settleChange(change);
  for (const [relation, built] of hidden) await parts.place(relation, built, isDated(relation, datasets));
  return touched;
}

function isDated(hidden: string, datasets: BuildContext['definitions']['datasets']): boolean {
  const dataset = datasets.get(hidden.replace(/^_live_/, ''));
  return dataset === undefined || dateColumnOf(dataset) !== undefined;
}

interface Building {
  readonly session: BuildSession;
  readonly parts: ReleaseParts;
  readonly touched: Touched | undefined;
  readonly models: readonly ModelBuilt[];
}

async function buildModel(
  context: BuildContext,
  plan: BuildPlan,
  node: ModelNode,
  building: Building,
): Promise<ModelBuilt> {
  const { session, parts } = building;
  const name = node.model.model;
  const { rebuildAll, redefined } = plan;
  const changeOf = (relation: string) => relationChange(context, plan, building, relation);
  const monthsAfter = (months: readonly Month[]) => parts.monthsAfter(months);
  const staleness = stalenessOf(node, { rebuildAll, redefined, changeOf, monthsAfter });
  await parts.recall(name);
  const extent = extentOf(staleness);
  const built = extent && (await session.buildModel(node.model, extent));
  const written = built ? await parts.place(name, built, node.model.month_of !== undefined) : 0;
  const usage = built && session.takeUsage?.();
  const report: ModelBuilt = {
    ...(usage && { usage }),
    model: name,
    built: staleness.kind === 'fresh' ? 'nothing' : staleness.kind,
    months: built?.months ?? [],
    because: staleness.kind === 'fresh' ? 'nothing that it reads changed' : staleness.because,
    rows: parts.rowsOf(name),
    parts_written: written,
  };
  context.onModel?.(report);
  return report;
}

function extentOf(staleness: Staleness): Extent | undefined {
  if (staleness.kind === 'fresh') return undefined;
  if (staleness.kind !== 'months') return { kind: staleness.kind };
  return { kind: 'months', months: staleness.months, byKey: staleness.byKey };
}

function relationChange(context: BuildContext, plan: BuildPlan, building: Building, relation: string): RelationChange {
  const model = context.graph.get(relation)?.model;
  if (model) {
    const how = building.models.find((done) => done.model === relation)?.built;
    const months = building.parts.changedMonths(relation);
    return changed(months, { hasMonths: model.month_of !== undefined, byScope: how === 'scopes' });
  }
  const print = `rows of ${relation}`;
  if (plan.prints[print] !== plan.printsBefore[print]) return { kind: 'changed', months: null, byScope: false };
  if (relation === 'calendar' || relation === 'run_settings') {
    const months = calendarChange(plan.datesBefore, plan.dates);
    // "Today" also moves for rows that are dated after it.
    const later = relation === 'run_settings' ? building.parts.monthsAfter([...months]) : [];
    return changed(new Set([...months, ...later]), { hasMonths: true, byScope: false });
  }
  const dataset = context.definitions.datasets.get(relation.replace(/^staged_/, ''));
  const months = dataset && building.touched?.months.get(dataset.dataset);
  return changed(months, { hasMonths: dataset !== undefined && dateColumnOf(dataset) !== undefined, byScope: true });
}

function changed(
  months: ReadonlySet<Month> | undefined,
  { hasMonths, byScope }: { hasMonths: boolean; byScope: boolean },
): RelationChange {
  if (!months || months.size === 0) return { kind: 'unchanged' };
  return { kind: 'changed', months: hasMonths ? months : null, byScope };
}

async function assemble(context: BuildContext, plan: BuildPlan, parts: ReleaseParts, ledger: Ledger): Promise<Release> {
  return withId({
    version: 1,
    as_of: plan.dates.as_of,
    catalog: context.definitions.fingerprint,
    parts: parts.collect((relation) => !isHidden(relation)),
    receipts: ledger.map((entry) => entry.key),
    marts: martShapes([...context.graph.values()].map(({ model }) => model)),
    state: {
      ledger: await keepLedger(context.lake, ledger),
      engine: context.builder.engine,
      from: plan.dates.from,
      fingerprints: plan.prints,
      hidden: parts.collect(isHidden),
    },
  });
}

function untouchedModels(graph: ModelGraph, last: Release): ModelBuilt[] {
  return Object.entries(last.parts)
    .filter(([model]) => graph.has(model))
    .map(([model, parts]) => ({
      ...{ model, built: 'nothing' as const, months: [], because: 'nothing new came in', parts_written: 0 },
      rows: parts.reduce((sum, part) => sum + part.rows, 0),
    }));
}

async function readable(context: BuildContext, files: readonly StagedFile[]): Promise<ReadableFile[]> {
  return await Promise.all(files.map(async (file) => ({ ...file, path: await context.builder.locate(file.key) })));
}

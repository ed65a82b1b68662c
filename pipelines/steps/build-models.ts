import { rm } from 'node:fs/promises';
import type { Definitions } from '../definitions.ts';
import { CatalogError, LakeError, WarehouseError } from '../domain/errors.ts';
import type { Ledger } from '../domain/ledger.ts';
import { type ModelGraph, modelGraph } from '../domain/model-graph.ts';
import type { Lake } from '../lake/lake.ts';
import type { EngineUsage, ModelBuilder } from '../warehouse/build-session.ts';
import type { PublicMarts } from '../warehouse/public-marts.ts';
import type { BuildSettings } from './build-inputs.ts';
import { buildRelease, type ModelBuilt } from './build-release.ts';
import { freezeReceipts, readLedger } from './freeze-receipts.ts';
import { brokenRelease, type CurrentRelease, currentRelease, publishRelease } from './releases.ts';
import { showCurrent } from './show-release.ts';

export interface BuildTools {
  readonly lake: Lake;
  readonly builder: ModelBuilder;
  readonly definitions: Definitions;
  readonly settings: BuildSettings;
  readonly now: () => Date;
  /** Where others find the marts, if there is such a place. */
  readonly publicMarts?: PublicMarts;
  /** Hears of each model as it is done. */
  readonly onModel?: (built: ModelBuilt) => void;
}

export interface BuildWish {
  /** Compute everything again. */
  readonly full?: boolean;
  /** Compute these models again from all rows, and what reads them; the rest as usual. */
  readonly select?: readonly string[];
}

export interface BuildReport {
  readonly release: string;
  readonly as_of: string | null;
  /** False where nothing had changed and the release stays. */
  readonly is_new: boolean;
  /** Every materialised model in build order: what was computed, and why. */
  readonly models: readonly ModelBuilt[];
  /** What it took to settle what is staged, where the engine charges for it; each model says what it took itself. */
  readonly settling?: EngineUsage;
}

/** Other builders that got ahead of us so many times in a row are a fault, not a race. */
const attempts = 10;

/**
 * Brings the marts up to the receipts that are there: freezes them, computes what they touch, writes a release and makes
 * it current. Where another builder was faster, starts again from its release.
 * @throws CatalogError, WarehouseError or LakeError; the current release then stays as it is.
 */
export async function buildModels(tools: BuildTools, wish: BuildWish = {}): Promise<BuildReport> {
  const graph = await readGraph(tools.definitions, tools.builder);
  for (const name of wish.select ?? []) requireModel(graph, name);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { current, before } = await lastBuild(tools.lake, wish);
    const ledger = await freezeReceipts(tools.lake, before);
    const scratch = await tools.lake.scratch();
    try {
      const { release, ...built } = await buildRelease({ ...tools, graph, wish, scratch }, current.release, {
        before,
        ledger,
      });
      const report = { release: release.id, as_of: release.as_of, ...built };
      if (release.id === current.release?.id) return await shown(tools, { ...report, is_new: false });
      await tools.publicMarts?.prepare(release);
      if ((await publishRelease(tools.lake, release, current, tools.now())) === 'swapped')
        return await shown(tools, { ...report, is_new: true });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  throw new LakeError('other builds keep replacing the current release', {
    where: tools.lake.location,
    next: 'let one builder run at a time',
    retryable: true,
  });
}

/** What the build goes on from. A full one needs nothing of the last release, so it also mends a broken one. */
async function lastBuild(lake: Lake, wish: BuildWish): Promise<{ current: CurrentRelease; before: Ledger }> {
  try {
    const current = await currentRelease(lake);
    return { current, before: await readLedger(lake, current.release?.state?.ledger) };
  } catch (error) {
    if (wish.full !== true || !(error instanceof LakeError)) throw error;
    return { current: await brokenRelease(lake), before: [] };
  }
}

/** A build is done when everybody sees its release, also one whose own build was killed before that. */
async function shown(tools: BuildTools, report: BuildReport): Promise<BuildReport> {
  await showCurrent(tools);
  return report;
}

/**
 * The graph of the catalog's models, from what their SQL names.
 * @throws CatalogError naming the file of a text that is not one select, or that reads what it may not.
 */
export async function readGraph(
  definitions: Definitions,
  builder: Pick<ModelBuilder, 'relationsIn'>,
): Promise<ModelGraph> {
  const models = [...definitions.models.values()];
  try {
    const reads = await builder.relationsIn(new Map(models.map((model) => [model.model, model.sql])));
    return modelGraph(models, reads, [...definitions.datasets.keys()]);
  } catch (error) {
    const file = error instanceof WarehouseError && definitions.models.get(error.where ?? '')?.file;
    if (!file) throw error;
    throw new CatalogError(error.message, { where: file, next: error.next ?? 'mend the SQL', cause: error });
  }
}

function requireModel(graph: ModelGraph, name: string): void {
  if (graph.has(name)) return;
  throw new CatalogError(`no model is called "${name}"`, {
    next: `choose from: ${[...graph.keys()].join(', ')}`,
    exitCode: 2,
  });
}

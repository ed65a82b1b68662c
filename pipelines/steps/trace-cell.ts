import { rm } from 'node:fs/promises';
import type { Definitions } from '../definitions.ts';
import { NoReleaseError, UsageError } from '../domain/errors.ts';
import { businessDates, type Ledger, stagedFiles } from '../domain/ledger.ts';
import type { ModelDefinition } from '../domain/model.ts';
import type { Release } from '../domain/release.ts';
import type { Lake } from '../lake/lake.ts';
import type { TracingBuilder } from '../warehouse/build-session.ts';
import type { Row } from '../warehouse/warehouse.ts';
import { type BuildSettings, catalogOf, inputTables, writeModes } from './build-inputs.ts';
import { readGraph } from './build-models.ts';
import { readLedger } from './freeze-receipts.ts';
import { ReleaseParts } from './release-parts.ts';
import { currentRelease } from './releases.ts';

export interface TraceTools {
  readonly lake: Lake;
  readonly builder: TracingBuilder;
  readonly definitions: Definitions;
  readonly settings: BuildSettings;
}

export interface TracedRecord {
  /** sha256 of the export. */
  readonly export: string;
  /** Name under which the export was delivered. */
  readonly file: string;
  readonly source: string;
  /** Ordinal of the record in the file, header not counted. */
  readonly line: number;
  readonly measure: string;
  readonly amount: string;
  /** The cell that it counts for: value by grain column. */
  readonly cell: Row;
}

export interface Trace {
  readonly mart: string;
  readonly release: string;
  readonly records: readonly TracedRecord[];
  /** Per cell and measure: what the mart states, and what the records add up to. */
  readonly sums: readonly {
    readonly cell: Row;
    readonly measure: string;
    readonly stated: string;
    readonly traced: string;
  }[];
  /** Cells and measures without records of their own: they count different things (customers, say) and are no sums. */
  readonly gaps: readonly { readonly cell: Row; readonly measure: string; readonly stated: string | null }[];
  /** True where every sum is what the mart states. */
  readonly adds_up: boolean;
}

/**
 * The way home of a number: the export files and the records in them behind the cells of a mart in the current release.
 * @param where SQL condition over the mart's columns, as `business_date = date '2024-06-18' and channel_id = 'shop'`.
 * @throws UsageError where the mart cannot be traced or the condition cannot be read.
 */
export async function traceCell(tools: TraceTools, mart: string, where: string): Promise<Trace> {
  const { lake, builder, definitions, settings } = tools;
  const model = requireTraceable(definitions, mart);
  const release = await requireRelease(lake);
  const ledger = await readLedger(lake, release.state?.ledger);
  const files = stagedFiles(ledger).map(async (file) => ({ ...file, path: await builder.locate(file.key) }));
  const dates = businessDates(ledger, definitions.datasets);
  const scratch = await lake.scratch();
  const session = await builder.openBuild({
    ...{ catalog: catalogOf(definitions), scratch, files: await Promise.all(files), writes: writeModes(definitions) },
    graph: await readGraph(definitions, builder),
    tables: inputTables(definitions, ledger, dates, settings),
  });
  try {
    const parts = new ReleaseParts({ lake, builder, session }, release);
    for (const relation of Object.keys({ ...release.parts, ...release.state?.hidden })) await parts.recall(relation);
    const { records, sums, gaps } = await session.trace(model, where);
    const nameOf = fileNames(ledger);
    const measured = sums.map((row) => ({
      ...cellOf(model, row),
      stated: String(row['cell']),
      traced: String(row['traced']),
    }));
    return {
      ...{ mart, release: release.id, sums: measured },
      records: records.map((row) => tracedRecord(model, row, nameOf)),
      gaps: gaps.map((row) => ({ ...cellOf(model, row), stated: row['cell'] === null ? null : String(row['cell']) })),
      adds_up: measured.every(({ stated, traced }) => stated === traced),
    };
  } finally {
    await session.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

function requireTraceable(definitions: Definitions, mart: string): ModelDefinition {
  const model = definitions.models.get(mart);
  if (model?.trace !== undefined) return model;
  const traceable = [...definitions.models.values()].filter(({ trace }) => trace !== undefined);
  throw new UsageError(model ? `${mart} cannot be traced` : `no mart is called "${mart}"`, {
    next: `choose from: ${traceable.map(({ model: name }) => name).join(', ')}`,
  });
}

async function requireRelease(lake: Lake): Promise<Release> {
  const { release } = await currentRelease(lake);
  if (release) return release;
  throw new NoReleaseError(lake.location);
}

function fileNames(ledger: Ledger): (sha: string) => { file: string; source: string } {
  const names = new Map(
    ledger
      .filter(({ receipt }) => receipt.status !== 'duplicate')
      .map(({ receipt }) => [receipt.export, { file: receipt.file, source: receipt.source }] as const),
  );
  return (sha) => names.get(sha) ?? { file: 'unknown', source: 'unknown' };
}

function tracedRecord(
  model: ModelDefinition,
  row: Row,
  nameOf: (sha: string) => { file: string; source: string },
): TracedRecord {
  const sha = String(row['_export']);
  return {
    ...{ export: sha, ...nameOf(sha), line: Number(row['_line']), amount: String(row['amount']) },
    ...cellOf(model, row),
  };
}

function cellOf(model: ModelDefinition, row: Row): { cell: Row; measure: string } {
  const cell = Object.fromEntries(model.grain.map((column) => [column, row[column] ?? null]));
  return { cell, measure: String(row['measure']) };
}

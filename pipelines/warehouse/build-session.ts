import type { Dataset } from '../domain/dataset.ts';
import type { StagedFile } from '../domain/ledger.ts';
import type { ModelDefinition } from '../domain/model.ts';
import type { ModelGraph } from '../domain/model-graph.ts';
import type { Month } from '../domain/month.ts';
import type { RowSums } from '../domain/release.ts';
import type { EngineName, Row, WarehouseCatalog } from './warehouse.ts';

/** A staged file, at the address where the engine reads it. */
export interface ReadableFile extends StagedFile {
  readonly path: string;
}

/**
 * Rows of one part. They lie in local files, or in objects that the engine wrote into the lake as drafts, until whoever
 * asked for them gives them their place in the lake.
 */
export type WrittenPart = PartRows & ({ readonly files: readonly PartFile[] } | { readonly drafts: readonly string[] });

/** A file with rows of a part. */
export interface PartFile {
  readonly path: string;
  readonly sums: RowSums;
  /** False for one that lies in the lake already: the part of before had it too. */
  readonly isNew: boolean;
}

interface PartRows {
  readonly month: Month;
  /** Hash of the rows, whatever their order. */
  readonly id: string;
  readonly rows: number;
}

/** A part of an earlier build or of this one, where the engine can read it. */
export interface ReadablePart {
  readonly month: Month;
  readonly paths: readonly string[];
  /** Of the file at each path, where they are known. */
  readonly sums?: readonly RowSums[];
}

export interface BuildRequest {
  readonly catalog: WarehouseCatalog;
  readonly graph: ModelGraph;
  readonly files: readonly ReadableFile[];
  readonly writes: WriteModes;
  /** Rows of the relations that do not come from staged files. */
  readonly tables: InputTables;
  /** Local folder for spilling and for parts on their way out. */
  readonly scratch: string;
}

/** How the sources add to each dataset: dataset → sources whose contract says so. */
export interface WriteModes {
  readonly replacing: ReadonlyMap<string, ReadonlySet<string>>;
  readonly upserting: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Machine relations as rows; the columns are fixed by `inputTableColumns`. */
export interface InputTables {
  readonly staged_channels: readonly Row[];
  readonly staged_receipts: readonly Row[];
  readonly staged_reject_reasons: readonly Row[];
  readonly run_settings: readonly Row[];
  readonly calendar: readonly Row[];
  readonly zone_offsets: readonly Row[];
}

/**
 * Which rows a model is computed from: all, those of some months (there perhaps only those of keys on changed rows), or
 * those of touched scopes or keys.
 */
export type Extent =
  | { readonly kind: 'all' }
  | { readonly kind: 'months'; readonly months: readonly Month[]; readonly byKey?: boolean }
  | { readonly kind: 'scopes' }
  | { readonly kind: 'keys' };

/** What a change of the staged files touches. */
export interface Touched {
  /** Dataset → months of which live rows may have changed. */
  readonly months: ReadonlyMap<string, ReadonlySet<Month>>;
  /** Scopes mentioned by what came or went, over all families. */
  readonly scopes: number;
}

export interface StagedChange {
  readonly added: readonly ReadableFile[];
  /** Files that counted in the last release and do so no more. */
  readonly removed: readonly ReadableFile[];
}

/** One build on one engine. Relations are found under their own names. What it wrote may be gone once it is closed. */
export interface BuildSession {
  /** Finds and settles contested scopes among all staged rows: every hidden relation, by name. */
  settleAll(): Promise<ReadonlyMap<string, BuiltParts>>;
  /** The same for what a change touches; the hidden relations' parts of other months stay as they are. */
  settleChange(change: StagedChange): Promise<SettledChange>;
  /** Says where the parts of a materialised model or hidden relation lie. */
  setParts(relation: string, parts: readonly ReadablePart[]): void;
  /** Computes a model's parts, all of them or those of the extent. */
  buildModel(model: ModelDefinition, extent: Extent): Promise<BuiltParts>;
  /** What was done since the last call took, where the engine charges for it. */
  takeUsage?(): EngineUsage;
  close(): Promise<void>;
}

/** What a session can say of the records behind a release. */
export interface Tracing {
  /**
   * The staged records behind cells of a mart, by its `trace` select.
   * @param condition SQL condition over the mart's columns; it may read that mart and nothing else.
   */
  trace(mart: ModelDefinition, condition: string): Promise<TracedCells>;
}

export interface TracedCells {
  /** One row per record and measure: the grain of its cell, `_export`, `_line`, `measure`, `amount`. */
  readonly records: readonly Row[];
  /** One row per cell and measure: the grain, `measure`, `cell` as the mart states it, `traced` as the records add up. */
  readonly sums: readonly Row[];
  /** One row per cell and measure that has no records of its own: the grain, `measure`, `cell`. */
  readonly gaps: readonly Row[];
}

/** What was computed of a relation. */
export interface BuiltParts {
  /** Months that were computed; null: all of them. Those without a part in `parts` have no rows. */
  readonly months: readonly Month[] | null;
  readonly parts: readonly WrittenPart[];
}

/** What statements took that are paid for by what they scan. */
export interface EngineUsage {
  readonly statements: number;
  readonly scanned_bytes: number;
  readonly cost_usd: number;
}

export interface SettledChange {
  readonly hidden: ReadonlyMap<string, BuiltParts>;
  readonly touched: Touched;
}

/** The building face of an engine. */
export interface ModelBuilder {
  readonly engine: EngineName;
  /** Changes whenever the engine might compute or hash rows in another way. */
  readonly fingerprint: string;
  /**
   * Relations that selects name, common table expressions left out.
   * @param texts name → select.
   * @throws WarehouseError whose `where` is the name of a text that is not one select over unqualified relations.
   */
  relationsIn(texts: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The address at which the engine reads an object of the lake. */
  locate(key: string): Promise<string>;
  openBuild(request: BuildRequest): Promise<BuildSession>;
}

/** The builder whose sessions lead back from a mart to the records behind it. */
export interface TracingBuilder extends ModelBuilder {
  openBuild(request: BuildRequest): Promise<BuildSession & Tracing>;
}

export interface FileMerger {
  /** Writes the rows of staged files of a dataset into one local Parquet file. */
  mergeFiles(dataset: Dataset, paths: readonly string[], target: string): Promise<void>;
}

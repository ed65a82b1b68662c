import type { ColumnType } from './dataset.ts';
import type { ModelDefinition } from './model.ts';

/** A part: the immutable rows of one mart (or materialised staging model) for one month, or for all time. */
export interface MartPart {
  /** First day of the month (ISO), or null for a mart without months and for rows without a date. */
  readonly month: string | null;
  /** Hash of the part's rows; equal rows have an equal id, whichever way they were built. */
  readonly id: string;
  readonly keys: readonly string[];
  readonly rows: number;
  /** Of the file under each key, where the engine adds rows to a part without reading it again. */
  readonly sums?: readonly RowSums[];
}

/** How many rows a file has, and two sums over their hashes: those of several files add up, and name the part. */
export interface RowSums {
  readonly rows: number;
  readonly one: string;
  readonly other: string;
}

/** Parts of every relation by its name. */
export type PartsByRelation = Readonly<Record<string, readonly MartPart[]>>;

/** What a reader has to know of a mart. It travels with the release, so that a later catalog cannot misread old parts. */
export interface MartShape {
  readonly columns: readonly { readonly name: string; readonly type: ColumnType | 'ratio' }[];
  /** The select of a mart that is a view over other marts. */
  readonly view?: string;
}

/** A release: one consistent build. Readers open a release and see nothing else. */
export interface Release {
  readonly version: 1;
  /** Hash over the parts, the receipts and the definitions: the same input and catalog give the same id. */
  readonly id: string;
  /** Latest business date that the data know; "today" of every mart in this release. */
  readonly as_of: string | null;
  readonly catalog: string;
  readonly parts: PartsByRelation;
  /** Receipt keys that it was built from. */
  readonly receipts: readonly string[];
  /** Its marts as the catalog of its build describes them; those that are views come after what they read. */
  readonly marts?: Readonly<Record<string, MartShape>>;
  readonly state?: ReleaseState;
}

/** What the next build wants to know of this one. No reader sees it, and it is no part of the release's id. */
export interface ReleaseState {
  /** Key of the receipts as they were frozen for this build. */
  readonly ledger: string;
  /** Who computed it; absent in releases of before: the embedded engine. */
  readonly engine?: 'duckdb' | 'athena';
  /** First business date that the data know. */
  readonly from: string | null;
  /** Fingerprint of each model with all that it inlines, and of each table that does not come from staged files. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Hidden relations: which scopes are in which months, and how contested scopes were settled. */
  readonly hidden: PartsByRelation;
}

/** The one object that moves: which release is current, and which were before it. */
export interface ReleasePointer {
  readonly version: 1;
  readonly release: string;
  /** Earlier releases, the latest first, with the instant (ISO, UTC) at which each stopped being current. */
  readonly before: readonly { readonly release: string; readonly until: string }[];
}

export const pointerKey = 'releases/current.json';

export function releaseKey(id: string): string {
  return `releases/${id}.json`;
}

/**
 * The text whose hash is a release's id. Keys of files and hidden relations are left out: the same rows may lie in files
 * of another name, and a build by changes keeps other notes than a full one.
 */
export function releaseContent(release: Omit<Release, 'id'>): string {
  const parts = Object.entries(release.parts)
    .map(([name, list]) => [name, list.map((part) => [part.month, part.id, part.rows])] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const fingerprints = Object.entries(release.state?.fingerprints ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([release.as_of, [...release.receipts].sort(), parts, fingerprints]);
}

/** How readers see these models: marts alone, in the order given. */
export function martShapes(models: Iterable<ModelDefinition>): Record<string, MartShape> {
  const marts = [...models].filter((model) => model.layer === 'marts');
  return Object.fromEntries(
    marts.map(({ model, columns, materialized, sql }) => [
      model,
      {
        columns: columns.map(({ name, type }) => ({ name, type })),
        ...(materialized === 'view' && { view: sql }),
      },
    ]),
  );
}

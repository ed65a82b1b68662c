import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { compareMonths, type Month } from '../domain/month.ts';
import type { MartPart, PartsByRelation, Release } from '../domain/release.ts';
import type { Lake } from '../lake/lake.ts';
import type { BuildSession, BuiltParts, ModelBuilder, PartFile, WrittenPart } from '../warehouse/build-session.ts';

export interface PartTools {
  readonly lake: Pick<Lake, 'putFile' | 'copy' | 'localPath'>;
  readonly builder: Pick<ModelBuilder, 'locate'>;
  readonly session: BuildSession;
  /** Everything is computed again: no file of the last release is needed, and a damaged one is replaced. */
  readonly isFull?: boolean;
}

/** The parts of a release in the making: those of the last one, replaced relation by relation. */
export class ReleaseParts {
  readonly #tools: PartTools;
  readonly #before: PartsByRelation;
  readonly #now = new Map<string, readonly MartPart[]>();
  /** Where the engine reads a file → its key. */
  readonly #keys = new Map<string, string>();

  constructor(tools: PartTools, last: Release | undefined) {
    this.#tools = tools;
    this.#before = { ...last?.parts, ...last?.state?.hidden };
  }

  /** Tells the session where the last release's parts of a relation lie. */
  async recall(relation: string): Promise<void> {
    const parts = this.#before[relation] ?? [];
    this.#now.set(relation, parts);
    if (!this.#tools.isFull) await this.#tell(relation, parts);
  }

  /** Gives built parts their place in the lake; months that were not built keep their parts. Answers how many are new. */
  async place(relation: string, built: BuiltParts, hasMonths: boolean): Promise<number> {
    const before = this.#before[relation] ?? [];
    const placing = built.parts.map(async (part) => {
      const { month, id, rows } = part;
      const folder = `${placeOf(relation)}/${folderOf(month, hasMonths)}/${id}`;
      const known = before.find((earlier) => earlier.id === id && earlier.month === month);
      const stays = known && (!this.#tools.isFull || 'drafts' in part || (await this.#areWhole(known.keys)));
      const placed = stays ? known : { month, id, rows, ...(await this.#moveInto(folder, part)) };
      return { part: placed, isNew: known === undefined };
    });
    const placed = await Promise.all(placing);
    const fresh = placed.map(({ part }) => part);
    const kept = built.months === null ? [] : before.filter((part) => !built.months?.includes(part.month));
    const parts = [...kept, ...fresh].sort((a, b) => compareMonths(a.month, b.month));
    this.#now.set(relation, parts);
    await this.#tell(relation, parts);
    return placed.filter(({ isNew }) => isNew).length;
  }

  /** Months in which a relation's rows differ from those of the last release. */
  changedMonths(relation: string): ReadonlySet<Month> {
    const before = idsByMonth(this.#before[relation]);
    const now = idsByMonth(this.#now.get(relation));
    const months = [...before.keys(), ...now.keys()];
    return new Set(months.filter((month) => before.get(month) !== now.get(month)));
  }

  /** Months of any part, old or new, that come after the first of these. */
  monthsAfter(months: readonly Month[]): Month[] {
    const [first] = [...months].sort(compareMonths);
    if (first === undefined || first === null) return [];
    const parts = [...Object.values(this.#before), ...this.#now.values()].flat();
    return parts.map((part) => part.month).filter((month) => month !== null && month > first);
  }

  /** Every relation whose name passes, with its parts. */
  collect(isWanted: (relation: string) => boolean): Record<string, readonly MartPart[]> {
    const wanted = [...this.#now].filter(([relation]) => isWanted(relation)).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(wanted);
  }

  rowsOf(relation: string): number {
    return (this.#now.get(relation) ?? []).reduce((sum, part) => sum + part.rows, 0);
  }

  async #moveInto(folder: string, part: WrittenPart): Promise<Pick<MartPart, 'keys' | 'sums'>> {
    const { lake } = this.#tools;
    if ('files' in part) return await this.#moveFiles(folder, part.files);
    // Equal rows of another builder may lie in other files: a folder of its own keeps each whole.
    const own = hashOf(part.drafts);
    const keys = part.drafts.map((_, at) => `${folder}/${own}/part-${at}.parquet`);
    await Promise.all(keys.map((key, at) => lake.copy(part.drafts[at] ?? '', key)));
    return { keys };
  }

  /** A part that takes over files of the one before keeps them where they are; what is new lies beside the whole one. */
  async #moveFiles(folder: string, files: readonly PartFile[]): Promise<Pick<MartPart, 'keys' | 'sums'>> {
    const kept = files.filter(({ isNew }) => !isNew).map(({ path }) => this.#keyOf(path));
    const place = kept.length === 0 ? folder : `${folder}-${hashOf(kept)}`;
    const placing = files.map(async ({ path, isNew }, at) => {
      if (!isNew) return this.#keyOf(path);
      const key = `${place}/part-${at}.parquet`;
      await this.#tools.lake.putFile(key, path);
      return key;
    });
    const keys = await Promise.all(placing);
    return { keys, sums: files.map(({ sums }) => sums) };
  }

  /** A file that was cut short or overwritten lacks the letters with which Parquet begins and ends. */
  async #areWhole(keys: readonly string[]): Promise<boolean> {
    const ends = keys.map(async (key) => await endsOf(await this.#tools.lake.localPath(key)));
    return (await Promise.all(ends).catch(() => [''])).every((text) => text === 'PAR1PAR1');
  }

  async #tell(relation: string, parts: readonly MartPart[]): Promise<void> {
    const readable = parts.map(async ({ month, keys, sums }) => ({
      month,
      paths: await Promise.all(keys.map((key) => this.#locate(key))),
      ...(sums && { sums }),
    }));
    this.#tools.session.setParts(relation, await Promise.all(readable));
  }

  #keyOf(path: string): string {
    const key = this.#keys.get(path);
    if (key === undefined) throw new Error(`no object of the last release lies at ${path}`);
    return key;
  }

  async #locate(key: string): Promise<string> {
    const path = await this.#tools.builder.locate(key);
    this.#keys.set(path, key);
    return path;
  }
}

/** Hidden relations start with an underscore; no mart can. */
export function isHidden(relation: string): boolean {
  return relation.startsWith('_');
}

/** Staged rows that were settled are no mart: who may read marts need not see them. */
function placeOf(relation: string): string {
  return isHidden(relation) ? `settled/${relation.slice(1)}` : `marts/${relation}`;
}

function folderOf(month: Month, hasMonths: boolean): string {
  if (!hasMonths) return 'all';
  return month === null ? 'undated' : month.slice(0, 7);
}

function hashOf(names: readonly string[]): string {
  return createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 12);
}

function idsByMonth(parts: readonly MartPart[] = []): Map<Month, string> {
  return new Map(parts.map((part) => [part.month, part.id]));
}

async function endsOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const ends = Buffer.alloc(8);
    await file.read(ends, 0, 4, 0);
    // Shorter than both ends and a footer: the two ends would be read from the same letters.
    if (size >= 12) await file.read(ends, 4, 4, size - 4);
    return ends.toString('latin1');
  } finally {
    await file.close();
  }
}

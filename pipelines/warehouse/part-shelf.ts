import type { Month } from '../domain/month.ts';
import type { ReadablePart } from './build-session.ts';

/** Where the parts of every relation lie at the moment: those of the last release, then those just built. */
export class PartShelf {
  readonly #parts = new Map<string, readonly ReadablePart[]>();
  readonly #before = new Map<string, readonly ReadablePart[]>();

  set(relation: string, parts: readonly ReadablePart[]): void {
    this.#parts.set(relation, parts);
    if (!this.#before.has(relation)) this.#before.set(relation, parts);
  }

  /** Files of a relation that only its parts of the last release have, or only its parts of now. */
  changedPaths(relation: string): { readonly before: string[]; readonly now: string[] } {
    const before = (this.#before.get(relation) ?? []).flatMap((part) => part.paths);
    const now = this.paths(relation);
    return {
      before: before.filter((path) => !now.includes(path)),
      now: now.filter((path) => !before.includes(path)),
    };
  }

  has(relation: string): boolean {
    return this.#parts.has(relation);
  }

  /** A relation's parts; with months, of those months only. */
  parts(relation: string, months?: readonly Month[]): ReadablePart[] {
    const wanted = months && new Set(months);
    return (this.#parts.get(relation) ?? []).filter(({ month }) => !wanted || wanted.has(month));
  }

  /** Files of a relation's parts; with months, of those months only. */
  paths(relation: string, months?: readonly Month[]): string[] {
    return this.parts(relation, months).flatMap((part) => part.paths);
  }
}

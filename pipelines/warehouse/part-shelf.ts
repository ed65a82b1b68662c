import type { Month } from '../domain/month.ts';
import type { ReadablePart } from './build-session.ts';

/** Where the parts of every relation lie at the moment: those of the last release, then those just built. */
export class PartShelf {
  readonly #parts = new Map<string, readonly ReadablePart[]>();

  set(relation: string, parts: readonly ReadablePart[]): void {
    this.#parts.set(relation, parts);
  }

  has(relation: string): boolean {
    return this.#parts.has(relation);
  }

  /** Files of a relation's parts; with months, of those months only. */
  paths(relation: string, months?: readonly Month[]): string[] {
    const parts = this.#parts.get(relation) ?? [];
    const wanted = months && new Set(months);
    return parts.filter((part) => !wanted || wanted.has(part.month)).flatMap((part) => part.paths);
  }
}

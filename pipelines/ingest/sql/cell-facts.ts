/** Which blanks stand at one end of some cells: `ascii` adds tabs and line ends to the space, `any` those of Unicode. */
export type EdgeBlanks = 'none' | 'space' | 'ascii' | 'any';

/** What is known of all cells of one column in a chunk. The more is known, the less SQL a cell needs. */
export interface CellFacts {
  /** No cell departs from the column's plain shape, except empty ones. */
  readonly isPlain: boolean;
  readonly mayBeEmpty: boolean;
  /** A cell may be one of the contract's null words. */
  readonly mayBeWord: boolean;
  readonly leading: EdgeBlanks;
  readonly trailing: EdgeBlanks;
  /** Hours in which the times of the cells lie, as numbers of ten digits (2024010523); known where they are plain. */
  readonly hours?: ReadonlySet<number>;
}

/** Facts by the position of the column. */
export type FactsOf = (position: number) => CellFacts;

/** Nothing is known: what every reading may assume. */
export const unknownFacts: CellFacts = {
  isPlain: false,
  mayBeEmpty: true,
  mayBeWord: true,
  leading: 'any',
  trailing: 'any',
};

export function mayBeNull({ mayBeEmpty, mayBeWord }: CellFacts): boolean {
  return mayBeEmpty || mayBeWord;
}

import type { Definitions } from '../../pipelines/definitions.ts';

/** First part of every key in the lake, as the lake's layout fixes it. */
export type LakePrefix =
  | 'landing/'
  | 'raw/'
  | 'staged/'
  | 'settled/'
  | 'build/'
  | 'quarantine/'
  | 'receipts/'
  | 'marts/'
  | 'releases/'
  | 'alerts/'
  | 'erasures/';

/**
 * Prefixes whose objects describe persons: they are encrypted with a key of their own. Files as they were delivered,
 * what was refused of them, and the rows of datasets with free text, as staged and as settled.
 */
export function personalPrefixes(definitions: Pick<Definitions, 'datasets'>): readonly string[] {
  const withFreeText = [...definitions.datasets.values()]
    .filter((dataset) => dataset.columns.some((column) => column.personal === 'free_text'))
    .flatMap(({ dataset }) => [`staged/${dataset}/`, `settled/live_${dataset}/`]);
  return ['landing/', 'raw/', 'quarantine/', ...withFreeText];
}

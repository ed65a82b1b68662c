import { z } from 'zod';
import { bilingual, identifier } from './text.ts';

/** A query to start from, for people who ask in SQL. It reads marts and nothing else, on every engine. */
export const savedQuery = z.strictObject({
  query: identifier,
  title: bilingual,
  description: bilingual,
  sql: z.string().min(1),
});
export type SavedQuery = z.infer<typeof savedQuery>;

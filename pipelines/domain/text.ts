import { z } from 'zod';

/** Languages in which the product speaks to people. */
export const languages = ['zh', 'en'] as const;
export type Language = (typeof languages)[number];

/** A text that people read, in every language of the product. */
export const bilingual = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
export type Bilingual = z.infer<typeof bilingual>;

/** Identifier of a definition or column: snake_case, at most 63 characters (the shortest limit of the engines). */
export const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, 'expected snake_case: a letter, then letters, digits or _, 63 at most');

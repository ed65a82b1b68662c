import { z } from 'zod';
import { type Bilingual, bilingual, identifier } from './text.ts';

/** `owners.yaml`: how people call the posts that own KPIs, rules and warnings. */
export const ownersFile = z.strictObject({
  owners: z.array(z.strictObject({ owner: identifier, label: bilingual })),
});

/** Names of posts by id. */
export type Owners = ReadonlyMap<string, Bilingual>;

/** A post as people call it; its id where the catalog has no name for it. */
export function nameOfOwner(owner: string, owners: Owners): Bilingual {
  return owners.get(owner) ?? { en: owner, zh: owner };
}

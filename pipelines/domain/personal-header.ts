import { z } from 'zod';
import { contractColumn } from './contract.ts';

/** Headers that say their column is about a person, in the languages of the exports that we meet. */
export const personalHeaderWords = z.strictObject({
  headers: z.array(
    z.strictObject({
      /** What a drafted contract calls such a column; absent where a person has to decide. */
      personal: contractColumn.shape.personal,
      /** Words that stand anywhere in a header. */
      parts: z.array(z.string().min(1).transform(headerForm)).default([]),
      /** Words that are the whole header. */
      whole: z.array(z.string().min(1).transform(headerForm)).default([]),
    }),
  ),
});
export type PersonalHeaders = z.infer<typeof personalHeaderWords>['headers'];

/**
 * Whether an unknown column's header sounds like a person's name, number or address. Such cells are not kept beside the
 * rows: a column withheld by mistake can be named in the contract, a phone number kept by mistake is a leak.
 */
export function soundsPersonal(header: string, headers: PersonalHeaders): boolean {
  return matching(header, headers).length > 0;
}

/** What a column under the header is taken for in a drafted contract. */
export function personalKind(header: string, headers: PersonalHeaders): PersonalHeaders[number]['personal'] {
  return matching(header, headers).find(({ personal }) => personal !== undefined)?.personal;
}

function matching(header: string, headers: PersonalHeaders): PersonalHeaders {
  const form = headerForm(header);
  return headers.filter(({ parts, whole }) => whole.includes(form) || parts.some((part) => form.includes(part)));
}

function headerForm(header: string): string {
  return header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

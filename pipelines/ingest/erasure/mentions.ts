/** A text inside another that may be a phone or a mail. */
export interface Mention {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const digit = '[0-9０-９]';
const gap = '[ \\t\\u00a0\\u3000().－–—-]{0,2}';
/**
 * A mainland mobile number however it is grouped; a landline with its area code; at least seven digits, grouped only where a
 * plus tells a phone from a date.
 */
const phones = new RegExp(
  [
    `(?<!${digit})(?:[+＋]?(?:[0０]{2})?[8８][6６]${gap})?[1１](?:${gap}${digit}){10}(?!${digit})`,
    `(?<!${digit})0${digit}{2,3}[ -]${digit}{7,8}(?!${digit})`,
    `[+＋]${digit}(?:[ ().-]{0,2}${digit}){6,14}(?!${digit})`,
    `(?<!${digit})${digit}{7,15}(?!${digit})`,
  ].join('|'),
  'g',
);
const mails = /[^\s@"'<>(),;:，。；：（）]+@[^\s@"'<>(),;:，。；：（）]+\.[a-z]{2,}/gi;

export type MentionKind = 'phone' | 'email';

/** Every piece of a text that could name somebody by phone or mail. */
export function mentionsIn(text: string): readonly (Mention & { readonly kind: MentionKind })[] {
  const found: (Mention & { readonly kind: MentionKind })[] = [];
  eachMention(text, (kind, mention, start) => found.push({ kind, text: mention, start, end: start + mention.length }));
  return found;
}

/** As `mentionsIn`, without making anything of what is found: most of it is nobody who is looked for. */
export function eachMention(text: string, use: (kind: MentionKind, mention: string, start: number) => void): void {
  for (const [kind, pattern] of patterns) {
    if (kind === 'email' && !text.includes('@')) continue;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) use(kind, match[0], match.index);
  }
}

const patterns = [
  ['phone', phones],
  ['email', mails],
] as const;

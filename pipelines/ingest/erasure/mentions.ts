/** A text inside another that may be a phone or a mail. */
export interface Mention {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const digit = '[0-9０-９]';
const gap = '[ \\t\\u00a0\\u3000().－–—-]{0,2}';
/** A mainland mobile number however it is grouped, or at least seven digits with single marks between them. */
const phones = new RegExp(
  `(?<!${digit})(?:[+＋]?(?:[0０]{2})?[8８][6６]${gap})?[1１](?:${gap}${digit}){10}(?!${digit})|(?<!${digit})[+＋]?${digit}(?:[ ().-]?${digit}){6,14}(?!${digit})`,
  'g',
);
const mails = /[^\s@"'<>(),;:，。；：（）]+@[^\s@"'<>(),;:，。；：（）]+\.[a-z]{2,}/gi;

/** Every piece of a text that could name somebody by phone or mail. */
export function mentionsIn(text: string): readonly (Mention & { readonly kind: 'phone' | 'email' })[] {
  const found = (pattern: RegExp, kind: 'phone' | 'email') =>
    [...text.matchAll(pattern)].map((match) => ({
      ...{ start: match.index, end: match.index + match[0].length, text: match[0], kind },
    }));
  return [...found(phones, 'phone'), ...(text.includes('@') ? found(mails, 'email') : [])];
}

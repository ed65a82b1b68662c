import type { Language } from '../../domain/text.ts';
import { chinese, chinesePhrases, chineseTerms } from './chinese.ts';
import { english } from './english.ts';

export type TextKey = keyof typeof english;
export type Texts = Readonly<Record<TextKey, string>>;
export type Values = Readonly<Record<string, string | number>>;

const texts: Readonly<Record<Language, Texts>> = { en: english, zh: chinese };
const locales: Readonly<Record<Language, string>> = { en: 'en-GB', zh: 'zh-CN' };

/** A sentence of the command line, filled in. */
export function textOf(language: Language, key: TextKey, values: Values = {}): string {
  return texts[language][key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => shown(language, values[name] ?? whole));
}

function shown(language: Language, value: string | number): string {
  return typeof value === 'number' ? value.toLocaleString(locales[language]) : value;
}

/** A day as sentences name it. */
export function dayOf(language: Language, day: string | null): string {
  if (day === null) return textOf(language, 'no_day');
  const [year, month, date] = day.split('-').map(Number);
  return language === 'zh' && date !== undefined ? `${year}年${month}月${date}日` : day;
}

/** A column head or a fixed value; what is no term stays as it is. */
export function termOf(language: Language, term: string): string {
  return language === 'zh' ? (chineseTerms[term] ?? term) : term;
}

/** What a step says in English, in the language of whoever reads it; a sentence that nobody has translated stays English. */
export function phraseOf(language: Language, phrase: string): string {
  if (language === 'en') return phrase;
  const whole = inChinese(phrase);
  if (whole !== undefined) return whole;
  // An error's message with its place behind it.
  const [, message = '', place] = /^(.+?): (.+)$/s.exec(phrase) ?? [];
  const translated = inChinese(message);
  return translated === undefined ? phrase : `${translated}：${place}`;
}

function inChinese(phrase: string): string | undefined {
  for (const [pattern, chineseText] of chinesePatterns()) {
    const found = pattern.exec(phrase);
    if (found === null) continue;
    let at = 0;
    return chineseText.replaceAll(/\{n?\}/g, () => found[++at] ?? '');
  }
  return undefined;
}

let patterns: readonly (readonly [RegExp, string])[] | undefined;

/** `{}` stands for anything, `{n}` for a number. */
function chinesePatterns(): readonly (readonly [RegExp, string])[] {
  patterns ??= chinesePhrases.map(([phrase, chineseText]) => {
    const exact = phrase.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');
    return [new RegExp(`^${exact.replaceAll('{n}', '(\\d+)').replaceAll('{}', '(.+?)')}$`, 's'), chineseText] as const;
  });
  return patterns;
}

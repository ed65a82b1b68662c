import type { Kpi } from '../kpi.ts';
import type { Language } from '../text.ts';
import type { Grain } from '../threshold.ts';
import { hourOf } from './series.ts';

const locales: Readonly<Record<Language, string>> = { zh: 'zh-CN', en: 'en-GB' };

/** `2.4 %` has the digits that tell it from its mark. */
const formats: Readonly<Record<Kpi['unit'], Intl.NumberFormatOptions>> = {
  ratio: { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 2 },
  count: { maximumFractionDigits: 0 },
  money: { minimumFractionDigits: 2, maximumFractionDigits: 2 },
  index: { maximumFractionDigits: 1 },
};

/** Making one takes longer than writing a thousand numbers with it. */
const formatters = new Map<string, Intl.NumberFormat>();

/** A KPI's figure as people read it. */
export function formatValue(value: number, unit: Kpi['unit'], language: Language): string {
  return formatterFor(`${unit} ${language}`, language, formats[unit]).format(value);
}

/** `name`: what the options are known by. */
function formatterFor(name: string, language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const formatter = formatters.get(name) ?? new Intl.NumberFormat(locales[language], options);
  formatters.set(name, formatter);
  return formatter;
}

/** A figure beside another that must not look the same: 1.996 % is not 2.0 %. */
export function formatApart(value: number, other: number | null, unit: Kpi['unit'], language: Language): string {
  const usual = formatValue(value, unit, language);
  if (other === null || value === other || usual !== formatValue(other, unit, language)) return usual;
  const options = { ...formats[unit], maximumFractionDigits: (formats[unit].maximumFractionDigits ?? 0) + 2 };
  return new Intl.NumberFormat(locales[language], options).format(value);
}

/** A part of a change with its sign; shares change by percentage points. Undefined where nothing of it can be seen. */
export function formatDifference(difference: number, unit: Kpi['unit'], language: Language): string | undefined {
  const [factor, digits, suffix] = differenceFormats[unit];
  const options = { maximumFractionDigits: digits, signDisplay: 'exceptZero' } as const;
  const formatter = formatterFor(`difference of ${digits} ${language}`, language, options);
  const shown = formatter.format(factor * difference).replace('-', '−');
  return /[1-9]/.test(shown) ? `${shown}${suffix[language]}` : undefined;
}

const plain: Readonly<Record<Language, string>> = { en: '', zh: '' };
const points: Readonly<Record<Language, string>> = { en: ' pp', zh: ' 个百分点' };

/** Factor, decimals and what follows the number. */
const differenceFormats: Readonly<Record<Kpi['unit'], readonly [number, number, Readonly<Record<Language, string>>]>> =
  {
    ratio: [100, 2, points],
    count: [1, 0, plain],
    money: [1, 0, plain],
    index: [1, 1, plain],
  };

/** A period by name: the day, the hour of a day, the week by its Monday, the month. */
export function formatPeriod(period: string, grain: Grain, language: Language): string {
  if (grain === 'month') return period.slice(0, 7);
  if (grain === 'day') return period;
  if (grain === 'week') return language === 'zh' ? `${period} 当周` : `the week of ${period}`;
  const [day, from, to] = hourBounds(period);
  return language === 'zh' ? `${day} ${from}–${to}` : `the hour from ${from} on ${day}`;
}

/** "on 2026-11-11", "between 14:00 and 15:00 on 2026-11-11": when something was measured, in an English sentence. */
export function onPeriod(period: string, grain: Grain): string {
  if (grain !== 'hour') return `on ${formatPeriod(period, grain, 'en')}`;
  const [day, from, to] = hourBounds(period);
  return `between ${from} and ${to} on ${day}`;
}

/** When something began: the day, or the hour and the day. */
export function formatStart(period: string, grain: Grain, language: Language): string {
  if (grain !== 'hour') return language === 'zh' ? period : `on ${period}`;
  const [day, from] = hourBounds(period);
  return language === 'zh' ? `${day} ${from}` : `at ${from} on ${day}`;
}

/** Day, and the clock at the beginning and at the end of an hour. */
function hourBounds(period: string): [string, string, string] {
  const next = String(hourOf(period) + 1).padStart(2, '0');
  return [period.slice(0, 10), period.slice(11), `${next}:00`];
}

import type { Kpi } from '../kpi.ts';
import type { Language } from '../text.ts';

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
  const key = `${unit} ${language}`;
  const formatter = formatters.get(key) ?? new Intl.NumberFormat(locales[language], formats[unit]);
  formatters.set(key, formatter);
  return formatter.format(value);
}

/** A figure beside another that must not look the same: 1.996 % is not 2.0 %. */
export function formatApart(value: number, other: number | null, unit: Kpi['unit'], language: Language): string {
  const usual = formatValue(value, unit, language);
  if (other === null || value === other || usual !== formatValue(other, unit, language)) return usual;
  const options = { ...formats[unit], maximumFractionDigits: (formats[unit].maximumFractionDigits ?? 0) + 2 };
  return new Intl.NumberFormat(locales[language], options).format(value);
}

/** A period by name: the day, the week by its Monday, the month. */
export function formatPeriod(period: string, grain: 'day' | 'week' | 'month', language: Language): string {
  if (grain === 'month') return period.slice(0, 7);
  if (grain === 'day') return period;
  return language === 'zh' ? `${period} 当周` : `the week of ${period}`;
}

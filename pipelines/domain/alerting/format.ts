import type { Kpi } from '../kpi.ts';
import type { Language } from '../text.ts';

const locales: Readonly<Record<Language, string>> = { zh: 'zh-CN', en: 'en-GB' };

/** A KPI's figure as people read it: `2.4 %` has the digits that tell it from its mark. */
export function formatValue(value: number, unit: Kpi['unit'], language: Language): string {
  const locale = locales[language];
  switch (unit) {
    case 'ratio':
      return new Intl.NumberFormat(locale, {
        style: 'percent',
        minimumFractionDigits: 1,
        maximumFractionDigits: 2,
      }).format(value);
    case 'count':
      return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(value);
    case 'money':
      return new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);
    case 'index':
      return new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value);
  }
}

/** A period by name: the day, the week by its Monday, the month. */
export function formatPeriod(period: string, grain: 'day' | 'week' | 'month', language: Language): string {
  if (grain === 'month') return period.slice(0, 7);
  if (grain === 'day') return period;
  return language === 'zh' ? `${period} 当周` : `the week of ${period}`;
}

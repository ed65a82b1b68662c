import type { Language } from '../text.ts';
import type { Grain } from '../threshold.ts';
import type { TimeToBreach } from './warning.ts';

/** What crosses which mark, in words. */
export interface Crossed {
  readonly label: string;
  readonly mark: string;
  readonly grain: Grain;
  /** Period of the newest figure: dates of its year go without the year. */
  readonly period: string;
}

/** "At the present slope conversion crosses 2.0% on 28 November (80%: 26 November – 3 December)." */
export function trendSentence(crossing: TimeToBreach, crossed: Crossed, language: Language): string {
  const { label, mark } = crossed;
  const date = nameOf(crossing.date, crossed, language);
  const earliest = nameOf(crossing.earliest, crossed, language);
  const latest = crossing.latest === null ? undefined : nameOf(crossing.latest, crossed, language);
  if (language === 'zh')
    return `按目前趋势，${label}将于${date}越过 ${mark}（80% 区间：${earliest}–${latest ?? '更晚'}）。`;
  const on = { hour: 'on', day: 'on', week: 'in the week of', month: 'in' }[crossed.grain];
  return `At the present slope ${label} crosses ${mark} ${on} ${date} (80%: ${earliest} – ${latest ?? 'later'}).`;
}

/** "28 November", "11月28日"; with the year where it is another one than the newest figure's. */
function nameOf(date: string, { grain, period }: Crossed, language: Language): string {
  const names = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    timeZone: 'UTC',
    month: 'long',
    ...(grain !== 'month' && { day: 'numeric' }),
    ...(date.slice(0, 4) !== period.slice(0, 4) && { year: 'numeric' }),
  });
  return names.format(new Date(`${date}T00:00:00Z`));
}

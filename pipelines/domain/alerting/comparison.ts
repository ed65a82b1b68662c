import type { Kpi } from '../kpi.ts';
import type { Language } from '../text.ts';
import { type Threshold, versionAt } from '../threshold.ts';
import { formatValue } from './format.ts';
import type { Together, Yardstick } from './reading.ts';
import { dayNumber } from './series.ts';
import type { ExpectedRange } from './warning.ts';

/** A value beside what was expected of it. */
export interface Compared {
  readonly period: string;
  readonly value: number | null;
  readonly expected: number | null;
  readonly spread?: number;
  readonly yardstick?: Yardstick;
  readonly together?: Together;
}

/** Nine in ten of a normal scatter. */
const nineInTen = 1.645;

/** Between which values nine usual periods of ten lie; undefined where their scatter is not known. */
export function rangeOf({ expected, spread = 0 }: Compared): ExpectedRange | undefined {
  if (expected === null || spread <= 0) return undefined;
  const low = expected - nineInTen * spread;
  // What is never negative is not expected to be.
  return { low: expected >= 0 ? Math.max(0, low) : low, high: expected + nineInTen * spread };
}

/** ", 38 % below the usual Tuesday (expected 412–520)": empty where nothing was expected. */
export function comparison(
  event: Compared,
  { rule, kpi }: { readonly rule: Threshold; readonly kpi: Kpi },
  language: Language,
): string {
  const { value, expected } = event;
  if (value === null || expected === null) return '';
  const range = rangeOf(event);
  const figures = (range === undefined ? [expected] : [range.low, range.high]).map((figure) =>
    formatValue(figure, kpi.unit, language),
  );
  const usual = yardstick(event, rule, language);
  const share = distance(value, expected, language);
  const whole = togetherWords(event.together, rule, language);
  if (language === 'zh')
    return `${share === undefined ? '' : `，比${usual}${share}`}（预期 ${figures.join('–')}）${whole}`;
  return `${share === undefined ? ' ' : `, ${share} ${usual} `}(expected ${figures.join('–')})${whole}`;
}

/** "; the last 4 days together 21% below": where no single period tells. */
function togetherWords(together: Together | undefined, rule: Threshold, language: Language): string {
  if (together === undefined) return '';
  const { periods, share } = together;
  const apart = distance(share, 1, language);
  if (language === 'zh') return `；最近 ${periods} ${periodNames.zh[rule.grain]}合计${apart}`;
  return `; the last ${periods} ${periodNames.en[rule.grain]} together ${apart}`;
}

const periodNames = {
  en: { hour: 'hours', day: 'days', week: 'weeks', month: 'months' },
  zh: { hour: '小时', day: '天', week: '周', month: '个月' },
} as const;

/** How far the value lies from the expected one; undefined where that is no share of anything. */
function distance(value: number, expected: number, language: Language): string | undefined {
  if (expected <= 0) return undefined;
  const percent = Math.round(100 * Math.abs(value / expected - 1));
  const isBelow = value < expected;
  if (language === 'zh') return `${isBelow ? '低' : '高'} ${percent}%`;
  return `${percent}% ${isBelow ? 'below' : 'above'}`;
}

const weekdays: Readonly<Record<Language, readonly string[]>> = {
  en: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  zh: ['星期一', '星期二', '星期三', '星期四', '星期五', '星期六', '星期日'],
};

const festivalYardstick: Readonly<Record<Language, string>> = {
  en: 'this day of the last festivals at the present level',
  zh: '往年活动同日（按当前水平折算）',
};

/** What the value is compared with, by the rule of its time. */
function yardstick({ period, yardstick: learnt }: Compared, rule: Threshold, language: Language): string {
  const kind = versionAt(rule, period)?.kind;
  const isChinese = language === 'zh';
  if (learnt === 'festival') return festivalYardstick[language];
  if (kind === 'target') return isChinese ? '目标' : 'the target';
  if (kind === 'last_year') return isChinese ? '去年同期' : 'the same time last year';
  return usualPeriod(period, rule.grain, language);
}

/** "the usual Tuesday", "the usual week". */
function usualPeriod(period: string, grain: Threshold['grain'], language: Language): string {
  // 1970-01-01 was a Thursday.
  const weekday = weekdays[language][(dayNumber(period) + 3) % 7] ?? '';
  const names = {
    hour: [`the usual ${weekday} at that hour`, `往常${weekday}的同一时段`],
    day: [`the usual ${weekday}`, `往常的${weekday}`],
    week: ['the usual week', '往常的周'],
    month: ['the usual month', '往常的月'],
  } as const;
  return names[grain][language === 'zh' ? 1 : 0];
}

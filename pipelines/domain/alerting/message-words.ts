import type { Language } from '../text.ts';
import { type Threshold, versionAt } from '../threshold.ts';
import { comparison } from './comparison.ts';
import { formatApart, formatPeriod, formatStart, formatValue, onPeriod } from './format.ts';
import type { Happening, MessageContext } from './happening.ts';
import { periodsBetween } from './series.ts';
import { trendSentence } from './trend-words.ts';
import type { SeriesCondition } from './warning.ts';
import { whySentence } from './why-words.ts';

/** What happened, when a mark will be reached, and what moved the figure: one to three sentences. */
export function sentence(event: Happening, context: MessageContext, language: Language): string {
  const words = wordsOf(event, context, language);
  const told = language === 'zh' ? chinese(event, words) : english(event, words);
  const sentences = [
    told,
    risingOf(event, language),
    crossingOf(event, context, words, language),
    whyOf(event, context, language),
  ];
  return sentences.filter(Boolean).join(language === 'zh' ? '' : ' ');
}

function risingOf({ isRising = false }: Happening, language: Language): string {
  if (!isRising) return '';
  return language === 'zh' ? '该数值仍可能上升。' : 'The figure may still rise.';
}

function crossingOf(event: Happening, { kpi, rule }: MessageContext, { mark }: Words, language: Language): string {
  if (event.time_to_breach === null) return '';
  const label = language === 'zh' ? kpi.label.zh : lowerFirst(kpi.label.en);
  return trendSentence(event.time_to_breach, { label, mark, grain: rule.grain, period: event.period }, language);
}

function whyOf({ drivers }: Happening, { kpi, rule, nameOf }: MessageContext, language: Language): string {
  return whySentence(drivers, { unit: kpi.unit, grain: rule.grain, nameOf }, language);
}

/** A label within a sentence; abbreviations stay as they are. */
function lowerFirst(label: string): string {
  return /^[A-Z][a-z]/.test(label) ? `${label.charAt(0).toLowerCase()}${label.slice(1)}` : label;
}

interface Words {
  readonly subject: string;
  readonly when: string;
  /** When it was measured, within an English sentence. */
  readonly onWhen: string;
  /** When the trouble began. */
  readonly began: string;
  readonly value: string;
  readonly mark: string;
  /** How long the trouble was, in periods. */
  readonly lasted: string;
  /** The period by itself is past the mark; what keeps the verdict back is chance, or the periods around it. */
  readonly isPast: boolean;
  /** How the value differs from what is expected, in words; empty where nothing is. */
  readonly usual: string;
}

function wordsOf(event: Happening, { kpi, channel, rule }: MessageContext, language: Language): Words {
  const figure = (value: number | null) => (value === null ? '–' : formatValue(value, kpi.unit, language));
  const label = kpi.label[language];
  const members = Object.entries(event.dimensions).map(([dimension, member]) => {
    return language === 'zh' ? `${dimensionNames[dimension] ?? dimension} ${member}` : `${dimension} ${member}`;
  });
  return {
    subject:
      language === 'zh'
        ? `${[channel.zh, ...members].join('·')}的${label}`
        : [label, channel.en, ...members].join(', '),
    when: formatPeriod(event.period, rule.grain, language),
    onWhen: onPeriod(event.period, rule.grain),
    began: formatStart(event.since, rule.grain, language),
    value: event.value === null ? '–' : formatApart(event.value, event.mark, kpi.unit, language),
    mark: figure(event.mark),
    lasted: lastedFor(event, rule.grain, language),
    isPast: isPastMark(event, rule),
    usual: comparison(event, { rule, kpi }, language),
  };
}

/** The periods from the first bad one to the one that closed the matter. */
function lastedFor({ since, period }: Happening, grain: Threshold['grain'], language: Language): string {
  const count = periodsBetween(grain, since, period).length - 1;
  const [singular, chineseUnit] = {
    hour: ['hour', '小时'],
    day: ['day', '天'],
    week: ['week', '周'],
    month: ['month', '个月'],
  }[grain];
  if (language === 'zh') return `${count} ${chineseUnit}`;
  return `${count} ${singular}${count === 1 ? '' : 's'}`;
}

function isPastMark({ period, value, mark }: Happening, rule: Threshold): boolean {
  const version = versionAt(rule, period);
  if (value === null || mark === null || version === undefined || version.kind === 'presence') return false;
  if (version.side === 'both') return false;
  return version.side === 'below' ? value < mark : value > mark;
}

function english(
  event: Happening,
  { subject, when, onWhen, began, value, mark, usual, lasted, isPast }: Words,
): string {
  switch (event.state) {
    case 'approaching':
      return isPast
        ? `${subject}: ${value} ${onWhen}${usual}, past the warning mark of ${mark} by itself; that may still be chance.`
        : `${subject}: ${value} ${onWhen}${usual}, close to the warning mark of ${mark}.`;
    case 'breached':
      return `${subject}: ${value} ${onWhen}${usual}, past the ${event.severity} mark of ${mark}.`;
    case 'recovering':
      return `${subject}: ${value} ${onWhen}, beyond the recovery mark; not yet for long enough.`;
    case 'recovered':
      return `${subject}: back to normal ${onWhen}, after ${lasted}; the trouble began ${began}.`;
    case 'no_data':
      return `${subject}: no data for ${when}, though data are usual.`;
    case 'error':
      return `${subject}: the figure of ${when} cannot be evaluated.`;
    case 'corrected':
      return `${subject}: later data changed the verdict on ${when}; the earlier message (${event.previous}) no longer holds.`;
    case 'unwatched':
      return `${subject}: no longer among the largest, which alone are watched by name; the trouble that began on ${event.since} is not followed any more.`;
  }
}

function chinese(event: Happening, { subject, when, began, value, mark, usual, lasted, isPast }: Words): string {
  const line = event.severity === 'critical' ? '严重线' : '预警线';
  switch (event.state) {
    case 'approaching':
      return isPast
        ? `${subject}：${when} 为 ${value}${usual}，单期已越过预警线 ${mark}，尚可能是偶然波动。`
        : `${subject}：${when} 为 ${value}${usual}，已接近预警线 ${mark}。`;
    case 'breached':
      return `${subject}：${when} 为 ${value}${usual}，已越过${line} ${mark}。`;
    case 'recovering':
      return `${subject}：${when} 为 ${value}，已越过恢复线，尚待确认。`;
    case 'recovered':
      return `${subject}：${when} 已恢复正常，异常始于 ${began}，持续 ${lasted}。`;
    case 'no_data':
      return `${subject}：${when} 无数据，而平时均有数据。`;
    case 'error':
      return `${subject}：${when} 的数值无法评估。`;
    case 'corrected':
      return `${subject}：后续数据改变了 ${when} 的判定，此前的消息（${conditionNames[event.previous]}）不再成立。`;
    case 'unwatched':
      return `${subject}：已不在按名称监控的头部成员之列；始于 ${event.since} 的异常不再跟踪。`;
  }
}

const dimensionNames: Readonly<Record<string, string>> = { product: '商品', region: '地区' };

const conditionNames: Readonly<Record<SeriesCondition, string>> = {
  ok: '正常',
  approaching: '接近预警线',
  breached: '越线',
  recovering: '恢复中',
  no_data: '无数据',
  error: '无法评估',
};

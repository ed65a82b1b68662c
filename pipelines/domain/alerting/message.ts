import type { Kpi } from '../kpi.ts';
import type { Playbook } from '../playbook.ts';
import type { Bilingual, Language } from '../text.ts';
import { languages } from '../text.ts';
import type { Threshold } from '../threshold.ts';
import { comparison, rangeOf } from './comparison.ts';
import { formatPeriod, formatValue } from './format.ts';
import type { Together, Yardstick } from './reading.ts';
import { trendSentence } from './trend-words.ts';
import type { Driver, SeriesCondition, Severity, TimeToBreach, Warning, WarningState } from './warning.ts';

/** What happened, before it is put into words. */
export interface Happening {
  readonly id: string;
  readonly fingerprint: string;
  readonly rule_version: number;
  readonly channel_id: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly period: string;
  readonly state: WarningState;
  readonly previous: SeriesCondition;
  readonly severity: Severity;
  readonly since: string;
  readonly value: number | null;
  readonly mark: number | null;
  readonly expected: number | null;
  readonly spread?: number;
  readonly yardstick?: Yardstick;
  readonly together?: Together;
  readonly time_to_breach: TimeToBreach | null;
  readonly drivers: readonly Driver[];
}

export interface MessageContext {
  readonly rule: Threshold;
  readonly kpi: Kpi;
  readonly playbook: Playbook | undefined;
  /** Name of the channel, or of all channels together. */
  readonly channel: Bilingual;
  readonly release: string;
}

/** Puts an event into the message that subscribers parse and people read. */
export function toWarning(event: Happening, context: MessageContext): Warning {
  const { rule, release } = context;
  const { previous, ...rest } = event;
  return {
    version: 1,
    id: rest.id,
    fingerprint: rest.fingerprint,
    rule: rule.threshold,
    rule_version: rest.rule_version,
    kpi_id: rule.kpi,
    channel_id: rest.channel_id,
    dimensions: rest.dimensions,
    period: rest.period,
    grain: rule.grain,
    value: rest.value,
    mark: rest.mark,
    expected: rest.expected,
    ...rangeField(event),
    severity: rest.severity,
    state: rest.state,
    previous_state: previous,
    since: rest.since,
    time_to_breach: rest.time_to_breach,
    drivers: rest.drivers,
    suggestion: suggestionFor(event, context),
    owner: rule.owner,
    runbook: rule.runbook,
    report_path: reportPath(event.channel_id),
    release,
    text: inEveryLanguage((language) => sentence(event, context, language)),
  };
}

function rangeField(event: Happening): Pick<Warning, 'expected_range'> {
  const range = rangeOf(event);
  return range === undefined ? {} : { expected_range: range };
}

/** Page that shows the figure, without its language. */
function reportPath(channel: string): string {
  return channel === 'all' ? '/' : `/channels/${encodeURIComponent(channel)}/`;
}

function suggestionFor(event: Happening, { playbook, rule }: MessageContext): Bilingual {
  // The first of each dimension is its strongest.
  const strongest = new Set(
    [...Map.groupBy(event.drivers, ({ dimension }) => dimension).values()].map(([one]) => one?.member),
  );
  const fitting = playbook?.suggestions.find(
    ({ states, severities, drivers }) =>
      (states?.includes(event.state) ?? true) &&
      (severities?.includes(event.severity) ?? true) &&
      (drivers?.some((member) => strongest.has(member)) ?? true),
  );
  return fitting?.text ?? { en: `See the runbook ${rule.runbook}.`, zh: `请参阅预案 ${rule.runbook}。` };
}

function inEveryLanguage(write: (language: Language) => string): Bilingual {
  const [zh, en] = languages.map(write);
  return { zh: zh ?? '', en: en ?? '' };
}

function sentence(event: Happening, context: MessageContext, language: Language): string {
  const words = wordsOf(event, context, language);
  const told = language === 'zh' ? chinese(event, words) : english(event, words);
  if (event.time_to_breach === null) return told;
  const label = language === 'zh' ? context.kpi.label.zh : lowerFirst(context.kpi.label.en);
  const crossed = { label, mark: words.mark, grain: context.rule.grain, period: event.period };
  const trend = trendSentence(event.time_to_breach, crossed, language);
  return language === 'zh' ? `${told}${trend}` : `${told} ${trend}`;
}

/** A label within a sentence; abbreviations stay as they are. */
function lowerFirst(label: string): string {
  return /^[A-Z][a-z]/.test(label) ? `${label.charAt(0).toLowerCase()}${label.slice(1)}` : label;
}

interface Words {
  readonly subject: string;
  readonly when: string;
  readonly value: string;
  readonly mark: string;
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
    value: figure(event.value),
    mark: figure(event.mark),
    usual: comparison(event, { rule, kpi }, language),
  };
}

function english(event: Happening, { subject, when, value, mark, usual }: Words): string {
  switch (event.state) {
    case 'approaching':
      return `${subject}: ${value} on ${when}${usual}, close to the warning mark of ${mark}.`;
    case 'breached':
      return `${subject}: ${value} on ${when}${usual}, past the ${event.severity} mark of ${mark}.`;
    case 'recovering':
      return `${subject}: ${value} on ${when}, beyond the recovery mark; not yet for long enough.`;
    case 'recovered':
      return `${subject}: back to normal on ${when}; the trouble began on ${event.since}.`;
    case 'no_data':
      return `${subject}: no data for ${when}, though data are usual.`;
    case 'error':
      return `${subject}: the figure of ${when} cannot be evaluated.`;
    case 'corrected':
      return `${subject}: later data changed the verdict on ${when}; the earlier message (${event.previous}) no longer holds.`;
  }
}

function chinese(event: Happening, { subject, when, value, mark, usual }: Words): string {
  const line = event.severity === 'critical' ? '严重线' : '预警线';
  switch (event.state) {
    case 'approaching':
      return `${subject}：${when} 为 ${value}${usual}，已接近预警线 ${mark}。`;
    case 'breached':
      return `${subject}：${when} 为 ${value}${usual}，已越过${line} ${mark}。`;
    case 'recovering':
      return `${subject}：${when} 为 ${value}，已越过恢复线，尚待确认。`;
    case 'recovered':
      return `${subject}：${when} 已恢复正常，异常始于 ${event.since}。`;
    case 'no_data':
      return `${subject}：${when} 无数据，而平时均有数据。`;
    case 'error':
      return `${subject}：${when} 的数值无法评估。`;
    case 'corrected':
      return `${subject}：后续数据改变了 ${when} 的判定，此前的消息（${conditionNames[event.previous]}）不再成立。`;
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

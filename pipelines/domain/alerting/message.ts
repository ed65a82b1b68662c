import { type Bilingual, type Language, languages } from '../text.ts';
import { rangeOf } from './comparison.ts';
import type { Happening, MessageContext } from './happening.ts';
import { sentence } from './message-words.ts';
import type { Warning } from './warning.ts';

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
    ...(rule.grain === 'hour' && context.timeZone !== undefined && { time_zone: context.timeZone }),
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
  if (event.state === 'unwatched' && fitting?.states === undefined) return stillMatters;
  return fitting?.text ?? { en: `See the runbook ${rule.runbook}.`, zh: `请参阅预案 ${rule.runbook}。` };
}

/** What to do about a bad figure does not fit one that nobody looks at any more. */
const stillMatters: Bilingual = {
  en: 'If it still matters, look it up in the export: the report names the largest members only.',
  zh: '如仍需关注，请在导出数据中查看：报告只列出头部成员。',
};

function inEveryLanguage(write: (language: Language) => string): Bilingual {
  const [zh, en] = languages.map(write);
  return { zh: zh ?? '', en: en ?? '' };
}

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

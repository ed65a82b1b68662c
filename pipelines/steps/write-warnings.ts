import type { Definitions } from '../definitions.ts';
import type { SeriesEvent } from '../domain/alerting/evaluate-series.ts';
import type { Happening, MessageContext } from '../domain/alerting/happening.ts';
import { toWarning } from '../domain/alerting/message.ts';
import type { Calendars } from '../domain/alerting/series.ts';
import type { Continued } from '../domain/alerting/series-state.ts';
import { subjectOf } from '../domain/alerting/subject.ts';
import { eventKey, type Told } from '../domain/alerting/told.ts';
import type { Driver, Warning } from '../domain/alerting/warning.ts';
import { timeZoneOf } from '../domain/channel-clock.ts';
import { nameOfChannel, nameOfDriver } from '../domain/driver-names.ts';
import type { Kpi } from '../domain/kpi.ts';
import type { Threshold } from '../domain/threshold.ts';
import { digest } from './alert-store.ts';
import { explainChange, forecastBreach } from './explain-change.ts';
import type { KpiTable } from './kpi-series.ts';

export interface Circumstances {
  readonly rule: Threshold;
  readonly kpi: Kpi;
  /** See `subjectKey`. */
  readonly series: string;
  /** Figures around the events, in all channels. */
  readonly history: KpiTable;
  /** The same figures by the members of each dimension that the KPI is told by. */
  readonly members: ReadonlyMap<string, KpiTable>;
  readonly definitions: Definitions;
  readonly calendars: Calendars;
  /** Id of the release that was judged. */
  readonly release: string;
}

/** Puts what is new and what is taken back into messages. */
export function writeWarnings(continued: Continued, circumstances: Circumstances): Warning[] {
  const { rule, kpi, series, definitions, release } = circumstances;
  const context: MessageContext = {
    rule,
    kpi,
    playbook: definitions.playbooks.get(rule.runbook),
    channel: nameOfChannel(subjectOf(series).channel, definitions),
    timeZone: timeZoneOf(definitions.contracts.values(), subjectOf(series).channel),
    release,
    nameOf: (driver: Driver) => nameOfDriver(driver, definitions),
  };
  const happenings = [
    ...continued.overturned.map((entry) => endOf(entry, 'corrected', circumstances)),
    ...continued.unwatched.map((entry) => endOf(entry, 'unwatched', circumstances)),
    ...continued.fresh.map(({ event, entry }) => happeningOf(event, entry, circumstances)),
  ];
  return happenings.map((happening) => toWarning(happening, context));
}

function happeningOf(event: SeriesEvent, entry: Told, circumstances: Circumstances): Happening {
  const { rule, series } = circumstances;
  const { channel, dimensions } = subjectOf(series);
  const fingerprint = fingerprintOf(rule, series);
  const question = { ...circumstances, channel: series, period: event.period };
  return {
    ...event,
    id: idOf(fingerprint, entry),
    fingerprint,
    channel_id: channel,
    dimensions,
    time_to_breach: event.state === 'approaching' ? forecastBreach(question, event.mark) : null,
    drivers: hasDrivers.has(event.state) ? explainChange(question) : [],
  };
}

/** Messages in which a figure has moved to where it should not be. */
const hasDrivers: ReadonlySet<string> = new Set(['approaching', 'breached']);

/** Later data took back what an event said, or its series out of sight. */
function endOf(
  entry: Told,
  state: 'corrected' | 'unwatched',
  { rule, kpi, series, history }: Circumstances,
): Happening {
  const fingerprint = fingerprintOf(rule, series);
  const { channel, dimensions } = subjectOf(series);
  const observation = history.rows.get(kpi.kpi)?.get(series)?.[history.periods.indexOf(entry.period)];
  return {
    id: digest(`${state} ${idOf(fingerprint, entry)}`),
    fingerprint,
    rule_version: rule.versions.findLast((version) => (version.effective_from ?? '') <= entry.period)?.version ?? 0,
    channel_id: channel,
    dimensions,
    period: entry.period,
    state,
    previous: entry.state === 'recovered' || entry.state === 'unwatched' ? 'ok' : entry.state,
    severity: entry.severity,
    since: entry.since,
    value: observation?.value ?? null,
    mark: null,
    expected: null,
    time_to_breach: null,
    drivers: [],
  };
}

function fingerprintOf(rule: Threshold, series: string): string {
  return digest(JSON.stringify([rule.threshold, rule.kpi, rule.grain, series]));
}

function idOf(fingerprint: string, entry: Told): string {
  return digest(JSON.stringify([fingerprint, eventKey(entry), entry.edition]));
}

import type { Bilingual } from '../text.ts';
import type { Grain } from '../threshold.ts';

export const severities = ['approaching', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/**
 * What a message can tell. `recovered` is told once; the series is then `ok` again. `unwatched` ends a trouble without a
 * recovery: its member is none of the largest any more, which alone are told by name.
 */
export const warningStates = [
  'approaching',
  'breached',
  'recovering',
  'recovered',
  'no_data',
  'error',
  'corrected',
  'unwatched',
] as const;
export type WarningState = (typeof warningStates)[number];

/** What a series can be in between. */
export type SeriesCondition = 'ok' | 'approaching' | 'breached' | 'recovering' | 'no_data' | 'error';

/** When the present trend reaches the warning mark: ISO dates; the interval holds the truth four times in five. */
export interface TimeToBreach {
  readonly date: string;
  readonly earliest: string;
  readonly latest: string | null;
}

export interface ExpectedRange {
  readonly low: number;
  readonly high: number;
}

export interface Driver {
  readonly dimension: string;
  readonly member: string;
  readonly contribution: number;
}

/** One event of one series: what subscribers parse. Nothing in it can name a person. */
export interface Warning {
  readonly version: 1;
  /** The same event always has the same id. */
  readonly id: string;
  /** What the rule, channel and dimensions have in common over time: messages of one series share it. */
  readonly fingerprint: string;
  readonly rule: string;
  readonly rule_version: number;
  readonly kpi_id: string;
  readonly channel_id: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** First day of the period judged, or the hour on the channel's clock, as `2026-11-11T14:00`. */
  readonly period: string;
  readonly grain: Grain;
  /** Of an hour: the zone whose clock names it. */
  readonly time_zone?: string;
  readonly value: number | null;
  readonly mark: number | null;
  readonly expected: number | null;
  /** Nine usual periods of ten lie between these; absent where nothing says so. */
  readonly expected_range?: ExpectedRange;
  readonly severity: Severity;
  readonly state: WarningState;
  readonly previous_state: SeriesCondition;
  /** First day of the period with which the trouble began, or its hour. */
  readonly since: string;
  readonly time_to_breach: TimeToBreach | null;
  readonly drivers: readonly Driver[];
  readonly suggestion: Bilingual;
  readonly owner: string;
  readonly runbook: string;
  readonly report_path: string;
  readonly release: string;
  readonly text: Bilingual;
  /** Id of the message that this one repeats or escalates; absent in messages of their own. */
  readonly reminder_of?: string;
}

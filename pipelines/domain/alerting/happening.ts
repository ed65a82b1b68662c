import type { Kpi } from '../kpi.ts';
import type { Playbook } from '../playbook.ts';
import type { Bilingual } from '../text.ts';
import type { Threshold } from '../threshold.ts';
import type { Together, Yardstick } from './reading.ts';
import type { Driver, SeriesCondition, Severity, TimeToBreach, WarningState } from './warning.ts';

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
  /** The figure was not final. */
  readonly isRising?: boolean;
  readonly time_to_breach: TimeToBreach | null;
  readonly drivers: readonly Driver[];
}

export interface MessageContext {
  readonly rule: Threshold;
  readonly kpi: Kpi;
  readonly playbook: Playbook | undefined;
  /** Name of the channel, or of all channels together. */
  readonly channel: Bilingual;
  /** Zone of the channel's clock; said of hours. */
  readonly timeZone?: string | undefined;
  readonly release: string;
  /** How people call the member of a driver. */
  nameOf(driver: Driver): Bilingual;
}

import type { Tidemark } from './compose.ts';
import type { Pulse } from './domain/alerting/heartbeat.ts';
import type { Incident } from './domain/alerting/incident.ts';
import type { Silence } from './domain/alerting/silence.ts';
import type { Warning } from './domain/alerting/warning.ts';
import { type BacktestResult, backtestRule, readRule } from './steps/alerts-backtest.ts';
import { takePulse } from './steps/alerts-heartbeat.ts';
import { type IncidentWish, noteIncident } from './steps/alerts-incidents.ts';
import { type AcknowledgeWish, acknowledgeWarning, type SilenceWish, silenceWarnings } from './steps/alerts-notes.ts';
import { type Review, reviewThresholds } from './steps/alerts-review.ts';
import { currentRelease } from './steps/releases.ts';

/** What people do with warnings once they have them. */
export interface Alerts {
  acknowledge(wish: AcknowledgeWish): Promise<Warning>;
  silence(wish: SilenceWish): Promise<Silence>;
  /** What the rule in a file would have sent between two days (ISO dates). */
  backtest(file: string, days: { readonly from?: string; readonly to?: string }): Promise<BacktestResult>;
  /** Notes something that went wrong, whether or not a rule saw it. */
  incident(wish: IncidentWish): Promise<Incident>;
  review(): Promise<Review>;
  /** When thresholds were evaluated last; `hours`: after how many that is an alarm, else as the catalog says. */
  heartbeat(hours?: number): Promise<Pulse>;
}

export function composeAlerts(tidemark: Pick<Tidemark, 'lake' | 'definitions' | 'settings' | 'openRelease'>): Alerts {
  const ports = { lake: tidemark.lake, now: tidemark.settings.now };
  return {
    acknowledge: (wish) => acknowledgeWarning(wish, ports),
    silence: (wish) => silenceWarnings(wish, ports),
    async backtest(file, days) {
      const { definitions } = tidemark;
      const rule = readRule(file, definitions);
      const session = await tidemark.openRelease();
      try {
        return await backtestRule({ rule, ...days }, { session, definitions });
      } finally {
        await session.close();
      }
    },
    incident: (wish) => noteIncident(wish, { ...ports, definitions: tidemark.definitions }),
    async review() {
      const session =
        (await currentRelease(tidemark.lake)).release === undefined ? undefined : await tidemark.openRelease();
      try {
        return await reviewThresholds(tidemark.definitions, { ...ports, session });
      } finally {
        await session?.close();
      }
    },
    heartbeat: (hours) => takePulse(hours ?? tidemark.definitions.upkeep.heartbeat.alarm_after_hours, ports),
  };
}

import type { Tidemark } from './compose.ts';
import type { Pulse } from './domain/alerting/heartbeat.ts';
import type { RuleReview } from './domain/alerting/review.ts';
import type { Silence } from './domain/alerting/silence.ts';
import type { Warning } from './domain/alerting/warning.ts';
import { type BacktestResult, backtestRule, readRule } from './steps/alerts-backtest.ts';
import { takePulse } from './steps/alerts-heartbeat.ts';
import { type AcknowledgeWish, acknowledgeWarning, type SilenceWish, silenceWarnings } from './steps/alerts-notes.ts';
import { reviewThresholds } from './steps/alerts-review.ts';

/** What people do with warnings once they have them. */
export interface Alerts {
  acknowledge(wish: AcknowledgeWish): Promise<Warning>;
  silence(wish: SilenceWish): Promise<Silence>;
  /** What the rule in a file would have sent between two days (ISO dates). */
  backtest(file: string, days: { readonly from?: string; readonly to?: string }): Promise<BacktestResult>;
  review(): Promise<readonly RuleReview[]>;
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
    review: () => reviewThresholds(tidemark.definitions, ports),
    heartbeat: (hours) => takePulse(hours ?? tidemark.definitions.upkeep.heartbeat.alarm_after_hours, ports),
  };
}

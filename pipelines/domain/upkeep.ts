import { z } from 'zod';
import { severities } from './alerting/warning.ts';
import { identifier } from './text.ts';

/** When the watching itself gives cause for a warning. */
export const upkeep = z.strictObject({
  stale_source: z.strictObject({
    owner: z.string().min(1),
    runbook: identifier,
    severity: z.enum(severities),
    /** Late means so many times the usual distance between the ends of the source's files … */
    usual_times: z.number().min(1),
    /** … and at least so many days. */
    fewest_days: z.int().min(1),
    /** Days of silence after which a source is taken to have ended. */
    ended_after_days: z.int().min(1),
  }),
  overdue_review: z.strictObject({ runbook: identifier, severity: z.enum(severities) }),
  /** A rule that cannot be evaluated, because the release does not know its KPI. */
  blind_rule: z.strictObject({ runbook: identifier, severity: z.enum(severities) }),
  /** A rule whose evaluation broke down over some series. */
  failed_evaluation: z.strictObject({ owner: z.string().min(1), runbook: identifier, severity: z.enum(severities) }),
  heartbeat: z.strictObject({ alarm_after_hours: z.number().positive() }),
});
export type Upkeep = z.infer<typeof upkeep>;
/** What one file says; what it leaves out stays as it was. */
export const upkeepFile = upkeep.partial();

import { z } from 'zod';
import { warningStates } from './alerting/warning.ts';
import { bilingual, identifier } from './text.ts';

/** What to suggest, and what to do when a warning comes: one file per kind of trouble. */
export const playbook = z.strictObject({
  playbook: identifier,
  title: bilingual,
  /** The first that fits is shown; the last should fit always. */
  suggestions: z
    .array(
      z.strictObject({
        states: z.array(z.enum(warningStates)).optional(),
        severities: z.array(z.enum(['approaching', 'warning', 'critical'])).optional(),
        /** Member of the strongest driver, for instance a factor such as `sessions`. */
        drivers: z.array(z.string()).optional(),
        text: bilingual,
      }),
    )
    .min(1),
  runbook: z.strictObject({
    /** Post that leads. */
    lead: z.string().min(1),
    steps: z.array(bilingual).min(1),
    /** When to call whom next. */
    escalation: bilingual.optional(),
    /** Hours within which the first step is done. */
    respond_within_hours: z.number().positive().optional(),
  }),
});
export type Playbook = z.infer<typeof playbook>;

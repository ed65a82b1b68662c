import { z } from 'zod';
import { fits, warningMatch } from '../route.ts';
import type { Warning } from './warning.ts';

/** Somebody knows, and wants to hear nothing more of it until a time. */
export const silence = z.strictObject({
  id: z.string().min(1),
  match: warningMatch.refine((match) => Object.keys(match).length > 0, 'a silence must say what it is about'),
  owner: z.string().min(1),
  reason: z.string().min(1),
  /** ISO instants in UTC. */
  from: z.iso.datetime(),
  until: z.iso.datetime(),
});
export type Silence = z.infer<typeof silence>;

/** The silence that covers a warning at a time, if one does. */
export function silenceOf(warning: Warning, silences: readonly Silence[], now: Date): Silence | undefined {
  const instant = now.getTime();
  const isRunning = ({ from, until }: Silence) => Date.parse(from) <= instant && instant < Date.parse(until);
  return silences.find((one) => isRunning(one) && fits(warning, one.match));
}

export const verdicts = ['useful', 'noise'] as const;

/** Somebody has seen a warning, and says whether it was worth having. */
export const acknowledgement = z.strictObject({
  warning: z.string().min(1),
  by: z.string().min(1),
  at: z.iso.datetime(),
  verdict: z.enum(verdicts).optional(),
  note: z.string().optional(),
});
export type Acknowledgement = z.infer<typeof acknowledgement>;

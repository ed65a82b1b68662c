import type { Pace } from '../domain/alerting/pace.ts';
import type { Warning } from '../domain/alerting/warning.ts';

/**
 * What became of one delivery. `retry`: the same call may succeed later, and not before `pauseMs` where the other side asked
 * for a pause; `given_up`: it never will.
 */
export type Delivery =
  | { readonly outcome: 'sent' }
  | { readonly outcome: 'retry'; readonly reason: string; readonly pauseMs?: number }
  | { readonly outcome: 'given_up'; readonly reason: string };

/** Warnings of one run and audience that go out one by one, as messages of a topic do; who receives them may join them. */
export interface RunGroup {
  readonly run: number;
  readonly ids: readonly string[];
}

/** Port: tells somebody of one warning. Reasons never hold a secret, such as the token in a webhook's address. */
export interface Notifier {
  /** Name that routes use. */
  readonly name: string;
  /** How many messages it takes in which time; absent: any. */
  readonly paces?: readonly Pace[];
  deliver(warning: Warning, group?: RunGroup): Promise<Delivery>;
  /** Tells several warnings of one run and audience as one message. Absent: each comes by itself. */
  deliverGroup?(warnings: readonly Warning[]): Promise<Delivery>;
}

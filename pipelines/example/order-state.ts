import { dateTime } from './calendar.ts';
import type { Order, Refund } from './orders.ts';

/** What a platform knows of an order when it writes an export: later events read 0, or are absent. */
export interface OrderState {
  readonly paidAt: number;
  readonly cancelledAt: number;
  readonly shippedAt: number;
  readonly finishedAt: number;
  readonly refund: Refund | undefined;
}

export function stateAt(order: Order, at: number): OrderState {
  const known = (time: number): number => (time <= at ? time : 0);
  return {
    paidAt: known(order.paidAt),
    cancelledAt: known(order.cancelledAt),
    shippedAt: known(order.shippedAt),
    finishedAt: known(order.finishedAt),
    refund: order.refund !== undefined && order.refund.at <= at ? order.refund : undefined,
  };
}

/** A time as `2026-10-31 14:05:33`, or another text for what has not happened yet. */
export function timeCell(time: number, never = ''): string {
  return time === 0 ? never : dateTime(time);
}

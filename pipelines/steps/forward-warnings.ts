import { createHash } from 'node:crypto';
import type { Warning } from '../domain/alerting/warning.ts';
import { DeliveryError } from '../domain/errors.ts';
import type { Lake } from '../lake/lake.ts';
import type { Delivery, Notifier } from '../notify/notifier.ts';

export interface ForwardPorts {
  readonly lake: Lake;
  readonly robots: readonly Notifier[];
}

export interface ForwardReport {
  readonly sent: number;
  /** Forwarded before: the topic delivered the message again. */
  readonly repeated: number;
  readonly given_up: readonly string[];
}

/**
 * Hands warnings on to group robots. What a robot has had is recorded, so a message that the topic repeats is not.
 * @throws DeliveryError, retryable, where a robot could not take its message now; the caller tries all of it again.
 */
export async function forwardWarnings(
  warnings: readonly Warning[],
  { lake, robots }: ForwardPorts,
): Promise<ForwardReport> {
  const outcomes: { readonly robot: string; readonly outcome: Outcome }[] = [];
  for (const warning of warnings) {
    for (const robot of robots) outcomes.push({ robot: robot.name, outcome: await forward(warning, robot, lake) });
  }
  const reasonsOf = (kind: 'retry' | 'given_up') =>
    outcomes.flatMap(({ robot, outcome }) => (outcome.outcome === kind ? [`${robot}: ${outcome.reason}`] : []));
  const count = (kind: Outcome['outcome']) => outcomes.filter(({ outcome }) => outcome.outcome === kind).length;
  const postponed = reasonsOf('retry');
  if (postponed.length === 0) {
    return { sent: count('sent'), repeated: count('repeated'), given_up: reasonsOf('given_up') };
  }
  throw new DeliveryError('a group robot did not take a warning', {
    where: postponed.join('; '),
    next: 'nothing to do: it is tried again, and then kept on the queue of undelivered warnings',
    retryable: true,
  });
}

type Outcome = Delivery | { readonly outcome: 'repeated' };

async function forward(warning: Warning, robot: Notifier, lake: Lake): Promise<Outcome> {
  const key = `alerts/forwarded/${robot.name}/${createHash('sha256').update(warning.id).digest('hex')}.json`;
  if ((await lake.read(key)) !== undefined) return { outcome: 'repeated' };
  const delivery = await robot.deliver(warning);
  if (delivery.outcome !== 'retry')
    await lake.create(key, Buffer.from(JSON.stringify({ id: warning.id, ...delivery })));
  return delivery;
}

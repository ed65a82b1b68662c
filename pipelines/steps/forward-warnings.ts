import { createHash } from 'node:crypto';
import type { Warning } from '../domain/alerting/warning.ts';
import { DeliveryError } from '../domain/errors.ts';
import type { Lake } from '../lake/lake.ts';
import type { Delivery, Notifier, RunGroup } from '../notify/notifier.ts';
import { type AlertRun, runKey } from './alert-store.ts';
import { findJson } from './lake-json.ts';
import { pauseTurns, type TurnPorts, takeTurn } from './take-turn.ts';

export interface ForwardPorts extends TurnPorts {
  readonly robots: readonly Notifier[];
}

export interface ForwardReport {
  /** Messages to robots, of one warning or a group. */
  readonly sent: number;
  /** Told before: the topic brought the message again, or it came with its group. */
  readonly repeated: number;
  readonly given_up: readonly string[];
}

/** A message as the topic brought it. */
export interface ForwardedMessage {
  readonly warning: Warning;
  /** What belongs to it; it comes by messages of its own. */
  readonly group?: RunGroup | undefined;
}

/**
 * Hands warnings on to group robots, not faster than their platforms take messages; one that asks for a pause is left alone for so long. The first message of a group brings all of it that its topic carries, as one. What a robot has had is
 * recorded, so that a message which the topic repeats, or which came with its group, is not told again.
 * @throws DeliveryError, retryable, where a robot could not take its message now; the caller tries all of it again.
 */
export async function forwardWarnings(
  messages: readonly ForwardedMessage[],
  { robots, ...ports }: ForwardPorts,
): Promise<ForwardReport> {
  const outcomes: { readonly robot: string; readonly outcome: Outcome }[] = [];
  const pausing = new Map<string, Delivery>();
  for (const message of messages) {
    for (const robot of robots) {
      // The next try waits until its platform listens again.
      const outcome = pausing.get(robot.name) ?? (await forward(message, robot, ports));
      if ('pauseMs' in outcome) pausing.set(robot.name, outcome);
      outcomes.push({ robot: robot.name, outcome });
    }
  }
  const reasonsOf = (kind: 'retry' | 'given_up') =>
    outcomes.flatMap(({ robot, outcome }) => (outcome.outcome === kind ? [`${robot}: ${outcome.reason}`] : []));
  const count = (kind: Outcome['outcome']) => outcomes.filter(({ outcome }) => outcome.outcome === kind).length;
  const refused = reasonsOf('retry');
  if (refused.length === 0) {
    return { sent: count('sent'), repeated: count('repeated'), given_up: reasonsOf('given_up') };
  }
  throw new DeliveryError('a group robot did not take a warning', {
    where: refused.join('; '),
    next: 'nothing to do: it is tried again, and then kept on the queue of undelivered warnings',
    retryable: true,
  });
}

type Outcome = Delivery | { readonly outcome: 'repeated' };

async function forward({ warning, group }: ForwardedMessage, robot: Notifier, ports: TurnPorts): Promise<Outcome> {
  const { lake } = ports;
  if (await isForwarded(warning.id, robot, lake)) return { outcome: 'repeated' };
  if (!(await takeTurn(robot.name, robot.paces ?? [], ports))) {
    return { outcome: 'retry', reason: 'it has had as many messages as its platform takes' };
  }
  // While this one waited for its turn, another process may have told it.
  if (await isForwarded(warning.id, robot, lake)) return { outcome: 'repeated' };
  const company = robot.deliverGroup === undefined ? [] : await companyOf(warning, group, lake);
  const together = [warning];
  for (const one of company) if (!(await isForwarded(one.id, robot, lake))) together.push(one);
  const delivery =
    together.length > 1 && robot.deliverGroup ? await robot.deliverGroup(together) : await robot.deliver(warning);
  if (delivery.outcome === 'retry') return await postponed(delivery, robot, ports);
  for (const { id } of together) {
    await lake.create(recordKey(id, robot), Buffer.from(JSON.stringify({ id, ...delivery })));
  }
  return delivery;
}

/** Every process leaves a robot alone whose platform wants a pause. */
async function postponed(
  delivery: Extract<Delivery, { readonly outcome: 'retry' }>,
  robot: Notifier,
  ports: TurnPorts,
): Promise<Delivery> {
  const { pauseMs } = delivery;
  if (pauseMs !== undefined) await pauseTurns(robot.name, ports.now().getTime() + pauseMs, ports);
  return delivery;
}

/** The other warnings of the group that come by the same topic, from the evaluation that raised them. */
async function companyOf(warning: Warning, group: RunGroup | undefined, lake: Lake): Promise<Warning[]> {
  const run = group === undefined ? undefined : await findJson<AlertRun>(lake, runKey(group.run));
  return (run?.warnings ?? []).filter(
    ({ id, severity }) => id !== warning.id && severity === warning.severity && group?.ids.includes(id),
  );
}

async function isForwarded(id: string, robot: Notifier, lake: Lake): Promise<boolean> {
  return (await lake.read(recordKey(id, robot))) !== undefined;
}

function recordKey(id: string, robot: Notifier): string {
  return `alerts/forwarded/${robot.name}/${createHash('sha256').update(id).digest('hex')}.json`;
}

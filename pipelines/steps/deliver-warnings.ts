import type { Warning } from '../domain/alerting/warning.ts';
import { LakeError } from '../domain/errors.ts';
import { notifiersFor, type Route } from '../domain/route.ts';
import type { Lake } from '../lake/lake.ts';
import type { Notifier } from '../notify/notifier.ts';
import { encode, readRuns } from './alert-store.ts';

export interface DeliverPorts {
  readonly lake: Lake;
  readonly notifiers: readonly Notifier[];
  readonly routes: readonly Route[];
}

/** What happened to the warnings of one notifier in this call. */
export interface DeliveryReport {
  readonly notifier: string;
  readonly sent: number;
  /** Not sent for a named reason, by reason. */
  readonly withheld: Readonly<Record<string, number>>;
  /** Why delivery stopped; what is left follows with the next call. */
  readonly stopped: string | null;
}

/** How far a notifier has come: runs before `run` are done, and in `run` the first `done` warnings. */
interface Progress {
  readonly run: number;
  readonly done: number;
  /** Warnings that will never be delivered, with the reason. */
  readonly given_up: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Brings every recorded warning to the notifiers that its routes name, each notifier in order. Progress is recorded after
 * each message, so that a kill repeats one message at most, and loses none.
 */
export async function deliverWarnings(ports: DeliverPorts): Promise<DeliveryReport[]> {
  const reports: DeliveryReport[] = [];
  for (const notifier of ports.notifiers) reports.push(await deliverTo(notifier, ports));
  return reports;
}

async function deliverTo(notifier: Notifier, { lake, routes }: DeliverPorts): Promise<DeliveryReport> {
  const log = await ProgressLog.open(lake, notifier.name);
  const withheld: Record<string, number> = {};
  let sent = 0;
  for await (const { warning, ...position } of pending(lake, log.progress)) {
    const outcome = await handOver(warning, notifier, routes);
    if (outcome.kind === 'stopped') return { notifier: notifier.name, sent, withheld, stopped: outcome.reason };
    if (outcome.kind === 'sent') sent++;
    else withheld[outcome.kind] = (withheld[outcome.kind] ?? 0) + 1;
    await log.advance(position, outcome.kind === 'given_up' ? { id: warning.id, reason: outcome.reason } : undefined);
  }
  return { notifier: notifier.name, sent, withheld, stopped: null };
}

/** Warnings that the notifier has not had yet, in order, each with the progress that is made once it is done. */
async function* pending(lake: Lake, { run, done }: Progress) {
  for await (const { sequence, warnings } of readRuns(lake, run - 1)) {
    const from = sequence === run ? done : 0;
    for (const [offset, warning] of warnings.slice(from).entries()) {
      yield { warning, run: sequence, done: from + offset + 1 };
    }
  }
}

type Outcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'not_routed' }
  | { readonly kind: 'given_up'; readonly reason: string }
  | { readonly kind: 'stopped'; readonly reason: string };

async function handOver(warning: Warning, notifier: Notifier, routes: readonly Route[]): Promise<Outcome> {
  if (!notifiersFor(warning, routes).has(notifier.name)) return { kind: 'not_routed' };
  const delivery = await notifier.deliver(warning);
  switch (delivery.outcome) {
    case 'sent':
      return { kind: 'sent' };
    case 'given_up':
      return { kind: 'given_up', reason: delivery.reason };
    case 'retry':
      return { kind: 'stopped', reason: delivery.reason };
  }
}

/** The recorded progress of one notifier, moved by compare-and-swap. */
class ProgressLog {
  progress: Progress;
  private readonly lake: Lake;
  private readonly key: string;
  private tag: string | undefined;

  private constructor(lake: Lake, key: string, found: { progress: Progress; tag: string | undefined }) {
    this.lake = lake;
    this.key = key;
    this.progress = found.progress;
    this.tag = found.tag;
  }

  static async open(lake: Lake, notifier: string): Promise<ProgressLog> {
    const key = `alerts/deliveries/${notifier}.json`;
    const stored = await lake.readVersion(key);
    const start: Progress = { run: 1, done: 0, given_up: [] };
    const progress = stored === undefined ? start : (JSON.parse(new TextDecoder().decode(stored.body)) as Progress);
    return new ProgressLog(lake, key, { progress, tag: stored?.tag });
  }

  async advance(position: { run: number; done: number }, lost?: { id: string; reason: string }): Promise<void> {
    const given_up = lost === undefined ? this.progress.given_up : [...this.progress.given_up, lost];
    const next: Progress = { ...position, given_up };
    const body = encode(JSON.stringify(next));
    if ((await this.lake.swap(this.key, body, this.tag)) === 'lost') {
      throw new LakeError('another process is delivering warnings at the same time', {
        where: `${this.lake.location}/${this.key}`,
        next: 'nothing to do: it delivers these as well; run `tidemark evaluate` again to see that nothing is left',
        retryable: true,
      });
    }
    this.progress = next;
    this.tag = (await this.lake.readVersion(this.key))?.tag;
  }
}

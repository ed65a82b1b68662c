import { isEnd } from '../domain/alerting/open-warnings.ts';
import { type Silence, silenceOf } from '../domain/alerting/silence.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import { notifiersFor, type Route } from '../domain/route.ts';
import type { Lake } from '../lake/lake.ts';
import type { Delivery, Notifier } from '../notify/notifier.ts';
import { readRuns } from './alert-store.ts';
import { readSilences } from './alerts-notes.ts';
import { type Held, type Position, ProgressLog, type ProgressNote } from './delivery-progress.ts';

export interface DeliverPorts {
  readonly lake: Lake;
  readonly notifiers: readonly Notifier[];
  readonly routes: readonly Route[];
  readonly now: () => Date;
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

/**
 * Brings every recorded warning to the notifiers that its routes name, each notifier in order. Progress is recorded after
 * each message, so that a kill repeats one message at most, and loses none.
 */
export async function deliverWarnings(ports: DeliverPorts): Promise<DeliveryReport[]> {
  const silences = await readSilences(ports.lake);
  const reports: DeliveryReport[] = [];
  for (const notifier of ports.notifiers) reports.push(await new Round(notifier, ports, silences).run());
  return reports;
}

type Outcome = Delivery | { readonly outcome: 'not_routed' | 'silenced' | 'never_told' };

/** One notifier's turn. */
class Round {
  readonly #notifier: Notifier;
  readonly #ports: DeliverPorts;
  readonly #silences: readonly Silence[];
  readonly #withheld: Record<string, number> = {};
  #sent = 0;

  constructor(notifier: Notifier, ports: DeliverPorts, silences: readonly Silence[]) {
    this.#notifier = notifier;
    this.#ports = ports;
    this.#silences = silences;
  }

  async run(): Promise<DeliveryReport> {
    const log = await ProgressLog.open(this.#ports.lake, this.#notifier.name);
    for await (const { warning, position } of this.#pending(log)) {
      const outcome = await this.#handOver(warning, log);
      if (outcome.outcome === 'retry') return this.#report(outcome.reason);
      this.#count(outcome);
      await log.advance(position, noteOf(warning, outcome));
    }
    return this.#report(await this.#tellAfterSilence(log));
  }

  /** Warnings that the notifier has not had yet, in order, each with the position that is reached once it is done. */
  async *#pending({ progress }: ProgressLog): AsyncGenerator<{ warning: Warning; position: Position }> {
    const { run, done } = progress;
    for await (const { sequence, warnings } of readRuns(this.#ports.lake, run - 1)) {
      const from = sequence === run ? done : 0;
      for (const [offset, warning] of warnings.slice(from).entries()) {
        yield { warning, position: { run: sequence, done: from + offset + 1 } };
      }
    }
  }

  async #handOver(warning: Warning, log: ProgressLog): Promise<Outcome> {
    if (!notifiersFor(warning, this.#ports.routes).has(this.#notifier.name)) return { outcome: 'not_routed' };
    // The end of something that nobody heard of would only puzzle them.
    if (isEndOf(warning, log.heldOf(warning))) return { outcome: 'never_told' };
    if (silenceOf(warning, this.#silences, this.#ports.now())) return { outcome: 'silenced' };
    return await this.#notifier.deliver(warning);
  }

  /** A trouble that outlives its silence is told then. Returns why that stopped, if it did. */
  async #tellAfterSilence(log: ProgressLog): Promise<string | null> {
    for (const { warning } of log.progress.held) {
      if (silenceOf(warning, this.#silences, this.#ports.now())) continue;
      const outcome = await this.#notifier.deliver(warning);
      if (outcome.outcome === 'retry') return outcome.reason;
      this.#count(outcome);
      await log.release(warning.id);
    }
    return null;
  }

  #count({ outcome }: Outcome): void {
    if (outcome === 'sent') this.#sent++;
    else this.#withheld[outcome] = (this.#withheld[outcome] ?? 0) + 1;
  }

  #report(stopped: string | null): DeliveryReport {
    return { notifier: this.#notifier.name, sent: this.#sent, withheld: this.#withheld, stopped };
  }
}

/** Whether a message closes or takes back something of which nothing was told. */
function isEndOf(warning: Warning, held: Held | undefined): boolean {
  if (!held?.untold) return false;
  if (warning.state === 'corrected') return warning.period === held.warning.period;
  return isEnd(warning) || warning.state === 'recovering';
}

function noteOf(warning: Warning, outcome: Outcome): ProgressNote {
  switch (outcome.outcome) {
    case 'silenced':
      return isEnd(warning) ? { drop: warning } : { hold: warning };
    case 'never_told':
      return isEnd(warning) ? { drop: warning } : {};
    case 'given_up':
      return { givenUp: { id: warning.id, reason: outcome.reason } };
    case 'sent':
      return { drop: warning };
    default:
      return {};
  }
}

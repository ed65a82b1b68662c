import type { DataBehind } from '../domain/alerting/data-behind.ts';
import type { Surroundings } from '../domain/alerting/delivery-decision.ts';
import { type DeliveryStep, planRest, planRun } from '../domain/alerting/delivery-plan.ts';
import type { Acknowledgement } from '../domain/alerting/silence.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import type { Calendar } from '../domain/calendar.ts';
import { type Inhibition, type Route, route, type WrittenRoute } from '../domain/route.ts';
import type { Lake } from '../lake/lake.ts';
import type { Delivery, Notifier, RunGroup } from '../notify/notifier.ts';
import { readRuns } from './alert-store.ts';
import { readAcknowledgements, readSilences } from './alerts-notes.ts';
import { ProgressLog } from './delivery-progress.ts';

export interface DeliverPorts {
  readonly lake: Lake;
  readonly notifiers: readonly Notifier[];
  readonly routes: readonly (Route | WrittenRoute)[];
  /** Default: no trouble mutes another. */
  readonly inhibitions?: readonly Inhibition[];
  /** Which datasets are behind a warning, for inhibitions that ask. */
  readonly behind?: DataBehind;
  /** Calendars on whose days routes rest. */
  readonly calendars?: ReadonlyMap<string, Calendar>;
  readonly now: () => Date;
}

/** What happened to the warnings of one notifier in this call. */
export interface DeliveryReport {
  readonly notifier: string;
  readonly sent: number;
  /** Not sent for a named reason, by reason. The log of deliveries says it for each warning. */
  readonly withheld: Readonly<Record<string, number>>;
  /** Why delivery stopped; what is left follows with the next call. */
  readonly stopped: string | null;
}

/**
 * Brings every recorded warning to the notifiers that its routes name, each notifier in order. Progress is recorded after
 * each message, so that a kill repeats one message at most, and loses none.
 */
export async function deliverWarnings(ports: DeliverPorts): Promise<DeliveryReport[]> {
  const { lake, calendars = new Map<string, Calendar>(), inhibitions = [] } = ports;
  const acknowledgements = await readAcknowledgements(lake);
  const routes = ports.routes.map((written) => route.parse(written));
  const silences = await readSilences(lake);
  const common = { routes, inhibitions, calendars, silences, behind: ports.behind, now: ports.now() };
  const reports: DeliveryReport[] = [];
  for (const notifier of ports.notifiers) {
    const around = { ...common, notifier: notifier.name };
    reports.push(await new Round({ notifier, lake, acknowledgements, around }).run());
  }
  return reports;
}

interface RoundInput {
  readonly notifier: Notifier;
  readonly lake: Lake;
  readonly acknowledgements: ReadonlyMap<string, Acknowledgement>;
  readonly around: Surroundings;
}

/** One notifier's turn. */
class Round {
  readonly #input: RoundInput;
  readonly #withheld: Record<string, number> = {};
  #sent = 0;

  constructor(input: RoundInput) {
    this.#input = input;
  }

  async run(): Promise<DeliveryReport> {
    const { lake, notifier, around, acknowledgements } = this.#input;
    const log = await ProgressLog.open(lake, notifier.name);
    const grouped = notifier.deliverGroup !== undefined;
    for await (const run of readRuns(lake, log.progress.run - 1)) {
      const { steps, withheld } = planRun(log.progress, run, { around, grouped });
      this.#count(withheld);
      const stopped = await this.#take(steps, log, run.sequence);
      if (stopped !== null) return this.#report(stopped);
    }
    return this.#report(await this.#take(planRest(log.progress, acknowledgements, around), log));
  }

  /** Hands over what each step holds. Returns why that stopped, if it did. */
  async #take(steps: readonly DeliveryStep[], log: ProgressLog, run?: number): Promise<string | null> {
    for (const { messages, together, after } of steps) {
      const group = run === undefined || together === undefined ? undefined : { run, ids: together };
      const delivery = await this.#handOver(messages, group);
      if (delivery.outcome === 'retry') return delivery.reason;
      if (delivery.outcome === 'sent') this.#sent += messages.length;
      else this.#count({ given_up: messages.length });
      const { outcome } = delivery;
      const givenUp = outcome === 'sent' ? [] : messages.map(({ id }) => ({ id, reason: delivery.reason }));
      await log.write(after, givenUp);
    }
    return null;
  }

  async #handOver(messages: readonly Warning[], group: RunGroup | undefined): Promise<Delivery> {
    const { notifier } = this.#input;
    const [first, ...others] = messages;
    if (first === undefined) return { outcome: 'sent' };
    return others.length === 0 || notifier.deliverGroup === undefined
      ? notifier.deliver(first, group)
      : notifier.deliverGroup(messages);
  }

  #count(reasons: Readonly<Record<string, number>>): void {
    for (const [reason, count] of Object.entries(reasons)) {
      this.#withheld[reason] = (this.#withheld[reason] ?? 0) + count;
    }
  }

  #report(stopped: string | null): DeliveryReport {
    return { notifier: this.#input.notifier.name, sent: this.#sent, withheld: this.#withheld, stopped };
  }
}

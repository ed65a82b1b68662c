import {
  type Decision,
  decide,
  fittingRoutes,
  type Held,
  reasonToHold,
  type Surroundings,
} from './delivery-decision.ts';
import { type Trouble, troublesAfter } from './inhibit.ts';
import { isEnd } from './open-warnings.ts';
import { dueReminder, isRepeated, type Watched } from './reminder.ts';
import type { Acknowledgement } from './silence.ts';
import type { Warning } from './warning.ts';

/** How far one notifier is: runs before `run` are done, and in `run` the first `done` warnings. */
export interface Progress {
  readonly run: number;
  readonly done: number;
  /** Sent out of turn in `run`, as part of a group. */
  readonly ahead: readonly string[];
  /** Warnings that will never be delivered, with the reason. */
  readonly given_up: readonly { readonly id: string; readonly reason: string }[];
  readonly held: readonly Held[];
  readonly watched: readonly Watched[];
  /** Lasting troubles that may mute others. */
  readonly troubles: readonly Trouble[];
  /** Why the latest warnings were not sent, oldest first. */
  readonly withheld: readonly Withheld[];
}

export interface Withheld {
  readonly id: string;
  readonly reason: string;
  /** Silence, inhibition or route behind it. */
  readonly by?: string;
}

export const startOfDelivery: Progress = {
  run: 1,
  done: 0,
  ahead: [],
  given_up: [],
  held: [],
  watched: [],
  troubles: [],
  withheld: [],
};

/** One message, or several as one, and what is recorded once it is handed over. No message: only the record. */
export interface DeliveryStep {
  readonly messages: readonly Warning[];
  /** Ids of the messages of one run and audience that follow each other one by one. */
  readonly together?: readonly string[];
  readonly after: Progress;
}

export interface DeliveryPlan {
  readonly steps: readonly DeliveryStep[];
  /** Kept back in this run, by reason. */
  readonly withheld: Readonly<Record<string, number>>;
}

export interface RunToDeliver {
  readonly sequence: number;
  readonly evaluated_at: string;
  readonly warnings: readonly Warning[];
}

const rememberedReasons = 200;

/** What one notifier is told of a run, in order. `grouped`: the messages of one audience come as one. */
export function planRun(
  progress: Progress,
  run: RunToDeliver,
  { around, grouped }: { readonly around: Surroundings; readonly grouped: boolean },
): DeliveryPlan {
  const troubles = troublesAfter(progress.troubles, run.warnings, around.inhibitions);
  const singles: DeliveryStep[] = [];
  const withheld: Record<string, number> = {};
  let state: Progress = { ...progress, run: run.sequence };
  const from = progress.run === run.sequence ? progress.done : 0;
  for (const [offset, warning] of run.warnings.entries()) {
    if (offset < from) continue;
    const escalated = state.watched.some((one) => isSameSeries(one, warning) && one.escalated === true);
    const held = state.held.find((one) => isSameSeries(one, warning));
    const decision = decide(warning, { held, escalated, troubles }, around);
    state = { ...noteDecision(state, decision, { warning, raised_at: run.evaluated_at, around }), done: offset + 1 };
    if (decision.deed === 'send') singles.push({ messages: [warning], after: state });
    else withheld[decision.reason] = (withheld[decision.reason] ?? 0) + 1;
  }
  const lasting = troubles.filter(({ until }) => until === null);
  const end = { messages: [], after: { ...state, troubles: lasting, run: run.sequence + 1, done: 0, ahead: [] } };
  const told = grouped ? groupSteps(progress, singles, around) : nameCompany(singles, around);
  return { steps: [...told, end], withheld };
}

/** What a notifier is told besides: troubles that outlived what kept them back, and reminders. */
export function planRest(
  progress: Progress,
  acknowledgements: ReadonlyMap<string, Acknowledgement>,
  around: Surroundings,
): readonly DeliveryStep[] {
  const steps: DeliveryStep[] = [];
  let state = progress;
  for (const { warning } of progress.held) {
    if (reasonToHold(warning, progress.troubles, around) !== undefined) continue;
    state = noteDecision(state, { deed: 'send' }, { warning, raised_at: around.now.toISOString(), around });
    steps.push({ messages: [warning], after: state });
  }
  for (const watched of progress.watched) {
    const reminder = dueReminder(watched, acknowledgements, around);
    if (reminder === undefined || reasonToHold(watched.warning, progress.troubles, around) !== undefined) continue;
    const told_at = around.now.toISOString();
    const next: Watched =
      watched.told_at === null
        ? { ...watched, told_at, reminders: 0, escalated: true }
        : { ...watched, told_at, reminders: watched.reminders + 1 };
    state = { ...state, watched: [...state.watched.filter((one) => !isSameSeries(one, watched.warning)), next] };
    steps.push({ messages: [reminder], after: state });
  }
  return steps;
}

/** Messages of one audience together; what was sent of the run is remembered by id until all of it is. */
function groupSteps(progress: Progress, singles: readonly DeliveryStep[], around: Surroundings): DeliveryStep[] {
  const messages = singles.flatMap((step) => step.messages).filter(({ id }) => !progress.ahead.includes(id));
  const groups = Map.groupBy(messages, (warning) => groupKey(warning, around));
  const ahead = [...progress.ahead];
  return [...groups.values()].map((group) => {
    ahead.push(...group.map(({ id }) => id));
    return { messages: group, after: { ...progress, ahead: [...ahead] } };
  });
}

/** Messages that go out one by one say which others belong to them. */
function nameCompany(singles: readonly DeliveryStep[], around: Surroundings): DeliveryStep[] {
  const keyOf = ({ messages: [warning] }: DeliveryStep) => (warning === undefined ? '' : groupKey(warning, around));
  const groups = Map.groupBy(singles, keyOf);
  return singles.map((step) => {
    const together = (groups.get(keyOf(step)) ?? []).flatMap(({ messages }) => messages.map(({ id }) => id));
    return together.length > 1 ? { ...step, together } : step;
  });
}

function groupKey(warning: Warning, around: Surroundings): string {
  const route = fittingRoutes(warning, around)[0];
  const { owner, channel_id: channel, rule } = warning;
  const fields = { owner, channel, rule };
  return JSON.stringify([route?.route, ...(route?.group_by ?? (['owner'] as const)).map((field) => fields[field])]);
}

interface Noted {
  readonly warning: Warning;
  readonly raised_at: string;
  readonly around: Surroundings;
}

function noteDecision(state: Progress, decision: Decision, noted: Noted): Progress {
  const { warning } = noted;
  const held = state.held.filter((one) => !isSameSeries(one, warning));
  const watched = watchedAfter(state, decision, noted);
  if (decision.deed === 'send') return { ...state, held, watched };
  const { deed, ...reason } = decision;
  const withheld = [...state.withheld, { id: warning.id, ...reason }].slice(-rememberedReasons);
  const next = { ...state, watched, withheld };
  if (deed === 'hold') {
    const before = state.held.find((one) => isSameSeries(one, warning));
    return { ...next, held: [...held, { warning, untold: before?.untold ?? warning.previous_state === 'ok' }] };
  }
  return deed === 'drop' && isEnd(warning) ? { ...next, held } : next;
}

function watchedAfter(state: Progress, { deed }: Decision, { warning, raised_at, around }: Noted): readonly Watched[] {
  const others = state.watched.filter((one) => !isSameSeries(one, warning));
  const before = state.watched.find((one) => isSameSeries(one, warning));
  if (isEnd(warning)) return others;
  if (deed === 'wait') {
    return [...others, { warning, raised_at: before?.raised_at ?? raised_at, told_at: null, reminders: 0 }];
  }
  if (deed !== 'send') return state.watched;
  // Nobody needs to be reminded of what gets better by itself.
  if (warning.state === 'recovering') return others;
  const isWatched = isRepeated(warning, around) || before !== undefined;
  if (!isWatched) return others;
  const told = { warning, raised_at, told_at: around.now.toISOString(), reminders: 0 };
  return [...others, before?.escalated ? { ...told, escalated: true } : told];
}

function isSameSeries({ warning }: { readonly warning: Warning }, other: Warning): boolean {
  return warning.fingerprint === other.fingerprint;
}

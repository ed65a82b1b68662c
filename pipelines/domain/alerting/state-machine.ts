import { isAtLeast, type Level, type Reading } from './reading.ts';
import type { SeriesCondition, Severity, WarningState } from './warning.ts';

/** What is known about one series of one rule: all that later periods need. */
export interface Machine {
  readonly condition: 'ok' | 'approaching' | 'breached' | 'recovering' | 'no_data';
  readonly severity: Severity | null;
  /** Period with which the present trouble began. */
  readonly since: string | null;
  /** Periods in a row beyond the recovery mark. */
  readonly good: number;
  /** Recovery was announced in this trouble already. */
  readonly announced: boolean;
  /** Period since which the rule cannot be evaluated. */
  readonly brokenSince: string | null;
  /** Side of the present trouble, for rules that look at both. */
  readonly side?: 1 | -1;
}

export const idle: Machine = {
  condition: 'ok',
  severity: null,
  since: null,
  good: 0,
  announced: false,
  brokenSince: null,
};

/** Nothing is wrong, and nothing is remembered. */
export function isIdle(machine: Machine): boolean {
  return (
    machine.condition === 'ok' &&
    machine.severity === null &&
    machine.since === null &&
    machine.brokenSince === null &&
    machine.good === 0 &&
    !machine.announced
  );
}

/** A change that somebody should hear of. */
export interface Change {
  readonly period: string;
  readonly state: WarningState;
  readonly previous: SeriesCondition;
  readonly severity: Severity;
  readonly since: string;
}

/** Why nothing is told about a period. */
export type SilentReason =
  | 'clear'
  | 'within_chance'
  | 'below_floor'
  | 'too_few_periods'
  | 'already_told'
  | 'inside_recovery_band'
  | 'recovery_not_confirmed'
  | 'relapsed'
  | Exclude<Reading, { kind: 'judged' }>['reason'];

export interface Advance {
  readonly machine: Machine;
  readonly changes: readonly Change[];
  /** Named reason of silence; undefined when there are changes. */
  readonly silent: SilentReason | undefined;
}

export interface AdvanceInput {
  readonly period: string;
  readonly reading: Reading;
  /** Level after `for` M of N; never above the reading's own. */
  readonly level: Level;
  readonly recoverAfter: number;
  /** What being past the mark is called: presence rules say `no_data`. */
  readonly trouble: 'breached' | 'no_data';
}

/** Takes one period into account. Periods without a verdict change nothing. */
export function advance(machine: Machine, input: AdvanceInput): Advance {
  const { reading, period } = input;
  if (reading.kind === 'unjudged') {
    return reading.reason === 'not_named' ? leave(machine, period) : { machine, changes: [], silent: reading.reason };
  }
  if (reading.kind === 'error') return breakDown(machine, period);
  if (machine.brokenSince === null) return judgeBothSides(machine, input);
  const mended: Change = {
    period,
    state: 'recovered',
    previous: 'error',
    severity: machine.severity ?? 'warning',
    since: machine.brokenSince,
  };
  const next = judgeBothSides({ ...machine, brokenSince: null }, input);
  return { ...next, changes: [mended, ...next.changes], silent: undefined };
}

function breakDown(machine: Machine, period: string): Advance {
  if (machine.brokenSince !== null) return { machine, changes: [], silent: 'not_a_number' };
  const change: Change = { period, state: 'error', previous: machine.condition, severity: 'warning', since: period };
  return { machine: { ...machine, brokenSince: period }, changes: [change], silent: undefined };
}

/** Nobody watches the series any more: what was wrong with it is closed, and called neither good nor bad. */
function leave(machine: Machine, period: string): Advance {
  const { condition, brokenSince, severity, since } = machine;
  const end = { period, state: 'unwatched', severity: severity ?? 'warning' } as const;
  const changes: Change[] = [];
  if (brokenSince !== null) changes.push({ ...end, previous: 'error', since: brokenSince });
  if (condition !== 'ok') changes.push({ ...end, previous: condition, since: since ?? period });
  if (changes.length === 0) return { machine, changes, silent: 'not_named' };
  return { machine: idle, changes, silent: undefined };
}

/** From too much to too little is the end of one trouble and the begin of another. */
function judgeBothSides(machine: Machine, input: AdvanceInput): Advance {
  const side = input.reading.kind === 'judged' ? input.reading.side : undefined;
  const { period, level } = input;
  if (level === 'clear' || side === undefined || machine.side === undefined || side === machine.side) {
    return judge(machine, input);
  }
  const over: Change = {
    period,
    state: 'recovered',
    previous: machine.condition,
    severity: machine.severity ?? 'warning',
    since: machine.since ?? period,
  };
  const next = judge(idle, input);
  return { ...next, changes: [over, ...next.changes] };
}

function judge(machine: Machine, input: AdvanceInput): Advance {
  const worse = worsen(machine, input);
  if (worse !== undefined) return worse;
  if (machine.condition === 'ok') return { machine, changes: [], silent: silenceOf(input) };
  if (input.reading.kind === 'judged' && input.reading.beyondRecovery) return improve(machine, input);
  if (machine.condition === 'recovering') return stay({ ...machine, condition: 'breached', good: 0 }, 'relapsed');
  const silent = input.level === 'clear' ? 'inside_recovery_band' : 'already_told';
  return stay(machine.good === 0 ? machine : { ...machine, good: 0 }, silent);
}

/** Enters a trouble or makes it graver; severity never falls before recovery, or it would flap between two marks. */
function worsen(machine: Machine, input: AdvanceInput): Advance | undefined {
  const { level, period } = input;
  if (level === 'clear') return undefined;
  const known: Level = machine.severity ?? 'clear';
  if (isAtLeast(known, level)) return undefined;
  const condition = level === 'approaching' ? 'approaching' : input.trouble;
  const entered = condition !== machine.condition && machine.condition !== 'recovering';
  const { side, began = period } = input.reading.kind === 'judged' ? input.reading : {};
  const since = entered || machine.since === null ? began : machine.since;
  return {
    machine: { ...machine, condition, severity: level, since, good: 0, ...(side && { side }) },
    changes: [{ period, state: condition, previous: machine.condition, severity: level, since }],
    silent: undefined,
  };
}

function improve(machine: Machine, input: AdvanceInput): Advance {
  const { period } = input;
  const severity = machine.severity ?? 'warning';
  const since = machine.since ?? period;
  const good = machine.good + 1;
  if (good >= input.recoverAfter) {
    const change: Change = { period, state: 'recovered', previous: machine.condition, severity, since };
    return { machine: { ...idle, brokenSince: machine.brokenSince }, changes: [change], silent: undefined };
  }
  if (machine.condition !== 'breached' || machine.announced) {
    const condition = machine.condition === 'breached' ? 'recovering' : machine.condition;
    return stay({ ...machine, condition, good }, 'recovery_not_confirmed');
  }
  return {
    machine: { ...machine, condition: 'recovering', good, announced: true },
    changes: [{ period, state: 'recovering', previous: 'breached', severity, since }],
    silent: undefined,
  };
}

function stay(machine: Machine, silent: SilentReason): Advance {
  return { machine, changes: [], silent };
}

function silenceOf(input: AdvanceInput): SilentReason {
  const { reading } = input;
  if (reading.kind !== 'judged') return reading.reason;
  if (reading.level !== 'clear') return 'too_few_periods';
  return reading.reason === 'within_chance' || reading.reason === 'below_floor' ? reading.reason : 'clear';
}

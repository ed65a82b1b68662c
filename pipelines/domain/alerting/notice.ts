import type { Bilingual } from '../text.ts';
import type { SeriesState } from './series-state.ts';
import { idle } from './state-machine.ts';
import type { Severity, Warning, WarningState } from './warning.ts';

/** A cause for a warning about the watching itself; it lasts as long as it is found. */
export interface Cause {
  /** First day (ISO date) on which it was so. The same trouble always has the same one. */
  readonly since: string;
  readonly text: Bilingual;
}

/** A subject that is looked at in every evaluation, and what is known of it. */
export interface Subject {
  readonly rule: 'stale_source' | 'overdue_review' | 'blind_rule' | 'failed_evaluation';
  readonly rule_version: number;
  readonly kpi_id: string;
  readonly channel_id: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly owner: string;
  readonly runbook: string;
  readonly severity: Severity;
  /** What it is called while it lasts. */
  readonly trouble: Extract<WarningState, 'no_data' | 'breached' | 'error'>;
  readonly cause: Cause | undefined;
  /** Said when it is over. */
  readonly over: Bilingual;
  readonly suggestion: (state: WarningState) => Bilingual;
}

export interface Noticed {
  readonly state: SeriesState;
  readonly message: Omit<Warning, 'id' | 'fingerprint' | 'release'> | undefined;
}

/** Begins, ends or goes on with a notice. Tells nothing twice; a new cause without an end between is the same trouble. */
export function notice(subject: Subject, previous: SeriesState | undefined, today: string): Noticed {
  const { cause } = subject;
  const machine = previous?.machine ?? idle;
  const since = machine.since;
  const isTrouble = machine.condition !== 'ok';
  if ((cause !== undefined) === isTrouble) return { state: previous ?? stateOf(idle, today), message: undefined };
  if (cause !== undefined) {
    // A machine has no condition of its own for what cannot be judged; it only matters that something is wrong.
    const condition = subject.trouble === 'error' ? 'breached' : subject.trouble;
    const began = { ...idle, condition, severity: subject.severity, since: cause.since } as const;
    const message = messageOf(subject, { state: subject.trouble, previous: 'ok', ...cause, period: cause.since });
    return { state: stateOf(began, today), message };
  }
  const end = { state: 'recovered', previous: subject.trouble, period: today, since: since ?? today } as const;
  return { state: stateOf(idle, today), message: messageOf(subject, { ...end, text: subject.over }) };
}

interface Said extends Cause {
  readonly state: WarningState;
  readonly previous: Warning['previous_state'];
  readonly period: string;
}

function messageOf(subject: Subject, said: Said): Noticed['message'] {
  const { cause, over, trouble, suggestion, ...named } = subject;
  return {
    version: 1,
    ...named,
    period: said.period,
    grain: 'day',
    value: null,
    mark: null,
    expected: null,
    state: said.state,
    previous_state: said.previous,
    since: said.since,
    time_to_breach: null,
    drivers: [],
    suggestion: suggestion(said.state),
    report_path: '/',
    text: said.text,
  };
}

function stateOf(machine: SeriesState['machine'], today: string): SeriesState {
  return { next: today, machine, checkpoints: [], frozen: null, rule: '', told: [] };
}

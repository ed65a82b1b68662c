import { type JudgingVersion, patienceOf, type Threshold, type ThresholdVersion, versionAt } from '../threshold.ts';
import { lookback } from './expectation.ts';
import { judgePeriod, judgePresence } from './judge.ts';
import { isAtLeast, type Level, type Reading, type Together, unjudged, type Yardstick } from './reading.ts';
import { type Calendars, isUnnamed, isUnripe, type Series } from './series.ts';
import { type AdvanceInput, advance, type Change, type Machine, type SilentReason } from './state-machine.ts';
import { isAboutError } from './told.ts';
import { type Trouble, withEvent } from './trouble.ts';

/** A change together with what was measured when it happened. */
export interface SeriesEvent extends Change {
  readonly rule_version: number;
  readonly index: number;
  readonly value: number | null;
  readonly mark: number | null;
  readonly expected: number | null;
  /** How far usual periods stray from what is expected; 0 or absent: unknown. */
  readonly spread?: number;
  readonly yardstick?: Yardstick;
  readonly together?: Together;
  /** The figure was not final. */
  readonly isRising?: boolean;
}

/** Consecutive periods with the same outcome: a state that was told, the reason why nothing was, or that judging broke down. */
export interface Span {
  readonly from: string;
  readonly to: string;
  readonly outcome: SilentReason | Change['state'] | 'failed';
  readonly periods: number;
}

export interface SeriesEvaluation {
  readonly machine: Machine;
  /** Index of the first period that is still open: later data may come. The machine is as it was before it. */
  readonly next: number;
  /** Also those of open periods that show already what they will say. */
  readonly events: readonly SeriesEvent[];
  readonly spans: readonly Span[];
  /** The machine as it was before each asked-for period. */
  readonly before: ReadonlyMap<string, Machine>;
}

export interface EvaluationInput {
  readonly rule: Threshold;
  readonly series: Series;
  readonly calendars: Calendars;
  readonly machine: Machine;
  /** Index of the first period to judge; what lies before is history. */
  readonly from: number;
  /** Periods before which the machine is to be remembered, to start again from there when old data change. */
  readonly remember?: ReadonlySet<string>;
  /** Incidents before the first judged period. */
  readonly troubles?: readonly Trouble[];
}

/** Periods of history that must be read before the first judged one. */
export function historyPeriods(rule: Threshold): number {
  return Math.max(...rule.versions.map((version) => historyOf(version, rule)));
}

function historyOf(version: ThresholdVersion, rule: Threshold): number {
  if (version.kind === 'presence') return version.usual.of;
  // The M of N window judges earlier periods again, each with its own history.
  return lookback(version, rule.grain) + (version.evidence?.up_to ?? 0) + reachOf(version) + version.recover_after;
}

/**
 * Judges every period from `from` to the end of the series, in order. Figures that still rise are judged each time anew, until
 * they stand. Pure and total.
 */
export function evaluateSeries(input: EvaluationInput): SeriesEvaluation {
  const { rule, series } = input;
  const events: SeriesEvent[] = [];
  const spans: Span[] = [];
  const before = new Map<string, Machine>();
  const recent = new RecentLevels(input);
  let machine = input.machine;
  let troubles = input.troubles ?? [];
  let index = input.from;
  let settled: Pick<SeriesEvaluation, 'machine' | 'next'> | undefined;
  for (; index < series.periods.length; index++) {
    const period = series.periods[index] ?? '';
    const version = versionAt(rule, period);
    const reading = readPeriod({ ...input, troubles }, version, index);
    // Waiting stops the series here, so that its periods are always judged in order.
    if (isWaiting(input, reading, index)) break;
    if (isUnripe(series, period)) settled ??= { machine, next: index };
    if (settled === undefined && input.remember?.has(period)) before.set(period, machine);
    const level = recent.take(version, reading, { index, troubles });
    const step = advance(machine, { period, reading, level, ...habitsOf(version) });
    machine = step.machine;
    events.push(...step.changes.map((change) => eventOf(change, { series, index, version, reading })));
    troubles = step.changes.reduce(withChange, troubles);
    extend(spans, period, step.silent ?? step.changes.at(-1)?.state ?? 'clear');
  }
  // What is waited for is looked at again with the next evaluation, and said with each.
  for (const period of series.periods.slice(index)) extend(spans, period, 'late');
  return { machine, next: index, ...settled, events, spans, before };
}

interface Judged {
  readonly series: Series;
  readonly index: number;
  readonly version: ThresholdVersion | undefined;
  readonly reading: Reading;
}

function eventOf(change: Change, { series, index, version, reading }: Judged): SeriesEvent {
  const isRising = isUnripe(series, change.period);
  return { ...change, index, ...figuresOf(version, reading), ...(isRising && { isRising }) };
}

function withChange(troubles: readonly Trouble[], change: Change): readonly Trouble[] {
  return withEvent(troubles, { ...change, error: isAboutError(change) });
}

function habitsOf(version: ThresholdVersion | undefined): Pick<AdvanceInput, 'recoverAfter' | 'trouble'> {
  if (version?.kind === 'presence') return { recoverAfter: 1, trouble: 'no_data' };
  return { recoverAfter: version?.recover_after ?? 1, trouble: 'breached' };
}

/** Looks at one period by the version of its time. */
export function readPeriod(
  input: Pick<EvaluationInput, 'series' | 'calendars' | 'rule' | 'troubles'>,
  version: ThresholdVersion | undefined,
  index: number,
): Reading {
  if (version === undefined) return unjudged('not_effective');
  if (isUnnamed(input.series, index)) return unjudged('not_named');
  if (version.kind === 'presence') return judgePresence(version, input.series, index);
  const { series, calendars, rule, troubles = [] } = input;
  const reading = judgePeriod({ version, series, grain: rule.grain, calendars, troubles }, index);
  return isUnripe(series, series.periods[index] ?? '') ? unripeReading(reading, version) : reading;
}

/** A figure that still rises can only show that it is too high; that it is low says nothing. */
function unripeReading(reading: Reading, { side }: JudgingVersion): Reading {
  if (reading.kind !== 'judged') return reading;
  const isTooHigh = reading.level !== 'clear' && (side === 'above' || (side === 'both' && reading.side === 1));
  return isTooHigh ? reading : unjudged('not_ripe');
}

/** Data that may still come. A gap in what the source delivered is none of them: it will not be filled by waiting. */
function isWaiting(input: EvaluationInput, reading: Reading, index: number): boolean {
  if (input.series.observations[index]?.complete) return false;
  const isMissing =
    (reading.kind === 'unjudged' && reading.reason === 'missing_data') ||
    (reading.kind === 'judged' && reading.reason === 'absent');
  return isMissing && input.series.periods.length - 1 - index < patienceOf(input.rule);
}

/** Unjudged periods are skipped, but not for ever: a verdict from long ago is no evidence about today. */
function reachOf(version: JudgingVersion): number {
  return 4 * version.for.of;
}

/** A period, and the incidents before it. */
interface Place {
  readonly index: number;
  readonly troubles: readonly Trouble[];
}

interface PastLevel {
  readonly index: number;
  readonly level: Level;
}

/** `for` M of N: the highest level that the newest period has and that M of the last N judged periods had. */
class RecentLevels {
  private readonly input: EvaluationInput;
  private levels: PastLevel[] | undefined;
  private version: number | undefined;

  constructor(input: EvaluationInput) {
    this.input = input;
  }

  take(version: ThresholdVersion | undefined, reading: Reading, { index, troubles }: Place): Level {
    if (reading.kind !== 'judged') return 'clear';
    if (version === undefined || version.kind === 'presence' || version.for.of === 1) return reading.level;
    // Another version looks back differently.
    if (this.version !== version.version) this.levels = undefined;
    this.version = version.version;
    this.levels ??= this.earlierLevels(version, { index, troubles });
    this.levels = [...this.levels, { index, level: reading.level }]
      .filter((past) => index - past.index <= reachOf(version))
      .slice(-version.for.of);
    for (const level of ['critical', 'warning', 'approaching'] as const) {
      if (!isAtLeast(reading.level, level)) continue;
      if (this.levels.filter((past) => isAtLeast(past.level, level)).length >= version.for.at_least) return level;
    }
    return 'clear';
  }

  /** Levels before the first judged period, so that starting later gives the same verdicts as starting earlier. */
  private earlierLevels(version: JudgingVersion, { index, troubles }: Place): PastLevel[] {
    const levels: PastLevel[] = [];
    for (let back = 1; back <= reachOf(version) && levels.length < version.for.of - 1; back++) {
      const earlier = index - back;
      if (earlier < 0) break;
      const then = versionAt(this.input.rule, this.input.series.periods[earlier] ?? '');
      const reading = readPeriod({ ...this.input, troubles }, then, earlier);
      if (reading.kind === 'judged') levels.unshift({ index: earlier, level: reading.level });
    }
    return levels;
  }
}

function figuresOf(version: ThresholdVersion | undefined, reading: Reading) {
  const rule_version = version?.version ?? 0;
  if (reading.kind !== 'judged') return { rule_version, value: null, mark: null, expected: null };
  const { value, mark, expected, spread = 0, yardstick, together } = reading;
  return {
    rule_version,
    value,
    mark,
    expected,
    spread,
    ...(yardstick && { yardstick }),
    ...(together && { together }),
  };
}

function extend(spans: Span[], period: string, outcome: Span['outcome']): void {
  const last = spans.at(-1);
  if (last?.outcome === outcome) {
    spans[spans.length - 1] = { ...last, to: period, periods: last.periods + 1 };
    return;
  }
  spans.push({ from: period, to: period, outcome, periods: 1 });
}

import { type Grain, type JudgingVersion, mergeMarks, type PresenceVersion } from '../threshold.ts';
import { isBeyondChance, pooledValue } from './evidence.ts';
import { type Expectation, expectationAt, isExempt } from './expectation.ts';
import { judgeAnomaly } from './judge-anomaly.ts';
import { type Level, type Reading, unjudged } from './reading.ts';
import type { Calendars, Series } from './series.ts';
import type { Trouble } from './trouble.ts';

export interface JudgeInput {
  readonly version: JudgingVersion;
  readonly series: Series;
  readonly grain: Grain;
  readonly calendars: Calendars;
  /** Incidents known so far. */
  readonly troubles: readonly Trouble[];
}

/** Marks in the KPI's own unit for one period, with the side on which the trouble lies. */
export interface Bounds {
  readonly badSide: 1 | -1;
  readonly critical: number | undefined;
  readonly warning: number;
  readonly approach: number | undefined;
  readonly recover: number;
}

/** Looks at one period by itself: pure, total, and blind to what was told before. */
export function judgePeriod(input: JudgeInput, index: number): Reading {
  const { version, series } = input;
  const observation = series.observations[index] ?? null;
  const absent = absence(series, index);
  if (absent !== undefined) return unjudged(absent);
  const value = observation?.value ?? 0;
  if (!Number.isFinite(value)) return { kind: 'error', reason: 'not_a_number' };
  if (isExempt(input, series.periods[index] ?? '')) return unjudged('exempt_day');
  if (version.evidence === undefined && (observation?.denominator ?? Infinity) < version.minimum_sample) {
    return unjudged('small_sample');
  }
  if (version.kind === 'anomaly') return judgeAnomaly({ ...input, version }, index);
  const expectation = expectationAt(input, index);
  if (expectation === undefined && version.kind !== 'fixed') return unjudged('no_yardstick');
  const bounds = boundsOf(input, expectation);
  return readingOf(input, index, { value, expectation, bounds });
}

function absence({ observations, periods, clockChanges }: Series, index: number) {
  if (clockChanges?.has(periods[index] ?? '')) return 'clock_change' as const;
  const observation = observations[index];
  if (!observation?.complete) return 'missing_data' as const;
  if (observation.value !== null) return undefined;
  if (observation.denominator === 0) return 'zero_denominator' as const;
  if (observation.numerator !== null && observation.denominator === null) return 'missing_denominator' as const;
  return 'missing_data' as const;
}

/** Marks for one period; relative ones are multiplied out, so that a message can name a figure to compare with. */
function boundsOf(input: JudgeInput, expectation: Expectation | undefined): Bounds {
  const { version } = input;
  const marks = mergeMarks(version.marks, version.marks_by_channel[input.series.channel_id]);
  const expected = expectation?.expected ?? 0;
  const badSide = version.side === 'above' ? 1 : -1;
  const inUnit = (mark: number): number => (version.kind === 'fixed' ? mark : expected * mark);
  const recover = marks.recover ?? marks.approach ?? marks.warning;
  return {
    badSide,
    critical: marks.critical === undefined ? undefined : inUnit(marks.critical),
    warning: inUnit(marks.warning),
    approach: marks.approach === undefined ? undefined : inUnit(marks.approach),
    recover: inUnit(recover),
  };
}

interface Measured {
  readonly value: number;
  readonly expectation: Expectation | undefined;
  readonly bounds: Bounds;
}

function readingOf(input: JudgeInput, index: number, measured: Measured): Reading {
  const { value, bounds, expectation } = measured;
  const figures = {
    kind: 'judged',
    value,
    expected: expectation?.expected ?? null,
    spread: expectation?.spread ?? 0,
  } as const;
  const raw = levelOf(value, bounds);
  if (raw !== 'clear' && isBelowFloor(input.version, value, expectation)) {
    return smallReading(input, { ...figures, mark: bounds.warning });
  }
  const level = provenLevel(input, index, { raw, bounds });
  if (level === 'clear') {
    const beyondRecovery = isBeyondRecovery(input, index, measured);
    const reason = raw === 'clear' ? 'inside_marks' : 'within_chance';
    return { ...figures, level, beyondRecovery, mark: bounds.warning, reason };
  }
  const reason = level === 'approaching' ? 'near_mark' : 'past_mark';
  const mark = level === 'critical' ? (bounds.critical ?? bounds.warning) : bounds.warning;
  return { ...figures, level, beyondRecovery: false, mark, reason };
}

/** The value differs from what is expected by less than the rule asks for. */
function isBelowFloor(version: JudgingVersion, value: number, expectation: Expectation | undefined): boolean {
  return 'floor' in version && expectation !== undefined && Math.abs(value - expectation.expected) < version.floor;
}

/** A difference that is too small to matter. A quiet night is no recovery: what could not differ by more says nothing. */
function smallReading({ grain, version }: JudgeInput, figures: Figures): Reading {
  const couldMatter = 'floor' in version && (figures.expected ?? 0) >= version.floor;
  if (grain === 'hour' && !couldMatter) return unjudged('small_sample');
  return { ...figures, kind: 'judged', level: 'clear', beyondRecovery: true, reason: 'below_floor' };
}

type Figures = Pick<Extract<Reading, { kind: 'judged' }>, 'value' | 'expected' | 'spread' | 'mark'>;

/** A value on the mark has reached it. */
function levelOf(value: number, bounds: Bounds): Level {
  const reached = (mark: number | undefined) => mark !== undefined && bounds.badSide * (value - mark) >= 0;
  if (reached(bounds.critical)) return 'critical';
  if (reached(bounds.warning)) return 'warning';
  return reached(bounds.approach) ? 'approaching' : 'clear';
}

/** The highest level, up to the raw one, that the evidence bears. */
function provenLevel(input: JudgeInput, index: number, found: { raw: Level; bounds: Bounds }): Level {
  const guard = input.version.evidence;
  if (guard === undefined || found.raw === 'clear') return found.raw;
  const { bounds } = found;
  const steps = (['critical', 'warning', 'approaching'] as const).slice(
    found.raw === 'critical' ? 0 : found.raw === 'warning' ? 1 : 2,
  );
  for (const level of steps) {
    const mark = level === 'approaching' ? bounds.approach : bounds[level];
    if (mark === undefined) continue;
    const question = {
      series: input.series,
      index,
      badSide: bounds.badSide,
      mark,
      recover: bounds.recover,
      minimumSample: input.version.minimum_sample,
      recoverAfter: input.version.recover_after,
    };
    if (isBeyondChance(guard, question)) return level;
  }
  return 'clear';
}

/** A guarded rule looks at the last days together here too: one unlucky day must not put recovery off. */
function isBeyondRecovery(input: JudgeInput, index: number, measured: Measured): boolean {
  const { bounds } = measured;
  const { evidence, recover_after } = input.version;
  const together = evidence === undefined ? null : pooledValue(input.series, index, recover_after);
  return bounds.badSide * ((together ?? measured.value) - bounds.recover) <= 0;
}

/** Looks whether data are there at all. Zero while business goes on is no measurement either. */
export function judgePresence(version: PresenceVersion, series: Series, index: number): Reading {
  const figures = { mark: null, expected: null };
  const value = series.observations[index]?.value ?? null;
  const business = series.companion === undefined ? null : (series.companion[index]?.value ?? 0);
  if (value !== null && !(value === 0 && business !== null && business > 0)) {
    return { kind: 'judged', level: 'clear', beyondRecovery: true, value, reason: 'present', ...figures };
  }
  if (business !== null && business <= 0) return unjudged('nothing_expected');
  if (!wasUsual(version, series, index)) return unjudged('nothing_expected');
  return { kind: 'judged', level: version.severity, beyondRecovery: false, value, reason: 'absent', ...figures };
}

function wasUsual(version: PresenceVersion, series: Series, index: number): boolean {
  let present = 0;
  for (let back = 1; back <= version.usual.of; back++) {
    if (series.observations[index - back]?.value) present++;
  }
  return present >= version.usual.at_least;
}

import type { Threshold } from '../threshold.ts';
import { byPeriod, isEnd } from './open-warnings.ts';
import { dayNumber } from './series.ts';
import type { Acknowledgement } from './silence.ts';
import type { Warning } from './warning.ts';

/** How one rule has served. Shares and means are null where nothing speaks for them yet. */
export interface RuleReview {
  readonly rule: string;
  readonly owner: string;
  /** Troubles that began: near or past a mark, or without data. */
  readonly troubles: number;
  readonly open: number;
  readonly corrected: number;
  readonly useful: number;
  readonly noise: number;
  /** Useful share of the troubles that somebody gave a verdict on. */
  readonly precision: number | null;
  readonly mean_days_to_recover: number | null;
  /** Troubles that began within a week after the last one of the same series had ended. */
  readonly flapping: number;
  readonly review_by: string;
  readonly is_overdue: boolean;
}

export interface ReviewInput {
  readonly rules: Iterable<Threshold>;
  /** Everything ever raised. */
  readonly warnings: readonly Warning[];
  /** The last word on each warning, by its id. */
  readonly acknowledgements: ReadonlyMap<string, Acknowledgement>;
  /** ISO date. */
  readonly today: string;
}

const flappingDays = 7;

/** One line per rule, the ones that ask for work first: overdue, then imprecise, then flapping. */
export function reviewRules(input: ReviewInput): RuleReview[] {
  const byRule = Map.groupBy(input.warnings, ({ rule }) => rule);
  return [...input.rules]
    .map((rule) => reviewRule(rule, byRule.get(rule.threshold) ?? [], input))
    .sort(
      (a, b) =>
        Number(b.is_overdue) - Number(a.is_overdue) ||
        (a.precision ?? 1) - (b.precision ?? 1) ||
        b.flapping - a.flapping ||
        (a.rule < b.rule ? -1 : 1),
    );
}

function reviewRule(rule: Threshold, warnings: readonly Warning[], input: ReviewInput): RuleReview {
  const troubles = [...Map.groupBy(warnings, ({ fingerprint }) => fingerprint).values()].flatMap(troublesOf);
  const given = troubles.map(({ messages }) => verdictOn(messages, input.acknowledgements));
  const useful = given.filter((verdict) => verdict === 'useful').length;
  const noise = given.filter((verdict) => verdict === 'noise').length;
  const lengths = troubles.flatMap(({ began, recovered }) =>
    recovered === undefined ? [] : [dayNumber(recovered) - dayNumber(began)],
  );
  const reviewBy = rule.versions.at(-1)?.review_by ?? '';
  return {
    rule: rule.threshold,
    owner: rule.owner,
    troubles: troubles.length,
    open: troubles.filter(({ ended }) => ended === undefined).length,
    corrected: warnings.filter(({ state }) => state === 'corrected').length,
    useful,
    noise,
    precision: useful + noise === 0 ? null : useful / (useful + noise),
    mean_days_to_recover: lengths.length === 0 ? null : lengths.reduce((sum, days) => sum + days, 0) / lengths.length,
    flapping: troubles.filter(({ sinceLast }) => sinceLast !== undefined && sinceLast <= flappingDays).length,
    review_by: reviewBy,
    is_overdue: reviewBy < input.today,
  };
}

interface Trouble {
  readonly began: string;
  readonly messages: Warning[];
  /** Days since the trouble before it ended. */
  readonly sinceLast: number | undefined;
  ended: string | undefined;
  recovered: string | undefined;
}

/** Cuts the messages of one series into troubles: from the first bad word to recovery or correction. */
function troublesOf(messages: readonly Warning[]): Trouble[] {
  const troubles: Trouble[] = [];
  for (const message of messages.toSorted(byPeriod)) {
    const last = troubles.at(-1);
    if (last !== undefined && last.ended === undefined) goOn(last, message);
    else if (!isEnd(message)) troubles.push(begin(message, last));
  }
  return troubles;
}

function begin(message: Warning, last: Trouble | undefined): Trouble {
  const sinceLast = last?.ended === undefined ? undefined : dayNumber(message.period) - dayNumber(last.ended);
  return { began: message.period, messages: [message], sinceLast, ended: undefined, recovered: undefined };
}

function goOn(trouble: Trouble, message: Warning): void {
  trouble.messages.push(message);
  if (isEnd(message)) trouble.ended = message.period;
  if (message.state === 'recovered') trouble.recovered = message.period;
}

/** A verdict on any message of a trouble is one on the trouble. */
function verdictOn(messages: readonly Warning[], notes: ReadonlyMap<string, Acknowledgement>) {
  return messages.map(({ id }) => notes.get(id)?.verdict).findLast((verdict) => verdict !== undefined);
}

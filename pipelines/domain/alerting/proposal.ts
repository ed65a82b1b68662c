import type { Kpi } from '../kpi.ts';
import type { Bilingual, Language } from '../text.ts';
import type { JudgingVersion, Threshold } from '../threshold.ts';
import { episodesOf, spellOf } from './episode.ts';
import { formatValue } from './format.ts';
import { type Spell, troublesOf } from './incident.ts';
import type { Warning } from './warning.ts';

/** What a rule with certain marks would have done about the incidents that are known. */
export interface Score {
  readonly caught: number;
  /** Troubles that are none of the incidents. */
  readonly false_warnings: number;
}

/** Another mark that history speaks for. */
export interface Proposal {
  readonly rule: string;
  readonly mark: number;
  readonly proposed_mark: number;
  readonly incidents: number;
  readonly now: Score;
  readonly proposed: Score;
  readonly text: Bilingual;
}

/** Marks that are tried: the present ones times these. */
export const triedFactors = [0.7, 0.8, 0.85, 0.9, 0.95, 1.05, 1.1, 1.15, 1.2, 1.3] as const;

/** The newest version of a rule, where marks can be moved. */
export function movableVersion(rule: Threshold): JudgingVersion | undefined {
  const version = rule.versions.at(-1);
  return version === undefined || version.kind === 'presence' ? undefined : version;
}

/** The rule with all of its marks times a factor, rounded as people write marks; it judges from the beginning. */
export function withMarks(rule: Threshold, version: JudgingVersion, factor: number): Threshold {
  const scale = <Marks extends object>(marks: Marks): Marks =>
    Object.fromEntries(
      Object.entries(marks).map(([name, mark]) => [name, typeof mark === 'number' ? rounded(factor * mark) : mark]),
    ) as Marks;
  const { effective_from: _, ...rest } = version;
  const channels = Object.entries(version.marks_by_channel).map(([channel, marks]) => [channel, scale(marks)] as const);
  const moved = { ...rest, marks: scale(version.marks), marks_by_channel: Object.fromEntries(channels) };
  return { ...rule, versions: [moved as JudgingVersion] };
}

function rounded(mark: number): number {
  return Number(mark.toPrecision(3));
}

/** How messages stand to the incidents. */
export function scoreOf(warnings: readonly Warning[], incidents: readonly Spell[]): Score {
  const troubles = episodesOf(warnings).map(spellOf);
  const seen = incidents.map((one) => troublesOf(one, troubles));
  const explained = new Set(seen.flat());
  return {
    caught: seen.filter((found) => found.length > 0).length,
    false_warnings: troubles.filter((trouble) => !explained.has(trouble)).length,
  };
}

export interface Trial {
  readonly factor: number;
  readonly score: Score;
}

/** The best trial that is better in one way and worse in none; undefined where there is none. */
export function bestTrial(now: Score, trials: readonly Trial[]): Trial | undefined {
  const better = trials.filter(
    ({ score }) =>
      score.caught >= now.caught &&
      score.false_warnings <= now.false_warnings &&
      (score.caught > now.caught || score.false_warnings < now.false_warnings),
  );
  return better.toSorted(
    (a, b) =>
      b.score.caught - a.score.caught ||
      a.score.false_warnings - b.score.false_warnings ||
      Math.abs(a.factor - 1) - Math.abs(b.factor - 1),
  )[0];
}

/** Puts a trial into words: "a mark of 2.1% would have caught both incidents with 3 fewer false warnings". */
export function proposalOf(
  { rule, kpi, version }: { readonly rule: Threshold; readonly kpi: Kpi; readonly version: JudgingVersion },
  { now, best, incidents }: { readonly now: Score; readonly best: Trial; readonly incidents: number },
): Proposal {
  const mark = version.marks.warning;
  const proposed = rounded(best.factor * mark);
  const shown = (value: number, language: Language) =>
    version.kind === 'fixed' ? formatValue(value, kpi.unit, language) : shareOrDeviations(value, version, language);
  const fewer = now.false_warnings - best.score.false_warnings;
  const { caught } = best.score;
  const all =
    caught < incidents
      ? `${caught} of ${incidents} incidents`
      : caught === 2
        ? 'both incidents'
        : caught === 1
          ? 'the incident'
          : `all ${caught} incidents`;
  const seen = caught === now.caught ? '' : ` (now: ${now.caught})`;
  const noise = fewer === 0 ? 'as many false warnings' : `${fewer} fewer false warning${fewer === 1 ? '' : 's'}`;
  return {
    rule: rule.threshold,
    mark,
    proposed_mark: proposed,
    incidents,
    now,
    proposed: best.score,
    text: {
      en: `${rule.title.en}: a mark of ${shown(proposed, 'en')} instead of ${shown(mark, 'en')} would have caught ${all}${seen} with ${noise} (${best.score.false_warnings} instead of ${now.false_warnings}).`,
      zh: `${rule.title.zh}：若将预警线由 ${shown(mark, 'zh')} 调整为 ${shown(proposed, 'zh')}，可发现 ${incidents} 起事件中的 ${caught} 起（现为 ${now.caught} 起），误报由 ${now.false_warnings} 次变为 ${best.score.false_warnings} 次。`,
    },
  };
}

function shareOrDeviations(value: number, version: JudgingVersion, language: Language): string {
  if (version.kind !== 'anomaly') return formatValue(value, 'ratio', language);
  return language === 'zh' ? `${value} 倍标准差` : `${value} deviations`;
}

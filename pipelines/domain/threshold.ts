import { z } from 'zod';
import { kpiGrains } from './kpi.ts';
import { bilingual, identifier } from './text.ts';

/**
 * Marks, from worst to best: critical, warning, approach, recover. A series that has come near or past its mark counts as
 * recovered only beyond `recover`: between `approach` and `recover` nothing changes, so that noise cannot flap.
 */
export const marks = z.strictObject({
  critical: z.number().optional(),
  warning: z.number(),
  /** Where "near" begins; absent: the rule has no near band. */
  approach: z.number().optional(),
  /** Default: the approach mark, else the warning mark. */
  recover: z.number().optional(),
});
export type Marks = z.infer<typeof marks>;
const someMarks = marks.partial();

const everyVersion = {
  version: z.int().min(1),
  /** First day (ISO date) that this version judges; absent: from the beginning. */
  effective_from: z.iso.date().optional(),
  /** When the owner looks at the marks again; an overdue review is itself a warning. */
  review_by: z.iso.date(),
  /** Why these marks, in the owner's words. */
  reason: bilingual,
};

const judging = {
  /** On which side of the mark the trouble lies. */
  side: z.enum(['below', 'above']),
  marks,
  /** Marks that differ in single channels; what is left out is as above. */
  marks_by_channel: z.record(z.string(), someMarks).default({}),
  /** Past the mark in `at_least` of the last `of` judged periods. */
  for: z
    .strictObject({ at_least: z.int().min(1), of: z.int().min(1).max(90) })
    .refine((window) => window.at_least <= window.of, 'at_least must not exceed of')
    .default({ at_least: 1, of: 1 }),
  /** Periods in a row beyond the recovery mark after which the matter is closed. */
  recover_after: z.int().min(1).max(90).default(2),
  /** Denominator below which a period says nothing (counted over the evidence window, if there is one). */
  minimum_sample: z.number().min(0).default(0),
  /**
   * Guard against chance, for ratios of counts: the last 1, 2 … `up_to` periods together must lie past the mark and at
   * least so many standard errors past the recovery mark. Plain collapses show after one period, faint ones later.
   */
  evidence: z.strictObject({ up_to: z.int().min(1).max(90), deviations: z.number().min(0) }).optional(),
  /** Calendars on whose days nothing is judged, and which are no yardstick for other days. */
  not_on: z.array(identifier).default([]),
};

/** Relative rules judge the quotient of value and expectation; both must differ by at least `floor`, in the KPI's unit. */
const relative = { ...judging, floor: z.number().min(0).default(0) };

const fixed = z.strictObject({ ...everyVersion, ...judging, kind: z.literal('fixed') });
const sameWeekday = z.strictObject({
  ...everyVersion,
  ...relative,
  kind: z.literal('same_weekday'),
  /** Expected is the median of so many earlier days of the same weekday. */
  weeks: z.int().min(2).max(26).default(4),
});
const lastYear = z.strictObject({ ...everyVersion, ...relative, kind: z.literal('last_year') });
const target = z.strictObject({
  ...everyVersion,
  ...relative,
  kind: z.literal('target'),
  target: z.number(),
  target_by_channel: z.record(z.string(), z.number()).default({}),
});
/** Against what the series itself has taught: level, weekday, day of month, festivals. Marks count deviations. */
const anomaly = z.strictObject({
  ...everyVersion,
  ...relative,
  kind: z.literal('anomaly'),
  side: z.enum(['below', 'above', 'both']),
  /** Ordinary weeks that the level, the weekday pattern and the scatter are learnt from. */
  weeks: z.int().min(4).max(26).default(12),
  /** So many periods at most are weighed together: a fall that no single day proves shows after some days. */
  together: z.int().min(1).max(14).default(7),
  /** Share of the expected figure by which it must differ at least, however calm the series is. */
  least_change: z.number().min(0).default(0),
  /**
   * Calendars whose days are compared with the same day of last year's festival, at the present level. The first calendar
   * that names a day counts. Such days teach nothing about ordinary ones.
   */
  festivals: z.array(identifier).default([]),
  /** By which share festivals differ in strength from year to year: one standard deviation. */
  festival_spread: z.number().min(0).max(1).default(0.12),
});
/** The data themselves: a value must be there. Gives `no_data`, and mutes the rules that depend on the same source. */
const presence = z.strictObject({
  ...everyVersion,
  kind: z.literal('presence'),
  /** KPI that shows that business went on; a period in which it is zero or absent expects nothing. */
  while: identifier.optional(),
  /** Data are expected when `at_least` of the `of` periods before had them. */
  usual: z.strictObject({ at_least: z.int().min(1), of: z.int().min(1) }).default({ at_least: 10, of: 14 }),
  severity: z.enum(['warning', 'critical']).default('warning'),
});

export const thresholdVersion = z
  .discriminatedUnion('kind', [fixed, sameWeekday, lastYear, target, anomaly, presence])
  .superRefine((version, context) => {
    if (version.kind === 'presence') return;
    const side = version.kind === 'anomaly' ? 'above' : version.side;
    for (const fault of markFaults(version.marks, side)) {
      context.addIssue({ code: 'custom', path: ['marks'], message: fault });
    }
    for (const [channel, own] of Object.entries(version.marks_by_channel)) {
      for (const fault of markFaults(mergeMarks(version.marks, own), side)) {
        context.addIssue({ code: 'custom', path: ['marks_by_channel', channel], message: fault });
      }
    }
  });
export type ThresholdVersion = z.infer<typeof thresholdVersion>;
export type JudgingVersion = Exclude<ThresholdVersion, { kind: 'presence' }>;
export type AnomalyVersion = Extract<ThresholdVersion, { kind: 'anomaly' }>;
export type PresenceVersion = Extract<ThresholdVersion, { kind: 'presence' }>;

/** A value, or numerator and denominator, of a period; null where there is none. */
const testFigure = z.union([z.number(), z.tuple([z.number(), z.number()]), z.null()]);
export type TestFigure = z.infer<typeof testFigure>;

/** Figures that come so many times: the hours of a day, the days of a week. */
export interface RepeatedFigures {
  readonly times: number;
  readonly figures: readonly (TestFigure | RepeatedFigures)[];
}
const testFigures: z.ZodType<TestFigure | RepeatedFigures> = z.lazy(() =>
  z.union([testFigure, z.strictObject({ times: z.int().min(1).max(10_000), figures: z.array(testFigures).min(1) })]),
);

/** A rule's own test: what it is to say about given figures, worked out by hand. */
const ruleTest = z.strictObject({
  test: z.string().min(1),
  /** First period; of hours, as 2026-03-02T08:00, or the day whose first hour it is. */
  from: z.iso
    .date()
    .or(z.string().regex(/^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):00$/, 'expected an hour as 2026-03-02T08:00')),
  figures: z.array(testFigures).min(1),
  /** The KPI that shows that business went on, for presence rules. */
  while: z.array(z.number().nullable()).optional(),
  /** Messages in order, as "2026-03-02 breached warning". */
  expect: z.array(z.string()),
});
export type RuleTest = z.infer<typeof ruleTest>;

/** When a KPI is near or past its mark, for whom, and since when: one file per rule. */
export const threshold = z.strictObject({
  threshold: identifier,
  title: bilingual,
  kpi: identifier,
  /** Hours are those of the channel's own clock. */
  grain: z.enum(kpiGrains).default('day'),
  /** `each` channel by itself, `all` channels together, or a list of channels. */
  channels: z.union([z.enum(['each', 'all']), z.array(z.string().min(1)).min(1)]),
  /** Each member of a dimension by itself, as every product of a channel; a KPI names the dimensions that it has. */
  dimension: identifier.optional(),
  /** Only these members; default: all that are named. */
  members: z.array(z.string().min(1)).min(1).optional(),
  /** Post that hears of it and answers for it. */
  owner: z.string().min(1),
  /** Playbook that says what to do. */
  runbook: identifier,
  /** KPIs that the figure goes through, as [sessions, orders] for sales: its change is told apart by these steps. */
  chain: z.array(identifier).min(1).max(3).optional(),
  /**
   * Periods that a source may lag behind the newest data before a gap counts as missing data. Default: two, or the hours of
   * two days.
   */
  late_after: z.int().min(0).max(336).optional(),
  tests: z.array(ruleTest).default([]),
  versions: z
    .array(thresholdVersion)
    .min(1)
    .superRefine((versions, context) => {
      for (const [index, version] of versions.entries()) {
        const before = versions[index - 1];
        if (before === undefined) continue;
        const later = version.effective_from !== undefined && version.effective_from > (before.effective_from ?? '');
        if (later && version.version > before.version) continue;
        const message = 'a later version needs a higher number and a later effective_from';
        context.addIssue({ code: 'custom', path: [index], message });
      }
    }),
});
export type Threshold = z.infer<typeof threshold>;
export type Grain = Threshold['grain'];

/** Periods that a gap may still be filled in. */
export function patienceOf({ late_after, grain }: Pick<Threshold, 'late_after' | 'grain'>): number {
  return late_after ?? (grain === 'hour' ? 48 : 2);
}

/** The version that judges a period, or undefined before the first one. */
export function versionAt(rule: Threshold, period: string): ThresholdVersion | undefined {
  return rule.versions.findLast((version) => (version.effective_from ?? '') <= period);
}

/** Marks of one channel: its own where it has any. */
export function mergeMarks(general: Marks, own: z.infer<typeof someMarks> | undefined): Marks {
  if (own === undefined) return general;
  const stated = Object.fromEntries(Object.entries(own).filter(([, mark]) => mark !== undefined));
  return { ...general, ...stated };
}

function markFaults(given: Marks, side: 'below' | 'above'): string[] {
  const order = ['critical', 'warning', 'approach', 'recover'] as const;
  const stated = order.filter((name) => given[name] !== undefined);
  const sign = side === 'below' ? 1 : -1;
  const faults: string[] = [];
  for (const [index, name] of stated.entries()) {
    const worse = stated[index - 1];
    if (worse === undefined) continue;
    if (sign * (Number(given[name]) - Number(given[worse])) >= 0) continue;
    faults.push(`${name} (${given[name]}) must lie on the good side of ${worse} (${given[worse]})`);
  }
  return faults;
}

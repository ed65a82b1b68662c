import { dayOf, isoDate, monthOf, nextMonth, weekOf } from './calendar.ts';
import { type ChannelId, trackedChannels } from './company.ts';
import { mix, Random } from './random.ts';
import { lunarNewYearDays } from './seasons.ts';

/** Something that goes wrong in the fictional world on purpose, as `planted.json` states it. Dates are ISO days. */
export interface Incident {
  readonly id: string;
  readonly kind:
    | 'conversion_collapse'
    | 'slow_approach'
    | 'satisfaction_drop'
    | 'tracking_outage'
    | 'duplicate_delivery'
    | 'corrected_file';
  readonly kpi_id: string | null;
  readonly channel_id: ChannelId;
  readonly from: string;
  readonly to: string;
  readonly expect: 'approaching' | 'breached' | 'anomaly' | 'no_data' | 'duplicate' | 'correction';
  /** Share by which the KPI falls; days without data; lines dropped or delivered again (0 until counted). */
  readonly size: number;
}

/** A stretch of days, both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The incidents of one world with what each does to it. */
export interface IncidentPlan {
  readonly collapse: Span & { readonly channel: ChannelId; readonly size: number };
  /** The rate falls in a straight line until `reached`, then stays just above the mark. */
  readonly approach: Span & { readonly channel: ChannelId; readonly reached: number; readonly rate: number };
  readonly dissatisfaction: Span & { readonly channel: ChannelId; readonly size: number };
  readonly outage: Span & { readonly channel: ChannelId };
  /** First day of the month whose order file is delivered twice. */
  readonly duplicate: Span & { readonly channel: 'tmall' | 'jd' | 'douyin' };
  /** Week whose till report is delivered again with lines left out. */
  readonly correction: Span;
}

/** Fewest days in which all incidents find room; in a shorter world nothing is planted. */
export const fewestDaysForIncidents = 56;

/** Conversion at which the slow approach comes to rest: inside a band of 10 % above 2 %. */
const restingRates = { low: 0.0209, high: 0.0217 };

/** Deals out one incident of each kind over the days from `first` to `last`; undefined where they find no room. */
export function planIncidents(seed: number, first: number, last: number): IncidentPlan | undefined {
  const days = last - first + 1;
  if (days < fewestDaysForIncidents) return undefined;
  const random = new Random(mix(seed, 0x1dc1));
  const at = (share: number): number => first + Math.round(days * share);
  const scale = Math.min(1, days / 150);
  const span = (from: number, length: number): Span => ({ from, to: Math.min(last, from + Math.round(length) - 1) });
  const [collapsing, approaching, untracked, dissatisfied] = dealt(random) as [
    ChannelId,
    ChannelId,
    ChannelId,
    ChannelId,
  ];

  const collapse = outsideNewYear(span(at(0.28 + 0.1 * random.next()), Math.max(10, random.between(12, 18) * scale)));
  const dissatisfaction = span(at(0.5 + 0.08 * random.next()), Math.max(15, random.between(18, 26) * scale));
  const outage = span(at(0.5 + 0.3 * random.next()), random.between(3, 6));
  const rampStart = Math.max(at(0.52), last - random.between(60, 75));
  const duplicateMonth = closedMonth(random, first, last);
  const correctedWeek = weekOf(at(0.4 + 0.2 * random.next()));
  return {
    collapse: { ...collapse, channel: collapsing, size: rounded(0.5 + 0.2 * random.next()) },
    approach: {
      channel: approaching,
      from: rampStart,
      reached: rampStart + Math.round((last - rampStart) * 0.65),
      to: last,
      rate: restingRates.low + (restingRates.high - restingRates.low) * random.next(),
    },
    dissatisfaction: { ...dissatisfaction, channel: dissatisfied, size: rounded(0.25 + 0.3 * random.next()) },
    outage: { ...outage, channel: untracked },
    duplicate: {
      from: Math.max(first, duplicateMonth),
      to: Math.min(last, nextMonth(duplicateMonth) - 1),
      channel: random.pick(['tmall', 'jd', 'douyin'] as const),
    },
    correction: { from: correctedWeek, to: correctedWeek + 6 },
  };
}

/**
 * Before and during the Chinese New Year people look and do not buy: a collapse then would be no incident. It comes as late
 * behind the season as it takes to be told from it.
 */
function outsideNewYear(span: Span): Span {
  const quiet = lunarNewYearDays.map(dayOf).find((day) => span.from <= day + 14 && span.to >= day - 28);
  if (quiet === undefined) return span;
  const shift = quiet + 24 - span.from;
  return { from: span.from + shift, to: span.to + shift };
}

/** What was counted while the files were written: the sizes of the two incidents that are about files. */
export interface FileIncidentSizes {
  readonly duplicatedRows: number;
  readonly droppedLines: number;
}

/** The plan as `planted.json` states it. `baselines` are the conversion rates of the channels on common days. */
export function describeIncidents(
  plan: IncidentPlan | undefined,
  sizes: FileIncidentSizes,
  baselines: ReadonlyMap<ChannelId, number>,
): Incident[] {
  if (plan === undefined) return [];
  const incident = (facts: Omit<Incident, 'id' | 'from' | 'to'>, span: Span): Incident => ({
    id: `${facts.kind}-${facts.channel_id}-${isoDate(span.from)}`,
    ...facts,
    from: isoDate(span.from),
    to: isoDate(span.to),
  });
  const { collapse, approach, dissatisfaction, outage, duplicate, correction } = plan;
  const kpi = (kpi_id: string | null, span: Span & { channel: ChannelId }) => ({ kpi_id, channel_id: span.channel });
  const fall = rounded(1 - approach.rate / (baselines.get(approach.channel) ?? approach.rate));
  const conversion = 'conversion_rate';
  return [
    incident(
      { kind: 'conversion_collapse', ...kpi(conversion, collapse), expect: 'breached', size: collapse.size },
      collapse,
    ),
    incident({ kind: 'slow_approach', ...kpi(conversion, approach), expect: 'approaching', size: fall }, approach),
    incident(
      { kind: 'satisfaction_drop', ...kpi('csat', dissatisfaction), expect: 'breached', size: dissatisfaction.size },
      dissatisfaction,
    ),
    incident(
      { kind: 'tracking_outage', ...kpi('sessions', outage), expect: 'no_data', size: outage.to - outage.from + 1 },
      outage,
    ),
    incident(
      { kind: 'duplicate_delivery', ...kpi(null, duplicate), expect: 'duplicate', size: sizes.duplicatedRows },
      duplicate,
    ),
    incident(
      {
        kind: 'corrected_file',
        kpi_id: null,
        channel_id: 'store_berlin',
        expect: 'correction',
        size: sizes.droppedLines,
      },
      correction,
    ),
  ];
}

export function isWithin(span: Span | undefined, day: number): boolean {
  return span !== undefined && span.from <= day && day <= span.to;
}

function dealt(random: Random): ChannelId[] {
  const channels = [...trackedChannels];
  for (let index = channels.length - 1; index > 0; index -= 1) {
    const other = random.between(0, index);
    [channels[index], channels[other]] = [channels[other] as ChannelId, channels[index] as ChannelId];
  }
  return channels;
}

/** A month that lies whole inside the world, or the first one. */
function closedMonth(random: Random, first: number, last: number): number {
  const months: number[] = [];
  const start = monthOf(first) === first ? first : nextMonth(first);
  for (let month = start; nextMonth(month) - 1 <= last; month = nextMonth(month)) months.push(month);
  return months.length === 0 ? monthOf(first) : random.pick(months);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

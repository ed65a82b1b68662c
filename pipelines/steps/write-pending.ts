import type { Definitions } from '../definitions.ts';
import { forecastHistory } from '../domain/alerting/forecast.ts';
import { type Calendars, lastClosedPeriod, shiftPeriod } from '../domain/alerting/series.ts';
import type { Continued } from '../domain/alerting/series-state.ts';
import { subjectOf } from '../domain/alerting/subject.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import type { Kpi } from '../domain/kpi.ts';
import type { Threshold } from '../domain/threshold.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import { readKpiTable } from './kpi-reading.ts';
import type { KpiTable } from './kpi-series.ts';
import { writeWarnings } from './write-warnings.ts';

/** A series with something to tell; the words need figures from farther back than the verdict did. */
export interface PendingMessages {
  readonly rule: Threshold;
  readonly kpi: Kpi;
  /** See `subjectKey`. */
  readonly series: string;
  readonly continued: Continued;
}

export interface PendingInput {
  readonly session: ReleaseSession;
  readonly definitions: Definitions;
  readonly calendars: Calendars;
  /** Last day to judge. */
  readonly through: string;
}

/** Puts what is to be told into messages. All of it is about one table: the same grain and dimension. */
export async function writePending(input: PendingInput, pending: readonly PendingMessages[]): Promise<Warning[]> {
  const { definitions, session, calendars } = input;
  if (pending.length === 0) return [];
  const { history, members } = await readHistory(input, pending);
  return pending.flatMap(({ continued, ...rest }) => {
    const own = new Map([...members].filter(([dimension]) => rest.kpi.dimensions.includes(dimension)));
    const circumstances = { ...rest, definitions, calendars, history, members: own, release: session.release.id };
    return writeWarnings(continued, circumstances);
  });
}

/** Figures of the KPIs with something to tell, far enough back to forecast and to compare, as they are and by member. */
async function readHistory({ session, through }: PendingInput, pending: readonly PendingMessages[]) {
  const { grain, dimension } = pending[0]?.rule ?? { grain: 'day' };
  const kpis = new Set(pending.flatMap(({ rule }) => [rule.kpi, ...(rule.chain ?? [])]));
  const periods = pending.flatMap(({ continued }) => [
    ...continued.fresh.map(({ entry }) => entry.period),
    ...continued.overturned.map((entry) => entry.period),
  ]);
  const from = shiftPeriod(grain, periods.toSorted()[0] ?? through, -forecastHistory);
  const range = { grain, from, through: lastClosedPeriod(grain, through) };
  const history = await readKpiTable(session, { ...range, dimension, kpis: [...kpis], ...channelsIn(pending) });
  const members = new Map<string, KpiTable>();
  // Members are known by the day; a rule about members is not split again.
  if (grain !== 'day' || dimension !== undefined) return { history, members };
  for (const name of new Set(pending.flatMap(({ kpi }) => kpi.dimensions))) {
    const told = pending.filter(({ kpi }) => kpi.dimensions.includes(name));
    const channels = [...new Set(told.map(({ series }) => subjectOf(series).channel))];
    const ids = [...new Set(told.map(({ kpi }) => kpi.kpi))];
    members.set(name, await readKpiTable(session, { ...range, dimension: name, kpis: ids, channels }));
  }
  return { history, members };
}

/** What all channels together did is explained by each of them. */
function channelsIn(pending: readonly PendingMessages[]): { readonly channels?: readonly string[] } {
  const channels = new Set(pending.map(({ series }) => subjectOf(series).channel));
  return channels.has('all') ? {} : { channels: [...channels] };
}

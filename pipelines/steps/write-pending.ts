import type { Definitions } from '../definitions.ts';
import { forecastHistory } from '../domain/alerting/forecast.ts';
import { lastClosedPeriod, seasonOf, shiftPeriod } from '../domain/alerting/series.ts';
import type { Continued, SeriesState } from '../domain/alerting/series-state.ts';
import { subjectOf } from '../domain/alerting/subject.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import { comparedPeriods } from './explain-change.ts';
import { type Outcome, setFailed, type Task } from './judge-series.ts';
import { readKpiTable } from './kpi-reading.ts';
import type { KpiTable } from './kpi-series.ts';
import { writeWarnings } from './write-warnings.ts';

/** A series with something to tell; the words need figures from farther back than the verdict did. */
export interface PendingMessages {
  readonly task: Task;
  /** See `subjectKey`. */
  readonly series: string;
  /** Its state before this evaluation. */
  readonly previous: SeriesState | undefined;
  readonly continued: Continued;
}

export interface PendingInput {
  readonly session: ReleaseSession;
  readonly definitions: Definitions;
  /** Last day to judge. */
  readonly through: string;
}

/** Puts what is to be told into messages. All of it is about one table: the same grain and dimension. */
export async function writePending(input: PendingInput, outcome: Outcome): Promise<Warning[]> {
  const pending = outcome.pending.splice(0);
  if (pending.length === 0) return [];
  const { history, members } = await readHistory(input, pending);
  return pending.flatMap((messages) => {
    const { task, series, previous, continued } = messages;
    const { rule, kpi, calendars } = task;
    const own = new Map([...members].filter(([dimension]) => kpi.dimensions.includes(dimension)));
    const { definitions, session } = input;
    const release = session.release.id;
    try {
      const circumstances = { rule, kpi, series, calendars, definitions, history, members: own, release };
      return writeWarnings(continued, circumstances);
    } catch (error) {
      setFailed(task, { key: series, previous, through: continued.state.next, error }, outcome);
      return [];
    }
  });
}

/** Figures of the KPIs with something to tell, far enough back to forecast and to compare, as they are and by member. */
async function readHistory({ session, through }: PendingInput, pending: readonly PendingMessages[]) {
  const { grain, dimension } = pending[0]?.task.rule ?? { grain: 'day' };
  const kpis = new Set(pending.flatMap(({ task: { rule } }) => [rule.kpi, ...(rule.chain ?? [])]));
  const periods = pending.flatMap(({ continued }) => [
    ...continued.fresh.map(({ entry }) => entry.period),
    ...continued.overturned.map((entry) => entry.period),
  ]);
  const before = grain === 'hour' ? comparedPeriods * seasonOf('hour') : forecastHistory;
  const from = shiftPeriod(grain, periods.toSorted()[0] ?? through, -before);
  const range = { grain, from, through: lastClosedPeriod(grain, through) };
  const history = await readKpiTable(session, { ...range, dimension, kpis: [...kpis], ...channelsIn(pending) });
  const members = new Map<string, KpiTable>();
  // Members are known by the day; a rule about members is not split again.
  if (grain !== 'day' || dimension !== undefined) return { history, members };
  for (const name of new Set(pending.flatMap(({ task }) => task.kpi.dimensions))) {
    const told = pending.filter(({ task }) => task.kpi.dimensions.includes(name));
    const channels = [...new Set(told.map(({ series }) => subjectOf(series).channel))];
    const ids = [...new Set(told.map(({ task }) => task.kpi.kpi))];
    members.set(name, await readKpiTable(session, { ...range, dimension: name, kpis: ids, channels }));
  }
  return { history, members };
}

/** What all channels together did is explained by each of them. */
function channelsIn(pending: readonly PendingMessages[]): { readonly channels?: readonly string[] } {
  const channels = new Set(pending.map(({ series }) => subjectOf(series).channel));
  return channels.has('all') ? {} : { channels: [...channels] };
}

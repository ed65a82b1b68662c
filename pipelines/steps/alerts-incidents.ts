import type { Definitions } from '../definitions.ts';
import { type Incident, incident } from '../domain/alerting/incident.ts';
import { UsageError } from '../domain/errors.ts';
import type { Lake } from '../lake/lake.ts';
import { digest, encode } from './alert-store.ts';
import { type NotePorts, readAll } from './alerts-notes.ts';

const prefix = 'alerts/incidents/';

export interface IncidentWish {
  readonly kpi: string;
  /** A channel; default: all together. */
  readonly channel?: string;
  /** First and last day (ISO dates); one day where `to` is left out. */
  readonly from: string;
  readonly to?: string;
  readonly by: string;
  readonly note: string;
}

/** Notes an incident, seen by a rule or not: reviews count what was missed. The same wish twice is one incident. */
export async function noteIncident(
  wish: IncidentWish,
  { lake, now, definitions }: NotePorts & { readonly definitions: Pick<Definitions, 'kpis'> },
): Promise<Incident> {
  if (!definitions.kpis.has(wish.kpi)) {
    const known = [...definitions.kpis.keys()].join(', ');
    throw new UsageError(`no KPI is called "${wish.kpi}"`, { next: `choose from: ${known}` });
  }
  const { kpi: kpi_id, channel: channel_id = 'all', from, to = from, by, note } = wish;
  const id = digest(JSON.stringify([kpi_id, channel_id, from, to]));
  const parsed = incident.safeParse({ id, kpi_id, channel_id, from, to, by, note, at: now().toISOString() });
  if (!parsed.success) {
    throw new UsageError('an incident needs its first and last day, in this order, and who noted what', {
      where: parsed.error.issues.map((issue) => issue.path.join('.')).join(', '),
      next: 'tidemark alerts incident --kpi ID --channel ID --from 2026-10-01 --to 2026-10-03 --by WHO --note TEXT',
    });
  }
  await lake.create(`${prefix}${id}.json`, encode(JSON.stringify(parsed.data)));
  return parsed.data;
}

export function readIncidents(lake: Lake): Promise<Incident[]> {
  return readAll<Incident>(lake, prefix);
}

import type { Spell } from './incident.ts';
import { byPeriod, isEnd } from './open-warnings.ts';
import { daysBetween } from './series.ts';
import type { Warning } from './warning.ts';

/** One trouble of one series, from the first bad word to recovery or correction. */
export interface Episode {
  readonly began: string;
  readonly messages: Warning[];
  /** Days since the trouble before it ended. */
  readonly sinceLast: number | undefined;
  ended: string | undefined;
  recovered: string | undefined;
}

/** Cuts messages into the troubles that they speak of, series by series. Reminders belong to no trouble of their own. */
export function episodesOf(messages: readonly Warning[]): Episode[] {
  return [...Map.groupBy(messages, ({ fingerprint }) => fingerprint).values()].flatMap(episodesOfSeries);
}

function episodesOfSeries(messages: readonly Warning[]): Episode[] {
  const episodes: Episode[] = [];
  for (const message of messages.toSorted(byPeriod)) {
    const last = episodes.at(-1);
    if (last !== undefined && last.ended === undefined) goOn(last, message);
    else if (!isEnd(message)) episodes.push(begin(message, last));
  }
  return episodes;
}

function begin(message: Warning, last: Episode | undefined): Episode {
  const sinceLast = last?.ended === undefined ? undefined : daysBetween(last.ended, message.period);
  return { began: message.period, messages: [message], sinceLast, ended: undefined, recovered: undefined };
}

function goOn(episode: Episode, message: Warning): void {
  episode.messages.push(message);
  if (isEnd(message)) episode.ended = message.period;
  if (message.state === 'recovered') episode.recovered = message.period;
}

/** Where and when it was. */
export function spellOf({ began, ended, messages }: Episode): Spell {
  const [first] = messages;
  return { kpi_id: first?.kpi_id ?? '', channel_id: first?.channel_id ?? '', from: began, to: ended ?? null };
}

import { escalations, fittingRoutes, type Surroundings } from './delivery-decision.ts';
import type { Acknowledgement } from './silence.ts';
import type { Warning } from './warning.ts';

/** The latest message of a trouble that lasts, at a notifier that may hear of it again, or by escalation. */
export interface Watched {
  readonly warning: Warning;
  /** ISO instant of the evaluation that raised it. */
  readonly raised_at: string;
  /** ISO instant at which the notifier heard of it last; null: not yet, it waits for the escalation. */
  readonly told_at: string | null;
  /** How often the notifier was reminded. */
  readonly reminders: number;
  /** It hears of this trouble because nobody acknowledged it in time, to the end. Absent: no. */
  readonly escalated?: boolean;
}

const hour = 3_600_000;

/** The reminder that is due for a trouble, if one is: nobody has acknowledged it, and the time is over. */
export function dueReminder(
  watched: Watched,
  acknowledgements: ReadonlyMap<string, Acknowledgement>,
  around: Surroundings,
): Warning | undefined {
  const { warning, raised_at, told_at } = watched;
  if (acknowledgements.has(warning.id)) return undefined;
  const since = Date.parse(told_at ?? raised_at);
  const waits =
    told_at === null
      ? escalations(warning, around)
      : fittingRoutes(warning, around).flatMap(({ repeat_after_hours: hours }) => (hours === undefined ? [] : [hours]));
  const isDue = waits.some((hours) => around.now.getTime() - since >= hours * hour);
  return isDue ? remind(watched) : undefined;
}

/** Whether a notifier is to be reminded of a warning that it has heard. */
export function isRepeated(warning: Warning, around: Surroundings): boolean {
  return fittingRoutes(warning, around).some(({ repeat_after_hours: hours }) => hours !== undefined);
}

/** The same reminder always has the same id. */
function remind({ warning, told_at, reminders }: Watched): Warning {
  const isEscalation = told_at === null;
  const before = isEscalation
    ? { en: 'Nobody has acknowledged this yet. ', zh: '尚无人确认：' }
    : { en: `Reminder ${reminders + 1}: `, zh: `第 ${reminders + 1} 次提醒：` };
  return {
    ...warning,
    id: isEscalation ? `${warning.id}-escalated` : `${warning.id}-reminder-${reminders + 1}`,
    reminder_of: warning.id,
    text: { en: before.en + warning.text.en, zh: before.zh + warning.text.zh },
  };
}

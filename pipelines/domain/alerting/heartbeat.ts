/** The last evaluation, whether or not it found anything. */
export interface Heartbeat {
  /** ISO instant. */
  readonly at: string;
  readonly release: string;
  /** Last day judged. */
  readonly through: string | null;
}

/** Whether the silence of the warnings means anything. */
export interface Pulse {
  readonly last: Heartbeat | null;
  /** Null before the first evaluation. */
  readonly hours_since: number | null;
  readonly is_alive: boolean;
  /** Hours after which a missing evaluation is an alarm. */
  readonly alarm_after_hours: number;
}

const hour = 3_600_000;

/** Judges how long ago the last evaluation was. A heartbeat from the future is a wrong clock, not an alarm. */
export function pulseOf(last: Heartbeat | undefined, alarmAfterHours: number, now: Date): Pulse {
  if (last === undefined) {
    return { last: null, hours_since: null, is_alive: false, alarm_after_hours: alarmAfterHours };
  }
  const hours = (now.getTime() - Date.parse(last.at)) / hour;
  return { last, hours_since: hours, is_alive: hours < alarmAfterHours, alarm_after_hours: alarmAfterHours };
}

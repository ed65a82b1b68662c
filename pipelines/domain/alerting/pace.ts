/** So many messages at most within any stretch of so many milliseconds. */
export interface Pace {
  readonly messages: number;
  readonly withinMs: number;
}

/**
 * When the next message may go without breaking any of the paces, in milliseconds since 1970: not before those that have
 * their turn already. `turns` rise.
 */
export function nextTurn(turns: readonly number[], paces: readonly Pace[], now: number): number {
  const free = paces.map(({ messages, withinMs }) => (turns[turns.length - messages] ?? -Infinity) + withinMs);
  return Math.max(now, turns.at(-1) ?? now, ...free);
}

/** The turns that still count. */
export function withTurn(turns: readonly number[], turn: number, paces: readonly Pace[]): number[] {
  const longest = Math.max(...paces.map(({ withinMs }) => withinMs));
  return [...turns.filter((one) => one > turn - longest), turn];
}

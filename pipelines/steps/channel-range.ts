/** Channels from one on to before another, in the order in which engines compare text: byte by byte. */
export interface ChannelRange {
  /** Empty: from the first one on. */
  readonly from: string;
  /** Undefined: to the last one. */
  readonly until: string | undefined;
}

export const allChannels: ChannelRange = { from: '', until: undefined };

export function isWithin({ from, until }: ChannelRange, channel: string): boolean {
  return compareChannels(channel, from) >= 0 && (until === undefined || compareChannels(channel, until) < 0);
}

/** By the bytes of UTF-8; JavaScript's own order differs beyond U+FFFF. */
export function compareChannels(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

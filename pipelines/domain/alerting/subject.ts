/** What one series of a rule is about: a channel, or a member of a dimension in it. */
export interface SeriesSubject {
  readonly channel: string;
  /** Empty, or one dimension with its member. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Name of a series within its rule or table; without dimensions it is the channel's, unless that looks like a list. */
export function subjectKey({ channel, dimensions }: SeriesSubject): string {
  const members = Object.entries(dimensions);
  if (members.length === 0 && !channel.startsWith(listStart)) return channel;
  return JSON.stringify([channel, ...members.flat()]);
}

const listStart = '["';

/** The way back from `subjectKey`. */
export function subjectOf(key: string): SeriesSubject {
  if (!key.startsWith(listStart)) return { channel: key, dimensions: {} };
  const [channel = '', dimension, member = ''] = JSON.parse(key) as string[];
  return { channel, dimensions: dimension === undefined ? {} : { [dimension]: member } };
}

/** Small members together. */
export const otherMember = '(other)';

/** What states no member. */
export const unknownMember = '(unknown)';

/** False for members that stand for those without a name of their own. */
export function isNamedMember(member: string): boolean {
  return member !== otherMember && member !== unknownMember;
}

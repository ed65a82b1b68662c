const mostShown = 20;

/**
 * Column names for a message. A file without a header gives its first record for one, so whatever looks like a value rather
 * than a name (a number, a mail address, a long text) is not repeated: it may be about a person.
 */
export function shownNames(names: readonly string[]): string {
  const hasValues = names.some((name) => /@|\d{4}/.test(name));
  if (hasValues) return `${names.length} columns (not shown: they look like values, not like names)`;
  const shown = names.slice(0, mostShown).map((name) => (name.length > 40 ? `${name.slice(0, 40)}…` : name.trim()));
  return names.length > mostShown ? `${shown.join(', ')} and ${names.length - mostShown} more` : shown.join(', ');
}

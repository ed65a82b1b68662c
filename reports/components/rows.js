/**
 * Rows of an Evidence query, or undefined while it is running. Rows are copied out of Arrow so that components may keep them.
 */
export function rowsOf(query) {
  if (query === undefined || query === null) return undefined;
  if (Array.isArray(query) && query.fetch === undefined) return query;
  query.fetch();
  if (!query.dataLoaded) return undefined;
  return Array.from(query, (row) => ({ ...(row.toJSON?.() ?? row) }));
}

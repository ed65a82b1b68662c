import { WarehouseError } from '../domain/errors.ts';

/** What DuckDB says where memory or disk end, whatever the statement. */
const shortages: readonly { readonly said: RegExp; readonly message: string; readonly next: string }[] = [
  {
    said: /No space left on device|failed to offload data block/,
    message: 'the disk has no room for what is written or does not fit into memory',
    next: "free space where the lake's folder lies (its .scratch takes what does not fit), then run the same command again",
  },
  {
    said: /^Out of Memory Error/,
    message: 'the memory that the engine may hold is too small for this step',
    next: 'raise TIDEMARK_MEMORY_LIMIT (8GB, say) or give the process more memory, or build with --engine athena',
  },
];

/** DuckDB's own words, without the pointer into SQL text that the user did not write; what is short, where something is. */
export function asWarehouseError(error: unknown, sql: string): WarehouseError {
  const message = error instanceof Error ? error.message : String(error);
  const cause = new Error(sql.slice(0, 4000), { cause: error });
  const shortage = shortages.find(({ said }) => said.test(message));
  if (shortage) {
    const [used] = /\([^)]* used\)/.exec(message) ?? [];
    const told = used === undefined ? shortage.message : `${shortage.message} ${used}`;
    return new WarehouseError(told, { next: shortage.next, cause });
  }
  const [said = message] = message.split(/\n\n?LINE \d+:/);
  return new WarehouseError(said.trim(), { cause });
}

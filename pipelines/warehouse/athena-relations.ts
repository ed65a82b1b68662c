import { createHash } from 'node:crypto';
import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Month } from '../domain/month.ts';
import type { Partition, PartTable } from './glue-tables.ts';
import { columnList, type TypedColumn } from './staged-sql.ts';

/** Column by which every table of parts is partitioned. */
export const partColumn = 'part';

/** Database of what builds need and nobody else reads: staged files, hidden relations, drafts. */
export function buildDatabase(marts: string): string {
  return `${marts}_build`;
}

/** A part that Athena can read: a folder that holds its files and nothing else. */
export interface AthenaPart extends Partition {
  readonly month: Month;
}

/** A relation as a table of its parts; which of them count is said by each statement. */
export interface PartRelation {
  readonly table: PartTable;
  readonly parts: readonly AthenaPart[];
}

/**
 * The part that a file belongs to: its folder. It is named by what stands between the relation and the file, or, of a
 * staged file, by a hash: builds list thousands of those.
 */
export function partOf(address: string, month: Month): AthenaPart {
  const location = address.slice(0, address.lastIndexOf('/') + 1);
  const [, path] = /\/(?:marts|settled|build\/inputs)\/[^/]+\/(.*)\/$/.exec(location) ?? [];
  const value = path?.replaceAll('/', '.') ?? createHash('sha256').update(location).digest('hex').slice(0, 16);
  return { month, value, location };
}

/** One part per folder, in the order of the files. */
export function partsOf(files: readonly { readonly path: string; readonly month: Month }[]): AthenaPart[] {
  const parts = new Map<string, AthenaPart>();
  for (const { path, month } of files) {
    const part = partOf(path, month);
    if (!parts.has(part.location)) parts.set(part.location, part);
  }
  return [...parts.values()];
}

/** A table of the build database. Its name changes with its columns, so that no table ever has to change. */
export function internalTable(database: string, relation: string, columns: readonly TypedColumn[]): PartTable {
  const shape = createHash('sha256').update(JSON.stringify(columns)).digest('hex').slice(0, 8);
  // Athena takes no names that begin with an underscore without quotes.
  const name = `${relation.startsWith('_') ? 'hidden' : ''}${relation}_${shape}`;
  return { database, name, columns, partitionedBy: partColumn, location: '' };
}

/** A select of a relation's columns from these parts; without parts, of no rows. */
export function selectParts({ table, parts }: PartRelation): string {
  const { columns } = table;
  if (parts.length === 0) {
    const nulls = columns.map(({ name, type }) => `cast(null as ${type}) as ${quotedIdentifier(name)}`);
    return `select ${nulls.join(', ')} where false`;
  }
  const values = parts.map(({ value }) => quotedString(value)).join(', ');
  return `select ${columnList(columns)} from ${qualified(table)} where ${partColumn} in (${values})`;
}

export function qualified({ database, name }: Pick<PartTable, 'database' | 'name'>): string {
  return `${quotedIdentifier(database)}.${quotedIdentifier(name)}`;
}

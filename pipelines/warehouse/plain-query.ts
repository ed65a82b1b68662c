import { quotedString } from '@duckdb/node-api';
import { UsageError, WarehouseError } from '../domain/errors.ts';
import type { Value } from './warehouse.ts';

/** A piece of SQL text: quoted, a comment, or anything else. */
interface Piece {
  readonly kind: 'code' | 'quoted' | 'comment';
  readonly text: string;
}

const pieces =
  /(?<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?<comment>--[^\n]*|\/\*[\s\S]*?\*\/)|(?<code>[^'"\-/]+|[\s\S])/g;

/**
 * A query without comments. Two parsers read it, the one that says which marts it names and the one that runs it: what
 * they could read differently is refused.
 * @throws WarehouseError
 */
export function plainQuery(sql: string): string {
  const read = piecesOf(sql);
  const odd = read.find(isAmbiguous);
  if (odd) {
    throw new WarehouseError(`the query has a text that engines read differently: ${odd.text.trim().slice(0, 40)}`, {
      next: 'leave out dollar quotes, backslashes and texts with a letter before the quote',
    });
  }
  return read.map(({ kind, text }) => (kind === 'comment' ? ' ' : text)).join('');
}

/** Puts values in the place of question marks. */
export function bindValues(sql: string, values: readonly Value[]): string {
  const waiting = [...values];
  const bound = piecesOf(sql).map(({ kind, text }) =>
    kind === 'code' ? text.replaceAll('?', () => literal(waiting.shift())) : text,
  );
  if (waiting.length > 0) throw new UsageError(`the query has ${waiting.length} question marks too few`);
  return bound.join('');
}

/** Relations of one schema by their bare names. */
export function withoutSchema(sql: string, schema: string, relations: readonly string[]): string {
  const qualified = new RegExp(`\\b${schema}\\s*\\.\\s*(?=(?:${relations.join('|')})\\b)`, 'gi');
  return piecesOf(sql)
    .map(({ kind, text }) => (kind === 'code' ? text.replaceAll(qualified, '') : text))
    .join('');
}

/** A query that reads relations given as common table expressions, before its own. */
export function withRelations(relations: readonly string[], sql: string): string {
  if (relations.length === 0) return sql;
  const list = relations.join(',\n');
  const own = /^\s*with\s+(recursive\s+)?/i.exec(sql);
  return own ? `with ${own[1] ?? ''}${list},\n${sql.slice(own[0].length)}` : `with ${list}\n${sql}`;
}

function piecesOf(sql: string): Piece[] {
  return [...sql.matchAll(pieces)].map(({ 0: text, groups }) => {
    if (groups?.['quoted'] !== undefined) return { kind: 'quoted', text };
    return { kind: groups?.['comment'] === undefined ? 'code' : 'comment', text };
  });
}

/** Dollar quotes, backslashes, an end of text that is missing, and E'…', in which a backslash hides a quote. */
function isAmbiguous({ kind, text }: Piece, at: number, all: readonly Piece[]): boolean {
  if (kind === 'quoted') return text.startsWith("'") && /(?:^|\W)[a-z]&?$/i.test(all[at - 1]?.text ?? '');
  return kind === 'code' && /[$\\`'"]/.test(text);
}

function literal(value: Value | undefined): string {
  if (value === undefined) throw new UsageError('the query has more question marks than values');
  if (value === null) return 'null';
  return typeof value === 'string' ? quotedString(value) : String(value);
}

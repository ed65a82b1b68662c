import { listValue, quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Dataset } from '../../domain/dataset.ts';
import type { RedactedPart } from '../persons.ts';
import type { EngineSession } from '../read/engine.ts';
import { writePart } from '../read/part-writer.ts';
import { cutRecord, type RecordRedactor, type Removal } from './record-redactor.ts';
import type { TableRedactor } from './redact-file.ts';

interface PartRequest {
  readonly path: string;
  readonly dataset: Dataset;
  readonly persons: ReadonlySet<string>;
  readonly target: string;
}

/**
 * Writes a staged part again without the persons' pseudonyms and texts. Rows stay, so that every total stays; only rows
 * that are nothing but the person (a customer's record, a link between identifiers) go.
 */
export async function redactPart(
  session: EngineSession,
  redactor: RecordRedactor,
  { path, dataset, persons, target }: PartRequest,
): Promise<RedactedPart> {
  const source = `read_parquet(${quotedString(path)})`;
  const named = dataset.columns.filter(({ personal }) => personal === 'pseudonym').map(({ name }) => name);
  const texts = dataset.columns.filter(({ personal }) => personal === 'free_text').map(({ name }) => name);
  await session.run('create or replace temp table erased as select unnest($refs) as ref', {
    refs: listValue([...persons]),
  });
  const isPersons = (column: string) => `coalesce(${quotedIdentifier(column)} in (select ref from erased), false)`;
  const isOwn = named.length === 0 ? 'false' : named.map(isPersons).join(' or ');
  const mentioning = new Map<string, readonly string[]>();
  for (const column of [...texts, '_extra']) mentioning.set(column, await mentions(session, redactor, source, column));
  const isMentioned = (column: string) =>
    `coalesce(list_contains([${(mentioning.get(column) ?? []).map((text) => quotedString(text)).join(', ')}]::varchar[], ${quotedIdentifier(column)}), false)`;
  const isChanged = [isOwn, ...[...mentioning.keys()].map(isMentioned)].join(' or ');
  const [[changed] = []] = await session.rows(`select count(*) from ${source} where ${isChanged}`);
  if (Number(changed ?? 0) === 0) return 'untouched';
  const emptied = [
    ...named.filter((name) => !dataset.key.includes(name)).map((name) => [name, isPersons(name)] as const),
    ...texts.map((name) => [name, `${isOwn} or ${isMentioned(name)}`] as const),
    ['_extra', isMentioned('_extra')] as const,
  ].map(([name, when]) => `case when not (${when}) then ${quotedIdentifier(name)} end as ${quotedIdentifier(name)}`);
  const isGone = named.filter((name) => dataset.key.includes(name)).map(isPersons);
  const kept = isGone.length === 0 ? '' : ` where not (${isGone.join(' or ')})`;
  const rows = `select * replace (${emptied.join(', ')}) from ${source}${kept}`;
  return (await writePart(session, rows, target, dataset)) ?? 'empty';
}

/** Distinct texts of a column that mention one of the persons. */
async function mentions(
  session: EngineSession,
  redactor: RecordRedactor,
  source: string,
  column: string,
): Promise<readonly string[]> {
  const name = quotedIdentifier(column);
  const rows = await session.rows(
    `select distinct ${name} from ${source} where regexp_matches(${name}, '[0-9０-９]|@')`,
  );
  return [...(await redactor.mentionedIn(rows.map(([text]) => String(text))))];
}

/** Writes a quarantine file again with the persons' cells emptied in the records' texts; false where nothing names them. */
export async function redactQuarantine(
  session: EngineSession,
  { layout, redactor }: TableRedactor,
  { path, target }: { readonly path: string; readonly target: string },
): Promise<boolean> {
  const source = `read_parquet(${quotedString(path)})`;
  const raws = (await session.rows(`select distinct raw from ${source} where raw is not null`)).map(([raw]) =>
    String(raw),
  );
  const records = raws.map((raw) => cutRecord(raw, layout));
  const removals = await redactor.removals(records);
  const changed = raws.flatMap((raw, at) =>
    (removals[at]?.length ?? 0) > 0 ? [{ raw, text: without(raw, removals[at] ?? []) }] : [],
  );
  if (changed.length === 0) return false;
  await session.run('create or replace temp table redacted as select unnest($raws) as raw, unnest($texts) as text', {
    raws: listValue(changed.map(({ raw }) => raw)),
    texts: listValue(changed.map(({ text }) => text)),
  });
  await session.run(
    `copy (select q.* replace (coalesce(r.text, q.raw) as raw) from ${source} as q left join redacted as r on r.raw = q.raw
      order by q._line) to ${quotedString(target)} (format parquet, compression zstd)`,
  );
  await session.run('drop table redacted');
  return true;
}

function without(raw: string, removals: readonly Removal[]): string {
  let text = '';
  let from = 0;
  for (const { start, end, text: word } of removals) {
    text += raw.slice(from, start) + word;
    from = end;
  }
  return text + raw.slice(from);
}

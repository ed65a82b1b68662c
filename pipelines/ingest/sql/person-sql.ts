import { quotedIdentifier } from '@duckdb/node-api';
import { type ContractPlan, lastingName } from '../plan/contract-plan.ts';

/** SQL: the pseudonym of the strongest identifier that a record has, null where it has none. */
export function customerRef(plan: ContractPlan): string {
  return `coalesce(${plan.persons.map(({ column }) => quotedIdentifier(column)).join(', ')}, cast(null as varchar))`;
}

/** SQL: each weaker identifier of a record beside the strongest. */
export function linksInRecords(plan: ContractPlan, records: string): string {
  const strongest = customerRef(plan);
  const kinds = plan.persons.slice(1).map(
    ({ column, kind }) =>
      `select ${quotedIdentifier(column)} as identifier_ref, '${kind}' as kind, ${strongest} as customer_ref, min(_line) as _line
       from (${records}) where _reject is null and ${quotedIdentifier(column)} <> ${strongest} group by 1, 2, 3`,
  );
  const none =
    "select cast(null as varchar) as identifier_ref, '' as kind, cast(null as varchar) as customer_ref, 0 as _line where false";
  return [none, ...kinds].join(' union all ');
}

/**
 * SQL: the links of a file, and under every older key what they would have been, and each identifier beside its oldest
 * pseudonym. So whoever was known before a rotation stays one person, and goes on under the oldest name.
 * @param tables the pseudonyms of each of the plan's persons: `ref`, and `ref<version>` for each older key.
 */
export function linksBetweenKeys(
  { persons, olderKeys }: ContractPlan,
  { records, tables, links }: { readonly records: string; readonly tables: readonly string[]; readonly links: string },
): string {
  const oldest = olderKeys.at(-1);
  if (oldest === undefined) return links;
  const older = olderKeys.map((version) => `ref${version}`);
  const names = tables.map(
    (table, at) => `select ref, '${persons[at]?.kind}' as kind, ${older.join(', ')} from ${table}`,
  );
  const seen = persons.map(({ column }) => {
    const ref = quotedIdentifier(column);
    return `select ${ref} as ref, min(_line) as _line from (${records}) where _reject is null and ${ref} is not null group by 1`;
  });
  const before = older.map(
    (ref) => `select i.${ref} as identifier_ref, links.kind, c.${ref} as customer_ref, _line from links
      join names as i on i.ref = identifier_ref join names as c on c.ref = customer_ref`,
  );
  const lasting = ['ref', ...older.slice(0, -1)].map(
    (ref) =>
      `select names.${ref} as identifier_ref, kind, ref${oldest} as customer_ref, _line from seen join names using (ref)`,
  );
  return `with links as (${links}), names as (${names.join(' union ')}), seen as (${seen.join(' union ')})
    select identifier_ref, kind, customer_ref, min(_line) as _line
    from (${['select * from links', ...before, ...lasting].join(' union all ')}) group by 1, 2, 3`;
}

/** SQL: an expression with every personal column under the oldest key. */
export function lastingSql({ personal, olderKeys }: ContractPlan, sql: string): string {
  if (olderKeys.length === 0) return sql;
  const names = new Set(personal.map(({ name }) => name));
  const pieces = sql.split(/('(?:[^']|'')*')/);
  const renamed = (piece: string) =>
    piece.replaceAll(/"?([a-z_][a-z0-9_]*)"?/gi, (word, name: string) =>
      names.has(name) ? quotedIdentifier(lastingName(name)) : word,
    );
  return pieces.map((piece, at) => (at % 2 === 0 ? renamed(piece) : piece)).join('');
}

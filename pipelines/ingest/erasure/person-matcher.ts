import { type DuckDBValue, listValue, quotedIdentifier } from '@duckdb/node-api';
import type { ContractColumn } from '../../domain/contract.ts';
import { allKeys, type PseudonymKey } from '../pseudonym-key.ts';
import type { EngineSession } from '../read/engine.ts';
import { unknownFacts } from '../sql/cell-facts.ts';
import { cleanCell } from '../sql/cell-sql.ts';
import { mainlandCode, normalIdentifier, padValues, pseudonym } from '../sql/identifier-sql.ts';

export type IdentifierKind = Exclude<NonNullable<ContractColumn['personal']>, 'free_text'>;

/** How a text is to be taken. */
export interface IdentifierPlace {
  readonly kind: IdentifierKind;
  /** Accounts of two channels are two persons. */
  readonly channelId: string;
  readonly nullWords: readonly string[];
}

/** Texts of one question: the engine takes so many at once without holding much. */
const batch = 20_000;
const unitSeparator = '\u001f';
const mainland = new RegExp(mainlandCode);

/** Tells by the SQL that makes pseudonyms at ingest, and under every known key, whom a text names. */
export class PersonMatcher {
  readonly #session: EngineSession;
  readonly #keys: readonly PseudonymKey[];
  readonly #found = new Set<string>();

  constructor(session: EngineSession, key: PseudonymKey) {
    this.#session = session;
    this.#keys = allKeys(key);
  }

  /** The pseudonyms of a text under each key; none where it names nobody. */
  async pseudonyms(text: string, place: IdentifierPlace): Promise<readonly string[]> {
    const [row] = await this.#ask([text], place, { question: 'from named', given: {} });
    return (row ?? []).slice(1).map(String);
  }

  /** Those of the texts that name one of the persons. */
  async among(
    texts: readonly string[],
    place: IdentifierPlace,
    persons: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    const isNamed = this.#keys.map(({ version }) => `ref${version} in (select unnest($persons))`).join(' or ');
    const asked = { question: `from named where ${isNamed}`, given: { persons: listValue([...persons]) } };
    for (let from = 0; from < texts.length && persons.size > 0; from += batch) {
      for (const [text, ...refs] of await this.#ask(texts.slice(from, from + batch), place, asked)) {
        found.add(String(text));
        for (const ref of refs) this.#found.add(String(ref));
      }
    }
    return found;
  }

  /** Whether one of the persons is named by a phone of nothing but digits: `among`, for very many of them. */
  async isAmong(digits: readonly string[], persons: ReadonlySet<string>): Promise<boolean> {
    const refs = this.#keys.map(
      ({ version }) => `${pseudonym('normal', 'phone', version)} in (select ref from persons)`,
    );
    const sql = `with persons as (select unnest(string_split($persons, ',')) as ref),
      numbers as (select unnest(string_split($numbers, ',')) as normal)
      select 1 from numbers where ${refs.join(' or ')} limit 1`;
    const given = { persons: [...persons].join(','), ...padValues(this.#keys) };
    for (let from = 0; from < digits.length; from += batch) {
      const numbers = digits.slice(from, from + batch).map((number) => number.replace(mainland, '$1'));
      if ((await this.#session.rows(sql, { ...given, numbers: numbers.join(',') })).length > 0) return true;
    }
    return false;
  }

  /** Takes all that the texts name for the persons: they stand beside one of them in a record. */
  async join(texts: readonly string[], place: IdentifierPlace): Promise<void> {
    const rows = await this.#ask(texts, place, { question: 'from named', given: {} });
    for (const [, ...refs] of rows) for (const ref of refs) this.#found.add(String(ref));
  }

  /** The persons, under every pseudonym of theirs that was come upon: newer ones, of whoever was erased before a rotation, too. */
  underEveryKey(persons: ReadonlySet<string>): ReadonlySet<string> {
    return new Set([...persons, ...this.#found]);
  }

  async #ask(
    texts: readonly string[],
    { kind, channelId, nullWords }: IdentifierPlace,
    { question, given }: { readonly question: string; readonly given: Record<string, DuckDBValue> },
  ): Promise<DuckDBValue[][]> {
    const clean = cleanCell('text', nullWords, unknownFacts);
    const normal = normalIdentifier(kind, channelId, 'clean');
    const refs = this.#keys.map(
      ({ version }) => `${pseudonym('normal', kind, version)} as ${quotedIdentifier(`ref${version}`)}`,
    );
    const named = `select text, ${refs.join(', ')} from (select text, ${normal} as normal
      from (select text, ${clean} as clean from (select unnest(string_split($texts, chr(31))) as text))) where normal is not null`;
    return await this.#session.rows(`with named as (${named}) ${question}`, {
      // One value instead of many: binding each by itself takes longer than hashing it.
      texts: texts.map((text) => text.replaceAll(unitSeparator, '')).join(unitSeparator),
      ...padValues(this.#keys),
      ...given,
    });
  }
}

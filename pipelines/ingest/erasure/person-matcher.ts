import { listValue, quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { ContractColumn } from '../../domain/contract.ts';
import { allKeys, type PseudonymKey } from '../pseudonym-key.ts';
import type { EngineSession } from '../read/engine.ts';
import { unknownFacts } from '../sql/cell-facts.ts';
import { cleanCell } from '../sql/cell-sql.ts';
import { normalIdentifier, padValues, pseudonym } from '../sql/identifier-sql.ts';

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

/** Tells by the SQL that makes pseudonyms at ingest, and under every known key, whom a text names. */
export class PersonMatcher {
  readonly #session: EngineSession;
  readonly #keys: readonly PseudonymKey[];

  constructor(session: EngineSession, key: PseudonymKey) {
    this.#session = session;
    this.#keys = allKeys(key);
  }

  /** The pseudonyms of a text under each key; none where it names nobody. */
  async pseudonyms(text: string, place: IdentifierPlace): Promise<readonly string[]> {
    const rows = await this.#ask(
      [text],
      place,
      `select ref from (unpivot named on columns(* exclude (text)) into name k value ref)`,
    );
    return rows.map(([ref]) => String(ref));
  }

  /** Those of the texts that name one of the persons. */
  async among(
    texts: readonly string[],
    place: IdentifierPlace,
    persons: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    const wanted = [...persons].map((ref) => quotedString(ref)).join(', ');
    const isNamed = this.#keys.map(({ version }) => `list_contains(wanted, ref${version})`).join(' or ');
    const question = `select text from (select *, [${wanted}] as wanted from named) where ${isNamed}`;
    for (let from = 0; from < texts.length && persons.size > 0; from += batch) {
      const rows = await this.#ask(texts.slice(from, from + batch), place, question);
      for (const [text] of rows) found.add(String(text));
    }
    return found;
  }

  async #ask(texts: readonly string[], { kind, channelId, nullWords }: IdentifierPlace, question: string) {
    const clean = cleanCell('text', nullWords, unknownFacts);
    const normal = normalIdentifier(kind, channelId, 'clean');
    const refs = this.#keys.map(
      ({ version }) => `${pseudonym('normal', kind, version)} as ${quotedIdentifier(`ref${version}`)}`,
    );
    const named = `select text, ${refs.join(', ')} from (select text, ${normal} as normal
      from (select text, ${clean} as clean from (select unnest($texts) as text))) where normal is not null`;
    return await this.#session.rows(`with named as (${named}) ${question}`, {
      texts: listValue([...texts]),
      ...padValues(this.#keys),
    });
  }
}

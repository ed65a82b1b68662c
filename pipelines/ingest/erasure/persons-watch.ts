import type { Detection } from '../detect/dialect.ts';
import { RecordReader, type TableRecord } from '../parse/record-reader.ts';
import type { PseudonymKey } from '../pseudonym-key.ts';
import type { EngineSession } from '../read/engine.ts';
import { siftMentions } from './mention-sieve.ts';
import { PersonMatcher } from './person-matcher.ts';
import type { PersonalLayout } from './personal-layout.ts';
import { cutRecord, RecordRedactor } from './record-redactor.ts';

/** Who is not to be named, and how the table that is read names persons. */
export interface Watched {
  /** Pseudonyms under every key. */
  readonly persons: ReadonlySet<string>;
  readonly layout: PersonalLayout;
  readonly key: PseudonymKey;
}

/** What may have to be looked through once more because of somebody who was erased. */
export interface WatchedText {
  /** Records as they stand in the file. */
  readonly source: Buffer;
  /** Records of the text that the engine did not take: their cells may be others than it saw. */
  readonly rejected: readonly { readonly raw: string }[];
  /** Mails whose pseudonyms were made while the records were mapped. */
  readonly seen: ReadonlySet<string>;
}

/**
 * Tells, while a file is read, whether somebody who was erased is named in it: nearly no file names one, and only those are
 * read a second time. Cells of identifiers are none of its business: their pseudonyms are made while they are mapped.
 */
export class PersonsWatch {
  readonly #watched: Watched;
  readonly #matcher: PersonMatcher;
  readonly #redactor: RecordRedactor;

  constructor(session: EngineSession, watched: Watched) {
    this.#watched = watched;
    this.#matcher = new PersonMatcher(session, watched.key);
    this.#redactor = new RecordRedactor(watched.layout, this.#matcher, watched.persons);
  }

  async isNamedIn({ source, rejected, seen }: WatchedText): Promise<boolean> {
    const { persons, layout } = this.#watched;
    const mentions = siftMentions(source);
    if (await this.#matcher.isAmong([...mentions.digits], persons)) return true;
    for (const kind of ['phone', 'email'] as const) {
      const texts = [...mentions[kind]].filter((text) => !seen.has(text));
      const place = { kind, channelId: '', nullWords: layout.nullWords };
      if ((await this.#matcher.among(texts, place, persons)).size > 0) return true;
    }
    return rejected.length > 0 && (await this.#redactor.isAnyNamed(rejected.map(({ raw }) => cutRecord(raw, layout))));
  }

  /** Whether one is named in what stands before the records: lines of a preamble, a header that is somebody's row. */
  async isNamedBefore(text: string, { layout: { preamble, headerRecords } }: Detection): Promise<boolean> {
    const { dialect, width } = this.#watched.layout;
    const reader = new RecordReader(dialect, { width });
    const records: TableRecord[] = [...reader.push(text), ...reader.end()].slice(0, preamble + headerRecords);
    return await this.#redactor.isAnyNamed(records);
  }
}

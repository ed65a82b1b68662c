import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { listValue, quotedIdentifier, quotedString } from '@duckdb/node-api';
import { IngestError } from '../../domain/errors.ts';
import { detectFormat } from '../detect/format.ts';
import type { IngestCatalog } from '../ingest.ts';
import { openTable } from '../parse/open-table.ts';
import type { Persons, PersonsInFile, RedactedFile, RedactedPart } from '../persons.ts';
import type { PseudonymKey } from '../pseudonym-key.ts';
import { Engine, EngineFault } from '../read/engine.ts';
import { PersonMatcher } from './person-matcher.ts';
import { noTable } from './personal-layout.ts';
import { RecordRedactor } from './record-redactor.ts';
import { FileRedactor } from './redact-file.ts';
import { redactPart, redactQuarantine } from './redact-rows.ts';
import { type Needles, TextSearch } from './text-search.ts';

export interface PersonsSettings {
  readonly catalog: IngestCatalog;
  readonly key: PseudonymKey;
  /** Private local folder for new files and for what the engine spills. */
  readonly scratch: string;
  readonly memoryLimit: string;
}

/** Opens an engine that finds persons; whoever opens it closes it. */
export async function openPersons(settings: PersonsSettings): Promise<Persons> {
  const { scratch, memoryLimit } = settings;
  return new EnginePersons(settings, await Engine.open({ scratch, memoryLimit, lanes: 1 }));
}

class EnginePersons implements Persons {
  readonly #settings: PersonsSettings;
  readonly #engine: Engine;
  readonly #matcher: PersonMatcher;
  readonly #files: FileRedactor;

  constructor(settings: PersonsSettings, engine: Engine) {
    this.#settings = settings;
    this.#engine = engine;
    this.#matcher = new PersonMatcher(engine.first, settings.key);
    this.#files = new FileRedactor(settings.catalog, this.#matcher);
  }

  async pseudonymsOf(subject: string): Promise<readonly string[]> {
    const found = new Set<string>();
    const add = async (kind: 'phone' | 'email' | 'customer_id', channelId: string) => {
      const place = { kind, channelId, nullWords: [] };
      for (const ref of await this.#matcher.pseudonyms(subject, place)) found.add(ref);
    };
    await add('phone', '');
    await add('email', '');
    const channels = [...this.#settings.catalog.contracts.values()].map(({ channel }) => channel.channel_id);
    for (const channelId of new Set(channels)) await add('customer_id', channelId);
    return [...found];
  }

  async joined(pseudonyms: readonly string[], identifierParts: readonly string[]): Promise<readonly string[]> {
    const known = new Set(pseudonyms);
    if (identifierParts.length === 0) return [...known];
    const links = `read_parquet([${identifierParts.map((path) => quotedString(path)).join(', ')}])`;
    for (let fresh = [...known]; fresh.length > 0; ) {
      const rows = await this.#engine.first.rows(
        `select customer_ref from ${links} where identifier_ref in (select unnest($refs))
          union select identifier_ref from ${links} where customer_ref in (select unnest($refs))`,
        { refs: listValue(fresh) },
      );
      fresh = rows.map(([ref]) => String(ref)).filter((ref) => !known.has(ref));
      for (const ref of fresh) known.add(ref);
    }
    return [...known];
  }

  redactFile(request: PersonsInFile): Promise<RedactedFile | undefined> {
    return this.#files.redact(request, this.#newFile());
  }

  async redactPart(path: string, name: string, wanted: ReadonlySet<string>): Promise<RedactedPart> {
    const persons = this.#matcher.underEveryKey(wanted);
    const dataset = this.#settings.catalog.datasets.get(name);
    // A dataset that the catalog has no more: nothing is known of its columns.
    if (dataset === undefined) return 'untouched';
    const redactor = new RecordRedactor(noTable, this.#matcher, persons);
    return await redactPart(this.#engine.first, redactor, { path, dataset, persons, target: this.#newFile() });
  }

  async redactQuarantine(path: string, request: PersonsInFile): Promise<string | undefined> {
    const target = this.#newFile();
    const table = await this.#files.tableRedactor(request);
    if (table === undefined) return undefined;
    return (await redactQuarantine(this.#engine.first, table, { path, target })) ? target : undefined;
  }

  async search(content: string | Uint8Array, needles: Needles): Promise<boolean> {
    const search = new TextSearch(needles);
    if (typeof content !== 'string') return await search.isIn([content]);
    try {
      if (await this.#isInside(content, search)) return true;
    } catch (error) {
      // A broken file has only its bytes left to look at; an engine that failed has not looked at all.
      if (!isBroken(error)) throw error;
    }
    return await search.isIn(createReadStream(content));
  }

  /** Looks into files that hide their text: packed ones, workbooks, Parquet. */
  async #isInside(path: string, search: TextSearch): Promise<boolean> {
    const format = detectFormat(await firstBytes(path));
    if (format === 'parquet') return await this.#isInParquet(path, search);
    if (format === 'gzip') return await search.isIn(createReadStream(path).pipe(createGunzip()));
    return (format === 'zip' || format === 'old_excel') && (await isInTables(path, search));
  }

  async #isInParquet(path: string, search: TextSearch): Promise<boolean> {
    try {
      return await this.#isInRows(path, search.pattern);
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error;
      // As a delivered file it may be damaged, and reading it as such tells.
      return await isInTables(path, search);
    }
  }

  async #isInRows(path: string, pattern: string): Promise<boolean> {
    const source = `read_parquet(${quotedString(path)})`;
    const columns = await this.#engine.first.rows(`describe select * from ${source}`);
    const texts = columns.filter(([, type]) => type === 'VARCHAR').map(([name]) => quotedIdentifier(String(name)));
    if (texts.length === 0) return false;
    const isNamed = texts.map((text) => `regexp_matches(${text}, ${quotedString(pattern)})`).join(' or ');
    const rows = await this.#engine.first.rows(`select 1 from ${source} where ${isNamed} limit 1`);
    return rows.length > 0;
  }

  #newFile(): string {
    return join(this.#settings.scratch, randomUUID());
  }

  close(): void {
    this.#engine.close();
  }
}

function isBroken(error: unknown): boolean {
  const isUnpacked = String((error as NodeJS.ErrnoException).code ?? '').startsWith('Z_');
  return isUnpacked || (error instanceof IngestError && !(error instanceof EngineFault));
}

async function firstBytes(path: string): Promise<Uint8Array> {
  for await (const piece of createReadStream(path, { end: (64 << 10) - 1 })) return piece as Buffer;
  return new Uint8Array(0);
}

async function isInTables(path: string, search: TextSearch): Promise<boolean> {
  for await (const { records, leftOut, header } of (await openTable(path)).batches) {
    const texts = [...records.flatMap(({ fields }) => fields), ...leftOut.map(({ raw }) => raw), ...(header ?? [])];
    if (texts.some((text) => search.isInText(text))) return true;
  }
  return false;
}

import { type DuckDBConnection, DuckDBInstance, type DuckDBValue, quotedString } from '@duckdb/node-api';
import { IngestError } from '../../domain/errors.ts';

/** One connection to the engine that maps and writes; results as plain values. */
export class EngineSession {
  readonly #connection: DuckDBConnection;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async run(sql: string, values?: Record<string, DuckDBValue>): Promise<void> {
    await this.#guard(() => this.#connection.run(sql, values));
  }

  async rows(sql: string): Promise<DuckDBValue[][]> {
    return await this.#guard(async () => (await this.#connection.runAndReadAll(sql)).getRows());
  }

  close(): void {
    this.#connection.closeSync();
  }

  /** The engine's messages quote cells: they may name a person, so only their kind leaves this file. */
  async #guard<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (cause) {
      throw new EngineFault(cause instanceof Error ? cause.message : String(cause));
    }
  }
}

/** The engine refused a statement. `kind` is its error class; the text stays private because it may quote cells. */
export class EngineFault extends IngestError {
  readonly kind: string;
  readonly #text: string;

  constructor(text: string) {
    const kind = /^[A-Z][A-Za-z ]+ Error/.exec(text)?.[0] ?? 'Error';
    super(`the engine failed: ${kind}`, {
      next: "run again; if it fails again, report the file's receipt and this message",
    });
    this.kind = kind;
    this.#text = text;
  }

  /** The text could not be cut into records and fields as the dialect says. */
  get isUnreadableText(): boolean {
    return this.#text.includes('CSV') || this.#text.includes('Maximum line size');
  }

  /** The engine's own words, for expressions of a contract, which hold no data. */
  ownWords(): string {
    return this.#text;
  }
}

export interface EngineSettings {
  /** Folder for what does not fit in memory. */
  readonly scratch: string;
  readonly memoryLimit: string;
}

/** Opens an engine of its own for one ingest. */
export async function openEngine({ scratch, memoryLimit }: EngineSettings): Promise<DuckDBInstance> {
  return await DuckDBInstance.create(':memory:', { memory_limit: memoryLimit, temp_directory: scratch });
}

export async function openSession(engine: DuckDBInstance): Promise<EngineSession> {
  const session = new EngineSession(await engine.connect());
  await session.run(`set TimeZone = ${quotedString('UTC')}`);
  return session;
}

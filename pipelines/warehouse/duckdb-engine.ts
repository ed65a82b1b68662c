import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { asWarehouseError } from './duckdb-failure.ts';
import { preludeMacros, preludeSettings } from './prelude.ts';

export interface DuckDbSettings {
  /** As DuckDB writes it, `4GB`. Work beyond it spills to disk. Default: DuckDB's own, 80 % of the machine. */
  readonly memoryLimit?: string;
  readonly threads?: number;
}

/** One in-memory database with the prelude loaded. Whoever opens it closes it. */
export class DuckDbEngine {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /** @param spillFolder where work that outgrows the memory limit goes; without one it fails instead. */
  static async open(settings: DuckDbSettings, spillFolder = ''): Promise<DuckDbEngine> {
    const instance = await DuckDBInstance.create(':memory:', {
      temp_directory: spillFolder,
      ...(settings.memoryLimit === undefined ? {} : { memory_limit: settings.memoryLimit }),
      ...(settings.threads === undefined ? {} : { threads: String(settings.threads) }),
      // Nothing may be fetched from the network behind the user's back.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const engine = new DuckDbEngine(instance, await instance.connect());
    for (const statement of [...preludeSettings, ...preludeMacros]) await engine.run(statement);
    return engine;
  }

  get connection(): DuckDBConnection {
    return this.#connection;
  }

  /** Runs statements for their effect. */
  async run(sql: string, values?: DuckDBValue[]): Promise<void> {
    await this.#answer(sql, () => this.#connection.run(sql, values));
  }

  /** Rows as objects of plain JSON values: decimals, big integers, dates and timestamps come as text. */
  async rows(sql: string, values?: DuckDBValue[]): Promise<Record<string, unknown>[]> {
    return await this.#answer(sql, async () => (await this.#connection.runAndReadAll(sql, values)).getRowObjectsJson());
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #answer<T>(sql: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw asWarehouseError(error, sql);
    }
  }
}

import { type DuckDBConnection, DuckDBInstance, type DuckDBValue, quotedString } from '@duckdb/node-api';
import type { Contract } from '../../domain/contract.ts';
import { IngestError } from '../../domain/errors.ts';
import type { OutputTypes } from '../sql/record-sql.ts';
import { type OffsetStep, offsetSteps, type Zone } from '../sql/zone-sql.ts';

/** One connection to the engine that maps and writes; results as plain values. */
export class EngineSession {
  readonly #connection: DuckDBConnection;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async run(sql: string, values?: Record<string, DuckDBValue>): Promise<void> {
    await this.#guard(() => this.#connection.run(sql, values));
  }

  async rows(sql: string, values?: Record<string, DuckDBValue>): Promise<DuckDBValue[][]> {
    return await this.#guard(async () => (await this.#connection.runAndReadAll(sql, values)).getRows());
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
  /** Statements that run side by side. */
  readonly lanes: number;
}

/**
 * An embedded engine with a connection for each lane. It may read one file after the other, so that a small file does not
 * pay for starting it; what was learnt about contracts and zones is kept.
 */
export class Engine {
  readonly sessions: readonly EngineSession[];
  readonly #instance: DuckDBInstance;
  readonly #types = new Map<Contract, readonly OutputTypes[]>();
  readonly #zones = new Map<string, Zone>();

  private constructor(instance: DuckDBInstance, sessions: readonly EngineSession[]) {
    this.#instance = instance;
    this.sessions = sessions;
  }

  static async open({ scratch, memoryLimit, lanes }: EngineSettings): Promise<Engine> {
    // A statement runs on the thread of its lane alone: helpers that wait for work of 16 MB cost more than they take over.
    const settings = {
      memory_limit: memoryLimit,
      temp_directory: scratch,
      threads: '1',
      // Else the memory of one chunk is given back only while the next ones allocate: up to 150 MB stay idle.
      allocator_background_threads: 'true',
    };
    const instance = await DuckDBInstance.create(':memory:', settings);
    const opened = Array.from({ length: lanes }, async () => {
      const session = new EngineSession(await instance.connect());
      await session.run("set TimeZone = 'UTC'");
      return session;
    });
    return new Engine(instance, await Promise.all(opened));
  }

  /** The connection for what is done once per file. */
  get first(): EngineSession {
    const [first] = this.sessions;
    if (first === undefined) throw new Error('no lanes');
    return first;
  }

  /** Lets it spill into another folder. False where it has spilled before: then it cannot change any more. */
  async moveTo(scratch: string): Promise<boolean> {
    try {
      await this.first.run(`set temp_directory = ${quotedString(scratch)}`);
      return true;
    } catch (error) {
      if (error instanceof EngineFault) return false;
      throw error;
    }
  }

  /** Types of the contract's outputs, asked for once. */
  async types(
    contract: Contract,
    ask: (session: EngineSession) => Promise<readonly OutputTypes[]>,
  ): Promise<readonly OutputTypes[]> {
    const types = this.#types.get(contract) ?? (await ask(this.first));
    this.#types.set(contract, types);
    return types;
  }

  /** A zone with its offsets, asked for once. */
  async zone(name: string): Promise<Zone> {
    const known = this.#zones.get(name);
    if (known !== undefined) return known;
    const offsets = { local: await this.#steps(name, 'local'), utc: await this.#steps(name, 'utc') };
    this.#zones.set(name, { name, offsets });
    return { name, offsets };
  }

  /**
   * Runs work whose joins have the larger side on the left: the engine takes a file of text for far smaller than it is, and
   * would put its records into the hash table.
   */
  async keepingJoinOrder(work: () => Promise<void>): Promise<void> {
    await this.first.run("set disabled_optimizers = 'join_order,build_side_probe_side'");
    await work();
    await this.first.run('reset disabled_optimizers');
  }

  close(): void {
    for (const session of this.sessions) session.close();
    this.#instance.closeSync();
  }

  async #steps(zone: string, clock: 'local' | 'utc'): Promise<OffsetStep[]> {
    const rows = await this.first.rows(offsetSteps(zone, clock));
    return rows.map(([from, offset]) => ({ from: BigInt(String(from)), offset: BigInt(String(offset)) }));
  }
}

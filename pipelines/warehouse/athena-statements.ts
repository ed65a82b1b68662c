import { setTimeout as pause } from 'node:timers/promises';
import {
  type AthenaClient,
  type ColumnInfo,
  GetQueryExecutionCommand,
  paginateGetQueryResults,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { WarehouseError } from '../domain/errors.ts';
import { explainAthena, explainStatement } from './athena-failure.ts';
import type { EngineUsage } from './build-session.ts';

export interface AthenaSettings {
  /** Its limits hold: where results go and how they are encrypted, how many bytes a statement may scan. */
  readonly workgroup: string;
  /** Glue database of the public marts. What builds need beside them lies in `<database>_build`. */
  readonly database: string;
  /** s3:// address of results, for a workgroup that names none. */
  readonly output?: string;
  /** A statement that runs longer is cancelled. */
  readonly timeoutMinutes: number;
  /** What Athena charges for a terabyte (10¹² bytes) scanned. */
  readonly usdPerTerabyte: number;
}

export interface StatementRows {
  readonly columns: readonly ColumnInfo[];
  /** Values as text, null where there is none. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Athena refuses longer texts. */
const longestStatementBytes = 262_144;
/** Athena charges for at least so much of a statement that scans. */
const leastChargedBytes = 10_000_000;
const firstWaitMs = 100;
const longestWaitMs = 2_000;

/** Runs statements in one workgroup and database, waits for their end and adds up what they cost. */
export class AthenaStatements {
  readonly #client: AthenaClient;
  readonly #settings: AthenaSettings;
  readonly #database: string;
  #statements = 0;
  #scannedBytes = 0;
  #chargedBytes = 0;

  constructor(client: AthenaClient, settings: AthenaSettings, database: string) {
    this.#client = client;
    this.#settings = settings;
    this.#database = database;
  }

  /** Runs a statement for its effect. @throws WarehouseError */
  async run(sql: string): Promise<void> {
    await this.#finish(sql);
  }

  /** Runs a query and reads all of its rows. @throws WarehouseError */
  async rows(sql: string): Promise<StatementRows> {
    const id = await this.#finish(sql);
    const rows: (string | null)[][] = [];
    let columns: readonly ColumnInfo[] = [];
    try {
      for await (const { ResultSet } of paginateGetQueryResults({ client: this.#client }, { QueryExecutionId: id })) {
        columns = ResultSet?.ResultSetMetadata?.ColumnInfo ?? columns;
        for (const { Data = [] } of ResultSet?.Rows ?? []) {
          rows.push(Data.map(({ VarCharValue }) => VarCharValue ?? null));
        }
      }
    } catch (error) {
      throw explainAthena(error, this.#where(id));
    }
    // The first row of a query's result is its header.
    return { columns, rows: rows.slice(1) };
  }

  /** What ran since the last call took. */
  takeUsage(): EngineUsage {
    const usage = {
      statements: this.#statements,
      scanned_bytes: this.#scannedBytes,
      cost_usd: (this.#chargedBytes / 1e12) * this.#settings.usdPerTerabyte,
    };
    this.#statements = 0;
    this.#scannedBytes = 0;
    this.#chargedBytes = 0;
    return usage;
  }

  /** Starts a statement and waits for its end. Answers its id. */
  async #finish(sql: string): Promise<string> {
    if (Buffer.byteLength(sql) > longestStatementBytes) {
      throw new WarehouseError(`a statement is longer than the ${longestStatementBytes} bytes that Athena takes`, {
        where: `workgroup ${this.#settings.workgroup}`,
        next: 'tidemark gc --compact, then build again: fewer files make shorter statements',
      });
    }
    const id = await this.#start(sql);
    const { Status, Statistics } = await this.#untilDone(id);
    this.#count(Statistics?.DataScannedInBytes ?? 0);
    if (Status?.State === 'SUCCEEDED') return id;
    throw explainStatement(Status, sql, this.#where(id));
  }

  async #start(sql: string): Promise<string> {
    const { workgroup, output } = this.#settings;
    try {
      const { QueryExecutionId = '' } = await this.#client.send(
        new StartQueryExecutionCommand({
          QueryString: sql,
          WorkGroup: workgroup,
          QueryExecutionContext: { Catalog: 'AwsDataCatalog', Database: this.#database },
          ...(output !== undefined && { ResultConfiguration: { OutputLocation: output } }),
        }),
      );
      return QueryExecutionId;
    } catch (error) {
      throw explainAthena(error, this.#where(), sql);
    }
  }

  async #untilDone(id: string): Promise<QueryExecution> {
    const deadline = Date.now() + this.#settings.timeoutMinutes * 60_000;
    for (let wait = firstWaitMs; ; wait = Math.min(wait * 1.5, longestWaitMs)) {
      const execution = await this.#describe(id);
      const state = execution.Status?.State;
      if (state !== 'QUEUED' && state !== 'RUNNING') return execution;
      if (Date.now() > deadline) await this.#cancel(id);
      await pause(wait);
    }
  }

  async #cancel(id: string): Promise<never> {
    await this.#client.send(new StopQueryExecutionCommand({ QueryExecutionId: id })).catch(() => undefined);
    throw new WarehouseError(`a statement was cancelled after ${this.#settings.timeoutMinutes} minutes`, {
      where: this.#where(id),
      next: 'raise the time limit of the engine, or compact what is staged: tidemark gc --compact',
      retryable: true,
    });
  }

  async #describe(id: string): Promise<QueryExecution> {
    try {
      const { QueryExecution } = await this.#client.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
      return QueryExecution ?? {};
    } catch (error) {
      throw explainAthena(error, this.#where(id));
    }
  }

  #count(scannedBytes: number): void {
    this.#statements += 1;
    this.#scannedBytes += scannedBytes;
    this.#chargedBytes += Math.max(scannedBytes, leastChargedBytes);
  }

  #where(id?: string): string {
    const { workgroup } = this.#settings;
    return id === undefined ? `workgroup ${workgroup}` : `query ${id} in workgroup ${workgroup}`;
  }
}

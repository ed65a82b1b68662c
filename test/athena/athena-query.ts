import { translate } from './athena-statements.ts';
import { columnInfo, showValue } from './athena-values.ts';
import { runStatement, TrinoError, type TrinoResult } from './trino-client.ts';

export interface StartRequest {
  readonly QueryString: string;
  readonly ExecutionParameters?: readonly string[];
  readonly QueryExecutionContext?: { readonly Database?: string; readonly Catalog?: string };
  readonly ResultConfiguration?: { readonly OutputLocation?: string };
  readonly WorkGroup?: string;
}

type State = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** How long a start waits for a syntax error, which Athena tells at once. */
const parseMilliseconds = 1500;

/** One query execution: from its start to pages of its result. */
export class AthenaQuery {
  readonly id: string;
  state: State = 'QUEUED';
  readonly #request: StartRequest;
  readonly #abort = new AbortController();
  readonly #submitted = Date.now();
  #completed: number | undefined;
  #result: TrinoResult | undefined;
  #error: Error | undefined;

  constructor(id: string, request: StartRequest) {
    this.id = id;
    this.#request = request;
  }

  /** Starts running. Returns why the text is refused, where it is no statement that Athena takes. */
  async start(trino: string): Promise<string | undefined> {
    const run = this.#run(trino);
    await Promise.race([run, new Promise((resolve) => setTimeout(resolve, parseMilliseconds))]);
    const error = this.#error;
    const isSyntax = error !== undefined && (!(error instanceof TrinoError) || error.errorName === 'SYNTAX_ERROR');
    return isSyntax && this.state === 'FAILED' ? error.message : undefined;
  }

  cancel(): void {
    if (this.state !== 'RUNNING' && this.state !== 'QUEUED') return;
    this.state = 'CANCELLED';
    this.#completed = Date.now();
    this.#abort.abort();
  }

  describe() {
    const { QueryString, QueryExecutionContext, WorkGroup = 'primary' } = this.#request;
    const reason =
      this.#error && `${this.#error instanceof TrinoError ? `${this.#error.errorName}: ` : ''}${this.#error.message}`;
    return {
      QueryExecutionId: this.id,
      Query: QueryString,
      StatementType: statementType(QueryString),
      QueryExecutionContext,
      WorkGroup,
      EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
      Status: {
        State: this.state,
        SubmissionDateTime: this.#submitted / 1000,
        ...(reason !== undefined && { StateChangeReason: reason }),
        ...(this.#completed !== undefined && { CompletionDateTime: this.#completed / 1000 }),
      },
      Statistics: {
        DataScannedInBytes: this.#result?.scannedBytes ?? 0,
        EngineExecutionTimeInMillis: (this.#completed ?? Date.now()) - this.#submitted,
      },
    };
  }

  /** One page; the first begins with a row of the columns' names, as Athena's does for queries. */
  results(limit: number, token: string | undefined) {
    const { columns = [], rows = [], updateCount = 0, updateType } = this.#result ?? {};
    const isQuery = statementType(this.#request.QueryString) === 'DML' && updateType === undefined;
    const shown = rows.map((row) => row.map((value, at) => showValue(value, columns[at]?.typeSignature)));
    const all = isQuery ? [columns.map(({ name }) => name), ...shown] : updateType === undefined ? shown : [];
    const offset = token === undefined ? 0 : Number(token);
    const page = all.slice(offset, offset + limit);
    return {
      UpdateCount: updateCount,
      ...(offset + limit < all.length && { NextToken: String(offset + limit) }),
      ResultSet: {
        Rows: page.map((row) => ({ Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) })),
        ResultSetMetadata: { ColumnInfo: columns.map(columnInfo) },
      },
    };
  }

  async #run(trino: string): Promise<void> {
    this.state = 'RUNNING';
    try {
      const { QueryString, ExecutionParameters = [], QueryExecutionContext } = this.#request;
      for (const { sql, catalog = 'awsdatacatalog' } of translate(QueryString)) {
        const parameters = ExecutionParameters.join(', ');
        const text = parameters === '' ? sql : `execute immediate '${sql.replaceAll("'", "''")}' using ${parameters}`;
        const schema = QueryExecutionContext?.Database;
        const result = await runStatement(trino, text, {
          catalog,
          signal: this.#abort.signal,
          ...(schema !== undefined && { schema }),
        });
        if (!/^drop table unload_/.test(sql)) this.#result = result;
      }
      if (this.state === 'RUNNING') this.state = 'SUCCEEDED';
    } catch (error) {
      this.#error = error as Error;
      if (this.state === 'RUNNING') this.state = 'FAILED';
    }
    this.#completed ??= Date.now();
  }
}

function statementType(sql: string): 'DML' | 'DDL' | 'UTILITY' {
  if (/^\s*(\(|select|with|insert|merge|update|delete|values|unload)\b/i.test(sql)) return 'DML';
  if (/^\s*create\s+table[\s\S]*\bas\s*(\(|select|with)/i.test(sql)) return 'DML';
  return /^\s*(show|describe|explain|execute)\b/i.test(sql) ? 'UTILITY' : 'DDL';
}

import {
  type AthenaClient,
  type ColumnInfo,
  GetQueryExecutionCommand,
  paginateGetQueryResults,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';

export interface AthenaRows {
  readonly columns: readonly ColumnInfo[];
  /** Values as text, as the SDK gives them; null where there is none. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Runs a statement through the SDK, as any client of Athena would, and waits for its end. */
export async function query(client: AthenaClient, sql: string, database?: string): Promise<AthenaRows> {
  const context = { QueryExecutionContext: { Catalog: 'AwsDataCatalog', ...(database && { Database: database }) } };
  const { QueryExecutionId } = await client.send(new StartQueryExecutionCommand({ QueryString: sql, ...context }));
  for (let wait = 20; ; wait = Math.min(wait * 1.5, 500)) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === 'SUCCEEDED') break;
    if (State === 'FAILED' || State === 'CANCELLED') throw new Error(`${StateChangeReason}\n${sql.slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return await readAll(client, QueryExecutionId ?? '', /^\s*(select|with)\b/i.test(sql));
}

async function readAll(client: AthenaClient, id: string, hasHeader: boolean): Promise<AthenaRows> {
  const rows: (string | null)[][] = [];
  let columns: ColumnInfo[] = [];
  for await (const { ResultSet } of paginateGetQueryResults({ client }, { QueryExecutionId: id })) {
    columns = ResultSet?.ResultSetMetadata?.ColumnInfo ?? columns;
    for (const { Data = [] } of ResultSet?.Rows ?? []) rows.push(Data.map(({ VarCharValue }) => VarCharValue ?? null));
  }
  return { columns, rows: hasHeader ? rows.slice(1) : rows };
}

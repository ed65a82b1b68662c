import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AthenaQuery, type StartRequest } from './athena-query.ts';
import { answerGlue, relay } from './glue-relay.ts';

export interface AthenaEndpoint {
  readonly url: string;
  stop(): Promise<void>;
}

/** An error in the protocol's words. */
class AwsError extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

const invalid = (message: string) => new AwsError('InvalidRequestException', message);

/**
 * Answers Athena's calls with a real Trino, and Glue's with the emulator's, mended where the two do not fit. Everything
 * else of Athena (workgroups, named queries) is the emulator's.
 */
export async function startAthena(services: { trino: () => string; emulator: string }): Promise<AthenaEndpoint> {
  const queries = new Map<string, AthenaQuery>();
  const server = createServer((request, response) => {
    void answer(request, response, { ...services, queries });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

interface Context {
  readonly trino: () => string;
  readonly emulator: string;
  readonly queries: Map<string, AthenaQuery>;
}

type Asked = Context & { readonly headers: IncomingHttpHeaders };

async function answer(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const [service = '', operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
  try {
    const { status, text } = await dispatch({ service, operation, body, request }, context);
    send(response, status, text);
  } catch (error) {
    const type = error instanceof AwsError ? error.type : 'InternalServerException';
    send(
      response,
      error instanceof AwsError ? 400 : 500,
      JSON.stringify({ __type: type, Message: String((error as Error).message) }),
    );
  }
}

interface Call {
  readonly service: string;
  readonly operation: string;
  readonly body: string;
  readonly request: IncomingMessage;
}

async function dispatch(call: Call, context: Context): Promise<{ status: number; text: string }> {
  const headers = call.request.headers;
  if (call.service === 'AWSGlue')
    return await answerGlue(call.operation, call.body, { emulator: context.emulator, headers });
  const operation = operations[call.operation];
  if (!operation) return await relay(call.body, { emulator: context.emulator, headers });
  return { status: 200, text: JSON.stringify(await operation(JSON.parse(call.body || '{}'), { ...context, headers })) };
}

/** What a workgroup refuses: that there is none, or a place of its own for a table where results have theirs. */
async function requireWorkgroup({ QueryString, WorkGroup }: StartRequest, { emulator, headers }: Asked): Promise<void> {
  if (WorkGroup === undefined) return;
  const asked = { ...headers, 'x-amz-target': 'AmazonAthena.GetWorkGroup' };
  const answer = await relay(JSON.stringify({ WorkGroup }), { emulator, headers: asked });
  if (answer.status !== 200) throw invalid(`WorkGroup ${WorkGroup} is not found.`);
  const { EnforceWorkGroupConfiguration } = JSON.parse(answer.text).WorkGroup.Configuration ?? {};
  if (!EnforceWorkGroupConfiguration || !/\bexternal_location\s*=/i.test(QueryString)) return;
  throw invalid(
    "The Create Table As Select query failed because it was submitted with an 'external_location' property to an Athena Workgroup that enforces a centralized output location for all queries.",
  );
}

// biome-ignore lint/suspicious/noExplicitAny: requests of the protocol are loose JSON.
type Operation = (input: any, context: Asked) => Promise<unknown>;

const operations: Readonly<Record<string, Operation>> = {
  StartQueryExecution: async (input: StartRequest, context) => {
    const { trino, queries } = context;
    if (!input.QueryString) throw invalid('QueryString is required');
    await requireWorkgroup(input, context);
    const query = new AthenaQuery(randomUUID(), input);
    queries.set(query.id, query);
    const refusal = await query.start(trino());
    if (refusal === undefined) return { QueryExecutionId: query.id };
    queries.delete(query.id);
    throw invalid(refusal);
  },
  GetQueryExecution: async (input, { queries }) => ({ QueryExecution: find(queries, input).describe() }),
  GetQueryResults: async (input, { queries }) => {
    const query = find(queries, input);
    if (query.state === 'SUCCEEDED') return query.results(input.MaxResults ?? 1000, input.NextToken);
    throw invalid(`Query did not finish successfully. Final query state: ${query.state}`);
  },
  StopQueryExecution: async (input, { queries }) => {
    find(queries, input).cancel();
    return {};
  },
};

function find(
  queries: ReadonlyMap<string, AthenaQuery>,
  { QueryExecutionId }: { QueryExecutionId: string },
): AthenaQuery {
  const query = queries.get(QueryExecutionId);
  if (query) return query;
  throw invalid(`QueryExecution ${QueryExecutionId} was not found`);
}

function send(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() })
    .end(text);
}

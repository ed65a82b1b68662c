import type { QueryExecutionStatus } from '@aws-sdk/client-athena';
import { WarehouseError } from '../domain/errors.ts';

/** More partitions than one statement may write. */
export class TooManyPartitionsError extends WarehouseError {}

/** What to do about what Athena and Glue say, by the names that they give it. */
const advice: readonly (readonly [RegExp, string])[] = [
  [
    /bytes scanned limit|exceeded limit for (?:maximum )?bytes/i,
    'raise the bytes that the workgroup lets one statement scan',
  ],
  [
    /AccessDenied|not authorized|Insufficient (?:permissions|Lake Formation)/i,
    'use credentials that may query this workgroup and read these tables',
  ],
  [/CredentialsProviderError|ExpiredToken|UnrecognizedClient|security token/i, 'sign in, or set AWS_PROFILE'],
  [
    /WorkGroup .*(?:not found|does not exist)/i,
    'deploy the storage stack, or name the workgroup that it made: TIDEMARK_ATHENA_WORKGROUP',
  ],
  [/No output location|output location/i, 'give the workgroup a result location, or set TIDEMARK_ATHENA_OUTPUT'],
  [
    /SCHEMA_NOT_FOUND|Database \S+ not found|EntityNotFoundException/i,
    'deploy the storage stack, or name the database that it made: TIDEMARK_ATHENA_DATABASE',
  ],
  [/TABLE_NOT_FOUND/i, 'tidemark build --engine athena'],
  [/Region is missing/i, 'set AWS_REGION'],
];

interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** An error of the service's API, for a person. */
export function explainAthena(error: unknown, where: string, sql?: string): WarehouseError {
  if (error instanceof WarehouseError) return error;
  const { name = 'Error', message = String(error), $metadata } = error as Thrown;
  const status = $metadata?.httpStatusCode;
  return new WarehouseError(`Athena refuses or fails: ${name}: ${message}`, {
    where,
    next: adviceFor(`${name}: ${message}`),
    retryable: status === undefined || status >= 500 || /Throttl|TooManyRequests/.test(name),
    cause: sql === undefined ? error : new Error(sql.slice(0, 4000), { cause: error }),
  });
}

/** Why a statement did not succeed. */
export function explainStatement(status: QueryExecutionStatus | undefined, sql: string, where: string): WarehouseError {
  const reason = status?.StateChangeReason ?? 'no reason is given';
  const details = {
    where,
    next: adviceFor(reason),
    retryable: status?.AthenaError?.Retryable ?? /EXCEEDED_|INTERNAL_ERROR|exhausted resources/i.test(reason),
    cause: new Error(sql.slice(0, 4000)),
  };
  if (/TOO_MANY_OPEN_PARTITIONS/.test(reason)) return new TooManyPartitionsError(reason, details);
  return new WarehouseError(`Athena ended a statement as ${status?.State ?? 'unknown'}: ${reason}`, details);
}

function adviceFor(text: string): string {
  return advice.find(([pattern]) => pattern.test(text))?.[1] ?? 'look the query up in the workgroup’s history';
}

import { LakeError } from '../domain/errors.ts';

/** What S3 answered, as far as a caller can act on it. */
interface Answer {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** No object has this key. */
export function isMissing(error: unknown): boolean {
  const { name, $metadata } = error as Answer;
  return name === 'NoSuchKey' || name === 'NotFound' || ($metadata?.httpStatusCode === 404 && name !== 'NoSuchBucket');
}

/** A conditional write found another version than it expected. */
export function isPreconditionFailure(error: unknown): boolean {
  const { name, $metadata } = error as Answer;
  return name === 'PreconditionFailed' || $metadata?.httpStatusCode === 412;
}

/** Two conditional writes met; S3 says nothing about who won and asks for another try. */
export function isConflict(error: unknown): boolean {
  const { name, $metadata } = error as Answer;
  return name === 'ConditionalRequestConflict' || $metadata?.httpStatusCode === 409;
}

const advice: Readonly<Record<string, string>> = {
  NoSuchBucket: 'deploy the storage stack, or name the bucket that it made',
  AccessDenied: 'use credentials that may use this prefix, and the key that encrypts it',
  CredentialsProviderError: 'sign in, or set AWS_PROFILE',
  ExpiredToken: 'sign in again',
  PermanentRedirect: 'set AWS_REGION to the region of the bucket',
};

/** An error for a person: which object, what the store said, what to do. Errors that are ours already pass through. */
export function explainFailure(error: unknown, where: string): LakeError {
  if (error instanceof LakeError) return error;
  const { name = 'Error', $metadata } = error as Answer;
  const status = $metadata?.httpStatusCode;
  const message = error instanceof Error ? error.message : String(error);
  return new LakeError(`S3 refuses or fails: ${name}: ${message}`, {
    where,
    next: advice[name] ?? 'try again; if it stays, look at the state of S3 in this region',
    retryable: advice[name] === undefined && (status === undefined || status >= 500 || status === 429),
    cause: error,
  });
}

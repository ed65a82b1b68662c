import { TidemarkError } from '../../pipelines/domain/errors.ts';

/** What Lambda hands over beside the event; only this much is used. */
export interface InvocationContext {
  readonly awsRequestId: string;
}

export type Handler<Event, Result> = (event: Event, context: InvocationContext) => Promise<Result>;

type Fields = Readonly<Record<string, unknown>>;

/**
 * A Lambda handler around one step: logs its result, or its failure, as one line of JSON. Failures go on to the caller,
 * which tries again. `toLog` leaves out what no log may hold. Nothing of an export's content is ever logged, only what steps say about it.
 */
export function handle<Event, Result>(
  name: string,
  step: (event: Event) => Promise<Result>,
  toLog: (result: Result) => unknown = (result) => result,
): Handler<Event, Result> {
  return async (event, { awsRequestId }) => {
    const started = performance.now();
    const common = () => ({ step: name, request: awsRequestId, milliseconds: Math.round(performance.now() - started) });
    try {
      const result = await step(event);
      log('info', { ...common(), result: toLog(result) });
      return result;
    } catch (error) {
      log('error', { ...common(), ...describeError(error) });
      throw error;
    }
  };
}

/** Makes something on first use and keeps it, as long as the function's machine lives. A failure is not kept. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

function log(level: 'info' | 'error', fields: Fields): void {
  process.stdout.write(`${JSON.stringify({ level, ...fields })}\n`);
}

function describeError(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: 'Error', message: String(error) };
  const { name, message, stack } = error;
  if (!(error instanceof TidemarkError)) return { error: name, message, stack };
  return { error: name, message, where: error.where, next: error.next, retryable: error.retryable };
}

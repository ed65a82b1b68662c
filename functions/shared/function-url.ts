import type { SignInAnswer, SignInRequest } from '../../pipelines/report/sign-in.ts';

/** The part of a function URL's event that is used. */
export interface FunctionUrlEvent {
  readonly rawPath: string;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  /** `name=value` each. */
  readonly cookies?: readonly string[];
}

export interface FunctionUrlAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: string;
}

export function fromFunctionUrl({
  rawPath,
  queryStringParameters = {},
  cookies = [],
}: FunctionUrlEvent): SignInRequest {
  const pairs = cookies.map((text) => {
    const at = text.indexOf('=');
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return { path: rawPath, query: queryStringParameters, cookies: Object.fromEntries(pairs) };
}

export function toFunctionUrl({ status, location, cookies, text }: SignInAnswer): FunctionUrlAnswer {
  return {
    statusCode: status,
    headers: {
      'cache-control': 'no-store',
      'content-type': 'text/plain; charset=utf-8',
      ...(location !== undefined && { location }),
    },
    cookies,
    body: text ?? '',
  };
}

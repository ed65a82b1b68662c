import { composeSignIn } from '../pipelines/compose-sign-in.ts';
import { readEnvironment } from './shared/environment.ts';
import { type FunctionUrlEvent, fromFunctionUrl, toFunctionUrl } from './shared/function-url.ts';
import { handle, once } from './shared/runtime.ts';

const environment = readEnvironment([
  'TIDEMARK_SIGN_IN_DOMAIN',
  'TIDEMARK_SIGN_IN_CLIENT_SECRET',
  'TIDEMARK_COOKIE_KEY_ID',
  'TIDEMARK_COOKIE_KEY_SECRET',
]);

const signIn = once(() =>
  composeSignIn({
    provider: environment.TIDEMARK_SIGN_IN_DOMAIN,
    clientSecret: environment.TIDEMARK_SIGN_IN_CLIENT_SECRET,
    cookieKeyId: environment.TIDEMARK_COOKIE_KEY_ID,
    cookieKeySecret: environment.TIDEMARK_COOKIE_KEY_SECRET,
    now: () => new Date(),
  }),
);

/** Readers of the report prove who they are. The log gets the status only: answers hold cookies. */
export const handler = handle(
  'sign-in',
  async (event: FunctionUrlEvent) => toFunctionUrl(await (await signIn())(fromFunctionUrl(event))),
  ({ statusCode }) => ({ statusCode }),
);

import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { answerSignIn, type SignInAnswer, type SignInRequest } from './report/sign-in.ts';
import { createSecretsManager } from './secrets/secrets-manager.ts';

export interface SignInComposition {
  readonly provider: string;
  readonly cookieKeyId: string;
  /** Secret with the private key, PEM. */
  readonly cookieKeySecret: string;
  /** Secret with `{"clientId", "site"}`. */
  readonly clientSecret: string;
  readonly now: () => Date;
}

const clientOfSite = z.object({ clientId: z.string().min(1), site: z.string().startsWith('https://') });

/** The sign-in of the report site, with its secrets read once. */
export async function composeSignIn(
  settings: SignInComposition,
): Promise<(request: SignInRequest) => Promise<SignInAnswer>> {
  const secrets = createSecretsManager();
  const { clientId, site } = clientOfSite.parse(JSON.parse(await secrets.read(settings.clientSecret)));
  const key = { id: settings.cookieKeyId, privateKey: await secrets.read(settings.cookieKeySecret) };
  const random = () => randomBytes(32).toString('base64url');
  const { provider, now } = settings;
  return (request) => answerSignIn(request, { provider, clientId, site, key, now, random });
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type CookieKey, signCookies } from './signed-cookies.ts';

export interface SignInSettings {
  /** `https://host` of the report site. */
  readonly site: string;
  /** `https://host` of the identity provider's pages (OAuth 2.0 with PKCE). */
  readonly provider: string;
  readonly clientId: string;
  readonly key: CookieKey;
  readonly now: () => Date;
  /** Unguessable text, another one at each call. */
  readonly random: () => string;
}

export interface SignInRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly cookies: Readonly<Record<string, string>>;
}

export interface SignInAnswer {
  readonly status: number;
  readonly location?: string;
  readonly cookies: readonly string[];
  readonly text?: string;
}

const attemptCookie = '__Host-tidemark-sign-in';
const attemptSeconds = 600;
const sessionSeconds = 12 * 3600;

/** What a browser carries while its user is away at the provider. */
const attempt = z.object({ state: z.string(), verifier: z.string(), to: z.string() });

/** Sends readers to the provider's sign-in page and, when they come back, gives their browser the site's signed cookies. */
export async function answerSignIn(request: SignInRequest, settings: SignInSettings): Promise<SignInAnswer> {
  if (request.path === '/auth/start') return start(request, settings);
  if (request.path === '/auth/callback') return await finish(request, settings);
  return refusal(404, 'There is nothing here.');
}

function start({ query }: SignInRequest, settings: SignInSettings): SignInAnswer {
  const begun = { state: settings.random(), verifier: settings.random(), to: localPath(query['to']) };
  const page = new URL(`${settings.provider}/oauth2/authorize`);
  page.search = new URLSearchParams({
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: callback(settings),
    scope: 'openid',
    state: begun.state,
    code_challenge: createHash('sha256').update(begun.verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const carried = Buffer.from(JSON.stringify(begun)).toString('base64url');
  return { status: 302, location: page.href, cookies: [cookie(attemptCookie, carried, attemptSeconds)] };
}

async function finish({ query, cookies }: SignInRequest, settings: SignInSettings): Promise<SignInAnswer> {
  const begun = readAttempt(cookies[attemptCookie]);
  if (!begun || !isSame(begun.state, query['state'] ?? ''))
    return refusal(400, 'This sign-in has expired. Start again.');
  if (!(await isAdmitted(query['code'] ?? '', begun.verifier, settings)))
    return refusal(403, 'The sign-in was refused.');
  const until = new Date(settings.now().getTime() + sessionSeconds * 1000);
  const session = Object.entries(signCookies(settings.site, until, settings.key));
  return {
    status: 302,
    location: settings.site + begun.to,
    cookies: [...session.map(([name, value]) => cookie(name, value, sessionSeconds)), cookie(attemptCookie, '', 0)],
  };
}

/** A code that the provider changes into a token, given the verifier, was made for this browser and this client. */
async function isAdmitted(code: string, verifier: string, settings: SignInSettings): Promise<boolean> {
  const response = await fetch(`${settings.provider}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: settings.clientId,
      redirect_uri: callback(settings),
      code,
      code_verifier: verifier,
    }),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) return false;
  return z.object({ id_token: z.string().min(1) }).safeParse(await response.json()).success;
}

function readAttempt(text: string | undefined): z.infer<typeof attempt> | undefined {
  try {
    return attempt.parse(JSON.parse(Buffer.from(text ?? '', 'base64url').toString()));
  } catch {
    return undefined;
  }
}

/** A path of this site; anything that could lead elsewhere leads to the first page. */
function localPath(to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])[^\\\s]*$/.test(to) ? to : '/';
}

function callback({ site }: SignInSettings): string {
  return `${site}/auth/callback`;
}

function isSame(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

function cookie(name: string, value: string, seconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Lax`;
}

function refusal(status: number, text: string): SignInAnswer {
  return { status, text, cookies: [] };
}

import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerSignIn, type SignInSettings } from '../../pipelines/report/sign-in.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const now = new Date('2026-11-01T08:00:00Z');
const goodCode = 'the-code';

describe('signing in to the report', () => {
  let provider: Server;
  let settings: SignInSettings;
  let challenge = '';
  let randomCalls = 0;

  /** Gives a token for the right code and only to who began the sign-in (PKCE). */
  beforeAll(async () => {
    provider = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const form = new URLSearchParams(body);
      const verified =
        createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url') === challenge;
      const isGood = form.get('code') === goodCode && form.get('client_id') === 'client' && verified;
      response.writeHead(isGood ? 200 : 400, { 'content-type': 'application/json' });
      response.end(isGood ? '{"id_token":"token"}' : '{"error":"invalid_grant"}');
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    provider.closeAllConnections();
    provider.close();
  });
  beforeEach(() => {
    randomCalls = 0;
    settings = {
      site: 'https://report.example',
      provider: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
      clientId: 'client',
      key: { id: 'K1', privateKey },
      now: () => now,
      random: () => `random-${++randomCalls}`,
    };
  });

  async function begin(to?: string) {
    const answer = await answerSignIn({ path: '/auth/start', query: to ? { to } : {}, cookies: {} }, settings);
    const page = new URL(answer.location ?? '');
    challenge = page.searchParams.get('code_challenge') ?? '';
    const [name = '', value = ''] = (answer.cookies[0] ?? '').split(';')[0]?.split('=') ?? [];
    return { answer, page, cookies: { [name]: value } };
  }

  const finish = (cookies: Record<string, string>, query: Record<string, string>) =>
    answerSignIn({ path: '/auth/callback', query, cookies }, settings);

  it('sends a reader to the provider, with a challenge and a state of their own', async () => {
    const { answer, page } = await begin();
    expect(answer.status).toBe(302);
    expect(page.pathname).toBe('/oauth2/authorize');
    expect(Object.fromEntries(page.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'client',
      redirect_uri: 'https://report.example/auth/callback',
      state: 'random-1',
      code_challenge_method: 'S256',
    });
    expect(answer.cookies[0]).toMatch(/^__Host-.*; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/);
  });

  it('gives who comes back with the code cookies that CloudFront’s check accepts, for this site and twelve hours', async () => {
    const { cookies } = await begin('/zh/channels/tmall?day=1');
    const answer = await finish(cookies, { code: goodCode, state: 'random-1' });
    expect(answer.location).toBe('https://report.example/zh/channels/tmall?day=1');
    const given = Object.fromEntries(answer.cookies.map((text) => text.split(';')[0]?.split(/=(.*)/s) ?? []));
    const bytes = (text: string) =>
      Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
    const policy = bytes(given['CloudFront-Policy'] ?? '');
    const isSigned = createVerify('RSA-SHA1')
      .update(policy)
      .verify(publicKey, bytes(given['CloudFront-Signature'] ?? ''));
    expect(isSigned).toBe(true);
    expect(JSON.parse(policy.toString()).Statement).toEqual([
      { Resource: 'https://report.example/*', Condition: { DateLessThan: { 'AWS:EpochTime': 1_793_563_200 } } },
    ]);
    expect(given['CloudFront-Key-Pair-Id']).toBe('K1');
    for (const cookie of answer.cookies) expect(cookie).toMatch(/Secure; HttpOnly; SameSite=Lax$/);
  });

  it.each([
    ['a code that the provider does not know', { code: 'another', state: 'random-1' }, 403],
    ['a state of somebody else', { code: goodCode, state: 'random-9' }, 400],
    ['no state', { code: goodCode }, 400],
  ])('gives no cookie for %s', async (_title, query, status) => {
    const { cookies } = await begin();
    expect(await finish(cookies, query as Record<string, string>)).toMatchObject({ status, cookies: [] });
  });

  it('gives no cookie to a browser that did not begin', async () => {
    await begin();
    expect(await finish({}, { code: goodCode, state: 'random-1' })).toMatchObject({ status: 400, cookies: [] });
  });

  it.each(['//evil.example/', 'https://evil.example/', '/\\evil.example', 'zh'])(
    'never leads to %s afterwards',
    async (to) => {
      const { cookies } = await begin(to);
      expect((await finish(cookies, { code: goodCode, state: 'random-1' })).location).toBe('https://report.example/');
    },
  );

  it('has nothing elsewhere', async () => {
    expect((await answerSignIn({ path: '/auth/other', query: {}, cookies: {} }, settings)).status).toBe(404);
  });
});

import { createSign } from 'node:crypto';

export interface CookieKey {
  /** Id of the public half, as CloudFront knows it. */
  readonly id: string;
  /** Private half, PEM. */
  readonly privateKey: string;
}

/**
 * The three cookies that let a browser read everything of one site until a time. RSA with SHA-1 is what CloudFront checks
 * (its documentation of custom policies); so are the characters that stand for those a cookie cannot hold.
 * @param site `https://host`.
 */
export function signCookies(site: string, until: Date, key: CookieKey): Readonly<Record<string, string>> {
  const policy = JSON.stringify({
    Statement: [
      {
        Resource: `${site}/*`,
        Condition: { DateLessThan: { 'AWS:EpochTime': Math.floor(until.getTime() / 1000) } },
      },
    ],
  });
  const signature = createSign('RSA-SHA1').update(policy).sign(key.privateKey);
  return {
    'CloudFront-Policy': cookieSafe(Buffer.from(policy)),
    'CloudFront-Signature': cookieSafe(signature),
    'CloudFront-Key-Pair-Id': key.id,
  };
}

function cookieSafe(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}

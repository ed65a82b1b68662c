import { DuckDBBlobValue, quotedString } from '@duckdb/node-api';
import type { ContractColumn } from '../../domain/contract.ts';
import type { PseudonymKey } from '../pseudonym-key.ts';

/**
 * SQL: an identifier in the form in which equal persons are equal, null where it names nobody: masked (`138****0000`) or a
 * virtual number with an extension. `clean` is the cell without blanks.
 */
export function normalIdentifier(kind: ContractColumn['personal'], channelId: string, clean: string): string {
  switch (kind) {
    case 'phone':
      return phone(clean);
    case 'email':
      return `case when contains(${clean}, '@') and not contains(${clean}, '*') then ${mail(clean)} end`;
    case 'customer_id':
      return `case when not contains(${clean}, '*') then ${quotedString(`${channelId}:`)} || ${account(clean)} end`;
    default:
      return `case when not contains(${clean}, '*') then lower(${clean}) end`;
  }
}

/**
 * Mainland mobile numbers of virtual operators, which platforms lend out to hide a buyer's own number, and numbers that
 * nobody owns: service lines (400, 800) and relay lines (95013…).
 */
export const nobodysNumber = '(?:1(?:62|65|67|70|71)[0-9]{8}|[48]00[0-9]{7}|95013[0-9]{3,10})';
/** A number with an extension behind it: the platform's relay number, rung for this order only. */
export const relayNumber = '[0-9]{7}\\s*(?:[-－–—_,，#]|ext\\.?|x|转|分机|[\\[［(（])\\s*[0-9]{3,5}\\s*[\\]］)）]?$';
/** Country codes in front of a mainland mobile number. */
export const mainlandCode = '^(?:0086|86|086)(1[0-9]{10})$';
export const wideDigits = '０１２３４５６７８９';

/** Mainland numbers lose their country code, so that +86 138… and 138… are one person. */
function phone(clean: string): string {
  const narrow = `lower(translate(${clean}, '${wideDigits}', '0123456789'))`;
  const digits = `regexp_replace(${narrow}, '[^0-9]', '', 'g')`;
  const national = `regexp_replace(${digits}, '${mainlandCode}', '\\1')`;
  const lent = "['162', '165', '167', '170', '171']";
  return [
    // The plain mobile number, nearly every cell, without a regular expression.
    `case when strlen(${clean}) = 11 and try_cast(${clean} as bigint) between 10000000000 and 19999999999`,
    `then case when not list_contains(${lent}, left(${clean}, 3)) then ${clean} end`,
    `when contains(${clean}, '*') or contains(${clean}, '＊') or regexp_matches(${narrow}, ${quotedString(relayNumber)}) then null`,
    `when length(${digits}) between 7 and 15 and not regexp_full_match(${national}, '${nobodysNumber}') then ${national} end`,
  ].join(' ');
}

/** A tag behind a plus is the same mailbox: `ann+shop@example.com` is `ann@example.com`. */
function mail(clean: string): string {
  return `lower(regexp_replace(regexp_replace(${clean}, '\\s', '', 'g'), '^([^+@]+)[+][^@]*@', '\\1@'))`;
}

function account(clean: string): string {
  return `case when ends_with(${clean}, '.0') then regexp_replace(${clean}, '^([0-9]+)[.]0$', '\\1') else ${clean} end`;
}

/**
 * SQL: the keyed pseudonym of a normal identifier, `p<key version>_<32 hex digits>`. HMAC-SHA256 (RFC 2104) spelled out:
 * the engine hashes, but knows no HMAC. 128 bits of the digest are kept. `padValues` gives the statement its key.
 */
export function pseudonym(normal: string, kind: string, keyVersion: number): string {
  const message = `encode(${quotedString(`${kind}:`)} || ${normal})`;
  const inner = `unhex(sha256($inner${keyVersion} || ${message}))`;
  return `'p${keyVersion}_' || left(sha256($outer${keyVersion} || ${inner}), 32)`;
}

const blockBytes = 64;

/** The two pads of HMAC-SHA256 of each key, as the statements of `pseudonym` name them; a key has at most one block. */
export function padValues(keys: readonly PseudonymKey[]): Record<string, DuckDBBlobValue> {
  return Object.assign(
    {},
    ...keys.map(({ version, secret }) => {
      const padded = new Uint8Array(blockBytes);
      padded.set(secret.subarray(0, blockBytes));
      const pad = (mask: number) => new DuckDBBlobValue(padded.map((byte) => byte ^ mask));
      return { [`inner${version}`]: pad(0x36), [`outer${version}`]: pad(0x5c) };
    }),
  );
}

import { quotedString } from '@duckdb/node-api';
import type { Contract, ContractColumn } from '../../domain/contract.ts';

/**
 * SQL: an identifier in the form in which equal persons are equal, null where it names nobody: masked (`138****0000`) or a
 * virtual number with an extension. `clean` is the cell without blanks.
 */
export function normalIdentifier(column: ContractColumn, contract: Contract, clean: string): string {
  switch (column.personal) {
    case 'phone':
      return phone(clean);
    case 'email':
      return `case when contains(${clean}, '@') and not contains(${clean}, '*') then lower(${clean}) end`;
    case 'customer_id':
      return `case when not contains(${clean}, '*') then ${quotedString(`${contract.channel.channel_id}:`)} || ${account(clean)} end`;
    default:
      return `case when not contains(${clean}, '*') then lower(${clean}) end`;
  }
}

/** Mainland numbers lose their country code, so that +86 138… and 138… are one person. */
function phone(clean: string): string {
  const digits = `regexp_replace(translate(${clean}, '０１２３４５６７８９＋', '0123456789+'), '[^0-9]', '', 'g')`;
  const national = `regexp_replace(${digits}, '^(?:0086|86)(1[0-9]{10})$', '\\1')`;
  return [
    // The plain mobile number, nearly every cell, without a regular expression.
    `case when strlen(${clean}) = 11 and try_cast(${clean} as bigint) between 10000000000 and 19999999999 then ${clean}`,
    `when contains(${clean}, '*') or contains(${clean}, '转') then null`,
    `when regexp_matches(${clean}, '[0-9]{7}\\s*(?:-|ext\\.?|x|#)\\s*[0-9]{3,5}$') then null`,
    `when length(${digits}) between 7 and 15 then ${national} end`,
  ].join(' ');
}

function account(clean: string): string {
  return `case when ends_with(${clean}, '.0') then regexp_replace(${clean}, '^([0-9]+)[.]0$', '\\1') else ${clean} end`;
}

/**
 * SQL: the keyed pseudonym of a normal identifier, `p<key version>_<32 hex digits>`. HMAC-SHA256 (RFC 2104) spelled out:
 * the engine hashes, but knows no HMAC. `$inner` and `$outer` are the key's two pads; 128 bits of the digest are kept.
 */
export function pseudonym(normal: string, kind: string, keyVersion: number): string {
  const message = `encode(${quotedString(`${kind}:`)} || ${normal})`;
  const inner = `unhex(sha256($inner || ${message}))`;
  return `'p${keyVersion}_' || left(sha256($outer || ${inner}), 32)`;
}

const blockBytes = 64;

/** The two pads of HMAC-SHA256 for a key of at most one block. */
export function hmacPads(secret: Uint8Array): { readonly inner: Uint8Array; readonly outer: Uint8Array } {
  const padded = new Uint8Array(blockBytes);
  padded.set(secret.subarray(0, blockBytes));
  return { inner: padded.map((byte) => byte ^ 0x36), outer: padded.map((byte) => byte ^ 0x5c) };
}

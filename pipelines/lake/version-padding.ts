import { randomBytes } from 'node:crypto';

/** Length of the padding: eight random bytes, one character a bit. */
const paddingLength = 64;

/** Metadata that says how many bytes of an object are its own; the rest is padding. */
export const ownBytesMetadata = 'tidemark-bytes';

/**
 * S3 tells versions apart by ETag, which is a hash of the content: a pointer that goes from A to B and back to A would
 * look as if nothing had happened. So every swapped object ends in blanks and tabs that no other version has. JSON
 * readers do not see them, and our own adapter cuts them off.
 */
export function padVersion(body: Uint8Array): Uint8Array {
  const bits = [...randomBytes(paddingLength / 8)].flatMap((byte) =>
    Array.from({ length: 8 }, (_, n) => (byte >> n) & 1),
  );
  return Buffer.concat([body, Buffer.from(bits.map((bit) => (bit ? '\t' : ' ')).join(''))]);
}

/** The object's own bytes. */
export function withoutPadding(body: Uint8Array, metadata: Readonly<Record<string, string>> | undefined): Uint8Array {
  const own = metadata?.[ownBytesMetadata];
  return own === undefined ? body : body.subarray(0, Number(own));
}

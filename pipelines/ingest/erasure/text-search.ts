/** What a search looks for: pseudonyms, and the one plain value that it was given. Kept in memory only. */
export interface Needles {
  readonly pseudonyms: readonly string[];
  readonly plain: string;
}

/** A match may lie across two blocks; nothing that is looked for is longer. */
const overlapBytes = 1 << 10;
const blockBytes = 8 << 20;

/**
 * Looks for a person in bytes of any kind. It knows nothing of tables, so that it checks those who do: a phone counts
 * however it is grouped, a mail in any case, in UTF-8, UTF-16 and GB18030.
 */
export class TextSearch {
  /** For engines that take a regular expression (RE2) over decoded text. */
  readonly pattern: string;
  readonly #ascii: RegExp;
  readonly #wide: RegExp | undefined;

  constructor({ pseudonyms, plain }: Needles) {
    const value = plainPattern(plain);
    const known = [...pseudonyms, ...(value === undefined ? [] : [value])];
    this.pattern = `(?i)${known.join('|')}`;
    const isWide = value !== undefined && Buffer.byteLength(value) > value.length;
    this.#ascii = new RegExp((isWide ? pseudonyms : known).join('|') || '(?!)', 'i');
    this.#wide = isWide ? new RegExp(value, 'i') : undefined;
  }

  async isIn(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<boolean> {
    let held = Buffer.alloc(0);
    for await (const piece of pieces) {
      held = Buffer.concat([held, piece]);
      if (held.length < blockBytes) continue;
      if (this.#isInBytes(held)) return true;
      held = held.subarray(-overlapBytes);
    }
    return this.#isInBytes(held);
  }

  isInText(text: string): boolean {
    return this.#ascii.test(text) || (this.#wide?.test(text) ?? false);
  }

  #isInBytes(bytes: Buffer): boolean {
    if (this.#ascii.test(bytes.toString('latin1'))) return true;
    // UTF-16 writes a zero byte beside each ASCII letter.
    if (bytes.includes(0) && this.#ascii.test(bytes.toString('latin1').replaceAll('\0', ''))) return true;
    const wide = this.#wide;
    if (wide === undefined) return false;
    return ['utf-8', 'gb18030', 'utf-16le', 'utf-16be'].some((encoding) =>
      wide.test(new TextDecoder(encoding).decode(bytes)),
    );
  }
}

/** Undefined for an account that is only a number or a few letters: it would be found in every amount. */
function plainPattern(plain: string): string | undefined {
  const text = plain.normalize('NFKC').trim();
  const digits = text.replaceAll(/[^0-9]/g, '').replace(/^(?:00)?86(?=1\d{10}$)/, '');
  const escaped = text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  if (text.includes('@')) return escaped;
  if (/^[+0-9][0-9 ().-]{6,}$/.test(text)) {
    return `(?:^|[^0-9])(?:[+]?(?:00)?86[ -]?)?${[...digits].join('[ ().-]{0,2}')}(?:[^0-9]|$)`;
  }
  return text.length >= 5 && /[^0-9\s]/.test(text) ? escaped : undefined;
}

/** What a byte may be in a phone. */
const other = 0;
const digit = 1;
const gap = 2;
const wide = 3;
const classes = new Uint8Array(256);
classes.fill(digit, 0x30, 0x3a);
for (const letter of '\t ().-') classes[letter.charCodeAt(0)] = gap;
// Bytes of the wide digits, and of the wide blanks and dashes that may stand between digits.
classes.fill(wide, 0x80, 0xc0);
const wideClasses = new Map<number, number>();
for (const letter of '\u00a0\u3000－–—') addWide(letter, gap);
for (const letter of '０１２３４５６７８９') addWide(letter, digit);

/** Digits of the shortest phone, of the longest in one piece, and of the shortest in pieces without a plus. */
const fewest = 7;
const most = 15;
const grouped = 11;
/** Bytes of the widest plus and of the widest digit before it: behind a digit a plus begins another phone than elsewhere. */
const contextBytes = 6;

/** Hears of a place at which a phone may stand. */
export type Look = (from: number, to: number) => void;

/** Of bytes that a phone has one behind the other, one in so many is looked at: the others cannot be passed over unseen. */
export function siftPhones(text: Buffer, digits: Set<string>, look: Look): void {
  const chain = new Chain(text, look);
  siftPieces(text, new SeenDigits(text, digits), chain);
  // With a gap between them, or a wide digit of three bytes among them, they are longer.
  for (let place = fewest + 1; place < text.length; place += fewest + 2) {
    if (classes[text[place] as number] !== other) place = chain.siftAround(place, 2);
  }
  // Fewer will do behind a plus.
  for (const plus of ['+', '＋']) {
    const width = Buffer.byteLength(plus);
    for (let place = text.indexOf(plus); place >= 0; place = text.indexOf(plus, place + width))
      chain.siftAround(place + width, 1);
  }
}

/** Digits in one piece. Where others follow closely, the whole is looked at. */
function siftPieces(text: Buffer, seen: SeenDigits, chain: Chain): void {
  for (let place = fewest - 1; place < text.length; place += fewest) {
    if (classes[text[place] as number] !== digit) continue;
    const from = startOfPiece(text, place);
    const to = endOfPiece(text, place);
    place = to;
    if (to - from < fewest) continue;
    if (!isAlone(text, from, to)) place = chain.siftAround(from, 1);
    else if (to - from <= most) seen.add(from, to);
  }
}

function startOfPiece(text: Buffer, place: number): number {
  let from = place;
  while (from > 0 && classes[text[from - 1] as number] === digit) from -= 1;
  return from;
}

function endOfPiece(text: Buffer, place: number): number {
  let to = place + 1;
  while (to < text.length && classes[text[to] as number] === digit) to += 1;
  return to;
}

/** No other digits are near enough to belong to these. */
function isAlone(text: Buffer, from: number, to: number): boolean {
  let [before, behind] = [from - 1, to];
  while (from - before <= 2 && classes[text[before] as number] === gap) before -= 1;
  while (behind - to < 2 && classes[text[behind] as number] === gap) behind += 1;
  return !isNear(text[before]) && !isNear(text[behind]);
}

function isNear(byte: number | undefined): boolean {
  const kind = classes[byte ?? 0];
  return kind === digit || kind === wide;
}

/** Takes digits unless the same ones were among the last: lines of one order follow each other. */
class SeenDigits {
  readonly #text: Buffer;
  readonly #digits: Set<string>;
  readonly #places = new Int32Array(256).fill(-1);

  constructor(text: Buffer, digits: Set<string>) {
    this.#text = text;
    this.#digits = digits;
  }

  add(from: number, to: number): void {
    const text = this.#text;
    const slot = ((text[to - 1] as number) + 10 * (text[to - 2] as number) + (to - from)) & 0xff;
    const last = this.#places[slot] as number;
    if (last >= 0 && isRepeated(text, last, from, to)) return;
    this.#places[slot] = from;
    this.#digits.add(text.toString('latin1', from, to));
  }
}

/** Whether the digits stand at an earlier place as well, and end there. */
function isRepeated(text: Buffer, earlier: number, from: number, to: number): boolean {
  const shift = from - earlier;
  for (let place = from; place < to; place += 1) if (text[place] !== text[place - shift]) return false;
  return classes[text[to - shift] as number] !== digit;
}

/** Digits between which nothing stands but gaps of one or two characters. One of them is used again and again. */
class Chain {
  readonly #text: Buffer;
  readonly #look: Look;
  #end = 0;
  #digits = 0;
  /** Digits of its longest piece. */
  #longest = 0;
  /** A wide digit counts as one more. */
  #pieces = 0;
  /** Digits of the present piece, and characters of the gap behind it. */
  #piece = 0;
  #gaps = 0;

  constructor(text: Buffer, look: Look) {
    this.#text = text;
    this.#look = look;
  }

  /** Looks at what may be a phone around a place, if it has so many pieces; answers the last place of what it has seen. */
  siftAround(place: number, pieces: 1 | 2): number {
    const text = this.#text;
    let from = place;
    while (from > 0 && classes[text[from - 1] as number] !== other) from -= 1;
    let to = place;
    while (to < text.length && classes[text[to] as number] !== other) to += 1;
    for (let at = from; to - at >= fewest; at += 1) {
      if (!isDigit(text, at)) continue;
      this.#follow(at);
      if (this.#pieces >= pieces && this.#mayBePhone(at)) this.#look(Math.max(0, at - contextBytes), this.#end);
      at = this.#end - 1;
    }
    return Math.max(place, to - 1);
  }

  #mayBePhone(start: number): boolean {
    if (this.#digits < fewest) return false;
    return this.#longest >= fewest || this.#digits >= grouped || isPlus(this.#text, start);
  }

  #follow(start: number): void {
    this.#digits = 0;
    this.#longest = 0;
    this.#pieces = 0;
    this.#piece = 0;
    this.#gaps = 0;
    for (let place = start; place >= 0; ) place = this.#take(place);
  }

  /** Place behind the character; -1 where the chain ends before it. */
  #take(place: number): number {
    const first = this.#text[place] ?? 0;
    const byte = classes[first];
    const kind = byte === wide ? wideClass(this.#text, place) : byte;
    const behind = place + (byte === wide ? widthOf(first) : 1);
    if (kind === digit) return this.#takeDigit(behind, byte === wide);
    if (kind !== gap || this.#gaps === 2) return -1;
    this.#gaps += 1;
    this.#piece = 0;
    return behind;
  }

  #takeDigit(behind: number, isWide: boolean): number {
    this.#gaps = 0;
    this.#piece += 1;
    if (this.#piece === 1) this.#pieces += 1;
    if (isWide) this.#pieces += 1;
    this.#digits += 1;
    if (this.#piece > this.#longest) this.#longest = this.#piece;
    this.#end = behind;
    return behind;
  }
}

function isDigit(text: Buffer, place: number): boolean {
  const kind = classes[text[place] as number];
  return kind === digit || (kind === wide && wideClass(text, place) === digit);
}

function isPlus(text: Buffer, place: number): boolean {
  if (text[place - 1] === 0x2b) return true;
  return text[place - 1] === 0x8b && text[place - 2] === 0xbc && text[place - 3] === 0xef;
}

function addWide(letter: string, kind: number): void {
  const bytes = Buffer.from(letter);
  classes[bytes[0] as number] = wide;
  wideClasses.set(bytes.readUIntBE(0, bytes.length), kind);
}

/** What a character of two or three bytes is. */
function wideClass(text: Buffer, place: number): number {
  const three = ((text[place] as number) << 16) | ((text[place + 1] ?? 0) << 8) | (text[place + 2] ?? 0);
  return wideClasses.get(three) ?? wideClasses.get(three >> 8) ?? other;
}

function widthOf(first: number): number {
  return first < 0xe0 ? 2 : 3;
}

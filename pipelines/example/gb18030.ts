/**
 * Encodes text as GB18030 (two-byte part, the same as GBK), which Node can only read. The table is made by reading every
 * two-byte code once.
 * @throws RangeError for a character outside GBK: the example exports use none.
 */
export function encodeGb18030(text: string): Buffer {
  const codes = codeTable();
  const bytes = Buffer.allocUnsafe(text.length * 2);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      bytes[length++] = unit;
      continue;
    }
    const code = codes[unit] as number;
    if (code === 0) throw new RangeError(`GBK has no code for "${text[index]}"`);
    bytes[length++] = code >> 8;
    bytes[length++] = code & 0xff;
  }
  return bytes.subarray(0, length);
}

let table: Uint16Array | undefined;

function codeTable(): Uint16Array {
  if (table !== undefined) return table;
  table = new Uint16Array(0x10000);
  const decoder = new TextDecoder('gb18030');
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const text = decoder.decode(Uint8Array.of(lead, trail));
      if (text.length === 1 && text !== '\ufffd') table[text.charCodeAt(0)] = (lead << 8) | trail;
    }
  }
  return table;
}

/** What kind of file the first bytes show. `text` is everything that has no mark of its own; `markup` are
 * pages and XML, which some systems save under the name of a workbook. */
export type FileFormat = 'text' | 'markup' | 'gzip' | 'zip' | 'old_excel' | 'parquet' | 'json' | 'pdf' | 'binary';

const marks: readonly (readonly [FileFormat, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zip', [0x50, 0x4b, 0x05, 0x06]],
  ['old_excel', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]],
  ['parquet', [0x50, 0x41, 0x52, 0x31]],
  ['pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['binary', [0x89, 0x50, 0x4e, 0x47]],
  ['binary', [0xff, 0xd8, 0xff]],
  ['binary', [0x7f, 0x45, 0x4c, 0x46]],
];

/** Tells the format of a file from its first bytes, never from its name. */
export function detectFormat(head: Uint8Array): FileFormat {
  for (const [format, mark] of marks) if (mark.every((byte, at) => head[at] === byte)) return format;
  const start = new TextDecoder().decode(head.subarray(0, 256)).replace('\ufeff', '').trimStart();
  if (/^<(?:!doctype|!--|\?xml|html|head|body|meta|style|table)\b/i.test(start)) return 'markup';
  return /^[[{]\s*["{[\]}]/.test(start) ? 'json' : 'text';
}

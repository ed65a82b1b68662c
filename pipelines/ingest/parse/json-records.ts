import type { TableRecord } from './record-reader.ts';

type Flat = Map<string, string>;

/** `lines`: objects one after the other; `array`: the first array of objects, wherever it stands. */
export type JsonShape = 'lines' | 'array';

/** Tells the shape of a JSON text from its start. */
export function jsonShape(head: string): JsonShape {
  const text = head.replace('\ufeff', '').trimStart();
  if (!text.startsWith('{')) return 'array';
  const [first] = new ObjectCutter('lines').push(text);
  if (first === undefined) return 'array';
  const isAlone = text.slice(first.text.length).trim() === '';
  return isAlone && /\[\s*\{/.test(first.text) ? 'array' : 'lines';
}

/** Objects from which the columns of a JSON table are taken; keys that first come later get columns behind them. */
const sampledObjects = 1000;
const longestObject = 16 << 20;

/**
 * Records of a JSON text: NDJSON, an array of objects, or an object that holds one (`{"data": [...]}`). The first record is
 * the header. Nested objects become columns `outer.inner`, arrays stay JSON, numbers keep all their digits.
 */
export async function* jsonRecords(chunks: AsyncIterable<string>, shape: JsonShape): AsyncGenerator<TableRecord[]> {
  const columns = new Map<string, number>();
  let held: JsonObject[] = [];
  let hasHeader = false;
  for await (const objects of jsonObjects(chunks, shape)) {
    held.push(...objects);
    if (!hasHeader && held.length < sampledObjects) continue;
    yield* release(held, columns, !hasHeader);
    hasHeader = true;
    held = [];
  }
  if (held.length > 0) yield* release(held, columns, !hasHeader);
}

function* release(objects: readonly JsonObject[], columns: Map<string, number>, isFirst: boolean) {
  const flats = objects.map(({ text }) => flatten(text));
  for (const flat of flats) for (const key of flat.keys()) if (!columns.has(key)) columns.set(key, columns.size);
  const records = flats.map((flat, at): TableRecord => {
    const fields = Array.from<string>({ length: columns.size }).fill('');
    for (const [key, value] of flat) fields[columns.get(key) ?? 0] = value;
    return { line: objects[at]?.line ?? 0, fields, raw: objects[at]?.text ?? '' };
  });
  if (isFirst) yield [{ line: 0, fields: [...columns.keys()], raw: '' }];
  yield records;
}

interface JsonObject {
  readonly line: number;
  readonly text: string;
}

async function* jsonObjects(chunks: AsyncIterable<string>, shape: JsonShape): AsyncGenerator<JsonObject[]> {
  const cutter = new ObjectCutter(shape);
  for await (const chunk of chunks) yield cutter.push(chunk);
}

/** Cuts a text into the objects of its first array of objects, or into those that follow each other. */
class ObjectCutter {
  #text = '';
  #at = 0;
  #line = 1;
  #isInString = false;
  #isEscaped = false;
  /** Open brackets, outermost first. */
  readonly #open: string[] = [];
  #start = -1;
  #startLine = 1;
  /** Brackets around each object; -1 until an array of objects opens. */
  #objectDepth: number;

  constructor(shape: JsonShape) {
    this.#objectDepth = shape === 'lines' ? 0 : -1;
  }

  push(chunk: string): JsonObject[] {
    const from = this.#start < 0 ? this.#at : this.#start;
    this.#text = this.#text.slice(from) + chunk;
    this.#at -= from;
    if (this.#start >= 0) this.#start = 0;
    if (this.#text.length > longestObject) throw new SyntaxError('A JSON object is larger than 16 MiB.');
    const found: JsonObject[] = [];
    for (; this.#at < this.#text.length; this.#at += 1) {
      const object = this.#step(this.#text[this.#at] as string);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  #step(letter: string): JsonObject | undefined {
    if (letter === '\n') this.#line += 1;
    if (this.#isInString) this.#stepString(letter);
    else if (letter === '"') this.#isInString = true;
    else if (letter === '{' || letter === '[') this.#openBracket(letter);
    else if (letter === '}' || letter === ']') return this.#closeBracket();
    return undefined;
  }

  #stepString(letter: string): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (letter === '\\') this.#isEscaped = true;
    else if (letter === '"') this.#isInString = false;
  }

  #openBracket(letter: string): void {
    const parent = this.#open.at(-1);
    if (letter === '{' && this.#objectDepth < 0 && parent === '[') this.#objectDepth = this.#open.length;
    const isCut = letter === '{' && this.#start < 0 && this.#open.length === this.#objectDepth;
    this.#open.push(letter);
    if (!isCut) return;
    this.#start = this.#at;
    this.#startLine = this.#line;
  }

  #closeBracket(): JsonObject | undefined {
    this.#open.pop();
    if (this.#start < 0 || this.#open.length !== this.#objectDepth) return undefined;
    const object = { line: this.#startLine, text: this.#text.slice(this.#start, this.#at + 1) };
    this.#start = -1;
    return object;
  }
}

/** `JSON.rawJSON` and the reviver's third argument keep digits that a number would lose; the compiler does not know them yet. */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source: string }) => unknown): unknown;
  rawJSON(text: string): { readonly rawJSON: string };
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};

function flatten(text: string): Flat {
  const flat: Flat = new Map();
  const keepDigits = (_: string, value: unknown, { source }: { readonly source: string }) =>
    typeof value === 'number' ? exactJson.rawJSON(source) : value;
  addFields(flat, '', exactJson.parse(text, keepDigits));
  return flat;
}

function addFields(flat: Flat, prefix: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || exactJson.isRawJSON(value)) {
    flat.set(prefix, cellOf(value));
    return;
  }
  for (const [key, inner] of Object.entries(value)) addFields(flat, prefix === '' ? key : `${prefix}.${key}`, inner);
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (exactJson.isRawJSON(value)) return value.rawJSON;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

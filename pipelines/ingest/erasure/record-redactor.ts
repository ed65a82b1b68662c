import { RecordReader, type TableRecord } from '../parse/record-reader.ts';
import { fieldSpans, type Span } from './field-spans.ts';
import { eachMention, mentionsIn } from './mentions.ts';
import type { IdentifierKind, PersonMatcher } from './person-matcher.ts';
import type { PersonalLayout } from './personal-layout.ts';

/** What stands where an identifying cell was: masked, as platforms mask, so whoever reads it again finds nobody. */
const erasedWord = '***';

export type CutRecord = Pick<TableRecord, 'raw' | 'fields'>;

/** A record that was kept as text, cut as it was when it was read; one that cannot be is a single cell. */
export function cutRecord(raw: string, { dialect, width }: PersonalLayout): CutRecord {
  const reader = new RecordReader(dialect, { width });
  const [record] = [...reader.push(raw), ...reader.end()];
  return record?.raw === raw ? record : { raw, fields: [raw] };
}

/** A piece of a record's text that goes, and what takes its place. */
export interface Removal extends Span {
  readonly text: string;
}

/** A piece of a record that may name somebody: a cell of an identifier's column, or a mention in any text. */
interface Candidate extends Span {
  readonly record: number;
  readonly kind: IdentifierKind;
  readonly text: string;
  readonly isCell: boolean;
}

/** What exports put around an identifier to keep spreadsheets from changing it. */
const aroundCell = /^[\s'"=]+|[\s'"]+$/g;

/** Finds in records what names given persons: their own records, and mentions of them in anybody's text. */
export class RecordRedactor {
  readonly #layout: PersonalLayout;
  readonly #matcher: PersonMatcher;
  readonly #persons: ReadonlySet<string>;

  constructor(layout: PersonalLayout, matcher: PersonMatcher, persons: ReadonlySet<string>) {
    this.#layout = layout;
    this.#matcher = matcher;
    this.#persons = persons;
  }

  /** For each record what has to go, in order; nothing for nearly all. */
  async removals(records: readonly CutRecord[]): Promise<readonly (readonly Removal[])[]> {
    if (!(await this.isAnyNamed(records))) return records.map(() => []);
    const candidates = records.flatMap((record, at) => [...this.#cellsOf(record, at), ...mentionsOf(record, at)]);
    const found = await this.#naming(candidates);
    const naming = Map.groupBy(found, ({ record }) => record);
    const own = new Set(found.filter(({ isCell }) => isCell).map(({ record }) => record));
    await this.#join(candidates.filter(({ isCell, record }) => isCell && own.has(record)));
    return records.map((record, at) => this.#removalsOf(record, naming.get(at) ?? []));
  }

  /** Most records name nobody who is looked for: that is found out without keeping more than their texts. */
  async isAnyNamed(records: readonly CutRecord[]): Promise<boolean> {
    const { identifiers, channelId, nullWords } = this.#layout;
    const texts = new Map<IdentifierKind, Set<string>>();
    const add = (kind: IdentifierKind, text: string) => (texts.get(kind) ?? newSet(texts, kind)).add(text);
    for (const { raw, fields } of records) {
      for (const { position, kind } of identifiers) if (fields[position]) add(kind, fields[position] ?? '');
      eachMention(raw, add);
    }
    for (const [kind, own] of texts) {
      const named = await this.#matcher.among([...own], { kind, channelId, nullWords }, this.#persons);
      if (named.size > 0) return true;
    }
    return false;
  }

  /** Whether a text of its own, outside any table, mentions one of the persons. */
  async mentionedIn(texts: readonly string[]): Promise<ReadonlySet<string>> {
    const candidates = texts.flatMap((raw, at) => mentionsOf({ raw, fields: [raw] }, at));
    const found = await this.#naming(candidates);
    return new Set(found.map(({ record }) => texts[record] ?? ''));
  }

  #cellsOf({ fields }: CutRecord, record: number): Candidate[] {
    return this.#layout.identifiers.flatMap(({ position, kind }) => {
      const text = fields[position];
      return text === undefined || text === '' ? [] : [{ record, kind, text, isCell: true, start: 0, end: 0 }];
    });
  }

  async #naming(candidates: readonly Candidate[]): Promise<Candidate[]> {
    const { channelId, nullWords } = this.#layout;
    const found: Candidate[] = [];
    for (const [kind, own] of Map.groupBy(candidates, (candidate) => candidate.kind)) {
      const texts = [...new Set(own.map(({ text }) => text))];
      const named = await this.#matcher.among(texts, { kind, channelId, nullWords }, this.#persons);
      if (named.size > 0) found.push(...own.filter(({ text }) => named.has(text)));
    }
    return found;
  }

  /** Whatever stands beside an identifier of a person identifies the person. */
  async #join(cells: readonly Candidate[]): Promise<void> {
    const { channelId, nullWords } = this.#layout;
    for (const [kind, own] of Map.groupBy(cells, (cell) => cell.kind)) {
      const texts = [...new Set(own.map(({ text }) => text))];
      await this.#matcher.join(texts, { kind, channelId, nullWords });
    }
  }

  #removalsOf(record: CutRecord, found: readonly Candidate[]): readonly Removal[] {
    if (found.length === 0) return [];
    const { dialect, personal, width } = this.#layout;
    const spans = fieldSpans(record.raw, record.fields, dialect) ?? guessedSpans(record);
    const isRegular = spans !== undefined && record.fields.length === width;
    const cells = (spans ?? [{ start: 0, end: record.raw.length }]).filter(
      ({ start, end }) => !this.#isBlank(record.raw.slice(start, end)),
    );
    const isPersonal = ({ start }: Span): boolean =>
      personal.has(spans?.findIndex((span) => span.start === start) ?? 0);
    // A phone that fills its cell says whose record this is; one inside a text may be anybody's.
    const fills = ({ start, end, text }: Span & { readonly text: string }, cell: Span): boolean =>
      start >= cell.start &&
      end <= cell.end &&
      record.raw.slice(cell.start, cell.end).replaceAll(aroundCell, '') === text;
    const isOwn = found.some(
      (candidate) => candidate.isCell || cells.some((cell) => isPersonal(cell) && fills(candidate, cell)),
    );
    // Where the columns of a record are in doubt, all of its cells may be the person's.
    const gone = isRegular ? (isOwn ? cells.filter(isPersonal) : []) : cells;
    const mentioned = found.filter(
      ({ isCell, start, end }) => !isCell && !gone.some((span) => within({ start, end }, span)),
    );
    return [...gone, ...withoutOverlaps(mentioned)]
      .sort((a, b) => a.start - b.start)
      .map((span) => ({ start: span.start, end: span.end, text: this.#wordFor(span) }));
  }

  /** Fixed columns keep their width. */
  #wordFor({ start, end }: Span): string {
    if (this.#layout.dialect.columnStarts === undefined) return erasedWord;
    return erasedWord.slice(0, end - start).padEnd(end - start);
  }

  #isBlank(cell: string): boolean {
    const text = cell.trim();
    return text === '' || this.#layout.nullWords.includes(text);
  }
}

function newSet<Key>(sets: Map<Key, Set<string>>, key: Key): Set<string> {
  const made = new Set<string>();
  sets.set(key, made);
  return made;
}

function mentionsOf({ raw }: CutRecord, record: number): Candidate[] {
  return mentionsIn(raw).map((mention) => ({ ...mention, record, isCell: false }));
}

/** Fields of a record that was read by guessing, found one behind the other where they stand as they are. */
function guessedSpans({ raw, fields }: CutRecord): readonly Span[] | undefined {
  const spans: Span[] = [];
  let from = 0;
  for (const field of fields) {
    const start = raw.indexOf(field, from);
    if (start < 0) return undefined;
    from = start + field.length;
    spans.push({ start, end: from });
  }
  return spans;
}

function within(inner: Span, outer: Span): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

function withoutOverlaps(spans: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (last === undefined || span.start >= last.end) kept.push(span);
  }
  return kept;
}

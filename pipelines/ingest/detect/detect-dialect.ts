import { RecordReader, type TableRecord } from '../parse/record-reader.ts';
import { readOtherDelimiter } from '../parse/stray-delimiter.ts';
import { describeDialect } from './describe-dialect.ts';
import type { Detection, Dialect, DialectHints } from './dialect.ts';
import { type ScoredDialect, scoreDialect } from './dialect-score.ts';
import { detectEncoding, type EncodingFinding, statedEncoding } from './encoding.ts';
import { findColumnStarts } from './fixed-width.ts';
import { findLayout } from './layout.ts';

type Cut = Omit<Dialect, 'encoding' | 'bom'>;

const delimiters = [',', ';', '\t', '|', ':', ' ', ', ', '; ', ' | ', '||', '^', '~', '\u0001', '，'] as const;
const quotes = ['"', "'", ''] as const;
/** Characters of the sample by which dialects are told apart; the header is looked for in all of it. */
const judgedLength = 1 << 16;
/** Below so many complete records the last one counts too, whether it is cut or not. */
const fewRecords = 8;

/**
 * Finds how a table file is written from a sample of its start (256 KiB are plenty). Hints win over what is found. The
 * notes name every departure from a clean table (UTF-8, comma, `"`, one header record first).
 */
export function detectDialect(sample: Uint8Array, hints: DialectHints = {}): Detection {
  const found = findEncoding(sample, hints);
  const { encoding } = found;
  const text = new TextDecoder(encoding).decode(sample, { stream: true });
  const delimiter = hints.delimiter ?? namedDelimiter(text);
  const known = delimiter === undefined ? hints : { ...hints, delimiter };
  const best = bestDialect(text, { encoding, bom: found.bom }, known);
  const records = sampleRecords(text, best);
  const layout = findLayout(records, best.width, hints);
  const reread = records.map((record) => readOtherDelimiter(record, best.dialect, layout.columns) ?? record);
  const isSame = reread.every((record, at) => record === records[at]);
  return {
    dialect: best.dialect,
    layout: isSame ? layout : findLayout(reread, best.width, hints),
    notes: describeDialect(best.dialect, found),
  };
}

/** Excel writes, and takes, a first line that names the delimiter. */
function namedDelimiter(text: string): string | undefined {
  return /^sep=([^\r\n])\r?\n/i.exec(text)?.[1];
}

function findEncoding(sample: Uint8Array, { found, encoding }: DialectHints): EncodingFinding {
  if (encoding === undefined) return found ?? detectEncoding(sample);
  return found === undefined ? statedEncoding(encoding, sample) : { ...found, encoding, certainty: 'proved' };
}

function sampleRecords(text: string, { dialect, width }: ScoredDialect): TableRecord[] {
  const reader = new RecordReader(dialect, { width });
  const records = reader.push(text);
  return records.length < fewRecords ? [...records, ...reader.end()] : records;
}

function bestDialect(text: string, base: Pick<Dialect, 'encoding' | 'bom'>, hints: DialectHints): ScoredDialect {
  const judged =
    text.length <= judgedLength ? text : text.slice(0, text.lastIndexOf('\n', judgedLength) + 1 || judgedLength);
  let best: ScoredDialect | undefined;
  for (const cut of candidates(judged, hints)) {
    const scored = scoreDialect(judged, { ...base, ...cut }, best?.score);
    if (best === undefined || scored.score > best.score) best = scored;
  }
  if (best !== undefined && best.score > 0) return best;
  const [newline = '\n'] = newlineCandidates(judged);
  return scoreDialect(judged, { ...base, newline, delimiter: hints.delimiter ?? ',', quote: '"', escape: 'double' });
}

/** Of equally good dialects the first one is taken: usual ones come first. */
function candidates(text: string, hints: DialectHints): Cut[] {
  const present = delimiters.filter((delimiter) => text.includes(delimiter));
  const chosen = hints.delimiter === undefined ? present : [hints.delimiter];
  const quoting = quoteCandidates(text, hints);
  const newlines = newlineCandidates(text);
  const delimited = chosen.flatMap((delimiter) =>
    quoting.flatMap((how) => newlines.map((newline) => ({ delimiter, newline, ...how }))),
  );
  const columnStarts = hints.delimiter === undefined ? findColumnStarts(text) : undefined;
  const [newline = '\n'] = newlines;
  if (columnStarts === undefined) return delimited;
  return [...delimited, { delimiter: '', quote: '', escape: 'double', newline, columnStarts }];
}

function quoteCandidates(text: string, hints: DialectHints): Pick<Cut, 'quote' | 'escape'>[] {
  const present = quotes.filter((quote) => mayQuote(quote, text));
  return (hints.quote === undefined ? present : [hints.quote]).flatMap((quote): Pick<Cut, 'quote' | 'escape'>[] =>
    quote !== '' && text.includes(`\\${quote}`)
      ? [
          { quote, escape: 'double' },
          { quote, escape: 'backslash' },
        ]
      : [{ quote, escape: 'double' }],
  );
}

/** Without a `"`, a text is read alike whether it quotes or not. */
function mayQuote(quote: Dialect['quote'], text: string): boolean {
  if (quote === '') return text.includes('"');
  return quote === '"' || wrapsInApostrophes(text);
}

/** Apostrophes quote fields where many lines have fields that begin and end with one; elsewhere they are letters. */
function wrapsInApostrophes(text: string): boolean {
  if (!text.includes("'")) return false;
  const lines = text.split(/[\r\n]+/).filter((line) => line !== '');
  const wrapped = lines.filter((line) => /(?:^|[,;\t|: ])'(?:[^']|'')*'(?=[,;\t|: ]|$)/.test(line));
  return wrapped.length >= 2 && wrapped.length * 5 >= lines.length;
}

/** A lone CR ends records where nothing else does; where others do, both readings are tried. */
function newlineCandidates(text: string): Dialect['newline'][] {
  const pairs = text.split('\r\n').length - 1;
  const feeds = text.split('\n').length - 1 - pairs;
  const returns = text.split('\r').length - 1 - pairs - (text.endsWith('\r') ? 1 : 0);
  const usual = pairs > feeds ? '\r\n' : '\n';
  if (returns === 0) return [usual];
  return pairs + feeds === 0 ? ['\r'] : [usual, 'mixed'];
}

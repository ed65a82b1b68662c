import type { Note } from '../../domain/receipt.ts';
import { RecordReader } from '../parse/record-reader.ts';
import { readOtherDelimiter } from '../parse/stray-delimiter.ts';
import type { Detection, Dialect, DialectHints } from './dialect.ts';
import { type ScoredDialect, scoreDialect } from './dialect-score.ts';
import { detectEncoding } from './encoding.ts';
import { findLayout } from './layout.ts';

const delimiters = [',', ';', '\t', '|', ':', ' ', ', ', '^', '~', '||'] as const;
const quotes = ['"', "'", ''] as const;

/**
 * Finds how a table file is written from a sample of its start (256 KiB are plenty). Hints win over what is found. The
 * notes name every departure from a clean table (UTF-8, comma, `"`, one header record first).
 */
export function detectDialect(sample: Uint8Array, hints: DialectHints = {}): Detection {
  const found = detectEncoding(sample);
  const encoding = hints.encoding ?? found.encoding;
  const text = new TextDecoder(encoding).decode(sample, { stream: true });
  const best = bestDialect(text, { encoding, bom: found.bom }, hints);
  const reader = new RecordReader(best.dialect, { width: best.width });
  const records = reader.push(text);
  const first = records.length < 8 ? [...records, ...reader.end()] : records;
  const columns = findLayout(first, best.width, hints).columns;
  const reread = first.map((record) => readOtherDelimiter(record, best.dialect, columns) ?? record);
  const layout = findLayout(reread, best.width, hints);
  return { dialect: best.dialect, layout, notes: describe(best.dialect) };
}

function bestDialect(text: string, base: Pick<Dialect, 'encoding' | 'bom'>, hints: DialectHints): ScoredDialect {
  const newline = detectNewline(text);
  let best: ScoredDialect | undefined;
  for (const dialect of candidates(text, hints)) {
    const scored = scoreDialect(text, { ...base, newline, ...dialect });
    if (best === undefined || scored.score > best.score) best = scored;
  }
  const fallback: Dialect = { ...base, newline, delimiter: hints.delimiter ?? ',', quote: '"', escape: 'double' };
  return best === undefined || best.score === 0 ? scoreDialect(text, fallback) : best;
}

type Cut = Pick<Dialect, 'delimiter' | 'quote' | 'escape'>;

function candidates(text: string, hints: DialectHints): Cut[] {
  const present = delimiters.filter((delimiter) => text.includes(delimiter));
  const chosen = hints.delimiter === undefined ? present : [hints.delimiter];
  return chosen.flatMap((delimiter) => quoteCandidates(text, hints).map((quoting) => ({ delimiter, ...quoting })));
}

function quoteCandidates(text: string, hints: DialectHints): Omit<Cut, 'delimiter'>[] {
  const present = quotes.filter((quote) => quote !== "'" || text.includes(quote));
  return (hints.quote === undefined ? present : [hints.quote]).flatMap((quote): Omit<Cut, 'delimiter'>[] =>
    quote !== '' && text.includes(`\\${quote}`)
      ? [
          { quote, escape: 'double' },
          { quote, escape: 'backslash' },
        ]
      : [{ quote, escape: 'double' }],
  );
}

function detectNewline(text: string): Dialect['newline'] {
  const pairs = text.split('\r\n').length - 1;
  const feeds = text.split('\n').length - 1 - pairs;
  const returns = text.split('\r').length - 1 - pairs;
  if (returns > 0 && returns >= pairs + feeds) return feeds + pairs === 0 ? '\r' : 'mixed';
  return pairs > feeds ? '\r\n' : '\n';
}

function describe(dialect: Dialect): Note[] {
  const notes: Note[] = [];
  const add = (code: string, text: string) => notes.push({ code, count: 1, text });
  if (dialect.encoding !== 'utf-8') add('encoding', `The file is written in ${dialect.encoding}.`);
  if (dialect.delimiter !== ',') add('delimiter', `Fields are separated by ${JSON.stringify(dialect.delimiter)}.`);
  if (dialect.quote === "'") add('quote', "Fields are quoted with '.");
  if (dialect.escape === 'backslash') add('escape', 'Quotes inside fields stand behind a backslash.');
  if (dialect.newline === '\r' || dialect.newline === 'mixed') add('line_ends', 'Records end with a carriage return.');
  return notes;
}

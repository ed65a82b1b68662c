import type { Note } from '../../domain/receipt.ts';
import type { Dialect } from './dialect.ts';
import type { EncodingFinding } from './encoding.ts';

/** Notes on everything in which a dialect departs from clean CSV (UTF-8, comma, `"` doubled). */
export function describeDialect(dialect: Dialect, found: EncodingFinding): Note[] {
  return [
    encodingText(dialect, found),
    delimiterText(dialect),
    quoteText(dialect),
    escapeText(dialect),
    lineText(dialect),
  ]
    .filter((note) => note !== undefined)
    .map(([code, text]) => ({ code, count: 1, text }));
}

type Described = readonly [code: string, text: string] | undefined;

function encodingText({ encoding }: Dialect, { certainty }: EncodingFinding): Described {
  if (encoding === 'utf-8') return undefined;
  if (certainty !== 'assumed') return ['encoding', `The file is written in ${encoding}.`];
  return ['encoding_assumed', `The file was read as ${encoding}; other encodings are nearly as likely.`];
}

function delimiterText({ delimiter, columnStarts }: Dialect): Described {
  if (columnStarts !== undefined) return ['fixed_width', `Fields start at fixed columns: ${columnStarts.join(', ')}.`];
  return delimiter === ',' ? undefined : ['delimiter', `Fields are separated by ${JSON.stringify(delimiter)}.`];
}

function quoteText({ quote }: Dialect): Described {
  return quote === "'" ? ['quote', "Fields are quoted with '."] : undefined;
}

function escapeText({ escape: way }: Dialect): Described {
  return way === 'backslash' ? ['escape', 'Quotes inside fields stand behind a backslash.'] : undefined;
}

function lineText({ newline }: Dialect): Described {
  if (newline === '\r') return ['line_ends', 'Records end with a carriage return.'];
  return newline === 'mixed'
    ? ['line_ends', 'Records end now with a carriage return, now with a line feed.']
    : undefined;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeText } from '../encode-text.ts';
import {
  arbitraryTable,
  arbitraryWriting,
  type Language,
  languages,
  type Token,
  tableTokens,
  type WrittenAs,
  writeTable,
} from './arbitrary-table.ts';
import { readBack } from './read-back.ts';

const runs = process.env['TIDEMARK_LONG'] === '1' ? 10_000 : 300;

describe('a random table in a random dialect and encoding', () => {
  for (const language of Object.keys(languages) as Language[]) {
    it(`comes back equal, whatever the size of the chunks: ${language}`, async () => {
      const encodings = fc.constantFrom<string>(...languages[language].encodings);
      const whole = fc.tuple(arbitraryTable(language), arbitraryWriting, encodings, fc.integer({ min: 1, max: 300 }));
      await fc.assert(
        fc.asyncProperty(whole, async ([table, writing, encoding, chunk]) => {
          const text = writeTable(table, writing);
          fc.pre(saysHow(text, writing));
          const read = await readBack(encodeText(text, encoding), chunk);
          expect(read.tables).toEqual([table]);
        }),
        { numRuns: Math.ceil(runs / 7) },
      );
    });
  }
});

/** Some files do not tell: a backslash without any escaped quote behind it, apostrophes here and there. */
function saysHow(text: string, { escape: way, quote, quotesAll }: WrittenAs): boolean {
  const isEscapeShown = way === 'double' || !text.includes('\\') || /(?<!\\)(?:\\\\)*\\["']/.test(text);
  return isEscapeShown && (quote === '"' || (quotesAll && !text.includes('"')));
}

/** Does damage to one token; `place` (0 to 1) says where inside it. */
type Damage = readonly [kind: Token['kind'], change: (text: string, place: number) => string];

const damages: Record<string, Damage> = {
  'a stray quote': ['cell', (text, place) => insert(text, '"', place)],
  'a lost quote': ['cell', (text, place) => loseQuote(text, place)],
  'a doubled delimiter': ['delimiter', (text) => text + text],
  'a lost delimiter': ['delimiter', () => ''],
  'a doubled line end': ['newline', (text) => text + text],
  'a lost line end': ['newline', () => ''],
  'a line end for a delimiter': ['delimiter', () => '\n'],
};

function insert(text: string, letter: string, place: number): string {
  const at = Math.round(place * text.length);
  return text.slice(0, at) + letter + text.slice(at);
}

function loseQuote(text: string, place: number): string {
  const places = [...text.matchAll(/"/g)].map(({ index }) => index);
  const at = places[Math.floor(place * places.length * 0.999)];
  return at === undefined ? text : text.slice(0, at) + text.slice(at + 1);
}

describe('a random table with random damage', () => {
  for (const [name, [kind, change]] of Object.entries(damages)) {
    it(`is read as it was or reported: ${name}`, async () => {
      const share = fc.double({ min: 0, max: 0.999, noNaN: true });
      const whole = fc.tuple(arbitraryTable('chinese'), arbitraryWriting, share, share);
      await fc.assert(
        fc.asyncProperty(whole, async ([table, writing, which, place]) => {
          const tokens = tableTokens(table, { ...writing, newline: '\n', quote: '"', escape: 'double' });
          const header = tokens.findIndex((token) => token.kind === 'newline');
          const targets = tokens.flatMap((token, at) => (token.kind === kind && at > header ? [at] : []));
          const target = targets[Math.floor(which * targets.length)];
          const text = tokens.map((token, at) => (at === target ? change(token.text, place) : token.text)).join('');
          const read = await readBack(Buffer.from(text));
          const isEqual = JSON.stringify(read.tables) === JSON.stringify([table]);
          const isReported = read.codes.some((code) => code !== 'delimiter');
          if (!isEqual && !isReported)
            expect.fail(`${JSON.stringify(text)} was read as ${JSON.stringify(read.tables)}`);
        }),
        { numRuns: Math.ceil(runs / 6) },
      );
    });
  }
});

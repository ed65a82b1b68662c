import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { contract } from '../../pipelines/domain/contract.ts';
import { cleanDialect, type Dialect } from '../../pipelines/ingest/detect/dialect.ts';
import type { MendedText } from '../../pipelines/ingest/parse/mended-text.ts';
import { RecordReader } from '../../pipelines/ingest/parse/record-reader.ts';
import { planContract } from '../../pipelines/ingest/plan/contract-plan.ts';
import { chunkScan, endsInReturns, engineDelimiter, engineMarks } from '../../pipelines/ingest/read/chunk-scan.ts';
import { textRelation } from '../../pipelines/ingest/read/chunk-source.ts';
import { chunkTexts } from '../../pipelines/ingest/read/chunk-texts.ts';
import { type TextChunk, textChunks } from '../../pipelines/ingest/read/text-chunks.ts';
import type { TextSource } from '../../pipelines/ingest/read/text-source.ts';

const isLong = process.env['TIDEMARK_LONG'] === '1';
const width = 3;
const columns = Array.from({ length: width }, () => undefined);

const dialects: Record<string, Partial<Dialect>> = {
  'commas and line feeds': {},
  'commas and CRLF': { newline: '\r\n' },
  semicolons: { delimiter: ';' },
  'nothing quoted': { quote: '' },
  apostrophes: { quote: "'" },
  backslashes: { escape: 'backslash' },
  'a delimiter of two letters': { delimiter: '; ' },
  'carriage returns': { newline: '\r' },
  'line ends of all kinds': { newline: 'mixed' },
  'fixed columns': { delimiter: '', quote: '', columnStarts: [0, 2, 5] },
};

const pieces = fc.constantFrom(',', ',', ',', ';', '; ', '"', '"', "'", '\n', '\n', '\r\n', '\r', 'a', '错', ' ', '\\');
const damaged = fc.array(pieces, { maxLength: 60 }).map((all) => all.join(''));
const cell = fc.constantFrom('a', '错误', '', '"b,c"', '"d ""e"""', '7" nail', '"f\ng"', ' "h"', '"open', 'i\rj');
/** Records as most files hold them, with one or the other that is not. */
const records = fc
  .array(fc.tuple(fc.array(cell, { minLength: 2, maxLength: 4 }), fc.constantFrom('\n', '\n', '\r\n', '\n\n')))
  .map((lines) => lines.map(([cells, end]) => cells.join(',') + end).join(''));
const text = fc.oneof(damaged, records);

const rules = contract.parse({
  contract: 'cells',
  title: { en: 'Cells', zh: '单元格' },
  channel: { channel_id: 'shop', name: 'Shop', name_zh: '店', kind: 'own_shop' },
  timezone: 'Asia/Shanghai',
  currency: 'CNY',
  columns: ['a', 'b', 'c'].map((name) => ({ name, headers: [name], type: 'text' })),
  outputs: [{ dataset: 'orders', write: 'upsert', columns: { order_id: 'a' } }],
});
const plan = planContract(rules, loadDefinitions(), { header: null, width });

async function chunksOf(whole: string, dialect: Dialect, chunkBytes: number): Promise<TextChunk[]> {
  const bytes = Buffer.from(whole);
  let at = 0;
  const source: TextSource = {
    fill: async (buffer, offset) => {
      const copied = bytes.copy(buffer, offset, at);
      at += copied;
      return { end: offset + copied, isEnd: at === bytes.length };
    },
    close: async () => undefined,
  };
  const detection = { dialect, layout: { width, columns, preamble: 0, headerRecords: 0, header: null }, notes: [] };
  const cells = chunkScan({ plan, dialect, columns });
  const chunks: TextChunk[] = [];
  for await (const chunk of textChunks(source, detection, { cells, chunkBytes })) chunks.push(chunk);
  return chunks;
}

/** What the tolerant reader finds in the whole text: its records as cells of the table, and as they stand in the file. */
function expected(whole: string, dialect: Dialect) {
  const reader = new RecordReader(dialect, { width });
  const found = [...reader.push(whole), ...reader.end()].filter(({ raw }) => raw !== '');
  const isMisfit = (fields: readonly string[]) =>
    fields.length < width || fields.slice(width).some((field) => field.trim() !== '');
  return {
    cells: found.map(({ fields }) => Array.from({ length: width }, (_, at) => fields[at] ?? '')),
    raws: found.map(({ raw }) => raw),
    misfits: found.flatMap(({ fields }, at) => (isMisfit(fields) ? [at + 1] : [])),
    faults: found.flatMap(({ fault }, at) => (fault === undefined ? [] : [`${fault} ${at + 1}`])),
  };
}

/** What another CSV reader finds in the chunks. */
function found(chunks: readonly TextChunk[], dialect: Dialect) {
  const faults = chunks.flatMap(({ mended, firstLine }) =>
    [...mended.mends()].flatMap(({ departure, ordinal }) => `${departure} ${ordinal + firstLine}`),
  );
  const own = /^(?:undefined|empty_lines|mixed_line_ends|padded_records|loose_return) /;
  return {
    cells: chunks.flatMap(({ mended }) => strictly(textOf(mended).toString(), dialect)),
    raws: chunks.flatMap((chunk) =>
      chunkTexts(
        chunk,
        engineMarks(dialect),
        Array.from({ length: chunk.records }, (_, at) => at + chunk.firstLine),
      ),
    ),
    misfits: chunks.flatMap(misfitsOf),
    faults: faults.filter((fault) => !own.test(fault)),
  };
}

function textOf(mended: MendedText): Buffer {
  return Buffer.concat(Array.from(mended.pieces(), (piece) => Buffer.from(piece)));
}

function strictly(mended: string, dialect: Dialect): string[][] {
  // Papa finds a record behind the last line end.
  const body = mended.replace(/\r?\n$/, '');
  if (body === '') return [];
  const delimiter = engineDelimiter(dialect);
  const newline = dialect.newline === '\r\n' ? '\r\n' : '\n';
  return Papa.parse<string[]>(body, { delimiter, quoteChar: '"', newline }).data;
}

function misfitsOf({ mended, firstLine }: TextChunk): number[] {
  return [...mended.mends()].flatMap(({ kind, ordinal }) => (kind === 'field_count' ? [ordinal + firstLine] : []));
}

describe('text that the scan and the mender have gone over', () => {
  it.each(Object.entries(dialects))(
    'is read by any reader as by the tolerant one: %s',
    async (_, change) => {
      const dialect: Dialect = { ...cleanDialect, ...change };
      await fc.assert(
        fc.asyncProperty(text, fc.integer({ min: 1, max: 80 }), async (whole, chunkBytes) => {
          const chunks = await chunksOf(whole, dialect, chunkBytes);
          expect(found(chunks, dialect)).toEqual(expected(whole, dialect));
          expect(chunks.reduce((sum, chunk) => sum + chunk.records, 0)).toBe(expected(whole, dialect).cells.length);
        }),
        { numRuns: isLong ? 20_000 : 1000 },
      );
    },
    600_000,
  );

  it('is read by the engine as by the tolerant one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-mended-'));
    const engine = await DuckDBInstance.create(':memory:');
    const connection = await engine.connect();
    const path = join(folder, 'text.csv');
    const cells = new Map(columns.map((_, at) => [at, 'varchar']));
    const read = async (body: Buffer, dialect: Dialect, hasReturns: boolean): Promise<unknown[][]> => {
      writeFileSync(path, body);
      const delimiter = engineDelimiter(dialect);
      const file = { path, delimiter, hasReturns, firstLine: 1, misfits: [], hasLongRecords: false };
      const kept = columns.map((_, at) => `coalesce(_c${at}, '')`).join(', ');
      const sql = `select ${kept} from (${textRelation(file, { width, cells })})`;
      return (await connection.runAndReadAll(sql)).getRows() as unknown[][];
    };
    let asItStands = 0;
    const dialect = fc.constantFrom(...Object.values(dialects)).map((change) => ({ ...cleanDialect, ...change }));
    await fc.assert(
      fc.asyncProperty(text, dialect, async (whole, how) => {
        for (const { source, mended, records: count } of await chunksOf(whole, how, 1 << 20)) {
          const rows = await read(textOf(mended), how, endsInReturns(how)).catch(() => []);
          const wanted = expected(whole, how).cells;
          // What the engine refuses, or counts otherwise, is written anew throughout; it must not misread it in silence.
          const anew = chunkScan({ plan, dialect: how, columns }, true).scan(source, true).mended;
          expect(await read(textOf(anew), how, false)).toEqual(wanted);
          if (rows.length !== count) continue;
          expect(rows).toEqual(wanted);
          asItStands += 1;
        }
      }),
      { numRuns: isLong ? 5000 : 200 },
    );
    expect(asItStands).toBeGreaterThan(100);
    connection.closeSync();
    engine.closeSync();
    rmSync(folder, { recursive: true, force: true });
  }, 600_000);
});

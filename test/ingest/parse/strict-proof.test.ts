import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, quotedString } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectDialect } from '../../../pipelines/ingest/detect/detect-dialect.ts';
import { StrictProof, type StrictVerdict } from '../../../pipelines/ingest/parse/strict-proof.ts';
import { arbitraryTable, arbitraryWriting, writeTable } from './arbitrary-table.ts';
import { readBack } from './read-back.ts';

function prove(text: string, chunk = 7): StrictVerdict {
  const bytes = Buffer.from(text);
  const proof = new StrictProof(detectDialect(bytes));
  for (let at = 0; at < bytes.length; at += chunk) proof.push(bytes.subarray(at, at + chunk));
  return proof.finish();
}

const rows = '1,2024-01-01,x\n2,2024-01-02,"y, z"\n3,2024-01-03,"q ""r"""\n';

describe('the proof that a strict reader reads the same', () => {
  it.each([
    ['clean text', `n,day,what\n${rows}`],
    ['no line end at the end', `n,day,what\n${rows}`.trimEnd()],
    ['CRLF', `n,day,what\n${rows}`.replaceAll('\n', '\r\n')],
    ['a quoted line break', `n,day,what\n${rows}4,2024-01-04,"one\ntwo"\n`],
  ])('holds for %s', (_, text) => {
    expect(prove(text)).toEqual({ kind: 'strict', records: text.includes('one') ? 4 : 3 });
  });

  it.each([
    ['ragged', `n,day,what\n${rows}4,2024-01-04\n`],
    ['stray_quote', `n,day,what\n${rows}4,2024-01-04,5" pipe\n`],
    ['stray_quote', `n,day,what\n${rows}4,2024-01-04,"a"b\n`],
    ['unclosed_quote', `n,day,what\n${rows}4,2024-01-04,"a\n`],
    ['blank_record', `n,day,what\n${rows},,\n4,2024-01-04,a\n`],
    ['blank_record', `n,day,what\n${rows},,\n`],
    ['repeated_header', `n,day,what\n${rows}n,day,what\n4,2024-01-04,a\n`],
    ['doubtful_line_break', `n,day,what\n${rows}4,2024-01-04,"a\n5,2024-01-05,b\n6,2024-01-06,c"\n`],
    ['mixed_line_ends', `n,day,what\r\n${rows}`],
    ['footer', `n,day,what\n${rows}total,6,\n`],
    ['layout', `a report,,\n${`n,day,what\n${rows}`}`],
    ['dialect', 'n\tsaid\n1\t"a \\"b\\""\n2\tc\n'],
  ])('fails: %s in %j', (reason, text) => {
    expect(prove(text)).toEqual({ kind: 'not_strict', reason });
  });
});

describe('what is proved strict', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'strict-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('is read by DuckDB as by the robust reader', async () => {
    const connection = await (await DuckDBInstance.create()).connect();
    const file = join(directory, 'table.csv');
    let proved = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryTable('chinese'), arbitraryWriting, async (table, writing) => {
        const text = writeTable(table, { ...writing, quote: '"' });
        const { dialect, layout } = detectDialect(Buffer.from(text));
        if (prove(text).kind !== 'strict') return;
        proved += 1;
        await writeFile(file, text);
        const names = Array.from({ length: layout.width }, (_, at) => `c${at}`);
        const reader = await connection.runAndReadAll(
          `select * from read_csv(${quotedString(file)}, auto_detect = false, header = ${layout.headerRecords === 1}, delim = ${quotedString(dialect.delimiter)},
            quote = ${quotedString(dialect.quote)}, escape = ${quotedString(dialect.quote)}, strict_mode = true, null_padding = false, allow_quoted_nulls = false, nullstr = ${quotedString('\u0001')},
            columns = {${names.map((name) => `${quotedString(name)}: 'varchar'`).join(', ')}})`,
        );
        const ours = (await readBack(Buffer.from(text))).tables[0]?.slice(layout.headerRecords);
        expect(reader.getRows()).toEqual(ours);
      }),
      { numRuns: process.env['TIDEMARK_LONG'] === '1' ? 2000 : 80 },
    );
    expect(proved).toBeGreaterThan(10);
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { convertTable } from '../../pipelines/steps/convert-table.ts';
import { encodeText } from '../ingest/encode-text.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'convert-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function convert(name: string, bytes: string | Uint8Array) {
  await writeFile(join(directory, name), bytes);
  const notes = await convertTable(join(directory, name), join(directory, 'out'));
  const read = (file: string) => readFile(join(directory, 'out', file), 'utf8');
  return { notes, read, files: (await readdir(join(directory, 'out'))).sort() };
}

describe('converting a table file', () => {
  it('writes clean CSV and says what it found', async () => {
    const text = '店铺：;东店;\n日期;金额;备注\n2024-01-05;12,50;"好; 很好"\n2024-01-06;8,00;\n合计;20,50;\n';
    const { notes, read, files } = await convert('umsatz.txt', encodeText(text, 'gb18030'));
    expect(files).toEqual(['umsatz.csv', 'umsatz.notes.json']);
    expect(await read('umsatz.csv')).toBe('日期,金额,备注\n2024-01-05,"12,50",好; 很好\n2024-01-06,"8,00",\n');
    expect(notes.dialect).toMatchObject({ encoding: 'gb18030', delimiter: ';', quote: '"' });
    expect(notes.departures.map(({ code }) => code)).toEqual(['encoding', 'delimiter', 'preamble', 'total_row']);
    expect(notes.left_out).toEqual([
      { line: 1, raw: '店铺：;东店;', reason: 'preamble' },
      { line: 5, raw: '合计;20,50;', reason: 'total_row' },
    ]);
    expect(JSON.parse(await read('umsatz.notes.json'))).toEqual(notes);
  });

  it('writes one file per table', async () => {
    const { notes, read } = await convert(
      'two.csv',
      'day,n\n2024-01-01,4\n2024-01-02,5\n\nsku,name,left\nA-1,rye,4\nA-2,roll,6\n',
    );
    expect(await read('two.csv')).toBe('day,n\n2024-01-01,4\n2024-01-02,5\n');
    expect(await read('two.2.csv')).toBe('sku,name,left\nA-1,rye,4\nA-2,roll,6\n');
    expect(notes.tables.map(({ file, records }) => [file, records])).toEqual([
      ['two.csv', 2],
      ['two.2.csv', 2],
    ]);
  });

  it('makes text of formulas and leaves negative numbers alone', async () => {
    const { notes, read } = await convert(
      'cells.csv',
      'n,value,what\n1,-12.50,=1+1\n2,-3%,@now\n3,+4,+cmd|x\n4,-€9.90,-lost-\n5,-,"=HYPERLINK(""x"")"\n',
    );
    expect(await read('cells.csv')).toBe(
      `n,value,what\n1,-12.50,'=1+1\n2,-3%,'@now\n3,+4,'+cmd|x\n4,-€9.90,'-lost-\n5,-,"'=HYPERLINK(""x"")"\n`,
    );
    expect(notes.departures).toMatchObject([{ code: 'formula_guarded', count: 5 }]);
  });

  it('writes nothing that a second reader would hand to a spreadsheet as a formula', async () => {
    const dangerous = [
      '=1+1',
      '+1 call',
      '-2+3+cmd|x',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      '＝1',
      '＠x',
      '=HYPERLINK("x")',
      '+CNY 5+1',
    ];
    const numbers = ['-12.50', '+4', '-3%', '-€9.90', '-1e3', '-1.234,56', '-'];
    const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const rows = [...dangerous, ...numbers].map((text, at) => `${at},${cell(text)},2024-01-01\n`);
    const { read } = await convert('cells.csv', `n,"=what","when"\n${rows.join('')}`);
    const { data } = Papa.parse<string[]>(await read('cells.csv'), {
      delimiter: ',',
      newline: '\n',
      skipEmptyLines: true,
    });
    expect(data[0]).toEqual(['n', "'=what", 'when']);
    expect(data.slice(1).map(([, text]) => text)).toEqual([...dangerous.map((text) => `'${text}`), ...numbers]);
  });

  it('takes the text out of formulas that only keep an id from becoming a number', async () => {
    const { notes, read } = await convert('ids.csv', 'order,day\n"=""00123""",2024-01-01\n="00124",2024-01-02\n');
    expect(await read('ids.csv')).toBe('order,day\n00123,2024-01-01\n00124,2024-01-02\n');
    expect(notes.departures.map(({ code }) => code)).toEqual(['loose_quote', 'formula_text']);
  });

  it('invents no header', async () => {
    const { notes, read } = await convert('bare.csv', '2024-01-01,4\n2024-01-02,5\n2024-01-03,6\n');
    expect(await read('bare.csv')).toBe('2024-01-01,4\n2024-01-02,5\n2024-01-03,6\n');
    expect(notes.tables).toEqual([{ file: 'bare.csv', columns: 2, records: 3, has_header: false }]);
  });

  it('keeps two files of one name apart', async () => {
    await convert('day.csv', 'a,b\n1,2\n');
    const { files, read } = await convert('day.json', '[{"a":3,"b":4}]');
    expect(files).toEqual(['day.csv', 'day.json.csv', 'day.json.notes.json', 'day.notes.json']);
    expect(await read('day.csv')).toBe('a,b\n1,2\n');
    expect((await convert('day.csv', 'a,b\n5,6\n')).files).toHaveLength(4);
    expect(await read('day.csv')).toBe('a,b\n5,6\n');
  });

  it('leaves nothing behind for a file that breaks off', async () => {
    await expect(convert('cut.json', `[{"a":1},${'{"a":2},'.repeat(2000)}{"a":x}]`)).rejects.toThrow('damaged inside');
    expect(await readdir(join(directory, 'out'))).toEqual([]);
  });

  it('never writes over the file that it reads', async () => {
    await writeFile(join(directory, 'own.csv'), 'a,b\n1,2\n');
    await expect(convertTable(join(directory, 'own.csv'), directory)).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('refuses a file that is not there, and says which', async () => {
    const missing = join(directory, 'missing.csv');
    await expect(convertTable(missing, join(directory, 'out'))).rejects.toMatchObject({
      name: 'IngestError',
      where: missing,
    });
  });
});

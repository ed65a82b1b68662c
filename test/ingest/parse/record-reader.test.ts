import { describe, expect, it } from 'vitest';
import { cleanDialect } from '../../../pipelines/ingest/detect/dialect.ts';
import { RecordReader } from '../../../pipelines/ingest/parse/record-reader.ts';

function readAll(text: string, chunk: number, longestRecord?: number) {
  const reader = new RecordReader(cleanDialect, {
    width: 2,
    ...(longestRecord === undefined ? {} : { longestRecord }),
  });
  const records = [];
  for (let at = 0; at < text.length; at += chunk) records.push(...reader.push(text.slice(at, at + chunk)));
  return [...records, ...reader.end()];
}

describe('a record reader', () => {
  it('gives the physical line on which each record starts', () => {
    const records = readAll('a,b\r\n"1\n2\n3",x\n\n4,5', 3);
    expect(records.map(({ line, fields }) => [line, ...fields])).toEqual([
      [1, 'a', 'b'],
      [2, '1\n2\n3', 'x'],
      [5, ''],
      [6, '4', '5'],
    ]);
  });

  it('reads a quote that never closes as a letter of its own line', () => {
    const records = readAll('a,b\n1,"open\n2,x\n3,y\n', 5);
    expect(records.map(({ fields }) => fields)).toEqual([
      ['a', 'b'],
      ['1', '"open'],
      ['2', 'x'],
      ['3', 'y'],
    ]);
    expect(records[1]?.fault).toBe('unclosed_quote');
  });

  it('gives up an open quote after the longest record, not at the end of the file', () => {
    const records = readAll(`a,b\n1,"open\n${'2,x\n'.repeat(10_000)}`, 100, 1000);
    expect(records).toHaveLength(10_002);
    expect(records[1]).toMatchObject({ fields: ['1', '"open'], fault: 'unclosed_quote' });
  });

  it('cuts a line without end', () => {
    const records = readAll(`a,b\n${'x'.repeat(5000)}\n1,2\n`, 64, 1000);
    expect(records.every(({ raw }) => raw.length <= 1000)).toBe(true);
    expect(records[1]?.fault).toBe('oversized');
    expect(records.at(-1)?.fields).toEqual(['1', '2']);
  });

  it('gives each record its raw text', () => {
    expect(readAll('a,b\r\n"x ""y""",2\n', 4).map(({ raw }) => raw)).toEqual(['a,b', '"x ""y""",2']);
  });
});

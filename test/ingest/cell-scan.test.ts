import { expect, it } from 'vitest';
import { CellScan } from '../../pipelines/ingest/read/cell-scan.ts';

const marks = { delimiter: 0x2c, quote: 0x22 };

it('finds nothing in text that could be cut otherwise', () => {
  const rules = [{ position: 0, shape: undefined, nullWords: [] }];
  const findings = (text: string) => new CellScan(marks, 2, rules).scan(Buffer.from(text), true).findings;
  expect(findings('a,b\n"c ""d""",e\r\n')).toBeDefined();
  expect(findings('a,7" nail\n')).toBeUndefined();
  expect(findings('"a"b,c\n')).toBeUndefined();
  expect(findings('a,b\rc,d\n')).toBeUndefined();
  expect(findings('a,b,c\n')).toBeUndefined();
});

it('cuts a text between two orders, unless one order fills it', () => {
  const scan = new CellScan(marks, 2, [{ position: 0, shape: undefined, nullWords: [] }], { run: 0 });
  const cut = (text: string, isLast = false) => {
    const { end, records } = scan.scan(Buffer.from(text), isLast);
    return [text.slice(0, end), records];
  };
  expect(cut('A1,x\nA1,y\nA2,z\nA2,')).toEqual(['A1,x\nA1,y\n', 2]);
  expect(cut('A1,x\nB1,y\nB1,z\n')).toEqual(['A1,x\n', 1]);
  expect(cut('A1,x\nA1,y\nA1')).toEqual(['A1,x\nA1,y\n', 2]);
  expect(cut('A1,x\nA1,y\nA2,z\n', true)).toEqual(['A1,x\nA1,y\nA2,z\n', 3]);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanDialect, type Dialect } from '../../../pipelines/ingest/detect/dialect.ts';
import { leastFault, readDamagedLine } from '../../../pipelines/ingest/parse/damaged-line.ts';
import { scanRecord } from '../../../pipelines/ingest/parse/scan-record.ts';

const plain = { encoding: 'utf-8', bom: false, delimiter: ';', quote: '', escape: 'double', newline: '\n' } as Dialect;

describe('a line that is read again', () => {
  it('ends where the dialect has no quote', () => {
    expect(readDamagedLine('SKU-1;0;"" aa', plain, 3)?.fields).toEqual(['SKU-1', '0', '"" aa']);
  });
});

it('agrees with the strict reading wherever that weighs less than any fault', () => {
  const piece = fc.constantFrom(',', ',', ',', '"', '"', '""', 'a', 'b c', ' ', '错');
  let judged = 0;
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 14 }), (pieces) => {
      const line = pieces.join('');
      const { outcome, fields, looseQuotes } = scanRecord(line, 0, cleanDialect, true);
      if (outcome !== 'record' || looseQuotes >= leastFault) return;
      expect(readDamagedLine(line, cleanDialect, fields.length)?.fields).toEqual(fields);
      judged += 1;
    }),
    { numRuns: 20_000 },
  );
  expect(judged).toBeGreaterThan(1000);
});

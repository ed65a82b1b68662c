import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../../pipelines/ingest/detect/dialect.ts';
import { readDamagedLine } from '../../../pipelines/ingest/parse/damaged-line.ts';

const plain = { encoding: 'utf-8', bom: false, delimiter: ';', quote: '', escape: 'double', newline: '\n' } as Dialect;

describe('a line that is read again', () => {
  it('ends where the dialect has no quote', () => {
    expect(readDamagedLine('SKU-1;0;"" aa', plain, 3)?.fields).toEqual(['SKU-1', '0', '"" aa']);
  });
});

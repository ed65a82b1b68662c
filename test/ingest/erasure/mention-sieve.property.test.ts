import fc from 'fast-check';
import { expect, it } from 'vitest';
import { siftMentions } from '../../../pipelines/ingest/erasure/mention-sieve.ts';
import { eachMention } from '../../../pipelines/ingest/erasure/mentions.ts';

const runs = process.env['TIDEMARK_LONG'] === undefined ? 3000 : 200_000;

/** What stands in exports around and inside phones and mails. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'0123456789') },
  { weight: 3, arbitrary: fc.constantFrom('138', '1391234', '8613812345678', '13812345678', '021', '55551234', '86') },
  { weight: 3, arbitrary: fc.constantFrom(' ', '-', '.', '(', ')', '\t', '\u00a0', '\u3000', '–', '—', '－', '  ') },
  { weight: 2, arbitrary: fc.constantFrom('０', '１', '３', '９', '８６', '+', '＋', '00') },
  { weight: 2, arbitrary: fc.constantFrom(',', ';', '"', "'", '\n', '\r\n', 'x', '请打', '，', '：', '*', '“', 'é') },
  { weight: 2, arbitrary: fc.constantFrom('@', 'li.lei', 'example', '.com', '.cn', 'Li+shop', '李雷', '。', '<', '>') },
);
const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));

/** A phone by its digits, whatever stands between them or before them. */
function normal(kind: string, mention: string): string {
  return kind === 'phone' ? mention.normalize('NFKC').replaceAll(/[^0-9]/g, '') : mention;
}

it('finds every phone and mail that the slow expressions find in the lines of a text', () => {
  fc.assert(
    fc.property(text, (whole) => {
      const sifted = siftMentions(Buffer.from(whole));
      const found = { phone: new Set<string>(), email: new Set<string>() };
      for (const one of [...sifted.digits, ...sifted.phone]) found.phone.add(normal('phone', one));
      for (const one of sifted.email) found.email.add(one);
      for (const line of whole.split(/\r?\n/)) {
        eachMention(line, (kind, mention) => expect([...found[kind]]).toContain(normal(kind, mention)));
      }
    }),
    { numRuns: runs },
  );
});

it.each([
  ['digits', 'A7,13812345678,', ['13812345678']],
  ['phone', '请打 138-1234-5678 谢谢', ['138-1234-5678']],
  ['phone', '＋８６１３８１２３４５６７８', ['＋８６１３８１２３４５６７８']],
  ['phone', '123456７', ['123456７']],
  ['phone', '0＋8613812345678 0', ['＋8613812345678 0']],
  ['phone', '０+8613812345678 0', ['+8613812345678 0']],
  ['phone', '2026-10-02 00:10:13,58.50,1234567890123456', []],
  ['email', '0@0.com138@li.lei', ['0@0.com', '138@li.lei']],
  ['email', 'x;Li.Lei+shop@Example.com;y', ['Li.Lei+shop@Example.com']],
] as const)('takes the %s of %s', (kind, whole, expected) => {
  expect([...siftMentions(Buffer.from(whole))[kind]]).toEqual(expected);
});

it('passes over a line of a megabyte of digits and gaps once', () => {
  const line = Buffer.from('1234567 '.repeat(1 << 17));
  const start = performance.now();
  siftMentions(line);
  expect(performance.now() - start).toBeLessThan(5000);
});

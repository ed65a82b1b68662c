import { z } from 'zod';
import { contractColumn } from './contract.ts';
import { identifier } from './text.ts';

/**
 * What headers of unknown exports mean, in the languages of the exports that we meet: from it a contract is drafted.
 * Earlier words are stronger: where two columns of a file could fill one dataset column, the earlier word does.
 */
export const headerWords = z.strictObject({
  words: z.array(
    z.strictObject({
      /** Name of the column inside a drafted contract. */
      word: identifier,
      /** Compared without case, blanks, punctuation and a unit in brackets. */
      headers: z.array(z.string().min(1)).min(1),
      /** Wins over what the cells look like: an order number of digits is no amount. */
      type: contractColumn.shape.type.optional(),
      personal: contractColumn.shape.personal,
      /** Dataset columns that it may fill, as `orders.order_id`. */
      fills: z.array(z.string().regex(/^[a-z_]+\.[a-z_]+$/)).default([]),
    }),
  ),
  /** By dataset: how its rows are written, and columns that hold the same in every row unless a person says otherwise. */
  datasets: z.record(
    identifier,
    z.strictObject({
      write: z.enum(['append', 'upsert', 'replace_scope']),
      constants: z.record(identifier, z.string()).default({}),
      /** Columns without which a row says nothing: a file has at least one of them. */
      needs: z.array(identifier).default([]),
      /** What stands for a figure that no column states; whoever reads the draft is told. */
      assumed: z.record(identifier, z.string()).default({}),
    }),
  ),
  /** Dataset columns with a fixed list of values: value → how exports say it. */
  values: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
});
export type HeaderWords = z.infer<typeof headerWords>;

/** The form in which headers are looked up: `Order-ID`, `order_id` and `Order ID` are one; `金额(元)` is `金额`. */
export function wordKey(header: string): string {
  return header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\([^)]*\)\s*$/, '')
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

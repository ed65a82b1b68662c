// The product on the same file: checks, provenance, pseudonyms, raw copy, hash, quarantine. Arguments: CSV, lake, contract.
import { compose } from '../../pipelines/compose.ts';
import { printCost } from './measured-process.ts';

const [csv = '', lake = '', source = ''] = process.argv.slice(2);
const tidemark = compose({
  lake,
  catalogs: [],
  engine: 'duckdb',
  language: 'en',
  reportingCurrency: 'CNY',
  now: () => new Date(),
});
for await (const receipt of tidemark.ingest([csv], { source })) {
  if (receipt.status !== 'accepted')
    throw new Error(`not accepted: ${JSON.stringify(receipt.reasons)} ${JSON.stringify(receipt.notes)}`);
  process.stdout.write(`${JSON.stringify({ rows: receipt.rows_in })}\n`);
}
printCost();

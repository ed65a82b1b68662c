// What an analyst would do by hand: the same models, one after the other, in one DuckDB session over the staged files, each
// kept in memory for the next ones and written as one Parquet file in the product's format. Not done by hand: settling of
// corrections, parts by month, content ids. Arguments: lake, folder for spilling and for the files.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance, quotedString } from '@duckdb/node-api';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { provenanceColumns, sqlTypes } from '../../pipelines/domain/dataset.ts';
import { businessDates } from '../../pipelines/domain/ledger.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { inputTables } from '../../pipelines/steps/build-inputs.ts';
import { readGraph } from '../../pipelines/steps/build-models.ts';
import { freezeReceipts } from '../../pipelines/steps/freeze-receipts.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { inputTableColumns } from '../../pipelines/warehouse/input-tables.ts';
import { partFormat } from '../../pipelines/warehouse/part-writer.ts';
import { preludeMacros, preludeSettings } from '../../pipelines/warehouse/prelude.ts';
import { printCost } from './measured-process.ts';

const [folder = '', spill = ''] = process.argv.slice(2);
const definitions = loadDefinitions();
const lake = createFolderLake(folder);
const graph = await readGraph(definitions, createDuckDbWarehouse(lake));
const ledger = await freezeReceipts(lake, []);
const machine = inputTables(definitions, ledger, businessDates(ledger, definitions.datasets), {
  reportingCurrency: 'USD',
});

const limit = process.env['TIDEMARK_MEMORY_LIMIT'];
mkdirSync(spill, { recursive: true });
const instance = await DuckDBInstance.create(':memory:', {
  temp_directory: spill,
  ...(limit !== undefined && { memory_limit: limit }),
});
const connection = await instance.connect();
for (const statement of [...preludeSettings, ...preludeMacros]) await connection.run(statement);

for (const [name, columns] of Object.entries(inputTableColumns(definitions.datasets.get('channels')))) {
  const rows = machine[name as keyof typeof machine];
  const shape = JSON.stringify([Object.fromEntries(columns.map((column) => [column.name, column.type]))]);
  await connection.run(`create table ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})`);
  await connection.run(
    `insert into ${name} select unnest(from_json(cast(? as json), ${quotedString(shape)}), recursive := true)`,
    [JSON.stringify(rows)],
  );
}
const staged = readdirSync(join(folder, 'staged'));
for (const dataset of definitions.datasets.values()) {
  if (dataset.dataset === 'channels') continue;
  const columns = [...dataset.columns, ...provenanceColumns].map(
    ({ name, type }) => `cast(null as ${sqlTypes[type]}) as ${name}`,
  );
  const select = staged.includes(dataset.dataset)
    ? `select * from read_parquet(${quotedString(join(folder, 'staged', dataset.dataset, '**', '*.parquet'))}, hive_partitioning = false)`
    : `select ${columns.join(', ')} where false`;
  await connection.run(`create view staged_${dataset.dataset} as ${select}`);
}
for (const [name] of graph) {
  const model = definitions.models.get(name);
  if (!model) throw new Error(`no model ${name}`);
  const kind = model.materialized === 'view' ? 'view' : 'table';
  await connection.run(`create ${kind} ${name} as ${model.sql.trim().replace(/;$/, '')}`);
  if (kind === 'view') continue;
  await connection.run(`copy ${name} to ${quotedString(join(spill, `${name}.parquet`))} (${partFormat})`);
}
printCost();

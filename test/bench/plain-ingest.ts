// What somebody who knows the file would type into DuckDB: typed CSV → zstd Parquet. Arguments: CSV, Parquet, columns as JSON.
import { DuckDBInstance, quotedString } from '@duckdb/node-api';
import { printCost } from './measured-process.ts';

const [csv = '', parquet = '', options = '{}'] = process.argv.slice(2);
const { columns, delimiter } = JSON.parse(options) as { columns: Record<string, string>; delimiter: string };
const struct = Object.entries(columns).map(([name, type]) => `${quotedString(name)}: ${quotedString(type)}`);
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await connection.run(
  `copy (select * from read_csv(${quotedString(csv)}, header = true, delim = ${quotedString(delimiter)}, quote = '"',
     columns = {${struct.join(', ')}})) to ${quotedString(parquet)} (format parquet, compression zstd)`,
);
printCost();

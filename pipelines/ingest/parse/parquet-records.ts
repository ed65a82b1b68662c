import { DuckDBInstance, quotedString } from '@duckdb/node-api';
import type { TableRecord } from './record-reader.ts';

/** The rows of a Parquet file as records of text, in batches; the first record holds the names of the columns. */
export async function* parquetRecords(file: string): AsyncGenerator<TableRecord[]> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: '400MB',
    enable_external_access: 'true',
  });
  const connection = await instance.connect();
  try {
    const result = await connection.stream(
      `select cast(columns(*) as varchar) from read_parquet(${quotedString(file)})`,
    );
    yield [record(1, result.columnNames())];
    let line = 2;
    for await (const rows of result.yieldRows()) {
      yield rows.map((row, at) =>
        record(
          line + at,
          row.map((cell) => (typeof cell === 'string' ? cell : '')),
        ),
      );
      line += rows.length;
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function record(line: number, fields: readonly string[]): TableRecord {
  return { line, fields, raw: fields.join('\t') };
}

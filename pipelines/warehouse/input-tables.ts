import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { type Dataset, sqlTypes } from '../domain/dataset.ts';
import type { InputTables } from './build-session.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import type { TypedColumn } from './staged-sql.ts';

/** Columns of the relations that do not come from staged files. */
export function inputTableColumns(channels: Dataset | undefined): Readonly<Record<keyof InputTables, TypedColumn[]>> {
  return {
    staged_channels: (channels?.columns ?? []).map(({ name, type }) => ({ name, type: sqlTypes[type] })),
    staged_receipts: typed({
      source: 'varchar',
      channel_id: 'varchar',
      dataset: 'varchar',
      file: 'varchar',
      export: 'varchar',
      status: 'varchar',
      rows_in: 'bigint',
      accepted: 'bigint',
      rejected: 'bigint',
      repeated: 'bigint',
      landed_at: 'timestamp',
      exported_at: 'timestamp',
      min_date: 'date',
      max_date: 'date',
      staged_rows: 'bigint',
    }),
    staged_reject_reasons: typed({
      source: 'varchar',
      export: 'varchar',
      reason: 'varchar',
      count: 'bigint',
      example_line: 'bigint',
    }),
    run_settings: typed({ as_of: 'date', reporting_currency: 'varchar' }),
    calendar: typed({
      day: 'date',
      week: 'date',
      month: 'date',
      quarter: 'date',
      year: 'bigint',
      day_of_week: 'bigint',
    }),
    zone_offsets: typed({ timezone: 'varchar', from_at: 'timestamp', until_at: 'timestamp', offset_minutes: 'bigint' }),
  };
}

/** Lays the machine's own rows into tables under `build`. */
export async function createInputTables(
  engine: DuckDbEngine,
  rows: InputTables,
  channels: Dataset | undefined,
): Promise<void> {
  const columns = inputTableColumns(channels);
  for (const name of Object.keys(columns) as (keyof InputTables)[]) {
    const fields = columns[name].map((column) => `${quotedIdentifier(column.name)} ${column.type}`);
    await engine.run(`create table build.${name} (${fields.join(', ')})`);
    await engine.run(
      `insert into build.${name}
       select unnest(from_json(cast(? as json), ${quotedString(JSON.stringify([shapeOf(columns[name])]))}), recursive := true)`,
      [JSON.stringify(rows[name])],
    );
  }
}

function shapeOf(columns: readonly TypedColumn[]): Record<string, string> {
  return Object.fromEntries(columns.map(({ name, type }) => [name, type]));
}

function typed(types: Record<string, string>): TypedColumn[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }));
}

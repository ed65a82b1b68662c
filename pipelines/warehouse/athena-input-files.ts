import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { quotedString } from '@duckdb/node-api';
import type { BuildRequest, InputTables, ReadablePart } from './build-session.ts';
import { DuckDbEngine } from './duckdb-engine.ts';
import { createInputTables, inputTableColumns } from './input-tables.ts';
import type { LakeObjects } from './warehouse.ts';

/** Puts the machine's own rows into the lake as Parquet files named by their content, for Athena to read. */
export async function putInputFiles(
  request: BuildRequest,
  objects: LakeObjects,
): Promise<ReadonlyMap<string, readonly ReadablePart[]>> {
  const channels = request.catalog.datasets.find(({ dataset }) => dataset === 'channels');
  const columns = inputTableColumns(channels);
  const files = new Map<string, readonly ReadablePart[]>();
  const engine = await DuckDbEngine.open({});
  try {
    await engine.run('create schema build');
    await createInputTables(engine, request.tables, channels);
    for (const relation of Object.keys(columns) as (keyof InputTables)[]) {
      const content = JSON.stringify([columns[relation], request.tables[relation]]);
      const id = createHash('sha256').update(content).digest('hex').slice(0, 32);
      const key = `build/inputs/${relation}/${id}/rows.parquet`;
      const file = join(request.scratch, `${relation}.parquet`);
      await engine.run(`copy build.${relation} to ${quotedString(file)} (format parquet)`);
      await objects.putFile(key, file);
      files.set(relation, [{ month: null, paths: [objects.address(key)] }]);
    }
  } finally {
    engine.close();
  }
  return files;
}

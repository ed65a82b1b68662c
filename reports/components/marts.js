import { browser } from '$app/environment';
import { base } from '$app/paths';
import { initDB, query, setParquetURLs, updateSearchPath } from '@evidence-dev/universal-sql/client-duckdb';

const manifestPath = `${base}/data/manifest.json`;

/** Reads which data files make up the release on show: `{version, release, as_of, tables: {name: path}}`. */
export async function loadMarts() {
  const response = await fetch(manifestPath, { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${manifestPath}: HTTP ${response.status}`);
  return response.json();
}

/**
 * Loads the tables into the browser's DuckDB. They are Arrow streams, which it reads by itself; for Parquet it would ask
 * an outside host for an extension.
 */
export async function openMarts(manifest) {
  const streams = Promise.all(Object.entries(manifest.tables).map(fetchTable));
  await initDB();
  const engine = window[Symbol.for('EVIDENCE_QUERY_ENGINE')];
  const connection = await engine.connect();
  // A clear error instead of a request to extensions.duckdb.org.
  await connection.query('set autoload_known_extensions = false');
  await connection.query('create schema if not exists marts');
  for (const { name, bytes } of await streams) {
    await connection.insertArrowFromIPCStream(bytes, { schema: 'marts', name, create: true });
  }
  await connection.close();
  // Tells Evidence that the tables stand; it has none of its own to open.
  await setParquetURLs({}, { append: true });
  await updateSearchPath(['marts']);
  return { query };
}

async function fetchTable([name, path]) {
  const response = await fetch(`${base}/data/${path}`);
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
  return { name, bytes: new Uint8Array(await response.arrayBuffer()) };
}

/** Shows a newer release as soon as there is one: looks every few seconds while somebody looks at the page. */
export function followReleases(manifest, everyMilliseconds = 2000) {
  if (!browser) return () => {};
  const timer = setInterval(async () => {
    if (document.hidden) return;
    const latest = await loadMarts().catch(() => manifest);
    if (latest.version !== manifest.version) location.reload();
  }, everyMilliseconds);
  return () => clearInterval(timer);
}

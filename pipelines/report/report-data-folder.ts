import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress } from 'node:zlib';
import type { Publication, PublishResult, ReportData, ReportTable } from './report.ts';

/** Files that no manifest names are kept for readers that still hold an older one. */
const keptMilliseconds = 60 * 60 * 1000;

/**
 * Keeps the report's data in a folder: `marts/<table>/<hash>.arrow` (with `.br` beside it) and `manifest.json`, which is
 * renamed into place when everything that it names is there.
 */
export function createReportDataFolder(folder: string): ReportData {
  return { folder, publish: (publication) => publishInto(folder, publication) };
}

async function publishInto(folder: string, publication: Publication): Promise<PublishResult> {
  const scratch = join(
    folder,
    `.incoming-${process.pid}-${createHash('sha1').update(folder).digest('hex').slice(0, 6)}`,
  );
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  try {
    const tables: Record<string, string> = {};
    const written: string[] = [];
    let bytes = 0;
    for (const table of publication.tables) {
      const stored = await storeTable({ folder, scratch, table, publication });
      tables[table.name] = stored.path;
      bytes += stored.bytes;
      if (stored.isNew) written.push(table.name);
    }
    const unchanged = Object.keys(tables).filter((name) => !written.includes(name));
    const version = await swapManifest(folder, scratch, { ...publication.facts, tables });
    await removeOld(folder, new Set(Object.values(tables)), publication.now);
    return { version, written, unchanged, bytes };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface StoreRequest {
  readonly folder: string;
  readonly scratch: string;
  readonly table: ReportTable;
  readonly publication: Publication;
}

async function storeTable(request: StoreRequest): Promise<{ path: string; bytes: number; isNew: boolean }> {
  const { folder, scratch, table, publication } = request;
  const incoming = join(scratch, `${table.name}.arrow`);
  if (table.kind === 'query') await publication.writeQuery(table.sql, incoming);
  else await writeRows(table, incoming);
  const path = `marts/${table.name}/${await hashOf(incoming)}.arrow`;
  const target = join(folder, path);
  const { size } = await stat(incoming);
  if (existsSync(target) && existsSync(`${target}.br`)) return { path, bytes: size, isNew: false };
  await compress(incoming);
  await mkdir(join(folder, 'marts', table.name), { recursive: true });
  await rename(`${incoming}.br`, `${target}.br`);
  await rename(incoming, target);
  return { path, bytes: size, isNew: true };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex').slice(0, 32);
}

/** Arrow streams are not compressed by themselves and shrink to a tenth; a low level keeps a refresh quick. */
async function compress(file: string): Promise<void> {
  const brotli = createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
  await pipeline(createReadStream(file), brotli, createWriteStream(`${file}.br`));
}

async function swapManifest(
  folder: string,
  scratch: string,
  content: Readonly<Record<string, unknown>>,
): Promise<string> {
  const version = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
  const incoming = join(scratch, 'manifest.json');
  await writeFile(incoming, `${JSON.stringify({ version, ...content }, undefined, 2)}\n`);
  await rename(incoming, join(folder, 'manifest.json'));
  return version;
}

async function removeOld(folder: string, named: ReadonlySet<string>, now: Date): Promise<void> {
  const marts = join(folder, 'marts');
  for (const name of await readdir(marts, { recursive: true })) {
    const path = `marts/${name.replaceAll('\\', '/')}`;
    if (!/\.arrow(\.br)?$/.test(path) || named.has(path.replace(/\.br$/, ''))) continue;
    const { mtimeMs } = await stat(join(folder, path));
    if (now.getTime() - mtimeMs > keptMilliseconds) await rm(join(folder, path), { force: true });
  }
}

/** Arrow takes long to load, and most commands never need it. */
async function writeRows(table: Extract<ReportTable, { kind: 'rows' }>, file: string): Promise<void> {
  const { writeArrowStream } = await import('./arrow-stream.ts');
  await writeArrowStream(table, file);
}

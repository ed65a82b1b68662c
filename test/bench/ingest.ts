import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import type { ContractColumn } from '../../pipelines/domain/contract.ts';
import { openExportFolder } from '../../pipelines/example/export-folder.ts';
import { generateExports } from '../../pipelines/steps/generate-exports.ts';
import { blowUp } from './blow-up.ts';
import { dltPython } from './dlt-python.ts';
import { type Measured, measure, median } from './measured-process.ts';

/** One comparison of the ingest: a file, what a person would type, and what the product does with the same records. */
interface IngestCase {
  readonly name: string;
  readonly source: string;
  readonly file: string;
  /** What plain DuckDB reads: the same records, in UTF-8. */
  readonly plainFile: string;
  readonly goal: number;
}

export interface IngestFigure {
  readonly name: string;
  readonly megabytes: number;
  readonly lines: number;
  readonly plain: Measured;
  readonly product: Measured;
  /** The same file through dlt; undefined where it is not installed. */
  readonly dlt: Measured | undefined;
  readonly ratio: number;
  readonly goal: number;
}

/** Ingest of a text that has to be mended, and of the same text without damage. */
export interface TolerantFigure {
  readonly name: string;
  readonly megabytes: number;
  readonly product: Measured;
  readonly clean: Measured;
}

const cache = join(process.env['TIDEMARK_CACHE'] ?? join(homedir(), '.cache', 'tidemark'), 'bench');

/** Ingest against plain DuckDB, run alternately; the figure is the ratio of the medians. */
export async function benchIngest(lines: number, repeats: number): Promise<IngestFigure[]> {
  mkdirSync(cache, { recursive: true });
  const figures: IngestFigure[] = [];
  for (const one of await ingestCases(lines)) figures.push(await compare(one, lines, repeats));
  return figures;
}

/** How a clean text is damaged, record by record. */
const damages: Readonly<Record<string, (record: string, at: number) => string>> = {
  'line ends of both kinds': (record, at) => (at % 2 === 0 ? record : `${record}\r`),
  'one record in five damaged': (record, at) => {
    if (at % 10 === 3) return record.replace(',United', ',United "of"');
    return at % 10 === 7 ? `${record},,${at % 100 === 7 ? '\n' : ''}` : record;
  },
  'carriage returns for line ends': (record) => record,
};

/** Ingest of texts that have to be mended. None without the real export. */
export async function benchTolerant(lines: number): Promise<TolerantFigure[]> {
  const plain = join(cache, `uci-${lines}.csv`);
  if (!existsSync(plain)) return [];
  const clean = await ingestUci(plain);
  const figures: TolerantFigure[] = [];
  for (const [name, damage] of Object.entries(damages)) {
    const file = join(cache, `uci-${name.replaceAll(' ', '-')}-${lines}.csv`);
    if (!existsSync(file))
      await damageFile(plain, file, { damage, newline: name.startsWith('carriage') ? '\r' : '\n' });
    figures.push({ name, megabytes: statSync(file).size / 1e6, product: await ingestUci(file), clean });
  }
  return figures;
}

async function ingestUci(file: string): Promise<Measured> {
  const work = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const measured = await measure(script('product-ingest.ts'), [file, work, 'uci_online_retail']);
  rmSync(work, { recursive: true, force: true });
  return measured;
}

async function damageFile(
  from: string,
  to: string,
  { damage, newline }: { readonly damage: (record: string, at: number) => string; readonly newline: string },
): Promise<void> {
  await pipeline(
    createInterface({ input: createReadStream(from, 'utf8') }),
    async function* (records: AsyncIterable<string>) {
      let at = 0;
      for await (const record of records) {
        // The header stays as it is.
        yield (at === 0 ? record : damage(record, at)) + newline;
        at += 1;
      }
    },
    createWriteStream(to),
  );
}

async function compare(one: IngestCase, lines: number, repeats: number): Promise<IngestFigure> {
  const work = join(tmpdir(), `tidemark-bench-${process.pid}`);
  const plain: Measured[] = [];
  const product: Measured[] = [];
  const dlt: Measured[] = [];
  const python = await dltPython(cache);
  for (let run = 0; run < repeats; run++) {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    plain.push(
      await measure(script('plain-ingest.ts'), [one.plainFile, join(work, 'plain.parquet'), await plainOptions(one)]),
    );
    product.push(await measure(script('product-ingest.ts'), [one.file, join(work, 'lake'), one.source]));
    if (python !== undefined) {
      dlt.push(await measure(script('dlt-ingest.py'), [one.plainFile, work, await plainOptions(one)], python));
    }
  }
  rmSync(work, { recursive: true, force: true });
  const [a, b] = [median(plain), median(product)];
  const megabytes = Math.round(statSync(one.file).size / 1e6);
  return {
    name: one.name,
    megabytes,
    lines,
    plain: a,
    product: b,
    dlt: dlt.length === 0 ? undefined : median(dlt),
    ratio: b.seconds / a.seconds,
    goal: one.goal,
  };
}

export async function ingestCases(lines: number): Promise<IngestCase[]> {
  const exports = await exampleExports();
  const cases: IngestCase[] = [];
  const shop = await blownUp(join(exports, 'web_shop'), 'orders_export', lines, (record, copy) =>
    record.replace(/^#/, `#${copy}x`),
  );
  cases.push({
    name: 'generated shop export, UTF-8',
    source: 'shopify_orders',
    file: shop,
    plainFile: shop,
    goal: 2.5,
  });
  const items = await blownUp(join(exports, 'tmall'), 'ExportItemList', lines, (record, copy) =>
    record.replace(/^("?\t?)/, `$1${copy + 10}`),
  );
  const utf8 = `${items}.utf8.csv`;
  if (!existsSync(utf8)) await decode(items, utf8);
  cases.push({
    name: 'generated marketplace export, GB18030',
    source: 'tmall_order_items',
    file: items,
    plainFile: utf8,
    goal: 3,
  });
  const real = join(process.env['TIDEMARK_SHARED_DATA'] ?? '../shared/data', 'uci_online_retail_2009_2010.csv.gz');
  if (existsSync(real)) {
    const unpacked = join(cache, 'uci.csv');
    if (!existsSync(unpacked)) writeFileSync(unpacked, gunzipSync(await readFile(real)));
    const file = join(cache, `uci-${lines}.csv`);
    if (!existsSync(file))
      await blowUp(unpacked, file, { lines, distinguish: (record, copy) => record.replace(/^([CA]?)/, `$1${copy}`) });
    cases.push({
      name: 'real shop export (UCI), blown up',
      source: 'uci_online_retail',
      file,
      plainFile: file,
      goal: 2.5,
    });
  }
  return cases;
}

/** A month of the fictional company, large enough that copies of it look like more of the same. */
async function exampleExports(): Promise<string> {
  const folder = join(cache, 'example-month');
  if (existsSync(join(folder, 'planted.json'))) return folder;
  await generateExports({ orders: 300_000, days: 30 }, { folder: openExportFolder(folder) });
  return folder;
}

async function blownUp(
  folder: string,
  prefix: string,
  lines: number,
  distinguish: (record: string, copy: number) => string,
): Promise<string> {
  const file = join(cache, `${prefix}-${lines}.csv`);
  if (existsSync(file)) return file;
  const [source] = readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .sort((a, b) => statSync(join(folder, b)).size - statSync(join(folder, a)).size);
  await blowUp(join(folder, source ?? prefix), file, { lines, distinguish });
  return file;
}

/** Columns as a person who knows the export would type them. */
async function plainOptions({ plainFile, source }: IngestCase): Promise<string> {
  const contract = loadDefinitions().contracts.get(source);
  const header = await firstLine(plainFile);
  const names = header.replace(/^\ufeff/, '').split(',');
  const columns = Object.fromEntries(
    names.map((name) => {
      const plain = name.replace(/^"|"$/g, '');
      return [plain, plainType(contract?.columns.find((column) => column.headers.includes(plain.trim())))];
    }),
  );
  return JSON.stringify({ columns, delimiter: ',' });
}

/** The same records in UTF-8, for the peer that reads nothing else. */
async function decode(from: string, to: string): Promise<void> {
  const decoder = new TextDecoder('gb18030', { fatal: true });
  await pipeline(
    createReadStream(from),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    },
    createWriteStream(to),
  );
}

async function firstLine(file: string): Promise<string> {
  const lines = createInterface({ input: createReadStream(file, { encoding: 'utf8' }) });
  for await (const line of lines) return line;
  return '';
}

function plainType(column: ContractColumn | undefined): string {
  const isPlainTime = column?.formats === undefined;
  switch (column?.type) {
    case 'integer':
      return 'bigint';
    case 'decimal':
      return 'decimal(18,4)';
    case 'datetime':
      return isPlainTime ? 'timestamp' : 'varchar';
    default:
      return 'varchar';
  }
}

export function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

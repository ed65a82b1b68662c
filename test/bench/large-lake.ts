import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, quotedString } from '@duckdb/node-api';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { type Dataset, provenanceColumns, sqlTypes } from '../../pipelines/domain/dataset.ts';
import type { Receipt, StagedPart } from '../../pipelines/domain/receipt.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';

/** A history of equal months, as an ingest of one export a month leaves it; a smaller one has the same shape. */
export interface History {
  readonly lines: number;
  readonly months: number;
  readonly customers: number;
}

const source = 'shopify_orders';
const linesPerOrder = 2.5;
/** First day after the history: in the middle of a month, so that a part of half a month has to take it in. */
const dayAfter = '2026-01-16';

/** Writes the staged files and receipts of a whole history; `lake` is a folder. */
export async function writeHistory(lake: string, history: History): Promise<void> {
  await withConnection(async (connection) => {
    const perMonth = Math.round(history.lines / history.months);
    for (let back = history.months; back >= 1; back--) {
      const first = `(date '${dayAfter}' - interval ${back} month)`;
      const days = `date_diff('day', ${first}, date '${dayAfter}' - interval ${back - 1} month)`;
      const batch = { name: `month-${back}`, lines: perMonth, first, days, customers: history.customers };
      await deliver(connection, lake, batch);
    }
  });
}

/** Delivers the export of the day after the history. */
export async function writeNextDay(lake: string, history: History, lines: number): Promise<void> {
  await withConnection((connection) =>
    deliver(connection, lake, {
      name: 'next-day',
      lines,
      first: `date '${dayAfter}'`,
      days: '1',
      customers: history.customers,
    }),
  );
}

interface Batch {
  readonly name: string;
  readonly lines: number;
  /** SQL of the first day and of the number of days. */
  readonly first: string;
  readonly days: string;
  readonly customers: number;
}

async function deliver(connection: DuckDBConnection, lake: string, batch: Batch): Promise<void> {
  const sha = createHash('sha256').update(JSON.stringify(batch)).digest('hex');
  const orders = Math.max(1, Math.round(batch.lines / linesPerOrder));
  await connection.run(`create or replace temp table placed as
    select *, cast(ordered_at as date) as ordered_date from (
      select ${quotedString(batch.name)} || '-' || i as order_id,
        cast(${batch.first} as timestamp) + to_seconds(cast(i as bigint) * 86399 * ${batch.days} // ${orders}) as ordered_at,
        'p1_' || md5(cast(hash(i, ${quotedString(batch.name)}) % ${batch.customers} as varchar)) as customer_ref,
        cast(20 + hash(i) % 30000 / 100.0 as decimal(18,4)) as amount,
        hash(i, 7) % 100 as luck
      from range(${orders}) as r(i))`);
  const staged = [
    await stage(connection, { lake, sha, dataset: 'orders', columns: orderColumns, from: 'placed' }),
    await stage(connection, {
      lake,
      sha,
      dataset: 'order_lines',
      columns: lineColumns,
      from: lineRows(batch.lines, orders),
    }),
  ];
  const landed = '2026-01-17T00:00:00.000Z';
  const receipt: Receipt = {
    ...{ version: 1, file: `orders_${batch.name}.csv`, export: sha, source, dataset: 'orders', status: 'accepted' },
    ...{ rows_in: batch.lines, accepted: batch.lines, rejected: 0, repeated: 0, reasons: [], notes: [], attempt: 1 },
    ...{
      raw_key: null,
      quarantine_key: null,
      staged,
      bytes: 0,
      contract: null,
      landed_at: landed,
      exported_at: landed,
    },
  };
  await createFolderLake(lake).create(`receipts/${source}/${sha}/1.json`, Buffer.from(JSON.stringify(receipt)));
}

const orderColumns: Readonly<Record<string, string>> = {
  channel_id: `'web_shop'`,
  order_id: 'order_id',
  ordered_at: 'ordered_at',
  ordered_date: 'ordered_date',
  paid_at: 'case when luck < 95 then ordered_at + interval 5 minute end',
  cancelled_at: 'case when luck >= 97 then ordered_at + interval 2 hour end',
  status: `case when luck >= 97 then 'cancelled' when luck < 95 then 'shipped' else 'placed' end`,
  customer_ref: 'customer_ref',
  region: `'NY'`,
  currency: `'USD'`,
  items_amount: 'amount',
  shipping_amount: '0',
  discount_amount: '0',
  total_amount: 'amount',
  paid_amount: 'case when luck < 95 then amount else 0 end',
  refunded_amount: 'case when luck < 4 then amount else 0 end',
};

const lineColumns: Readonly<Record<string, string>> = {
  channel_id: `'web_shop'`,
  order_id: 'order_id',
  line_id: 'line_id',
  ordered_at: 'ordered_at',
  ordered_date: 'ordered_date',
  product_id: `'P' || hash(order_id, line_id) % 5000`,
  product_name: `'Product ' || hash(order_id, line_id) % 5000`,
  quantity: '1 + hash(line_id, order_id) % 3',
  unit_price: 'amount',
  discount_amount: '0',
  line_amount: 'amount * (1 + hash(line_id, order_id) % 3)',
  kind: `'sale'`,
  customer_ref: 'customer_ref',
  region: `'NY'`,
  currency: `'USD'`,
};

/** Orders have two and three lines by turns, in the order of the file. */
function lineRows(lines: number, orders: number): string {
  return `(select placed.*, cast(n as varchar) as line_id from placed, range(1, 4) as l(n)
    where n <= 2 or hash(order_id) % ${Math.max(1, orders)} < ${Math.max(0, lines - 2 * orders)}) as lines`;
}

interface Staging {
  readonly lake: string;
  readonly sha: string;
  readonly dataset: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly from: string;
}

async function stage(
  connection: DuckDBConnection,
  { lake, sha, dataset, columns, from }: Staging,
): Promise<StagedPart> {
  const definition = loadDefinitions().datasets.get(dataset) as Dataset;
  const provenance: Readonly<Record<string, string>> = {
    source: quotedString(source),
    _export: quotedString(sha),
    _line: 'row_number() over ()',
    _exported_at: `timestamp '2026-01-17'`,
    _write: dataset === 'orders' ? `'upsert'` : `'replace_scope'`,
    _carried: quotedString(`,${Object.keys(columns).join(',')},`),
    _scope: 'cast(hash(concat_ws(chr(31), channel_id, order_id)) >> 1 as bigint)',
    _extra: 'null',
  };
  const select = [
    ...definition.columns.map(({ name, type }) => `cast(${columns[name] ?? 'null'} as ${sqlTypes[type]}) as ${name}`),
    ...provenanceColumns.map(({ name, type }) => `cast(${provenance[name]} as ${sqlTypes[type]}) as ${name}`),
  ];
  const key = `staged/${dataset}/${source}/${sha}/1-bench/part-0000.parquet`;
  const file = join(lake, key);
  mkdirSync(join(file, '..'), { recursive: true });
  await connection.run(
    `copy (select ${select.join(', ')} from (select *, 'web_shop' as channel_id from ${from}))
     to ${quotedString(file)} (format parquet, compression zstd)`,
  );
  const reader = await connection.runAndReadAll(
    `select count(*), min(ordered_date)::varchar, max(ordered_date)::varchar from read_parquet(${quotedString(file)})`,
  );
  const [rows, min_date, max_date] = reader.getRowsJson()[0] as [string, string, string];
  return { dataset, key, rows: Number(rows), bytes: statSync(file).size, min_date, max_date, undated: 0 };
}

async function withConnection(use: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '4GB' });
  const connection = await instance.connect();
  try {
    await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

import { createHash } from 'node:crypto';
import type { Definitions } from '../definitions.ts';
import { type BusinessDates, countingReceipts, type Ledger, sourcesWriting } from '../domain/ledger.ts';
import type { ModelGraph, ModelNode } from '../domain/model-graph.ts';
import { martShapes } from '../domain/release.ts';
import { zoneOffsets } from '../domain/zone-offsets.ts';
import type { InputTables, WriteModes } from '../warehouse/build-session.ts';
import type { Row, WarehouseCatalog } from '../warehouse/warehouse.ts';

export interface BuildSettings {
  /** ISO 4217 code in which money KPIs are stated. */
  readonly reportingCurrency: string;
  /**
   * From more than this share of new rows on, everything is computed: that is cheaper than looking for what is touched.
   * Default 0.3.
   */
  readonly largeChange?: number;
}

/** Rows of the relations that do not come from staged files. */
export function inputTables(
  definitions: Definitions,
  ledger: Ledger,
  dates: BusinessDates,
  settings: BuildSettings,
): InputTables {
  const counting = countingReceipts(ledger);
  return {
    staged_channels: channelRows(definitions),
    staged_receipts: counting.flatMap(({ receipt }) => receiptRows(definitions, receipt)),
    staged_reject_reasons: counting.flatMap(({ receipt }) =>
      receipt.reasons.map((reason) => ({ source: receipt.source, export: receipt.export, ...reason })),
    ),
    run_settings: [{ as_of: dates.as_of, reporting_currency: settings.reportingCurrency }],
    calendar: calendarRows(dates),
    zone_offsets: zoneRows(definitions, dates),
  };
}

/** Channels as contracts state them; of several contracts for one channel, the first by id describes it. */
function channelRows(definitions: Definitions): Row[] {
  const rows = new Map<string, Row>();
  for (const { channel, timezone, currency } of definitions.contracts.values()) {
    if (rows.has(channel.channel_id)) continue;
    const { partner = null, opened_on = null, owner = null, region = null, ...rest } = channel;
    rows.set(channel.channel_id, { ...rest, partner, opened_on, owner, region, timezone, currency });
  }
  return [...rows.values()].sort((a, b) => (String(a['channel_id']) < String(b['channel_id']) ? -1 : 1));
}

/** One row per file and dataset that it fed; a file that fed none has one row. */
function receiptRows(definitions: Definitions, receipt: Ledger[number]['receipt']): Row[] {
  const fed = [...new Set(receipt.staged.map((part) => part.dataset))].sort();
  const datasets = fed.length === 0 ? [receipt.dataset] : fed;
  return datasets.map((dataset) => {
    const parts = receipt.staged.filter((part) => part.dataset === dataset);
    const { source, file, status, rows_in, accepted, rejected, repeated, landed_at, exported_at } = receipt;
    return {
      ...{ source, dataset, file, export: receipt.export, status, rows_in, accepted, rejected, repeated },
      channel_id: definitions.contracts.get(source)?.channel.channel_id ?? null,
      landed_at: withoutZone(landed_at),
      exported_at: withoutZone(exported_at),
      min_date: parts.flatMap((part) => part.min_date ?? []).sort()[0] ?? null,
      max_date:
        parts
          .flatMap((part) => part.max_date ?? [])
          .sort()
          .at(-1) ?? null,
      staged_rows: parts.reduce((sum, part) => sum + part.rows, 0),
    };
  });
}

/** Receipts state instants in UTC, and so do timestamps of staged rows. */
function withoutZone(instant: string): string {
  return new Date(instant).toISOString().slice(0, -1);
}

function calendarRows({ from, as_of }: BusinessDates): Row[] {
  if (from === null || as_of === null) return [];
  const rows: Row[] = [];
  for (const at = new Date(from); at.toISOString().slice(0, 10) <= as_of; at.setUTCDate(at.getUTCDate() + 1)) {
    const day = at.toISOString().slice(0, 10);
    const weekday = at.getUTCDay() === 0 ? 7 : at.getUTCDay();
    const monday = new Date(at);
    monday.setUTCDate(at.getUTCDate() - weekday + 1);
    const quarterMonth = String(Math.floor(at.getUTCMonth() / 3) * 3 + 1).padStart(2, '0');
    rows.push({
      day,
      week: monday.toISOString().slice(0, 10),
      month: `${day.slice(0, 7)}-01`,
      quarter: `${day.slice(0, 4)}-${quarterMonth}-01`,
      year: at.getUTCFullYear(),
      day_of_week: weekday,
    });
  }
  return rows;
}

/** Offsets of the channels' zones. Whole years, so that they change with the year and not with every new day. */
function zoneRows(definitions: Definitions, { from, as_of }: BusinessDates): Row[] {
  if (from === null || as_of === null) return [];
  const [first, last] = [from, as_of].map((day) => Number(day.slice(0, 4)));
  const zones = [...new Set([...definitions.contracts.values()].map(({ timezone }) => timezone))].sort();
  return zones.flatMap((zone) => zoneOffsets(zone, (first ?? 0) - 1, (last ?? 0) + 1).map((row) => ({ ...row })));
}

export function catalogOf(definitions: Definitions): WarehouseCatalog {
  return { datasets: [...definitions.datasets.values()], models: [...definitions.models.values()] };
}

export function writeModes(definitions: Definitions): WriteModes {
  const contracts = [...definitions.contracts.values()];
  return { replacing: sourcesWriting(contracts, 'replace_scope'), upserting: sourcesWriting(contracts, 'upsert') };
}

/**
 * What each relation is made by, as hashes: a materialised model with the views that it inlines, a dataset with the way
 * in which its rows add up, a table with its rows.
 */
export function fingerprints(
  definitions: Definitions,
  graph: ModelGraph,
  tables: InputTables,
  engine: string,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, node] of graph) {
    if (node.model.materialized === 'parts') found[name] = hash([engine, ...textsOf(node, graph)]);
  }
  const views = [...graph.values()].map(({ model }) => model).filter((model) => model.materialized === 'view');
  found['views over marts'] = hash(martShapes(views));
  const writes = writeModes(definitions);
  for (const [name, dataset] of definitions.datasets) {
    const modes = [writes.replacing.get(name) ?? [], writes.upserting.get(name) ?? []].map((set) => [...set].sort());
    const { columns, key, scope, event, date_column } = dataset;
    found[`staged_${name}`] = hash([
      columns.map((column) => [column.name, column.type]),
      key,
      scope,
      event,
      date_column,
      modes,
    ]);
  }
  for (const table of ['staged_channels', 'staged_receipts', 'staged_reject_reasons', 'zone_offsets'] as const) {
    found[`rows of ${table}`] = hash(tables[table]);
  }
  found['rows of run_settings'] = hash(tables.run_settings[0]?.['reporting_currency']);
  return found;
}

function textsOf({ model, reads }: ModelNode, graph: ModelGraph): unknown[] {
  const { sql, materialized, rebuild, month_of, reads_months_after, reads_months_before, columns } = model;
  const extent = [materialized, rebuild, month_of, reads_months_after, reads_months_before];
  const views = reads.flatMap((name) => {
    const node = graph.get(name);
    return node?.model.materialized === 'view' ? textsOf(node, graph) : [];
  });
  const types = columns.map((column) => [column.name, column.type]);
  const keys = model.rebuild === 'key' ? [model.key, model.known_as] : [];
  return [[sql, ...extent, model.reads_all_before ?? [], model.part_span ?? 'month', types, ...keys], ...views];
}

function hash(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex')
    .slice(0, 16);
}

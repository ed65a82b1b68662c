import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { type Dataset, type DatasetColumn, sqlTypes } from '../../domain/dataset.ts';
import { type ContractPlan, type OutputPlan, referencedColumns } from '../plan/contract-plan.ts';
import { customerRef, lastingSql, linksBetweenKeys, linksInRecords } from './person-sql.ts';
import type { OutputTypes } from './record-sql.ts';
import { localDate, utcTime } from './time-sql.ts';
import type { Zone } from './zone-sql.ts';

/** What every row of a file carries besides its own columns. */
export interface Provenance {
  readonly sha: string;
  readonly exportedAt: Date;
}

/** SQL: every expression of an output under its dataset column, so that the engine can name their types. */
export function outputExpressions(output: OutputPlan): string {
  const columns = Object.entries(output.output.columns);
  return columns.map(([name, sql]) => `(${sql}) as ${quotedIdentifier(name)}`).join(', ');
}

/** SQL: the rows of one dataset, all its columns in order and the provenance behind them. */
export function outputRows(
  plan: ContractPlan,
  output: OutputPlan,
  {
    types,
    records,
    provenance,
  }: { readonly types: OutputTypes; readonly records: string; readonly provenance: Provenance },
): string {
  const { dataset } = output;
  const judged = new Map(
    judgedColumns(plan, output, { at: plan.outputs.indexOf(output), types }).map(({ name, alias }) => [name, alias]),
  );
  const columns = dataset.columns.map((column) => {
    const sql = judged.get(column.name) ?? columnExpression(plan, output, column, types);
    return `${sql} as ${quotedIdentifier(column.name)}`;
  });
  const when = output.output.when === undefined ? '' : ` and (${output.output.when})`;
  const rows = `select ${columns.join(', ')}, _line, ${extraSql(plan)} as _extra from (${records}) where _reject is null${when}`;
  const names = dataset.columns.map(({ name }) => quotedIdentifier(name)).join(', ');
  return `select ${names}, ${provenanceSql(plan, output, provenance)} from (${rows})`;
}

/** SQL: rows of `customer_identifiers`: which pseudonyms are one person, as the records of a file tell. */
export function identifierRows(
  plan: ContractPlan,
  dataset: Dataset,
  {
    records,
    provenance,
    tables,
  }: { readonly records: string; readonly provenance: Provenance; readonly tables: readonly string[] },
): string {
  const channel = constantText(plan.contract.channel.channel_id);
  const links = linksBetweenKeys(plan, { records, tables, links: linksInRecords(plan, records) });
  const rows = `select ${channel} as channel_id, identifier_ref, kind, customer_ref, _line, cast(null as varchar) as _extra from (${links})`;
  const names = dataset.columns.map(({ name }) => quotedIdentifier(name)).join(', ');
  const output: OutputPlan = {
    output: { dataset: dataset.dataset, write: 'upsert', columns: {} },
    dataset,
    madeKey: undefined,
    carried: dataset.columns.map(({ name }) => name),
  };
  return `select ${names}, ${provenanceSql(plan, output, provenance)} from (${rows})`;
}

/** Columns of the contract that an output's rows are numbered by, where the export has no key for them. */
export function numberedBy(plan: ContractPlan, output: OutputPlan): string[] {
  const { order_id: order, product_id: product } = output.output.columns;
  if (output.madeKey !== 'line_id' || product === undefined) return plan.contract.columns.map(({ name }) => name);
  return referencedColumns(`${order ?? ''} ${product}`, plan.contract);
}

/** SQL: what names a row of an output apart from its occurrence number, where the export has no key for it. */
export function naturalKey(plan: ContractPlan, output: OutputPlan): string {
  const product = output.output.columns['product_id'];
  if (output.madeKey === 'line_id' && product !== undefined) return `coalesce(cast((${product}) as varchar), '')`;
  const values = plan.columns
    .filter(({ position }) => position !== undefined)
    .map(({ column }) => `coalesce(cast(${lastingSql(plan, quotedIdentifier(column.name))} as varchar), chr(30))`);
  return `md5(concat_ws(chr(31), ${values.join(', ')}))`;
}

/** A column of an output that may break a rule of its dataset. */
export interface JudgedColumn {
  readonly name: string;
  /** The value, and the name under which records carry it; undefined where it is only computed where the output has a row. */
  readonly sql: string;
  readonly alias: string | undefined;
  /** SQL expression: the reason why the record is refused, else null. */
  readonly fault: string;
}

/** The columns of an output on which its dataset has rules. */
export function judgedColumns(
  plan: ContractPlan,
  output: OutputPlan,
  { at, types }: { readonly at: number; readonly types: OutputTypes },
): JudgedColumn[] {
  const { when } = output.output;
  return output.dataset.columns.flatMap((column) => {
    const stated = output.output.columns[column.name];
    if (stated === undefined || isLiteral(stated)) return [];
    // Where the contract's own column must have a value, its absence has been found before.
    const isChecked = plan.columns.some(
      ({ column: { name, not_null }, position }) => not_null && name === stated && position !== undefined,
    );
    const sql = columnExpression(plan, output, column, types);
    const alias = when === undefined ? quotedIdentifier(`_output${at}_${column.name}`) : undefined;
    const branches = faultBranches(isChecked ? { ...column, required: false } : column, alias ?? sql, stated);
    if (branches.length === 0) return [];
    const judged = `case ${branches.join(' ')} end`;
    return [
      { name: column.name, sql, alias, fault: when === undefined ? judged : `case when (${when}) then ${judged} end` },
    ];
  });
}

function faultBranches(column: DatasetColumn, value: string, stated: string): string[] {
  const reason = (code: string): string => quotedString(`${code}:${column.name}`);
  const branches: string[] = [];
  if (column.required) branches.push(`when ${value} is null then ${reason('missing')}`);
  else if (isComputedNumber(column, stated)) {
    branches.push(`when ${value} is null then case when (${stated}) is not null then ${reason('out_of_range')} end`);
  }
  if (column.minimum !== undefined) branches.push(`when ${value} < ${column.minimum} then ${reason('out_of_range')}`);
  if (column.values !== undefined) {
    const known = column.values.map((word) => quotedString(word)).join(', ');
    branches.push(`when not list_contains([${known}], ${value}) then ${reason('unknown_value')}`);
  }
  return branches;
}

function isComputedNumber(column: DatasetColumn, stated: string): boolean {
  return (column.type === 'decimal' || column.type === 'integer') && !/^\w+$/.test(stated);
}

function isLiteral(sql: string): boolean {
  return /^(?:'(?:[^']|'')*'|[0-9.]+)$/.test(sql.trim());
}

function columnExpression(plan: ContractPlan, output: OutputPlan, column: DatasetColumn, types: OutputTypes): string {
  const stated = output.output.columns[column.name];
  if (stated !== undefined) return converted(keyed(plan, output, column, stated), column, types.get(column.name), plan);
  const { contract } = plan;
  if (column.name === 'channel_id') return constantText(contract.channel.channel_id);
  if (column.name === 'currency') return constantText(contract.currency);
  if (column.name === 'customer_ref' && plan.persons.length > 0) return customerRef(plan);
  if (column.name === output.madeKey)
    return `${naturalKey(plan, output)} || coalesce('#' || cast(_occurrence as varchar), '#1')`;
  const event = column.name.endsWith('_date') ? column.name.replace(/_date$/, '_at') : undefined;
  const at = event === undefined ? undefined : output.output.columns[event];
  if (event !== undefined && at !== undefined) return localDate(at, types.get(event), zoneOf(plan, at));
  return `cast(null as ${sqlTypes[column.type]})`;
}

/** What tells rows apart outlasts a rotation of the key. */
function keyed(plan: ContractPlan, { dataset }: OutputPlan, { name, personal }: DatasetColumn, sql: string): string {
  return personal === 'pseudonym' && dataset.key.includes(name) ? lastingSql(plan, sql) : sql;
}

function zoneOf({ zone, zones }: ContractPlan, sql: string): Zone {
  return zones?.get(sql.trim()) ?? zone;
}

function converted(sql: string, column: DatasetColumn, type: string | undefined, plan: ContractPlan): string {
  const target = sqlTypes[column.type];
  if (column.type === 'timestamp') return utcTime(sql, type, zoneOf(plan, sql));
  if (column.type === 'date') return localDate(sql, type, zoneOf(plan, sql));
  if (isLiteral(sql) && column.type === 'text') return constantText(sql.trim().slice(1, -1).replaceAll("''", "'"));
  if (column.type === 'decimal' || column.type === 'integer') return `try_cast((${sql}) as ${target})`;
  return `cast((${sql}) as ${target})`;
}

/** Unknown columns of the file as one JSON text; null where all of them are empty. */
function extraSql(plan: ContractPlan): string {
  const { kept } = plan;
  if (kept.length === 0) return 'cast(null as varchar)';
  const pairs = kept.map(({ header, position }) => `${quotedString(header)}, _c${position}`);
  const cells = kept.map(({ position }) => `_c${position}`);
  return `case when concat(${cells.join(', ')}) <> '' then cast(json_object(${pairs.join(', ')}) as varchar) end`;
}

/** The engine writes an enum far faster than the same text repeated, and a reader sees plain text either way. */
function constantText(text: string): string {
  return `cast(${quotedString(text)} as enum(${quotedString(text)}))`;
}

function provenanceSql(plan: ContractPlan, output: OutputPlan, { sha, exportedAt }: Provenance): string {
  const time = exportedAt.toISOString().replace('T', ' ').replace('Z', '');
  return [
    `${constantText(plan.contract.contract)} as source`,
    `${constantText(sha)} as _export`,
    '_line',
    `timestamp ${quotedString(time)} as _exported_at`,
    `${constantText(output.output.write)} as _write`,
    `${constantText(`,${output.carried.join(',')},`)} as _carried`,
    `${scopeSql(plan, output)} as _scope`,
    '_extra',
  ].join(', ');
}

/** A row without its scope column (a payment of no known order) is a scope of its own. */
function scopeSql({ contract }: ContractPlan, { dataset, output }: OutputPlan): string {
  const own = dataset.key.at(-1) ?? '';
  const text = (name: string): string => {
    if (name === 'channel_id') return quotedString(contract.channel.channel_id);
    const type = dataset.columns.find((column) => column.name === name)?.type;
    return type === 'text' ? quotedIdentifier(name) : `cast(${quotedIdentifier(name)} as varchar)`;
  };
  const isSure = (name: string): boolean =>
    name === 'channel_id' ||
    (output.columns[name] !== undefined && dataset.columns.some((column) => column.name === name && column.required));
  const parts = dataset.scope.map((name) =>
    name === own || isSure(name) ? text(name) : `coalesce(${text(name)}, ${text(own)})`,
  );
  const joined = dataset.scope.every(isSure)
    ? parts.join(' || chr(31) || ')
    : `concat_ws(chr(31), ${parts.join(', ')})`;
  return `cast(hash(${joined}) >> 1 as bigint)`;
}

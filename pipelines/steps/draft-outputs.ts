import { type Dataset, type DatasetColumn, dateColumnOf } from '../domain/dataset.ts';
import type { HeaderWords } from '../domain/header-words.ts';
import type { DraftColumn } from './draft-columns.ts';

/** One output of a drafted contract: dataset column → SQL expression, with remarks for whoever reads it. */
export interface DraftOutput {
  readonly dataset: string;
  readonly write: 'append' | 'upsert' | 'replace_scope';
  /** A condition that is never true keeps rows out until a person has decided. */
  readonly when: string | undefined;
  readonly columns: readonly { readonly name: string; readonly sql: string; readonly remark: string | undefined }[];
}

interface Candidate extends DraftOutput {
  readonly score: number;
  /** Columns that no other dataset shares: what makes it this dataset. */
  readonly own: number;
}

interface Filled {
  readonly name: string;
  readonly source: DraftColumn | undefined;
  readonly sql: string;
  readonly remark: string | undefined;
}

/** Filled where a contract names them not: by the contract itself, its persons, or from the record. */
const filledByMachine = new Set(['channel_id', 'currency', 'customer_ref', 'line_id']);
/** An output has to state something, and this is nothing. */
const nothing = { name: 'region', sql: 'null', remark: undefined };
const family = ['orders', 'order_lines'];

/**
 * Guesses which dataset an export feeds, and how. Orders that stand with their products give both orders and lines. Where
 * no dataset fits, an output that lets no row through is drafted, so that the file is kept and nothing is booked.
 */
export function draftOutputs(
  columns: readonly DraftColumn[],
  datasets: ReadonlyMap<string, Dataset>,
  words: HeaderWords,
): readonly DraftOutput[] {
  const candidates = [...datasets.values()]
    .flatMap((dataset) => candidateOf(dataset, columns, words))
    .sort((a, b) => b.score - a.score);
  const [best] = candidates;
  if (best === undefined) return [{ dataset: 'orders', write: 'upsert', when: 'false', columns: [nothing] }];
  if (!family.includes(best.dataset)) return [best];
  const both = candidates.filter(({ dataset, own }) => family.includes(dataset) && own > 0);
  return both.length > 1 ? both.sort((a, b) => family.indexOf(a.dataset) - family.indexOf(b.dataset)) : [best];
}

function candidateOf(dataset: Dataset, columns: readonly DraftColumn[], words: HeaderWords): Candidate[] {
  const rules = words.datasets[dataset.dataset];
  if (rules === undefined) return [];
  const filled = dataset.columns.flatMap((column): Filled[] => {
    const source = strongest(column, dataset, columns);
    if (source !== undefined) return [{ name: column.name, source, ...expression(column, dataset, source, words) }];
    const constant = rules.constants[column.name];
    if (constant !== undefined) return [{ name: column.name, source, sql: constant, remark: undefined }];
    const assumed = rules.assumed[column.name];
    const remark = `no column states it: ${assumed} is assumed in every record`;
    return assumed === undefined ? [] : [{ name: column.name, source, sql: assumed, remark }];
  });
  const mapped = filled.filter(({ source }) => source !== undefined);
  if (mapped.length < 2 || unfilled(dataset, new Set(filled.map(({ name }) => name)), rules.write).length > 0)
    return [];
  const { needs } = rules;
  if (needs.length > 0 && !mapped.some(({ name }) => needs.includes(name))) return [];
  const keys = mapped.filter(({ name }) => dataset.key.includes(name)).length;
  const event = dataset.event === undefined ? dateColumnOf(dataset) : `${dataset.event}_at`;
  const isDated = mapped.some(({ name }) => name === event);
  const repeats = dataset.key.some((name) => mapped.some((one) => one.name === name && !one.source?.finding.isUnique));
  const doubt = 'a key stands on several records; check that this is not an amount of only one of them';
  const isAmount = (name: string): boolean =>
    dataset.columns.some((one) => one.name === name && one.type === 'decimal');
  const told = filled.map((one) =>
    repeats && dataset.dataset === 'orders' && isAmount(one.name) ? { ...one, remark: doubt } : one,
  );
  const sells = filled.some(({ name }) => name === 'unit_price' || name === 'line_amount');
  const [head, ...rest] = told;
  const noSales = 'no column states what a line was sold for: name unit_price or line_amount, or its sales are 0';
  const warned = dataset.dataset === 'order_lines' && !sells && head ? [{ ...head, remark: noSales }, ...rest] : told;
  const own = mapped.filter(({ source }) => source?.fills.length === 1).length;
  const score = mapped.length + keys * 2 + (isDated ? 1 : 0) + own - (repeats ? 1 : 0);
  return [{ dataset: dataset.dataset, write: rules.write, when: undefined, columns: warned, score, own }];
}

/** The column of the export whose word comes first among those that may fill a dataset column. */
function strongest(column: DatasetColumn, dataset: Dataset, columns: readonly DraftColumn[]): DraftColumn | undefined {
  const target = `${dataset.dataset}.${column.name}`;
  return columns
    .filter((source) => source.fills.includes(target) && fits(source, column))
    .sort((a, b) => a.rank - b.rank)[0];
}

function fits({ type, personal, finding }: DraftColumn, column: DatasetColumn): boolean {
  if (isMoney(column.name) && (type === 'percent' || finding.numbers.isShare)) return false;
  if (finding.filled === 0 && column.required) return false;
  if (personal === 'free_text') return column.personal === 'free_text';
  if (personal !== undefined) return column.personal === 'pseudonym';
  switch (column.type) {
    case 'decimal':
    case 'integer':
    case 'double':
      return ['integer', 'decimal', 'percent', 'duration'].includes(type);
    case 'date':
    case 'timestamp':
      return ['date', 'datetime', 'instant'].includes(type);
    case 'boolean':
      return type === 'boolean';
    case 'text':
      return type !== 'boolean';
  }
}

/** What a share of one, a discount of 0.2 say, must never be added up as. */
export function isMoney(datasetColumn: string): boolean {
  return /(?:amount|price)$/.test(datasetColumn);
}

/** A column with a fixed list of values is translated word by word; what nobody knows is left empty and said. */
function expression(
  column: DatasetColumn,
  dataset: Dataset,
  source: DraftColumn,
  words: HeaderWords,
): { readonly sql: string; readonly remark: string | undefined } {
  if (column.values === undefined) return { sql: source.name, remark: undefined };
  const known = words.values[`${dataset.dataset}.${column.name}`] ?? {};
  const meaning = (cell: string): string | undefined =>
    Object.entries(known).find(([, said]) => said.some((word) => word.toLowerCase() === cell.toLowerCase()))?.[0];
  const branches = source.finding.values.flatMap((cell) => {
    const value = meaning(cell);
    return value === undefined ? [] : [`when ${quoted(cell)} then ${quoted(value)}`];
  });
  const strange = source.finding.values.filter((cell) => meaning(cell) === undefined);
  const doubt = strange.length === 0 ? undefined : `decide what these mean: ${strange.join(', ')}`;
  const remark = source.finding.values.length === 0 ? 'too many different values to translate: decide' : doubt;
  const otherwise = column.required ? ` else ${quoted(column.values[0] ?? '')}` : '';
  if (branches.length === 0) return { sql: column.required ? quoted(column.values[0] ?? '') : 'null', remark };
  return { sql: `case ${source.name} ${branches.join(' ')}${otherwise} end`, remark };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The machine makes the last part of a key, but not where it alone names what an export replaces; appending replaces nothing. */
function unfilled(dataset: Dataset, filled: ReadonlySet<string>, write: DraftOutput['write']): string[] {
  const date = dateColumnOf(dataset);
  const last = dataset.key.at(-1);
  const names = (column: string): boolean => write !== 'append' && dataset.scope.includes(column);
  return dataset.columns
    .filter(({ name, required }) => required && (name !== last || names(name)))
    .map(({ name }) => name)
    .filter((name) => !filled.has(name) && !filledByMachine.has(name))
    .filter((name) => !(name === date && dataset.event !== undefined));
}

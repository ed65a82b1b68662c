import type { DraftColumn } from './draft-columns.ts';
import type { DraftOutput } from './draft-outputs.ts';

/** Everything that the text of a drafted contract says. */
export interface ContractDraft {
  readonly contract: string;
  readonly fileName: string;
  readonly records: number;
  readonly headerless: boolean;
  readonly furtherTables: number;
  readonly namePattern: string;
  readonly timezone: string;
  readonly currency: string;
  readonly columns: readonly DraftColumn[];
  /** Columns without which a file is no such export. */
  readonly required: ReadonlySet<string>;
  readonly keys: readonly string[];
  readonly persons: readonly { readonly column: string; readonly kind: string }[];
  readonly outputs: readonly DraftOutput[];
}

/** The draft as YAML, with a comment wherever a person has to decide. */
export function draftText(draft: ContractDraft): string {
  return `${[...heading(draft), ...draft.columns.flatMap((column) => columnLines(column, draft)), ...tail(draft)].join('\n')}\n`;
}

function heading(draft: ContractDraft): string[] {
  const { fileName, records, headerless, furtherTables } = draft;
  const title = JSON.stringify(fileName);
  return [
    `# Drafted from ${title} (${records} records). Read it once; DECIDE marks what the file cannot tell.`,
    ...(furtherTables > 0
      ? [`# The file holds ${furtherTables} more table(s) below or beside this one: not drafted.`]
      : []),
    `contract: ${draft.contract}`,
    `title: { en: ${title}, zh: ${title} } # DECIDE: what people call this export`,
    `documented_by: a draft from one file`,
    '# DECIDE: the channel; take over its block where other contracts have it already.',
    'channel:',
    `  channel_id: ${draft.contract.slice(0, 40)}`,
    `  name: ${title}`,
    `  name_zh: ${title}`,
    '  kind: other',
    `timezone: ${draft.timezone} # DECIDE: the zone of the times in the file`,
    `currency: ${draft.currency} # DECIDE`,
    headerless
      ? '# Without a header a file is not recognised: pass --source. Columns come in this order.'
      : '# Names only break ties between contracts.',
    `files: { names: [${JSON.stringify(draft.namePattern)}]${headerless ? ', headerless: true' : ''} }`,
    'unknown_columns: note',
    ...(draft.keys.length === 0 ? [] : [`# Different in every record: ${draft.keys.join(', ')}.`]),
    'columns:',
  ];
}

function columnLines(column: DraftColumn, { required, headerless }: ContractDraft): string[] {
  const numeric = ['integer', 'decimal', 'percent'].includes(column.type);
  const isComma = column.decimalMark === ',';
  const parts = [
    `name: ${column.name}`,
    `headers: [${JSON.stringify(column.header)}]`,
    `type: ${column.type}`,
    column.formats.length > 0 ? `formats: [${column.formats.map((format) => JSON.stringify(format)).join(', ')}]` : '',
    numeric && isComma ? 'decimal_mark: ","' : '',
    numeric && column.thousandsMark !== ',' ? `thousands_mark: ${JSON.stringify(column.thousandsMark)}` : '',
    required.has(column.name) && !headerless ? 'required: true' : '',
    column.personal === undefined ? '' : `personal: ${column.personal}`,
  ].filter((part) => part !== '');
  const remarks = column.remarks.map((remark) => `  # DECIDE ${column.name}: ${remark}.`);
  return [...remarks, `  - { ${parts.join(', ')} }`];
}

function tail({ persons, outputs }: ContractDraft): string[] {
  const people = persons.map(({ column, kind }) => `  - { column: ${column}, kind: ${kind} }`);
  const lines =
    people.length === 0 ? [] : ['# DECIDE: who a row is about, strongest identifier first.', 'persons:', ...people];
  return [...lines, '# DECIDE: whether the dataset was guessed right.', 'outputs:', ...outputs.flatMap(outputLines)];
}

function outputLines({ dataset, write, when, columns }: DraftOutput): string[] {
  const isNothing = when !== undefined;
  const entries = columns.map(({ name, sql, remark }) => {
    const comment = remark === undefined ? '' : `      # DECIDE ${name}: ${oneLine(remark)}.\n`;
    return `${comment}      ${name}: ${JSON.stringify(sql)}`;
  });
  return [
    ...(isNothing ? ['  # DECIDE: no dataset fits these columns. Until one is named here, no row is booked.'] : []),
    `  - dataset: ${dataset}`,
    `    write: ${write}`,
    ...(when === undefined ? [] : [`    when: ${JSON.stringify(when)}`]),
    '    columns:',
    ...entries,
  ];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 300);
}

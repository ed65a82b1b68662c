import type { Dataset } from '../domain/dataset.ts';
import { IngestError } from '../domain/errors.ts';
import type { HeaderWords } from '../domain/header-words.ts';
import type { PersonalHeaders } from '../domain/personal-header.ts';
import type { ExportProfile } from '../ingest/profile-export.ts';
import { type DraftColumn, draftColumns } from './draft-columns.ts';
import { type DraftOutput, draftOutputs } from './draft-outputs.ts';
import { draftText } from './draft-text.ts';

export interface InferencePorts {
  /** Looks at all records of a file. */
  profile(file: string): Promise<ExportProfile>;
  readonly words: HeaderWords;
  readonly personalHeaders: PersonalHeaders;
  readonly datasets: ReadonlyMap<string, Dataset>;
  /** Id of the contract that reads exports of this header and file name; undefined where none does, or several do. */
  readerOf(header: readonly string[] | null, fileName: string): string | undefined;
  /** Contracts that there are: a draft takes no name of theirs. */
  readonly contracts: ReadonlySet<string>;
}

export interface InferredContract {
  readonly contract: string;
  /** The draft as YAML; the catalog takes it as it stands. */
  readonly yaml: string;
  readonly datasets: readonly string[];
  /** Places at which a person has to decide. */
  readonly decisions: number;
  /** The contract that reads the file as it is: beside it, a draft for the same header would make both ambiguous. */
  readonly known: string | null;
}

/**
 * Drafts a contract for an export that none knows, from its cells and a dictionary of headers. `name` is the contract's id.
 * Throws an `IngestError` for a file without a table.
 */
export async function inferContract(
  { file, name }: { readonly file: string; readonly name?: string },
  ports: InferencePorts,
): Promise<InferredContract> {
  const profile = await ports.profile(file);
  if (profile.columns.length === 0) {
    throw new IngestError('There is no table in the file.', {
      where: file,
      next: 'Pass a file with a header and rows.',
    });
  }
  const columns = draftColumns(profile, ports);
  const outputs = draftOutputs(columns, ports.datasets, ports.words);
  const contract = name ?? freeId(profile.fileName, ports.contracts);
  const yaml = draftText({
    contract,
    fileName: profile.fileName,
    records: profile.records,
    headerless: profile.header === null,
    furtherTables: profile.furtherTables,
    namePattern: profile.fileName.replace(/\d+(?:[._-]\d+)*/g, '*').replace(/[[\]{}()!]/g, '?'),
    columns,
    required: requiredColumns(columns, outputs),
    keys: columns.filter(({ finding }) => finding.isUnique && finding.blank === 0).map((column) => column.name),
    persons: personsOf(columns),
    outputs,
    ...placeOf(columns),
  });
  const datasets = outputs.filter(({ when }) => when === undefined).map(({ dataset }) => dataset);
  const known = ports.readerOf(profile.header, profile.fileName) ?? null;
  return { contract, yaml, datasets, decisions: yaml.split('DECIDE').length - 2, known };
}

/** What outputs rest on has to be there; where that is next to nothing, everything has to. */
function requiredColumns(columns: readonly DraftColumn[], outputs: readonly DraftOutput[]): ReadonlySet<string> {
  const words = new Set(
    outputs.flatMap((output) => output.columns.flatMap(({ sql }) => sql.match(/[a-z_][a-z0-9_]*/g) ?? [])),
  );
  const used = columns.filter(({ name }) => words.has(name));
  return new Set((used.length < 3 ? columns : used).map(({ name }) => name));
}

/** A name alone identifies nobody. */
function personsOf(columns: readonly DraftColumn[]): { readonly column: string; readonly kind: string }[] {
  return (['phone', 'email', 'customer_id'] as const).flatMap((kind) => {
    const found = columns.find(({ personal }) => personal === kind);
    return found === undefined ? [] : [{ column: found.name, kind }];
  });
}

/** Zone and currency as the language and the currency signs suggest them; a person decides. */
function placeOf(columns: readonly DraftColumn[]): { readonly timezone: string; readonly currency: string } {
  const isChinese = columns.filter(({ header }) => /\p{Script=Han}/u.test(header)).length * 2 > columns.length;
  const signs = new Set(columns.flatMap(({ finding }) => finding.numbers.currency ?? []));
  const [sign] = signs;
  const isEuropean = columns.some(({ decimalMark }) => decimalMark === ',');
  if (isChinese) return { timezone: 'Asia/Shanghai', currency: sign ?? 'CNY' };
  return { timezone: isEuropean ? 'Europe/Berlin' : 'UTC', currency: sign ?? (isEuropean ? 'EUR' : 'USD') };
}

function freeId(fileName: string, taken: ReadonlySet<string>): string {
  const words = fileName
    .replace(/(?:\.[A-Za-z0-9]+)+$/, '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\d]+/g, '')
    .replace(/[^a-z]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 50);
  const wanted = words.length > 1 ? words : 'new_export';
  let id = wanted;
  for (let number = 2; taken.has(id); number += 1) id = `${wanted}_${number}`;
  return id;
}

import { matchesGlob } from 'node:path';
import type { Contract, ContractColumn } from '../../domain/contract.ts';
import { headerKey } from '../detect/layout.ts';
import type { Recognition } from '../ingest.ts';
import { shownNames } from '../plan/shown-names.ts';

interface Fit {
  readonly contract: Contract;
  readonly missing: readonly string[];
  readonly matched: number;
  /** Positions of the header's names that it does not know. */
  readonly unknown: readonly number[];
  readonly nameFits: boolean;
}

/**
 * Chooses the contract whose required columns all stand in the header and that knows most of it; file names only break
 * ties. Two that fit alike are refused: a guess could book a file to the wrong channel.
 */
export function recogniseContract(
  header: readonly string[] | null,
  fileName: string,
  contracts: Iterable<Contract>,
): Recognition {
  const keys = (header ?? []).map(headerKey);
  const fits = [...contracts].map((contract) => fitOf(contract, keys, fileName));
  const whole = fits.filter(({ missing, matched, contract }) =>
    contract.files.headerless ? header === null : missing.length === 0 && matched > 0,
  );
  const [best, next] = whole.sort(
    (a, b) => b.matched - a.matched || a.unknown.length - b.unknown.length || Number(b.nameFits) - Number(a.nameFits),
  );
  if (best === undefined) return refusal(fits, header);
  if (next !== undefined && isTie(best, next)) {
    const both = `${best.contract.contract} and ${next.contract.contract}`;
    return {
      kind: 'refused',
      reason: 'ambiguous_contract',
      text: `The header fits ${both} alike; say which with --source.`,
    };
  }
  return { kind: 'recognised', contract: best.contract };
}

/** Every header that some contract knows, as detection compares them. */
export function knownHeaders(contracts: Iterable<Contract>): Set<string> {
  const known = new Set<string>();
  for (const { columns } of contracts)
    for (const { headers } of columns) for (const name of headers) known.add(headerKey(name));
  return known;
}

/** A column with all its headers, as they are compared. */
interface Alias {
  readonly column: ContractColumn;
  readonly keys: readonly string[];
}

/** Every file is held against every contract. */
const knownAliases = new WeakMap<Contract, readonly Alias[]>();

function aliasesOf(contract: Contract): readonly Alias[] {
  const known = knownAliases.get(contract);
  if (known !== undefined) return known;
  const aliases = contract.columns.map((column) => ({ column, keys: column.headers.map(headerKey) }));
  knownAliases.set(contract, aliases);
  return aliases;
}

function fitOf(contract: Contract, header: readonly string[], fileName: string): Fit {
  const keys = new Set(header);
  const aliases = aliasesOf(contract);
  const known = new Set(aliases.flatMap((alias) => alias.keys));
  const isThere = (alias: Alias): boolean => alias.keys.some((key) => keys.has(key));
  return {
    contract,
    missing: aliases
      .filter((alias) => alias.column.required && !isThere(alias))
      .map(({ column }) => column.headers[0] ?? column.name),
    matched: aliases.filter(isThere).length,
    unknown: header.flatMap((key, at) => (known.has(key) ? [] : [at])),
    nameFits: contract.files.names.some((pattern) => matchesGlob(fileName, pattern)),
  };
}

function isTie(one: Fit, other: Fit): boolean {
  return (
    one.matched === other.matched && one.unknown.length === other.unknown.length && one.nameFits === other.nameFits
  );
}

function refusal(fits: readonly Fit[], header: readonly string[] | null): Recognition {
  if (header === null) {
    return {
      kind: 'refused',
      reason: 'no_header',
      text: 'The file has no header that a contract knows; say which contract reads it with --source.',
    };
  }
  const [nearest] = [...fits].sort((a, b) => b.matched - b.missing.length - (a.matched - a.missing.length));
  if (nearest === undefined || nearest.matched === 0) {
    return {
      kind: 'refused',
      reason: 'no_contract',
      text: `No contract knows any of the columns ${shownNames(header)}.`,
    };
  }
  const missing = nearest.missing.length === 0 ? '' : ` It misses ${nearest.missing.join(', ')}.`;
  const unknown =
    nearest.unknown.length === 0
      ? ''
      : ` It does not know ${shownNames(nearest.unknown.map((at) => header[at] ?? ''))}.`;
  return {
    kind: 'refused',
    reason: 'no_contract',
    text: `No contract fits; ${nearest.contract.contract} comes nearest.${missing}${unknown}`,
  };
}

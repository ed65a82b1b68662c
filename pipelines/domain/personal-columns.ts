import type { CatalogFault } from './catalog-faults.ts';
import type { Contract, ContractOutput } from './contract.ts';
import type { Dataset } from './dataset.ts';

/**
 * Faults of contracts that carry something about a person where it may not go: a pseudonym or free text into a column
 * that is not declared for it. Asking whether there is a value (`email is not null`) is harmless.
 */
export function personalFaults(contract: Contract, datasets: ReadonlyMap<string, Dataset>): CatalogFault[] {
  return contract.outputs.flatMap((output, index) => {
    const dataset = datasets.get(output.dataset);
    if (dataset === undefined) return [];
    return outputFaults(contract, output, dataset).map(({ column, text }) => ({
      definition: `contracts/${contract.contract}`,
      field: `outputs.${index}.columns.${column}`,
      text,
    }));
  });
}

function outputFaults(
  contract: Contract,
  output: ContractOutput,
  dataset: Dataset,
): { column: string; text: string }[] {
  return Object.entries(output.columns).flatMap(([column, sql]) => {
    const allowed = dataset.columns.find(({ name }) => name === column)?.personal;
    const words = wordsOf(sql);
    const wrong = contract.columns.filter(({ name, personal }) => {
      if (personal === undefined || !words.has(name)) return false;
      return allowed !== (personal === 'free_text' ? 'free_text' : 'pseudonym');
    });
    return wrong.map(({ name, personal }) => ({
      column,
      text: `"${name}" is ${personal === 'free_text' ? 'free text of a person' : 'about a person'}; ${dataset.dataset}.${column} is not declared to hold that`,
    }));
  });
}

/** Words of an expression outside text literals, without those that are only asked for being there. */
function wordsOf(sql: string): Set<string> {
  const bare = sql.replaceAll(/'(?:[^']|'')*'/g, "''").replaceAll(/\b\w+\s+is\s+(?:not\s+)?null\b/gi, '');
  return new Set(bare.match(/[a-z_][a-z0-9_]*/gi) ?? []);
}

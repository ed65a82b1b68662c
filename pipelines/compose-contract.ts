import type { Tidemark } from './compose.ts';
import { builtInCatalog, readFromAll } from './definitions.ts';
import { type HeaderWords, headerWords } from './domain/header-words.ts';
import { profileExport } from './ingest/profile-export.ts';
import { recogniseContract } from './ingest/read/recognise-contract.ts';
import { type InferredContract, inferContract } from './steps/infer-contract.ts';

/** Drafts a contract for a file that no contract knows. `name` is the id that it shall have. */
export function composeInference(
  tidemark: Pick<Tidemark, 'definitions' | 'settings'>,
): (wish: { readonly file: string; readonly name?: string }) => Promise<InferredContract> {
  const { datasets, contracts, personalHeaders } = tidemark.definitions;
  const words = loadHeaderWords([...tidemark.settings.catalogs].reverse());
  const readerOf = (header: readonly string[] | null, fileName: string): string | undefined => {
    const found = recogniseContract(header, fileName, contracts.values());
    return found.kind === 'recognised' ? found.contract.contract : undefined;
  };
  const known = new Set(contracts.keys());
  const ports = { profile: profileExport, words, personalHeaders, datasets, readerOf, contracts: known };
  return (wish) => inferContract(wish, ports);
}

/** The dictionary of headers; the words of overlays, later ones first, go before the built-in ones. */
export function loadHeaderWords(overlays: readonly string[]): HeaderWords {
  const read = readFromAll([...overlays, builtInCatalog], 'header_words.yaml', headerWords);
  const weakestFirst = [...read].reverse();
  return {
    words: read.flatMap(({ words }) => words),
    datasets: Object.assign({}, ...weakestFirst.map(({ datasets }) => datasets)),
    values: Object.assign({}, ...weakestFirst.map(({ values }) => values)),
  };
}

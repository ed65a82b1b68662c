import type { Contract } from '../../domain/contract.ts';
import type { DialectHints } from '../detect/dialect.ts';
import { knownHeaders } from '../read/recognise-contract.ts';

/** What a contract knows of how its files are written. */
export function contractHints(contract: Contract): DialectHints {
  const { headerless, encoding, delimiter, sheet } = contract.files;
  return {
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(headerless ? { headerless } : {}),
    ...(sheet === undefined ? {} : { sheet }),
    knownHeaders: knownHeaders([contract]),
  };
}

import { CatalogError } from '../../domain/errors.ts';
import type { ContractPlan } from '../plan/contract-plan.ts';
import { outputExpressions } from '../sql/output-sql.ts';
import { type OutputTypes, typedNothing } from '../sql/record-sql.ts';
import { EngineFault, type EngineSession } from './engine.ts';

/** Types of every output expression; also the place where a wrong expression of a contract is found. */
export async function outputTypes(session: EngineSession, plan: ContractPlan): Promise<OutputTypes[]> {
  const all: OutputTypes[] = [];
  for (const output of plan.outputs) {
    try {
      const described = await session.rows(`describe select ${outputExpressions(output)} from (${typedNothing(plan)})`);
      all.push(new Map(described.map(([name, type]) => [String(name), String(type)])));
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error;
      throw new CatalogError(
        `an expression for ${output.dataset.dataset} is wrong: ${error.ownWords().split('\n')[0]}`,
        {
          where: `contract ${plan.contract.contract}`,
          next: 'mend the contract and run `tidemark contract check`',
        },
      );
    }
  }
  return all;
}

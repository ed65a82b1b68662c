import type { ContractPlan } from '../plan/contract-plan.ts';
import { gathering, isComparable } from '../plan/gathering.ts';
import { unknownFacts } from '../sql/cell-facts.ts';
import type { Gathered } from '../sql/record-sql.ts';
import type { TextChunk } from './text-chunks.ts';

/**
 * What the scan has gathered of a chunk, where that is all there is to ask before its records are mapped; undefined where the
 * engine has to look at the cells first.
 */
export function gatheredCells(plan: ContractPlan, { findings, firstLine }: TextChunk): Gathered | undefined {
  const wanted = gathering(plan);
  if (wanted === undefined || findings === undefined || findings.hasBlankRecord) return undefined;
  const { persons, numbered } = wanted;
  const { repeats } = findings;
  const factsOf = (at: number) => findings.facts.get(at) ?? unknownFacts;
  if (numbered !== undefined && (repeats === undefined || !isComparable(numbered, factsOf))) return undefined;
  const cells = persons.map((at) => [at, findings.distinct.get(at)] as const);
  const clear = cells.flatMap(([at, distinct]) => (distinct === undefined ? [] : [[at, distinct] as const]));
  if (clear.length < cells.length) return undefined;
  const lines = repeats?.records.map((record) => record + firstLine) ?? [];
  return { persons: new Map(clear), repeats: { lines, numbers: repeats?.numbers ?? [] } };
}

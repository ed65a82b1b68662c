import type { Definitions } from '../definitions.ts';
import { type RuleReview, reviewRules } from '../domain/alerting/review.ts';
import { type NotePorts, readAcknowledgements } from './alerts-notes.ts';
import { listWarnings } from './list-warnings.ts';

/** How each rule has served so far, the ones that ask for work first. */
export async function reviewThresholds(
  definitions: Pick<Definitions, 'thresholds'>,
  { lake, now }: NotePorts,
): Promise<RuleReview[]> {
  return reviewRules({
    rules: definitions.thresholds.values(),
    warnings: await listWarnings(lake),
    acknowledgements: await readAcknowledgements(lake),
    today: now().toISOString().slice(0, 10),
  });
}

import type { Proposal } from './alerting/proposal.ts';
import type { RuleReview } from './alerting/review.ts';
import { nameOfOwner, type Owners } from './owner.ts';
import type { Threshold } from './threshold.ts';

/** What gives rules and posts their names. */
export interface ReviewNames {
  readonly thresholds: ReadonlyMap<string, Threshold>;
  readonly owners: Owners;
}

/** How each rule has served, as the page shows it. */
export function reviewRows(reviews: readonly RuleReview[], { thresholds, owners }: ReviewNames) {
  return reviews.map((review, position) => {
    const title = thresholds.get(review.rule)?.title;
    const owner = nameOfOwner(review.owner, owners);
    return {
      rule: review.rule,
      position,
      title_zh: title?.zh ?? review.rule,
      title_en: title?.en ?? review.rule,
      owner_zh: owner.zh,
      owner_en: owner.en,
      troubles: review.troubles,
      open: review.open,
      corrected: review.corrected,
      useful: review.useful,
      noise: review.noise,
      precision: review.precision,
      missed: review.missed,
      days_to_notice: review.mean_days_to_notice,
      hours_to_acknowledge: review.mean_hours_to_acknowledge,
      days_to_recover: review.mean_days_to_recover,
      flapping: review.flapping,
      review_by: review.review_by,
      is_overdue: review.is_overdue,
    };
  });
}

/** Marks that history speaks for. */
export function proposalRows(proposals: readonly Proposal[], { thresholds, owners }: ReviewNames) {
  return proposals.map(({ rule, mark, proposed_mark, text }, position) => {
    const owner = nameOfOwner(thresholds.get(rule)?.owner ?? '', owners);
    return {
      ...{ rule, position, mark, proposed_mark },
      owner_zh: owner.zh,
      owner_en: owner.en,
      text_zh: text.zh,
      text_en: text.en,
    };
  });
}

import { describe, expect, it } from 'vitest';
import { trendSentence } from '../../../pipelines/domain/alerting/trend-words.ts';

const crossing = { date: '2026-11-28', earliest: '2026-11-26', latest: '2026-12-03' };
const crossed = { label: 'conversion rate', mark: '2.0%', grain: 'day', period: '2026-11-20' } as const;

describe('the sentence about a crossing', () => {
  it('names mark, day and interval', () => {
    expect(trendSentence(crossing, crossed, 'en')).toBe(
      'At the present slope conversion rate crosses 2.0% on 28 November (80%: 26 November – 3 December).',
    );
    expect(trendSentence(crossing, { ...crossed, label: '转化率' }, 'zh')).toBe(
      '按目前趋势，转化率将于11月28日越过 2.0%（80% 区间：11月26日–12月3日）。',
    );
  });

  it('says the year where it is another one, and "later" where the interval is open', () => {
    const late = { date: '2027-01-04', earliest: '2026-12-21', latest: null };
    expect(trendSentence(late, crossed, 'en')).toBe(
      'At the present slope conversion rate crosses 2.0% on 4 January 2027 (80%: 21 December – later).',
    );
    expect(trendSentence(late, { ...crossed, label: '转化率' }, 'zh')).toContain('2027年1月4日');
  });

  it('names weeks and months as such', () => {
    expect(trendSentence(crossing, { ...crossed, grain: 'week' }, 'en')).toContain('in the week of 28 November');
    expect(trendSentence({ ...crossing, date: '2026-12-01' }, { ...crossed, grain: 'month' }, 'en')).toContain(
      'in December (80%: November – December)',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { subjectKey, subjectOf } from '../../../pipelines/domain/alerting/subject.ts';

describe('the name of a series', () => {
  it.each([
    ['a channel', { channel: 'tmall', dimensions: {} }, 'tmall'],
    ['a member of a dimension', { channel: 'all', dimensions: { product: 'P"1' } }, '["all","product","P\\"1"]'],
    ['a channel that looks like a list', { channel: '["tmall', dimensions: {} }, '["[\\"tmall"]'],
  ])('says which it is about: %s', (_, subject, key) => {
    expect(subjectKey(subject)).toBe(key);
    expect(subjectOf(key)).toEqual(subject);
  });
});

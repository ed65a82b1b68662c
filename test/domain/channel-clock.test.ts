import { describe, expect, it } from 'vitest';
import { clockChanges, clockChangesByChannel, timeZoneOf } from '../../pipelines/domain/channel-clock.ts';
import type { Contract } from '../../pipelines/domain/contract.ts';

/** Written down from the published rules of each zone. */
describe('hours that a clock leaps over or shows twice', () => {
  it.each([
    ['Europe/Berlin', ['2026-03-29T02:00', '2026-10-25T02:00']],
    ['America/New_York', ['2026-03-08T02:00', '2026-11-01T01:00']],
    ['Asia/Shanghai', []],
    // Half an hour at two o'clock.
    ['Australia/Lord_Howe', ['2026-04-05T01:00', '2026-10-04T02:00']],
  ])('%s', (zone, hours) => {
    expect([...clockChanges(zone, 2026, 2026)]).toEqual(hours);
  });

  it('are those of the zone that a channel’s contract names', () => {
    const contract = { channel: { channel_id: 'store' }, timezone: 'Europe/Berlin' } as Contract;
    const changesOf = clockChangesByChannel(new Map([['till', contract]]), [2025, 2026]);
    expect(timeZoneOf([contract], 'store')).toBe('Europe/Berlin');
    expect([...changesOf('store')].length).toBe(4);
    expect([...changesOf('unknown')]).toEqual([]);
  });
});

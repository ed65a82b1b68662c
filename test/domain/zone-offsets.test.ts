import { describe, expect, it } from 'vitest';
import { isTimeZone, zoneOffsets } from '../../pipelines/domain/zone-offsets.ts';

/** From the published tables of the zones, by hand. */
describe('the offsets of a zone', () => {
  it('are one stretch where the clock is never turned', () => {
    expect(zoneOffsets('Asia/Kolkata', 2025, 2027)).toEqual([
      {
        timezone: 'Asia/Kolkata',
        from_at: '1900-01-01 00:00:00',
        until_at: '2200-01-01 00:00:00',
        offset_minutes: 330,
      },
    ]);
  });

  it('turn in March and October in Europe, at one o’clock UTC', () => {
    expect(zoneOffsets('Europe/Berlin', 2026, 2026).map(({ timezone, ...rest }) => rest)).toEqual([
      { from_at: '1900-01-01 00:00:00', until_at: '2026-03-29 01:00:00', offset_minutes: 60 },
      { from_at: '2026-03-29 01:00:00', until_at: '2026-10-25 01:00:00', offset_minutes: 120 },
      { from_at: '2026-10-25 01:00:00', until_at: '2200-01-01 00:00:00', offset_minutes: 60 },
    ]);
  });

  it('turn twice in a few weeks in Morocco, around Ramadan', () => {
    expect(
      zoneOffsets('Africa/Casablanca', 2025, 2025).map(({ until_at, offset_minutes }) => [until_at, offset_minutes]),
    ).toEqual([
      ['2025-02-23 02:00:00', 60],
      ['2025-04-06 02:00:00', 0],
      ['2200-01-01 00:00:00', 60],
    ]);
  });

  it('are of zones that exist', () => {
    expect(['Asia/Shanghai', 'UTC', 'Asia/Shangai', ''].map(isTimeZone)).toEqual([true, true, false, false]);
  });
});

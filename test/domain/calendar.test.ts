import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { namedDay } from '../../pipelines/domain/calendar.ts';

const { calendars } = loadDefinitions();

/** Last year's day by hand: [day, the same day of the festival a year before]. */
const cases: [string, string, string][] = [
  // New Year's Day moved from 10 February 2024 to 29 January 2025, and to 17 February 2026.
  ['chinese_new_year', '2025-01-29', '2024-02-10'],
  ['chinese_new_year', '2026-02-17', '2025-01-29'],
  ['chinese_new_year', '2026-02-10', '2025-01-22'],
  ['shopping_festivals', '2025-11-11', '2024-11-11'],
  ['shopping_festivals', '2024-06-18', '2023-06-18'],
  // Friday for Friday.
  ['black_friday', '2025-11-28', '2024-11-29'],
  ['black_friday', '2026-11-27', '2025-11-28'],
];

describe('the same day of last year’s festival', () => {
  it.each(cases)('%s: %s is compared with %s', (id, day, lastYear) => {
    const calendar = calendars.get(id);
    const named = calendar && namedDay(calendar, day);
    const back = (Date.parse(day) - Date.parse(lastYear)) / 86_400_000;
    expect(named?.toLastYear).toBe(back);
  });

  it('is not known before the calendar begins, and no day of another time is named', () => {
    const newYear = calendars.get('chinese_new_year');
    expect(newYear && namedDay(newYear, '2019-02-05')).toEqual({ into: 21, toLastYear: undefined });
    expect(newYear && namedDay(newYear, '2025-03-05')).toBeUndefined();
  });

  it('of 29 February is the 28th', () => {
    const leap = { calendar: 'leap', title: { en: '', zh: '' }, days: [{ from: '02-25', to: '02-29' }] };
    expect(namedDay(leap, '2024-02-29')).toEqual({ into: 4, toLastYear: 366 });
  });
});

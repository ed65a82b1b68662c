import { dayOf, isoDate } from './calendar.ts';
import type { ChannelId } from './company.ts';

/** A stretch of days in which people buy more or less. Dates are `MM-DD` for every year, or full dates. */
export interface Season {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly channels: readonly ChannelId[];
  /** Factor on orders; visits and conversion share it. */
  readonly demand: number;
  /** Share of the list price that is taken off more than on common days. */
  readonly discount: number;
}

const marketplaces: readonly ChannelId[] = ['tmall', 'jd', 'douyin'];
const western: readonly ChannelId[] = ['web_shop', 'store_berlin'];

/** First day of the Chinese New Year, year by year. */
export const lunarNewYearDays: readonly string[] = [
  '2019-02-05',
  '2020-01-25',
  '2021-02-12',
  '2022-02-01',
  '2023-01-22',
  '2024-02-10',
  '2025-01-29',
  '2026-02-17',
  '2027-02-06',
  '2028-01-26',
  '2029-02-13',
  '2030-02-03',
];

/** Seasons that fall on the same dates every year, and those that do not, year by year. */
export const seasons: readonly Season[] = [
  { name: '618 warm-up', from: '06-01', to: '06-15', channels: marketplaces, demand: 1.35, discount: 0.06 },
  { name: '618', from: '06-16', to: '06-18', channels: marketplaces, demand: 2.6, discount: 0.14 },
  { name: '11.11 presale', from: '10-24', to: '10-30', channels: marketplaces, demand: 1.25, discount: 0.05 },
  { name: '11.11 first wave', from: '10-31', to: '11-03', channels: marketplaces, demand: 2.1, discount: 0.14 },
  { name: '11.11 warm-up', from: '11-04', to: '11-09', channels: marketplaces, demand: 1.4, discount: 0.08 },
  { name: '11.11', from: '11-10', to: '11-11', channels: marketplaces, demand: 3.6, discount: 0.16 },
  { name: '12.12', from: '12-10', to: '12-12', channels: marketplaces, demand: 1.7, discount: 0.1 },
  { name: 'National Day', from: '10-01', to: '10-07', channels: marketplaces, demand: 0.9, discount: 0 },
  { name: 'Christmas shopping', from: '12-01', to: '12-20', channels: western, demand: 1.5, discount: 0.04 },
  { name: 'Christmas', from: '12-24', to: '12-26', channels: western, demand: 0.5, discount: 0 },
  { name: 'summer', from: '06-15', to: '08-20', channels: western, demand: 1.12, discount: 0 },
  ...lunarNewYears(lunarNewYearDays),
  ...blackFridays([
    '2019-11-29',
    '2020-11-27',
    '2021-11-26',
    '2022-11-25',
    '2023-11-24',
    '2024-11-29',
    '2025-11-28',
    '2026-11-27',
    '2027-11-26',
    '2028-11-24',
    '2029-11-23',
    '2030-11-29',
  ]),
];

/** What all seasons of a day come to: the strongest factor away from 1 counts, and its discount. */
export function seasonOf(channel: ChannelId, day: number): { readonly demand: number; readonly discount: number } {
  const iso = isoDate(day);
  let strongest = { demand: 1, discount: 0 };
  for (const season of seasons) {
    if (!season.channels.includes(channel) || !covers(season, iso)) continue;
    if (Math.abs(Math.log(season.demand)) >= Math.abs(Math.log(strongest.demand))) strongest = season;
  }
  return strongest;
}

function covers(season: Season, iso: string): boolean {
  const date = season.from.length === 5 ? iso.slice(5) : iso;
  return season.from <= date && date <= season.to;
}

/** People stock up before the Chinese New Year; then the couriers rest for a week. */
function lunarNewYears(days: readonly string[]): Season[] {
  return days.flatMap((iso) => {
    const day = dayOf(iso);
    return [
      {
        name: 'Chinese New Year shopping',
        from: isoDate(day - 21),
        to: isoDate(day - 8),
        channels: marketplaces,
        demand: 1.3,
        discount: 0.05,
      },
      {
        name: 'Chinese New Year',
        from: isoDate(day - 2),
        to: isoDate(day + 6),
        channels: marketplaces,
        demand: 0.5,
        discount: 0,
      },
    ];
  });
}

function blackFridays(days: readonly string[]): Season[] {
  return days.map((iso) => ({
    name: 'Black Friday',
    from: isoDate(dayOf(iso) - 1),
    to: isoDate(dayOf(iso) + 3),
    channels: western,
    demand: 2.2,
    discount: 0.18,
  }));
}

import { describe, expect, it } from 'vitest';
import {
  clockTime,
  dateTime,
  dayOf,
  dottedDate,
  isoDate,
  monthOf,
  newYorkOffset,
  nextMonth,
  secondsPerDay,
  weekday,
  weekOf,
} from '../../pipelines/example/calendar.ts';
import { commaMoney, groupedCount, money, percent, quoted } from '../../pipelines/example/cells.ts';
import { encodeGb18030 } from '../../pipelines/example/gb18030.ts';
import { masked, personOf, spacedPhone } from '../../pipelines/example/persons.ts';
import { EvenShare, Random } from '../../pipelines/example/random.ts';
import { seasonOf } from '../../pipelines/example/seasons.ts';

describe('calendar', () => {
  it('counts days and finds weeks and months', () => {
    const day = dayOf('2026-10-31');
    expect(day).toBe(20_757);
    expect(isoDate(day)).toBe('2026-10-31');
    expect(weekday(day)).toBe(5);
    expect(isoDate(weekOf(day))).toBe('2026-10-26');
    expect(isoDate(monthOf(day))).toBe('2026-10-01');
    expect(isoDate(nextMonth(dayOf('2026-12-15')))).toBe('2027-01-01');
    expect(dottedDate(day)).toBe('31.10.2026');
    expect(dateTime(day * secondsPerDay + 3661)).toBe('2026-10-31 01:01:01');
    expect(clockTime(86_399)).toBe('23:59:59');
  });

  it.each([
    ['2026-01-15', 12, -300],
    ['2026-03-08', 1, -300],
    ['2026-03-08', 3, -240],
    ['2026-07-01', 12, -240],
    ['2026-11-01', 1, -240],
    ['2026-11-01', 2, -300],
  ])('knows that New York on %s at %i h is %i minutes ahead of UTC', (date, hour, minutes) => {
    expect(newYorkOffset(dayOf(date) * secondsPerDay + hour * 3600)).toBe(minutes);
  });

  it.each([
    ['tmall', '2026-06-18', 2.6],
    ['tmall', '2026-11-11', 3.6],
    ['tmall', '2026-02-17', 0.5],
    ['tmall', '2026-09-09', 1],
    ['web_shop', '2026-11-27', 2.2],
    ['web_shop', '2026-06-10', 1],
  ] as const)('sells in %s on %s at %f times the common day', (channel, date, factor) => {
    expect(seasonOf(channel, dayOf(date)).demand).toBe(factor);
  });
});

describe('cells', () => {
  it('write money, counts, shares and text as the platforms do', () => {
    expect([money(123_456), money(-5), money(100)]).toEqual(['1234.56', '-0.05', '1.00']);
    expect(commaMoney(-1990)).toBe('-19,90');
    expect([groupedCount(999), groupedCount(1000), groupedCount(1_234_567)]).toEqual(['999', '"1,000"', '"1,234,567"']);
    expect(percent(0.03274)).toBe('3.27%');
    expect([quoted('a "b"'), quoted('plain')]).toEqual(['"a ""b"""', 'plain']);
  });

  it('are encoded as GB18030 so that a reader gets the same text back', () => {
    const text = '订单编号,沙芦 保温杯（500ml）,￥12.00\r\n';
    expect(new TextDecoder('gb18030').decode(encodeGb18030(text))).toBe(text);
    expect([...encodeGb18030('中')]).toEqual([0xd6, 0xd0]);
    expect(() => encodeGb18030('😀')).toThrow('GBK has no code');
  });
});

describe('persons', () => {
  it('have phones of their own', () => {
    const phones = new Set<string>();
    for (let number = 0; number < 40_000; number += 1) phones.add(personOf(1, number).phone);
    expect(phones.size).toBe(30_001);
  });

  it('show their phone in the ways of the platforms', () => {
    expect(masked('13812345678')).toBe('138****5678');
    expect(spacedPhone('13812345678')).toBe('+86 138-1234-5678');
  });
});

describe('draws', () => {
  it('are the same for the same seed', () => {
    const first = new Random(5);
    const second = new Random(5);
    expect([first.next(), first.next()]).toEqual([second.next(), second.next()]);
  });

  it('say yes for a share of any run of cases, one more or less', () => {
    const even = new EvenShare(0.5);
    const answers = Array.from({ length: 1000 }, () => even.take(0.07));
    for (let start = 0; start + 100 <= answers.length; start += 1) {
      const yes = answers.slice(start, start + 100).filter(Boolean).length;
      expect(Math.abs(yes - 7)).toBeLessThanOrEqual(1);
    }
  });
});

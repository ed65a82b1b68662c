import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Change,
  driversOfProduct,
  driversOfRatio,
  driversOfSides,
  driversOfSum,
  type Sides,
} from '../../../pipelines/domain/alerting/drivers.ts';

const total = (drivers: readonly { dimension: string; contribution: number }[], dimension: string) =>
  drivers.filter((one) => one.dimension === dimension).reduce((sum, one) => sum + one.contribution, 0);

describe('drivers', () => {
  it('name the channel that moved a sum first', () => {
    const members = new Map([
      ['jd', { before: 100, after: 90 }],
      ['tmall', { before: 300, after: 120 }],
      ['web', { before: 50, after: 70 }],
    ]);
    expect(driversOfSum('channel', members)).toEqual([
      { dimension: 'channel', member: 'tmall', contribution: -180 },
      { dimension: 'channel', member: 'web', contribution: 20 },
      { dimension: 'channel', member: 'jd', contribution: -10 },
    ]);
  });

  it('tell a falling rate from a changed mix', () => {
    // Both channels keep their rates of 4 % and 1 %; the cheap one takes half instead of a tenth of the sessions.
    const members = new Map([
      ['own', { before: { numerator: 36, denominator: 900 }, after: { numerator: 20, denominator: 500 } }],
      ['cheap', { before: { numerator: 1, denominator: 100 }, after: { numerator: 5, denominator: 500 } }],
    ]);
    const drivers = driversOfRatio('channel', members);
    const effects = new Map(
      drivers.filter((one) => one.dimension === 'effect').map((one) => [one.member, one.contribution]),
    );
    expect(effects.get('rate')).toBeCloseTo(0, 12);
    expect(effects.get('mix')).toBeCloseTo(0.025 - 0.037, 12);
  });

  it('split sales into visits, conversion and order value', () => {
    const factors = new Map([
      ['sessions', { before: 1000, after: 500 }],
      ['orders_per_sessions', { before: 0.03, after: 0.03 }],
      ['net_sales_per_orders', { before: 200, after: 200 }],
    ]);
    expect(driversOfProduct(factors)[0]).toEqual({ dimension: 'factor', member: 'sessions', contribution: -3000 });
  });

  const amount = fc.integer({ min: 0, max: 1_000_000 });
  const sides = fc.record({ numerator: amount, denominator: amount });
  const change = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<Change<T>> => fc.record({ before: of, after: of });
  const members = <T>(of: fc.Arbitrary<T>) =>
    fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), change(of), { minKeys: 1, maxKeys: 8 });

  it('of a sum add up to its change', () => {
    const property = fc.property(members(amount), (given) => {
      const changes = Object.values(given);
      const expected = changes.reduce((sum, { before, after }) => sum + after - before, 0);
      expect(total(driversOfSum('channel', new Map(Object.entries(given))), 'channel')).toBeCloseTo(expected, 2);
    });
    fc.assert(property);
  });

  it('of a ratio add up to its change, by member and by effect', () => {
    const property = fc.property(members(sides), (given) => {
      const rate = (when: 'before' | 'after', side: keyof Sides) =>
        Object.values(given).reduce((sum, one) => sum + one[when][side], 0);
      fc.pre(rate('before', 'denominator') > 0 && rate('after', 'denominator') > 0);
      // Orders without visits have no rate of their own; such channels are left out before.
      fc.pre(
        Object.values(given).every(
          ({ before, after }) =>
            before.denominator > 0 === before.numerator > 0 && after.denominator > 0 === after.numerator > 0,
        ),
      );
      const expected =
        rate('after', 'numerator') / rate('after', 'denominator') -
        rate('before', 'numerator') / rate('before', 'denominator');
      const drivers = driversOfRatio('channel', new Map(Object.entries(given)));
      const size = Math.max(1, Math.abs(expected), ...drivers.map((one) => Math.abs(one.contribution)));
      expect(Math.abs(total(drivers, 'channel') - expected) / size).toBeLessThan(1e-9);
      expect(Math.abs(total(drivers, 'effect') - expected) / size).toBeLessThan(1e-9);
    });
    fc.assert(property);
  });

  it('of a quotient add up to its change', () => {
    const positive = fc.record({ numerator: amount, denominator: fc.integer({ min: 1, max: 1_000_000 }) });
    const property = fc.property(change(positive), (given) => {
      const { before, after } = given;
      const expected = after.numerator / after.denominator - before.numerator / before.denominator;
      const drivers = driversOfSides({ numerator: 'orders', denominator: 'sessions' }, given);
      const size = Math.max(1, ...drivers.map((one) => Math.abs(one.contribution)));
      expect(Math.abs(total(drivers, 'factor') - expected) / size).toBeLessThan(1e-9);
    });
    fc.assert(property);
  });
});

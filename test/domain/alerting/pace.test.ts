import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTurn, withTurn } from '../../../pipelines/domain/alerting/pace.ts';

describe('turns', () => {
  const two = [{ messages: 2, withinMs: 100 }];

  it.each([
    { title: 'the first goes at once', turns: [], now: 1000, expected: 1000 },
    { title: 'the second as well', turns: [1000], now: 1010, expected: 1010 },
    { title: 'the third waits for the first to be over', turns: [1000, 1010], now: 1020, expected: 1100 },
    { title: 'nobody overtakes one that waits', turns: [1000, 1010, 1100], now: 1020, expected: 1110 },
    { title: 'a clock that was set back changes no order', turns: [1000], now: 900, expected: 1000 },
  ])('$title', ({ turns, now, expected }) => {
    expect(nextTurn(turns, two, now)).toBe(expected);
  });

  it('keep to the slowest of several paces', () => {
    expect(
      nextTurn(
        [1000, 1000],
        [
          { messages: 9, withinMs: 9 },
          { messages: 2, withinMs: 500 },
        ],
        1001,
      ),
    ).toBe(1500);
  });

  it('never come closer than the paces allow, whenever they are asked for, and forget nothing that counts', () => {
    const pace = fc.record({ messages: fc.integer({ min: 1, max: 6 }), withinMs: fc.integer({ min: 1, max: 500 }) });
    const property = fc.property(
      fc.array(pace, { minLength: 1, maxLength: 3 }),
      fc.array(fc.integer({ min: -50, max: 200 }), { maxLength: 60 }),
      (paces, steps) => {
        let [now, remembered] = [10_000, [] as number[]];
        const all: number[] = [];
        for (const step of steps) {
          now += step;
          const turn = nextTurn(remembered, paces, now);
          expect(turn).toBeGreaterThanOrEqual(now);
          all.push(turn);
          remembered = withTurn(remembered, turn, paces);
        }
        for (const { messages, withinMs } of paces) {
          for (const turn of all) {
            expect(all.filter((one) => turn <= one && one < turn + withinMs).length).toBeLessThanOrEqual(messages);
          }
        }
      },
    );
    fc.assert(property);
  });
});

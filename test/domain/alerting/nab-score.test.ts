import { describe, expect, it } from 'vitest';
import { nabScores } from '../../bench/nab-detector.ts';
import { nabScore, probation } from '../../bench/nab-score.ts';

const profile = { tpWeight: 1, fpWeight: 0.11, fnWeight: 1 };
/** 100 points, of which the first 15 are not judged, with alarms at some of them. */
const raisedAt = (...points: number[]) => Array.from({ length: 100 }, (_, index) => (points.includes(index) ? 1 : 0));
const windows = [[40, 49]] as const;
const scoreOf = (...points: number[]) => nabScore([{ scores: raisedAt(...points), windows }], profile).score;

describe('NAB score', () => {
  it('is 0 for silence and 100 for an alarm at the start of every window', () => {
    expect(scoreOf()).toBe(0);
    expect(scoreOf(40)).toBeCloseTo(100, 10);
    expect(scoreOf(40, 44, 49)).toBeCloseTo(100, 10);
  });

  it('falls with the delay by the sigmoid', () => {
    // Position −0.5 of −1: (2 / (1 + e^−2.5) − 1) / (2 / (1 + e^−5) − 1) = 0.84828 / 0.98661 = 0.85979; (0.85979 + 1) / 2.
    expect(scoreOf(45)).toBeCloseTo(92.99, 2);
  });

  it('counts a false alarm by its distance behind the window, and fully before any', () => {
    // Alone it is not worth raising; with the hit at the same threshold it costs 0.11 of 2 at most.
    expect(scoreOf(20)).toBe(0);
    expect(scoreOf(20, 40)).toBeCloseTo(100 - 5.5, 10);
    expect(scoreOf(40, 99)).toBeCloseTo(100 - 5.5, 10);
    // One point behind a window of ten: position 1/9, −(1 − 2 / (1 + e^(5/9))) = −0.27085; × 0.11 / 2.
    expect(scoreOf(40, 50)).toBeCloseTo(100 - 1.4897, 3);
  });

  it('judges nothing in the probation', () => {
    expect(probation(100)).toBe(15);
    expect(probation(22_695)).toBe(750);
    expect(scoreOf(3, 40)).toBeCloseTo(100, 10);
  });
});

describe('NAB detector', () => {
  it('looks at earlier points only', () => {
    const values = Array.from({ length: 700 }, (_, index) => Math.sin(index / 9) + (index === 500 ? 9 : 0));
    const scores = nabScores(values);
    expect(scores.indexOf(Math.max(...scores))).toBe(500);
    expect(nabScores(values.slice(0, 600))).toEqual(scores.slice(0, 600));
  });
});

import { describe, expect, it } from 'vitest';
import { displayWidth, fittedWidths } from '../../pipelines/cli/table-widths.ts';
import { renderTable } from '../../pipelines/cli/terminal.ts';

describe('tables on a terminal', () => {
  it('narrow their widest texts alike, and no number', () => {
    // Room for the cells: 61 less the last border less three places for each of four columns.
    expect(fittedWidths([10, 40, 30, 8], [true, true, true, false], 61)).toEqual([10, 15, 15, 8]);
    expect(fittedWidths([10, 20], [true, true], 80)).toEqual([10, 20]);
    expect(fittedWidths([50, 50], [false, true], 40)).toEqual([50, 14]);
  });

  it('fit it line by line, also in Chinese, and lose no word', () => {
    const what = 'How many customers of each month of first orders were active in a month.';
    const zh = '各首单月份的客户在某月的活跃人数，按渠道分别统计，并含全渠道合计。';
    for (const text of [what, zh]) {
      const shown = renderTable([{ mart: 'cohort_months', rows: 1234, what: text }], 60);
      expect(Math.max(...shown.split('\n').map(displayWidth))).toBeLessThanOrEqual(60);
      const third = shown.split('\n').map((line) => line.split('│')[3]?.trim() ?? '');
      expect(third.join(text === zh ? '' : ' ').replace(/\s+/g, ' ')).toContain(text);
      expect(shown).toContain('1234');
    }
  });

  it('are as wide as their cells where nobody looks at a terminal', () => {
    expect(renderTable([{ what: 'x'.repeat(300) }]).split('\n')[1]).toHaveLength('│ what'.length + 298);
  });
});

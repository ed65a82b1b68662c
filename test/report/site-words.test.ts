import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const project = fileURLToPath(new URL('../../reports', import.meta.url));
/** The site's own JavaScript has no types; it is imported by address. */
const load = (file: string) => import(new URL(`../../reports/components/${file}`, import.meta.url).href);
const { formatChange, formatDifference, formatPeriod, formatPoints, formatTick, formatValue } =
  await load('formats.js');
const { languages, textOf } = await load('texts.js');

const files = ['pages', 'components'].flatMap((folder) =>
  readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(md|svelte|js)$/.test(file))
    .map((file) => [file, readFileSync(join(project, folder, file), 'utf8')] as const),
);
const wordsFile = readFileSync(join(project, 'components/texts.js'), 'utf8');
const known = [...wordsFile.matchAll(/^ {2}(\w+): \{/gm)].map(([, key]) => key);

/** Keys that are put together from data: `status_accepted`, `severity_critical` … */
const families = /^(finding|review|section|kind|status|severity|state|latest)_/;

describe('the words of the site', () => {
  it('are known wherever a page or component asks for them', () => {
    const asked = files.flatMap(([file, text]) =>
      [...text.matchAll(/textOf\([^,]+, '(\w+)'\)|(?:key|topic|empty)[:=] ?['"](\w+)['"]/g)].map(
        ([, call, attribute]) => [file, call ?? attribute] as const,
      ),
    );
    expect(asked.length).toBeGreaterThan(40);
    expect(asked.filter(([, key]) => key !== undefined && !known.includes(key))).toEqual([]);
    for (const topic of ['overview', 'channel', 'customers', 'quality', 'warnings']) {
      expect(known).toContain(`${topic}_lead`);
    }
  });

  it('are all used', () => {
    const everything = files
      .filter(([file]) => file !== 'texts.js')
      .map(([, text]) => text)
      .join('\n');
    const used = (key: string) =>
      families.test(key) || key.endsWith('_lead') || new RegExp(`['"]${key}['"]`).test(everything);
    expect(known.filter((key) => key !== undefined && !used(key))).toEqual([]);
  });

  it('exist in both languages, and an unknown one is shown as it is', () => {
    for (const key of known) for (const language of languages) expect(textOf(language, key)).not.toBe('');
    expect(textOf('zh', 'quality')).toBe('数据质量');
    expect(textOf('en', 'quality')).toBe('Data quality');
    expect(textOf('zh', 'brand_new_kind')).toBe('brand_new_kind');
  });
});

describe('how values are shown', () => {
  it.each([
    [1234567, 'count', 'zh', '1,234,567'],
    [1234567.8, 'money', 'zh', '¥1,234,568'],
    [333.8, 'money', 'zh', '¥333.80'],
    [333.8, 'money', 'en', '¥333.80'],
    [-12345.6, 'money', 'en', '-¥12,346'],
    [0.0216, 'ratio', 'en', '2.16%'],
    [0.5, 'ratio', 'en', '50.0%'],
    [1, 'ratio', 'zh', '100.0%'],
    [0, 'ratio', 'zh', '0.00%'],
    [45.44, 'index', 'en', '45.4'],
    [0, 'count', 'zh', '0'],
    [null, 'money', 'zh', '–'],
    ['2026-10-31', 'date', 'zh', '2026-10-31'],
    [new Date('2026-10-31T00:00:00Z'), 'date', 'zh', '2026-10-31'],
    ['orders.csv', 'text', 'en', 'orders.csv'],
  ])('%s as %s in %s is %s', (value, unit, language, shown) => {
    expect(formatValue(value, unit, language, 'CNY')).toBe(shown);
  });

  it('shows changes with their sign, shares in points', () => {
    expect(formatChange(0.0832, 'zh')).toBe('+8.3%');
    expect(formatChange(-0.2, 'en')).toBe('-20%');
    expect(formatChange(null, 'en')).toBe('–');
    expect(formatPoints(-0.0018, 'zh', '个百分点')).toBe('-0.18 个百分点');
    expect(formatPoints(0.2364, 'en', 'pp')).toBe('+23.64 pp');
    expect(formatDifference(-1.16, 'en')).toBe('-1.2');
    expect(formatDifference(3, 'zh')).toBe('+3.0');
  });

  it('shortens axis labels as the language does', () => {
    expect(formatTick(120000, 'money', 'zh')).toBe('12万');
    expect(formatTick(120000, 'money', 'en')).toBe('120k');
    expect(formatTick(0.034, 'ratio', 'en')).toBe('3.4%');
  });

  it.each([
    ['2026-10-01', '2026-10-31', '2026-10'],
    ['2026-02-01', '2026-02-28', '2026-02'],
    ['2026-10-19', '2026-10-25', '2026-10-19 – 25'],
    ['2026-09-28', '2026-10-04', '2026-09-28 – 10-04'],
    ['2026-10-31', '2026-10-31', '2026-10-31'],
    ['2026-10-01', null, '2026-10-01'],
  ])('the period from %s to %s is %s', (first, last, shown) => {
    expect(formatPeriod(first, last)).toBe(shown);
  });
});

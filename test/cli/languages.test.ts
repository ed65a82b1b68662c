import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { displayWidth, fitting, padded } from '../../pipelines/cli/table-widths.ts';
import { renderTable } from '../../pipelines/cli/terminal.ts';
import { chinese } from '../../pipelines/cli/words/chinese.ts';
import { english } from '../../pipelines/cli/words/english.ts';
import { dayOf, phraseOf, textOf } from '../../pipelines/cli/words/words.ts';
import { paperHeader, paperShopCatalog, table } from '../ingest/paper-shop.ts';
import { type Finished, runTidemark } from './run-tidemark.ts';

let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-zh-'));
  env = { XDG_CONFIG_HOME: join(folder, 'config') };
  paperShopCatalog(folder);
  mkdirSync(join(folder, 'exports'));
  const row = ['P1', 'K1', '2', '3.50', '2026-03-01 10:00:00', '', '好'];
  const plain = Array.from({ length: 1200 }, (_, at) => row.with(0, `P${at}`));
  writeFileSync(join(folder, 'exports/paper.csv'), table([paperHeader, ...plain, row.with(2, 'many')]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(language: 'zh' | 'en', ...args: string[]): Promise<Finished> {
  const lake = args.includes('--lake') ? [] : ['--lake', join(folder, 'lake')];
  return runTidemark([...args, ...lake, '--catalog', join(folder, 'catalog'), '--lang', language], { env });
}

describe('what people read in a terminal', () => {
  it('is Chinese from the exports to the warnings under --lang zh', async () => {
    const demo = await run(
      'zh',
      'demo',
      '--exports',
      join(folder, 'exports'),
      '--no-report',
      '--now',
      '2026-03-02T00:00:00Z',
    );
    expect(demo.code).toBe(3);
    expect(demo.out.split('\n')).toEqual(
      expect.arrayContaining([
        '部分接收  paper.csv（paper_shop）：1,201 行 = 接收 1,200 + 隔离 1 + 重复 0',
        '          1 行：pieces 不是数字，首见于第 1,201 条记录',
        '导出文件  共 1 个文件，其中 0 个此前已读；1,201 行，其中 1 行被隔离',
        expect.stringMatching(/^数据集市 {2}\d+ 个模型中重算 \d+ 个；数据截至 2026年3月1日$/),
        expect.stringMatching(/^新增 \d+ 条预警；已评判至 2026年3月1日。$/),
        expect.stringMatching(/^下一步：tidemark report build/),
      ]),
    );
    expect(demo.err).toContain('已生成假名密钥：');
    const build = await run('zh', 'build');
    expect(build.out).toMatch(/^没有变化；当前版本 [0-9a-f]{32}，数据截至 2026年3月1日。\n$/);
  });

  it('is English as before under --lang en', async () => {
    const { out, code } = await run('en', 'quarantine', 'list');
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'partial   paper.csv (paper_shop): 1,201 rows = 1,200 accepted + 1 quarantined + 0 repeats',
        '          1 × not_a_number:pieces, first in record 1,201',
        '',
      ].join('\n'),
    );
  });

  it('is the same document for programs in either language', async () => {
    const commands = [['quarantine', 'list'], ['alerts', 'review'], ['doctor'], ['release', 'list']];
    for (const command of commands) {
      const [zh, en] = await Promise.all([run('zh', ...command, '--json'), run('en', ...command, '--json')]);
      const stable = (text: string) => text.replaceAll(/doctor-\d+/g, 'doctor');
      expect(stable(zh.out)).toBe(stable(en.out));
      expect(zh.out).not.toBe('');
    }
  });

  it('stands in columns, whatever the letters', async () => {
    const { out } = await run('zh', 'alerts', 'review');
    const lines = out.split('\n').filter((line) => /^[│├┌└]/.test(line));
    expect(lines.length).toBeGreaterThan(5);
    expect(lines[1]).toContain('│ 规则');
    expect(new Set(lines.map(displayWidth)).size).toBe(1);
    const doctor = (await run('zh', 'doctor')).out.split('\n');
    expect(doctor).toContainEqual(expect.stringMatching(/^正常 {4}暂存数据 {7}\d+ 个文件$/));
    expect(doctor).toContainEqual(expect.stringMatching(/^缺失 {4}报表页面 {7}尚未按当前页面构建$/));
  });

  it.runIf(existsSync('/proc/self')).each([
    ['/proc/none', 2, '错误：此处不能存放数据湖\n  位置：/proc/none\n  下一步：请将 --lake 指向磁盘上的文件夹\n'],
    ['/proc', 2, '错误：此处不能存放数据湖\n  位置：/proc\n  下一步：请将 --lake 指向磁盘上的文件夹\n'],
  ])('says what, where and what to do where a lake cannot lie: %s', async (lake, code, err) => {
    for (const command of [
      ['ingest', join(folder, 'exports')],
      ['demo', '--no-report'],
    ]) {
      expect(await run('zh', ...command, '--lake', lake)).toEqual({ code, err, out: '' });
    }
  });
});

describe('the words of the command line', () => {
  it('have the same places to fill in both languages', () => {
    const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, text] of Object.entries(english)) {
      expect([key, places(chinese[key as keyof typeof english])]).toEqual([key, places(text)]);
    }
  });

  it('write numbers and days as the language does', () => {
    expect(textOf('zh', 'judged', { warnings: 12345, day: dayOf('zh', '2026-03-01') })).toBe(
      '新增 12,345 条预警；已评判至 2026年3月1日。',
    );
    expect(textOf('en', 'judged', { warnings: 12345, day: dayOf('en', null) })).toBe(
      '12,345 new warnings; judged through no day yet.',
    );
  });

  it.each([
    ['there is no source "tmal"', '没有来源“tmal”'],
    ['3 of 12 files are gone: staged/a', '3 个文件丢失（共 12 个）：staged/a'],
    ['this is no place for a lake: /proc', '此处不能存放数据湖：/proc'],
    ['nobody has translated this', 'nobody has translated this'],
  ])('say in Chinese what a step says: %s', (phrase, expected) => {
    expect(phraseOf('zh', phrase)).toBe(expected);
    expect(phraseOf('en', phrase)).toBe(phrase);
  });

  it('count two columns for a Chinese letter', () => {
    expect([displayWidth('a数据，b'), padded('正常', 7), fitting('数据湖', 5)]).toEqual([8, '正常   ', '数据']);
    const rows = renderTable([{ 渠道: '天猫', 数值: '1253.8' }]).split('\n');
    expect(new Set(rows.map(displayWidth)).size).toBe(1);
  });
});

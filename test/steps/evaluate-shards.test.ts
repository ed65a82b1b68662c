import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Definitions, loadDefinitions } from '../../pipelines/definitions.ts';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import { listWarnings } from '../../pipelines/steps/list-warnings.ts';
import { ruleWith } from '../domain/alerting/rules.ts';
import { kpiRelease } from './kpi-release.ts';

const marks = { critical: 0.01, warning: 0.02, recover: 0.03 };
const low = { kind: 'fixed', side: 'below', marks, recover_after: 1 };
const rules = [
  ruleWith(low, { threshold: 'each_channel', late_after: 2 }),
  ruleWith(low, { threshold: 'one_channel', channels: ['tmall'], late_after: 2 }),
  ruleWith(low, { threshold: 'all_channels', channels: 'all', late_after: 2 }),
];
const definitions: Definitions = {
  ...loadDefinitions(),
  thresholds: new Map(rules.map((one) => [one.threshold, one])),
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shards-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Orders per 1000 sessions, one figure a day from 27 February on; null: no figure. */
type PerMille = Readonly<Record<string, readonly (number | null)[]>>;

/** As if it were the day after the last figure. `lake`: a folder of its own. */
async function evaluate(perMille: PerMille, { statesAtOnce = 1, lake = 'lake' } = {}) {
  const rows = Object.entries(perMille).flatMap(([channel_id, figures]) =>
    figures.flatMap((numerator, day) => {
      const business_date = addDays('2026-02-27', day);
      return numerator === null
        ? []
        : [{ kpi_id: 'conversion_rate', channel_id, business_date, numerator, denominator: 1000 }];
    }),
  );
  const last = addDays('2026-02-27', Math.max(...Object.values(perMille).map(({ length }) => length)) - 1);
  const session = await kpiRelease(rows, last);
  const now = () => new Date(`${addDays(last, 1)}T08:00:00Z`);
  const ports = { lake: createFolderLake(join(folder, lake)), session, definitions, now };
  const result = await evaluateThresholds({ statesAtOnce }, ports);
  await session.close();
  return result;
}

const inShort = (warnings: readonly Warning[]) =>
  warnings.map(({ rule, channel_id, state, period }) => `${period} ${rule} ${channel_id} ${state}`);

async function latestRun(lake = 'lake') {
  const runs = (await readdir(join(folder, lake, 'alerts/runs'))).sort();
  const file = join(folder, lake, 'alerts/runs', runs.at(-1) ?? '');
  return { file, run: JSON.parse(await readFile(file, 'utf8')) };
}

const stateFile = (key: string) => join(folder, 'lake', key);

describe('states in several objects', () => {
  // Channels come, go and come back while shards are kept; one sorts behind all others, with a name beyond U+FFFF.
  const days: readonly PerMille[] = [
    { all: [40], jd: [40], tmall: [15] },
    { all: [40, 15], amazon: [null, 5], jd: [40, 40], tmall: [15, 15] },
    { all: [40, 15, 15], amazon: [null, 5, 40], jd: [40, 40, 12], tmall: [15, 15, 40], 𠮷: [null, null, 9] },
    {
      all: [40, 15, 40, 40],
      amazon: [null, 5, 40, 40],
      jd: [40, 40, 12, 8],
      tmall: [15, 40, 40, 40],
      𠮷: [null, null, 9, 40],
    },
  ];

  it('tell the same as one object', async () => {
    for (const day of days) {
      await evaluate(day, { statesAtOnce: 1, lake: 'many' });
      await evaluate(day, { statesAtOnce: 1000, lake: 'one' });
    }
    expect((await latestRun('many')).run.shards.length).toBeGreaterThan(2);
    expect((await latestRun('one')).run.shards.length).toBe(1);
    const [many, one] = await Promise.all(
      ['many', 'one'].map((lake) => listWarnings(createFolderLake(join(folder, lake)))),
    );
    expect(many).toEqual(one);
    expect(inShort(many ?? [])).toEqual([
      '2026-02-27 each_channel tmall breached',
      '2026-02-27 one_channel tmall breached',
      '2026-02-28 all_channels all breached',
      '2026-02-28 each_channel amazon breached',
      // A day of February was corrected: what was said of tmall from then on is said anew or taken back.
      '2026-02-28 each_channel tmall recovered',
      '2026-02-28 one_channel tmall recovered',
      '2026-03-01 each_channel amazon recovered',
      '2026-03-01 each_channel jd breached',
      '2026-03-01 each_channel tmall recovered',
      '2026-03-01 each_channel 𠮷 breached',
      '2026-03-01 one_channel tmall recovered',
      '2026-03-01 all_channels all recovered',
      '2026-03-01 each_channel tmall corrected',
      '2026-03-01 one_channel tmall corrected',
      '2026-03-02 each_channel jd breached',
      '2026-03-02 each_channel 𠮷 recovered',
    ]);
  });

  it('are cut when one has grown, and leave those alone in which nothing changed', async () => {
    await evaluate({ all: [40], jd: [40], tmall: [40] }, { statesAtOnce: 1000 });
    expect((await latestRun()).run.shards).toMatchObject([{ from: '' }]);
    await evaluate({ all: [40, 40], jd: [40, 40], tmall: [40, 40] });
    const cut = (await latestRun()).run.shards;
    expect(cut.map(({ from }: { from: string }) => from)).toEqual(['', 'jd', 'tmall']);
    // The last figure of jd is missing: it is waited for, and its state is what it was.
    await evaluate({ all: [40, 40, 40], jd: [40, 40], tmall: [40, 40, 40] });
    const now = (await latestRun()).run.shards;
    expect(now[1]).toEqual(cut[1]);
    expect(now[2].states).not.toBe(cut[2].states);
  });

  it('go on from the one object of an earlier version', async () => {
    await evaluate({ jd: [40, 15], tmall: [15, 15] }, { statesAtOnce: 1000 });
    const { file, run } = await latestRun();
    const { shards, upkeep, evaluations, ...rest } = run;
    const read = async (key: string) => JSON.parse(await readFile(stateFile(key), 'utf8'));
    const states = { ...(await read(shards[0].states)), overdue_review: {}, ...(await read(upkeep)) };
    await writeFile(stateFile('alerts/states/00000001-one.json'), JSON.stringify(states));
    await rm(stateFile(shards[0].states));
    await rm(stateFile(upkeep));
    const old = { ...rest, version: 1, states: 'alerts/states/00000001-one.json', evaluations: evaluations[0] };
    await writeFile(file, JSON.stringify(old));

    const next = await evaluate({ jd: [40, 15, 40], tmall: [15, 15, 15] });
    expect(inShort(next.warnings)).toEqual(['2026-03-01 each_channel jd recovered']);
    const written = (await latestRun()).run;
    expect(written.shards.map(({ from }: { from: string }) => from)).toEqual(['', 'tmall']);
    expect(Object.keys(await read(written.shards[1].states))).toEqual(['each_channel', 'one_channel', 'all_channels']);
    expect((await evaluate({ jd: [40, 15, 40], tmall: [15, 15, 15] })).run).toBeNull();
  });
});

describe('damaged states', () => {
  const healthy: PerMille = { jd: [40, 40, 15], tmall: [40, 40, 40] };
  const damages: Record<string, (file: string) => Promise<void>> = {
    missing: (file) => rm(file),
    'cut short': (file) => writeFile(file, '{"each_channel":{'),
    'no states': (file) => writeFile(file, '{"each_channel":[]}'),
    null: (file) => writeFile(file, 'null'),
  };

  it.each(Object.keys(damages))('are said, and all others are judged (%s)', async (kind) => {
    await evaluate(healthy);
    const [shard] = (await latestRun()).run.shards;
    const whole = await readFile(stateFile(shard.states), 'utf8');
    await damages[kind]?.(stateFile(shard.states));

    const broken = await evaluate({ jd: [40, 40, 15, 15], tmall: [40, 40, 40, 15] });
    expect(inShort(broken.warnings)).toEqual([
      '2026-03-02 each_channel tmall breached',
      '2026-03-02 one_channel tmall breached',
      '2026-03-03 failed_evaluation all error',
    ]);
    expect(broken.damaged).toEqual([
      {
        from: '',
        reason: expect.stringMatching(kind === 'missing' ? /missing$/ : /damaged$/),
        where: `${shard.states} in ${join(folder, 'lake')}`,
        next: expect.stringMatching(/^restore the object/),
      },
    ]);
    expect(broken.warnings[2]?.text.en).toContain(`channels are not judged: what the last evaluation remembered is`);
    expect((await evaluate({ jd: [40, 40, 15, 15], tmall: [40, 40, 40, 15] })).run).toBeNull();

    // Meanwhile a day of jd was corrected: it is judged again when the object is back.
    await evaluate({ jd: [40, 5, 15, 15, 15], tmall: [40, 40, 40, 15, 15] });
    await writeFile(stateFile(shard.states), whole);
    const mended = await evaluate({ jd: [40, 5, 15, 15, 15, 40], tmall: [40, 40, 40, 15, 15, 15] });
    expect(inShort(mended.warnings)).toEqual([
      '2026-02-28 each_channel jd breached',
      '2026-03-01 each_channel jd corrected',
      '2026-03-04 each_channel jd recovered',
      '2026-03-05 failed_evaluation all recovered',
    ]);
    expect(mended.damaged).toEqual([]);
  });

  it('of the watching itself keep no series from being judged', async () => {
    await evaluate(healthy);
    const { upkeep } = (await latestRun()).run;
    await writeFile(stateFile(upkeep), '[');
    const broken = await evaluate({ jd: [40, 40, 15, 15], tmall: [40, 40, 40, 15] });
    expect(inShort(broken.warnings)).toEqual([
      '2026-03-02 each_channel tmall breached',
      '2026-03-02 one_channel tmall breached',
    ]);
    expect(broken.damaged).toMatchObject([{ from: null, where: `${upkeep} in ${join(folder, 'lake')}` }]);
    expect((await latestRun()).run.upkeep).toBe(upkeep);
  });

  it.each(['null', '{"next":"2026-03-02"}', '"?"'])(
    'of one series stay as they are until they are mended: %s',
    async (damaged) => {
      await evaluate(healthy, { statesAtOnce: 1000 });
      const { states } = (await latestRun()).run.shards[0];
      const whole = JSON.parse(await readFile(stateFile(states), 'utf8'));
      await writeFile(
        stateFile(states),
        JSON.stringify({ ...whole, each_channel: { ...whole.each_channel, jd: JSON.parse(damaged) } }),
      );
      const broken = await evaluate({ jd: [40, 5, 15, 40], tmall: [40, 40, 40, 15] }, { statesAtOnce: 1000 });
      expect(inShort(broken.warnings)).toEqual([
        '2026-03-02 each_channel tmall breached',
        '2026-03-02 one_channel tmall breached',
        '2026-03-03 failed_evaluation all error',
      ]);
      expect(broken.failures).toMatchObject([
        { rule: 'each_channel', channel_id: 'jd', reason: expect.stringContaining('alerts/states is damaged') },
      ]);
      await evaluate({ jd: [40, 5, 15, 40, 40], tmall: [40, 40, 40, 15, 15] }, { statesAtOnce: 1000 });
      const file = stateFile((await latestRun()).run.shards[0].states);
      const now = JSON.parse(await readFile(file, 'utf8'));
      expect(now.each_channel.jd).toEqual(JSON.parse(damaged));

      // A person puts back what was there: what changed meanwhile is judged too.
      now.each_channel.jd = whole.each_channel.jd;
      await writeFile(file, JSON.stringify(now));
      const figures = { jd: [40, 5, 15, 40, 40, 40], tmall: [40, 40, 40, 15, 15, 15] };
      const mended = await evaluate(figures, { statesAtOnce: 1000 });
      expect(inShort(mended.warnings)).toEqual([
        '2026-02-28 each_channel jd breached',
        '2026-03-01 each_channel jd corrected',
        '2026-03-02 each_channel jd recovered',
        '2026-03-05 failed_evaluation all recovered',
      ]);
      expect((await latestRun()).run.shards[0]).not.toHaveProperty('missed');
    },
  );
});

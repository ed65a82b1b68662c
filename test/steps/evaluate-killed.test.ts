import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Definitions, loadDefinitions } from '../../pipelines/definitions.ts';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { createFileNotifier } from '../../pipelines/notify/file-notifier.ts';
import type { Notifier } from '../../pipelines/notify/notifier.ts';
import { deliverWarnings } from '../../pipelines/steps/deliver-warnings.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import type { ReleaseSession } from '../../pipelines/warehouse/warehouse.ts';
import { lowRule } from '../domain/alerting/rules.ts';
import { type KpiRow, kpiRelease } from './kpi-release.ts';

const rule = lowRule({ marks: { critical: 0.01, warning: 0.02, approach: 0.025, recover: 0.03 } });
const definitions: Definitions = { ...loadDefinitions(), thresholds: new Map([[rule.threshold, rule]]) };
const routes = [{ route: 'all', match: {}, to: ['outbox', 'topic'] }];

/** Two releases: the second adds days and changes one, so that a correction is among the events. */
const releases = [
  [40, 24, 18, 8, 40],
  [40, 24, 26, 8, 40, 40, 12],
];

/** Two channels, whose states lie in an object each; one has nothing to tell. */
function rowsOf(values: readonly number[]): KpiRow[] {
  return values.flatMap((numerator, index) => {
    const day = { kpi_id: 'conversion_rate', business_date: addDays('2026-03-01', index), denominator: 1000 };
    return [
      { ...day, channel_id: 'jd', numerator: 40 },
      { ...day, channel_id: 'tmall', numerator },
    ];
  });
}

let folder = '';
let sessions: readonly ReleaseSession[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-'));
  sessions = await Promise.all(
    releases.map((values) => kpiRelease(rowsOf(values), addDays('2026-03-01', values.length - 1))),
  );
});
afterAll(async () => {
  for (const session of sessions) await session.close();
  await rm(folder, { recursive: true, force: true });
});

class Killed extends Error {}

/** Dies at the n-th write, either before or after it has happened. */
function mortalLake(lake: Lake, fatal: number, when: 'before' | 'after'): Lake {
  let writes = 0;
  const dying = <T>(write: () => Promise<T>): Promise<T> => {
    writes++;
    if (writes !== fatal) return write();
    if (when === 'before') return Promise.reject(new Killed());
    return write().then(() => Promise.reject(new Killed()));
  };
  const deadly: Pick<Lake, 'create' | 'swap'> = {
    create: (key, body) => dying(() => lake.create(key, body)),
    swap: (key, body, expected) => dying(() => lake.swap(key, body, expected)),
  };
  return new Proxy(lake, {
    get(target, name) {
      if (name === 'create' || name === 'swap') return deadly[name];
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function topic(seen: string[]): Notifier {
  return {
    name: 'topic',
    deliver({ id }) {
      seen.push(id);
      return Promise.resolve({ outcome: 'sent' });
    },
  };
}

/** Everything once: evaluate and deliver each release. Dies with `Killed` where the lake says so. */
async function work(lake: Lake, outbox: string, seen: string[]): Promise<void> {
  for (const session of sessions) {
    await evaluateThresholds({ statesAtOnce: 1 }, { lake, session, definitions, now: () => new Date(0) });
    await deliverWarnings({
      lake,
      now: () => new Date(0),
      routes,
      notifiers: [createFileNotifier(outbox), topic(seen)],
    });
  }
}

const idsIn = async (file: string) =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).id as string);

describe('killed at any write of evaluate and deliver', () => {
  it('tells every event: the file exactly once, a plain topic at most once more', async () => {
    const seen: string[] = [];
    await work(createFolderLake(join(folder, 'whole')), join(folder, 'whole.ndjson'), seen);
    const expected = await idsIn(join(folder, 'whole.ndjson'));
    expect(expected.length).toBeGreaterThan(6);
    expect(seen).toEqual(expected);

    let deaths = 0;
    for (let fatal = 1; ; fatal++) {
      // A write that happened and one that did not: each is tried at every place in a long run, in turns in a short one.
      const ways = process.env['TIDEMARK_LONG']
        ? (['before', 'after'] as const)
        : ([fatal % 2 ? 'before' : 'after'] as const);
      const died: boolean[] = [];
      for (const way of ways) died.push(await dieAndResume(fatal, way, expected));
      if (!died.includes(true)) break;
      deaths++;
    }
    // Four writes per evaluation and one per delivered message, at least.
    expect(deaths).toBeGreaterThanOrEqual(8 + 2 * expected.length);
  });
});

async function dieAndResume(fatal: number, when: 'before' | 'after', expected: readonly string[]): Promise<boolean> {
  const name = `${when}-${fatal}`;
  const lake = createFolderLake(join(folder, name));
  const outbox = join(folder, `${name}.ndjson`);
  const seen: string[] = [];
  let died = false;
  try {
    await work(mortalLake(lake, fatal, when), outbox, seen);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    died = true;
    await work(lake, outbox, seen);
  }
  expect(await idsIn(outbox), name).toEqual(expected);
  expect([...new Set(seen)], name).toEqual(expected);
  expect(seen.length - expected.length, name).toBeLessThanOrEqual(died ? 1 : 0);
  return died;
}

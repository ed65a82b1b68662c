import { afterEach, describe, expect, it, vi } from 'vitest';
import { readEnvironment } from '../../functions/shared/environment.ts';
import { readLandingEvents } from '../../functions/shared/landing-events.ts';
import { handle, once } from '../../functions/shared/runtime.ts';
import { LakeError } from '../../pipelines/domain/errors.ts';
import { startRun } from '../../pipelines/steps/start-run.ts';

describe('environment of a function', () => {
  it('is typed and parsed', () => {
    const source = { TIDEMARK_LAKE: 's3://lake', TIDEMARK_PERSONAL_PREFIXES: 'raw/,landing/' };
    expect(readEnvironment(['TIDEMARK_LAKE', 'TIDEMARK_PERSONAL_PREFIXES'], source)).toEqual({
      TIDEMARK_LAKE: 's3://lake',
      TIDEMARK_PERSONAL_PREFIXES: ['raw/', 'landing/'],
    });
  });

  it('names every variable that is missing or malformed, and no value', () => {
    const source = { TIDEMARK_LAKE: 'secret-value' };
    expect(() => readEnvironment(['TIDEMARK_LAKE', 'TIDEMARK_RUN_MACHINE'], source)).toThrow(
      'TIDEMARK_LAKE is malformed; TIDEMARK_RUN_MACHINE is missing.',
    );
    expect(() => readEnvironment(['TIDEMARK_LAKE'], source)).not.toThrow('secret-value');
  });
});

describe('landing events', () => {
  const body = (object: Record<string, string>) =>
    JSON.stringify({ 'detail-type': 'Object Created', detail: { object } });

  it('give key and version of each dropped file; leave folders and what a backfill will read; send back what is no event', () => {
    const event = {
      Records: [
        { messageId: 'm1', body: body({ key: 'landing/天猫/订单 1.csv', sequencer: '00A1' }) },
        { messageId: 'm2', body: 'not json' },
        { messageId: 'm3', body: '{"detail":{}}' },
        { messageId: 'm4', body: body({ key: 'landing/shop/a.csv' }) },
        { messageId: 'm5', body: body({ key: 'landing/backfill/shop/2019.csv' }) },
        { messageId: 'm6', body: body({ key: 'landing/shop/' }) },
      ],
    };
    expect(readLandingEvents(event)).toEqual({
      objects: [
        { key: 'landing/天猫/订单 1.csv', version: '00A1' },
        { key: 'landing/shop/a.csv', version: 'm4' },
      ],
      unreadable: [{ itemIdentifier: 'm2' }, { itemIdentifier: 'm3' }],
    });
  });
});

describe('starting a run', () => {
  function recorder() {
    const started = new Map<string, readonly string[]>();
    return {
      started,
      start: async (name: string, keys: readonly string[]) => {
        if (started.has(name)) return 'exists' as const;
        started.set(name, keys);
        return 'started' as const;
      },
    };
  }

  it('starts one run for events that are delivered twice or in another order', async () => {
    const runs = recorder();
    const [a, b] = [
      { key: 'landing/a', version: '1' },
      { key: 'landing/b', version: '2' },
    ];
    expect(await startRun([a, b], runs)).toBe('started');
    expect(await startRun([b, a, b], runs)).toBe('exists');
    expect([...runs.started.values()]).toEqual([['landing/a', 'landing/b']]);
  });

  it('starts another run for a file that is dropped again', async () => {
    const runs = recorder();
    await startRun([{ key: 'landing/a', version: '1' }], runs);
    expect(await startRun([{ key: 'landing/a', version: '2' }], runs)).toBe('started');
  });

  it('names runs as Step Functions allows', async () => {
    const runs = recorder();
    await startRun([{ key: 'landing/天猫/订单 (1).csv', version: '1' }], runs);
    expect([...runs.started.keys()][0]).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
  });

  it('starts nothing for nothing', async () => {
    expect(await startRun([], recorder())).toBe('nothing');
  });
});

describe('a handler', () => {
  afterEach(() => vi.restoreAllMocks());

  async function linesOf(work: () => Promise<unknown>) {
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    await work().catch(() => {});
    vi.restoreAllMocks();
    return written.map((line) => JSON.parse(line));
  }

  it('logs its result as one line of JSON', async () => {
    const handler = handle('demo', async (event: { n: number }) => ({ double: event.n * 2 }));
    const lines = await linesOf(() => handler({ n: 4 }, { awsRequestId: 'r1' }));
    expect(lines).toEqual([
      { level: 'info', step: 'demo', request: 'r1', milliseconds: expect.any(Number), result: { double: 8 } },
    ]);
  });

  it('logs where an error lies and what to do next, and lets it go on', async () => {
    const handler = handle('demo', async () => {
      throw new LakeError('gone', { where: 'k', next: 'look', retryable: true });
    });
    const lines = await linesOf(async () => {
      await expect(handler({}, { awsRequestId: 'r1' })).rejects.toThrow('gone');
    });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'error',
        error: 'LakeError',
        message: 'gone',
        where: 'k',
        next: 'look',
        retryable: true,
      }),
    ]);
  });

  it('makes things once, and again after a failure', async () => {
    let calls = 0;
    const make = once(async () => {
      calls++;
      if (calls === 1) throw new Error('first');
      return calls;
    });
    await expect(make()).rejects.toThrow('first');
    expect([await make(), await make()]).toEqual([2, 2]);
  });
});

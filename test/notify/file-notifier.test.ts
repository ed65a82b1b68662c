import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileNotifier } from '../../pipelines/notify/file-notifier.ts';
import { warningWith } from './warning-example.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outbox-'));
  file = join(folder, 'sub', 'outbox.ndjson');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ids = async () =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).id);

describe('file notifier', () => {
  it('writes one line per warning, in full', async () => {
    const notifier = createFileNotifier(file);
    expect(await notifier.deliver(warningWith())).toEqual({ outcome: 'sent' });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(warningWith());
  });

  it('drops a repeat, also one that another process wrote before', async () => {
    await createFileNotifier(file).deliver(warningWith({ id: 'a' }));
    const second = createFileNotifier(file);
    for (const id of ['a', 'b', 'b', 'c'])
      expect(await second.deliver(warningWith({ id }))).toEqual({ outcome: 'sent' });
    expect(await ids()).toEqual(['a', 'b', 'c']);
  });

  it('cuts off the torn line that a kill left behind, Chinese text included, and writes the warning anew', async () => {
    await createFileNotifier(file).deliver(warningWith({ id: 'a' }));
    const whole = Buffer.from(JSON.stringify(warningWith({ id: 'b' })));
    // Cut in the middle of a Chinese character.
    await appendFile(file, whole.subarray(0, whole.indexOf('天') + 1));
    await createFileNotifier(file).deliver(warningWith({ id: 'b' }));
    expect(await ids()).toEqual(['a', 'b']);
  });

  it('asks for another try where the file cannot be written', async () => {
    await writeFile(join(folder, 'sub'), 'a file where a folder is needed');
    const delivery = await createFileNotifier(file).deliver(warningWith());
    expect(delivery).toEqual({ outcome: 'retry', reason: expect.stringContaining('cannot write') });
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Release } from '../../pipelines/domain/release.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { currentRelease, publishRelease, withId } from '../../pipelines/steps/releases.ts';
import { showCurrent } from '../../pipelines/steps/show-release.ts';

describe('showing the current release', () => {
  let folder: string;
  let lake: Lake;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'show-'));
    lake = createFolderLake(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function publish(asOf: string): Promise<string> {
    const release = withId({ version: 1, as_of: asOf, catalog: '', parts: {}, receipts: [] });
    await publishRelease(lake, release, await currentRelease(lake), new Date());
    return release.id;
  }

  /** Remembers what it was told to show; `between` happens while it shows something for the first time. */
  function recorder(between: () => Promise<unknown> = async () => {}) {
    const shown: string[] = [];
    const show = async ({ id }: Release) => {
      if (shown.push(id) === 1) await between();
    };
    return { shown, publicMarts: { prepare: async () => {}, show } };
  }

  it('shows it once', async () => {
    const release = await publish('2024-06-18');
    const { shown, publicMarts } = recorder();
    await showCurrent({ lake, publicMarts });
    expect(shown).toEqual([release]);
  });

  it('shows last what became current meanwhile', async () => {
    const first = await publish('2024-06-18');
    let second = '';
    const { shown, publicMarts } = recorder(async () => {
      second = await publish('2024-06-19');
    });
    await showCurrent({ lake, publicMarts });
    expect(shown).toEqual([first, second]);
  });

  it('has nothing to show in an empty lake, and nowhere to show it without such a place', async () => {
    const { shown, publicMarts } = recorder();
    await showCurrent({ lake, publicMarts });
    await publish('2024-06-18');
    await showCurrent({ lake });
    expect(shown).toEqual([]);
  });
});

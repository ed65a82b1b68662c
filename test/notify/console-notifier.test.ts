import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { createConsoleNotifier } from '../../pipelines/notify/console-notifier.ts';
import { warningWith } from './warning-example.ts';

const { owners } = loadDefinitions();

async function printed(options: { language: 'zh' | 'en'; colour: boolean }, own = {}): Promise<string[]> {
  const lines: string[] = [];
  const notifier = createConsoleNotifier({ ...options, owners, write: (line) => lines.push(line) });
  expect(await notifier.deliver(warningWith(own))).toEqual({ outcome: 'sent' });
  return lines;
}

describe('console notifier', () => {
  it('says in plain text what happened, what to do, and who does it', async () => {
    expect(await printed({ language: 'en', colour: false })).toEqual([
      '[WARNING] Conversion rate, Tmall: 1.8% on 2026-03-02.',
      '    Place a test order.',
      '    owner: Channel operations · runbook: conversion_drop',
    ]);
    expect((await printed({ language: 'zh', colour: false }, { severity: 'critical' }))[0]).toBe(
      '[严重] 天猫的转化率：2026-03-02 为 1.8%。',
    );
    expect((await printed({ language: 'zh', colour: false }))[2]).toBe('    负责：渠道运营 · 预案：conversion_drop');
  });

  it('calls a post that the catalog does not name by its id', async () => {
    expect((await printed({ language: 'en', colour: false }, { owner: 'night_shift' }))[2]).toContain(
      'owner: night_shift',
    );
  });

  it('colours the badge on terminals only', async () => {
    const escapeCharacter = String.fromCharCode(27);
    expect((await printed({ language: 'en', colour: true }))[0]).toContain(`${escapeCharacter}[33m[WARNING]`);
    expect((await printed({ language: 'en', colour: false })).join('')).not.toContain(escapeCharacter);
  });
});

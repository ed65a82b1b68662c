import { describe, expect, it } from 'vitest';
import { createConsoleNotifier } from '../../pipelines/notify/console-notifier.ts';
import { warningWith } from './warning-example.ts';

async function printed(options: { language: 'zh' | 'en'; colour: boolean }, own = {}): Promise<string[]> {
  const lines: string[] = [];
  const notifier = createConsoleNotifier({ ...options, write: (line) => lines.push(line) });
  expect(await notifier.deliver(warningWith(own))).toEqual({ outcome: 'sent' });
  return lines;
}

describe('console notifier', () => {
  it('says in plain text what happened, what to do, and who does it', async () => {
    expect(await printed({ language: 'en', colour: false })).toEqual([
      '[WARNING] Conversion rate, Tmall: 1.8% on 2026-03-02.',
      '    Place a test order.',
      '    owner: channel_operations · runbook: conversion_drop',
    ]);
    expect((await printed({ language: 'zh', colour: false }, { severity: 'critical' }))[0]).toBe(
      '[严重] 天猫的转化率：2026-03-02 为 1.8%。',
    );
  });

  it('colours the badge on terminals only', async () => {
    const escapeCharacter = String.fromCharCode(27);
    expect((await printed({ language: 'en', colour: true }))[0]).toContain(`${escapeCharacter}[33m[WARNING]`);
    expect((await printed({ language: 'en', colour: false })).join('')).not.toContain(escapeCharacter);
  });
});

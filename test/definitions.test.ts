import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../pipelines/definitions.ts';

describe('catalog', () => {
  let overlay: string;
  beforeEach(() => {
    overlay = mkdtempSync(join(tmpdir(), 'tidemark-catalog-'));
  });
  afterEach(() => rmSync(overlay, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(overlay, path)), { recursive: true });
    writeFileSync(join(overlay, path), text);
  }

  function faultOf(): { message: string; where: string | undefined; next: string | undefined } {
    try {
      loadDefinitions([overlay]);
    } catch (error) {
      const { message, where, next } = error as { message: string; where?: string; next?: string };
      return { message, where, next };
    }
    throw new Error('the catalog was accepted');
  }

  const contract = `contract: kiosk_sales
title: { en: Kiosk sales, zh: 报亭销售 }
channel: { channel_id: kiosk, name: Kiosk, name_zh: 报亭, kind: store }
timezone: Asia/Shanghai
currency: CNY
columns:
  - { name: number, headers: [No], type: id, required: true }
  - { name: day, headers: [Day], type: date }
  - { name: total, headers: [Total], type: decimal }
outputs:
  - dataset: orders
    write: upsert
    columns: { order_id: number, ordered_at: day, total_amount: total }
`;

  it('adds a contract from an overlay', () => {
    write('contracts/kiosk_sales.yaml', contract);
    expect(loadDefinitions([overlay]).contracts.get('kiosk_sales')?.channel.channel_id).toBe('kiosk');
  });

  it('changes its fingerprint with a definition', () => {
    const before = loadDefinitions().fingerprint;
    write('contracts/kiosk_sales.yaml', contract);
    expect(loadDefinitions([overlay]).fingerprint).not.toBe(before);
  });

  it('names file, line, field and what was expected', () => {
    write('contracts/kiosk_sales.yaml', contract.replace('type: date', 'type: day'));
    const fault = faultOf();
    expect(fault.where).toBe(`${join(overlay, 'contracts/kiosk_sales.yaml')}:8`);
    expect(fault.message).toContain('line 8: columns.1.type:');
    expect(fault.message).toContain('"datetime"');
    expect(fault.next).toContain('contract check');
  });

  it('reports a key that nothing reads', () => {
    write('contracts/kiosk_sales.yaml', contract.replace('currency: CNY', 'currency: CNY\ncolour: red'));
    expect(faultOf().message).toContain('colour');
  });

  it('reports broken YAML with its line', () => {
    write('contracts/kiosk_sales.yaml', 'contract: a\ntitle: [\n');
    expect(faultOf().where).toMatch(/kiosk_sales\.yaml:\d+$/);
  });

  it.each([
    ['dataset: orders', 'dataset: order', 'no dataset is called "order"'],
    ['total_amount: total', 'grand_total: total', 'dataset orders has no such column'],
    ['outputs:', 'persons: [{ column: phone, kind: phone }]\noutputs:', 'no column is called "phone"'],
  ])('reports a name that leads nowhere: %s → %s', (from, to, text) => {
    write('contracts/kiosk_sales.yaml', contract.replace(from, to));
    expect(faultOf().message).toContain(text);
  });

  it('reports a file whose name is not its id', () => {
    write('contracts/kiosk.yaml', contract);
    expect(faultOf().message).toContain('defines "kiosk_sales"');
  });

  it('reports an overlay that is no folder', () => {
    expect(() => loadDefinitions([join(overlay, 'nothing')])).toThrow('not a folder');
  });
});

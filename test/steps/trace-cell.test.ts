import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { buildModels } from '../../pipelines/steps/build-models.ts';
import { traceCell } from '../../pipelines/steps/trace-cell.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { orderDefinitions } from '../fixtures/shop-world.ts';
import { StagedLake } from '../fixtures/staged-lake.ts';

/** Gross sales by the lines of orders. */
const trace = `
  select channel_id, order_id, _export, _line, 'gross_sales' as measure, quantity * unit_price as amount
  from stg_order_lines where kind = 'sale';
`;

const line = { channel_id: 'shop', kind: 'sale', currency: 'CNY', unit_price: '2.50', ordered_date: '2024-01-31' };

function definitionsWith(text: string) {
  const definitions = orderDefinitions();
  const facts = definitions.models.get('order_facts')!;
  const traced = { ...facts, grain: ['channel_id', 'order_id'], trace: text };
  return { ...definitions, models: new Map([...definitions.models, ['order_facts', traced]]) };
}

describe('the way home of a number', () => {
  let folder: string;
  let lake: Lake;
  let exports: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trace-'));
    lake = createFolderLake(folder);
    const staged = new StagedLake(lake, orderDefinitions().datasets);
    const january = await staged.deliver({
      ...{ source: 'shop', exportedAt: '2024-02-01T00:00:00Z', write: 'replace_scope', file: 'january.csv' },
      rows: {
        order_lines: [
          { ...line, order_id: '1', line_id: 'a', quantity: '2' },
          { ...line, order_id: '2', line_id: 'a', quantity: '1' },
          { ...line, order_id: '2', line_id: 'b', quantity: '3' },
        ],
      },
    });
    const mended = await staged.deliver({
      ...{ source: 'shop', exportedAt: '2024-02-02T00:00:00Z', write: 'replace_scope', file: 'mended.csv' },
      rows: { order_lines: [{ ...line, order_id: '1', line_id: 'a', quantity: '10' }] },
    });
    exports = [january.export, mended.export];
    await buildModels({ ...tools(trace), now: () => new Date(0) });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function tools(text: string) {
    const builder = createDuckDbWarehouse(lake);
    return { lake, builder, definitions: definitionsWith(text), settings: { reportingCurrency: 'CNY' } };
  }

  it('names the files and records behind a cell, which add up to it', async () => {
    const found = await traceCell(tools(trace), 'order_facts', "order_id = '2'");
    const cell = { channel_id: 'shop', order_id: '2' };
    const file = { export: exports[0], file: 'january.csv', source: 'shop' };
    expect(found.records).toEqual([
      { ...file, line: 2, measure: 'gross_sales', amount: '2.50000000', cell },
      { ...file, line: 3, measure: 'gross_sales', amount: '7.50000000', cell },
    ]);
    expect(found.sums).toEqual([{ cell, measure: 'gross_sales', stated: '10.000000', traced: '10.000000' }]);
    expect(found.adds_up).toBe(true);
  });

  it('names the correction alone where a correction holds', async () => {
    const found = await traceCell(tools(trace), 'order_facts', "order_id = '1'");
    expect(found.records.map(({ file, line: record, amount }) => [file, record, amount])).toEqual([
      ['mended.csv', 1, '25.00000000'],
    ]);
    expect(found.adds_up).toBe(true);
  });

  it('says so where the records do not add up', async () => {
    const found = await traceCell(tools(trace.replace('quantity *', '2 * quantity *')), 'order_facts', 'true');
    expect(found.adds_up).toBe(false);
    expect(found.sums.map(({ stated, traced }) => [stated, traced])).toEqual([
      ['25.000000', '50.000000'],
      ['10.000000', '20.000000'],
    ]);
  });

  it('names cells without records of their own instead of calling them wrong', async () => {
    const { definitions, ...rest } = tools(trace);
    const facts = definitions.models.get('order_facts')!;
    const gaps = "select channel_id, order_id, 'order_lines' as measure from order_facts";
    const models = new Map([...definitions.models, ['order_facts', { ...facts, trace_gaps: gaps }]]);
    const found = await traceCell(
      { ...rest, definitions: { ...definitions, models } },
      'order_facts',
      "order_id = '2'",
    );
    const cell = { channel_id: 'shop', order_id: '2' };
    expect(found.gaps).toEqual([{ cell, measure: 'order_lines', stated: '2.000000' }]);
    expect(found.sums.map(({ measure }) => measure)).toEqual(['gross_sales']);
    expect(found.adds_up).toBe(true);
  });

  it('refuses a condition that reads anything but the mart', async () => {
    for (const where of [
      "order_id in (select content from read_text('/etc/passwd'))",
      'exists (select 1 from stg_orders)',
      'true) union all select 1 from order_facts where (true',
      'no_such_column = 1',
      "current_setting('memory_limit') = ''",
      '',
    ]) {
      await expect(traceCell(tools(trace), 'order_facts', where), where).rejects.toMatchObject({ name: 'UsageError' });
    }
  });

  it('says which marts can be traced', async () => {
    await expect(traceCell(tools(trace), 'order_refunds', 'true')).rejects.toMatchObject({
      message: 'order_refunds cannot be traced',
      next: 'choose from: order_facts',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { type ModelDefinition, model } from '../../pipelines/domain/model.ts';
import { modelGraph, withReaders } from '../../pipelines/domain/model-graph.ts';

const label = { zh: '测试', en: 'Test' };

function define(name: string, layer: 'staging' | 'marts', materialized: 'view' | 'parts'): ModelDefinition {
  const columns = [{ name: 'id', type: 'text', description: label }];
  const definition = model.parse({ model: name, description: label, materialized, grain: ['id'], columns });
  return { ...definition, layer, sql: '', file: `models/${layer}/${name}.sql` };
}

const stgOrders = define('stg_orders', 'staging', 'view');
const facts = define('facts', 'marts', 'parts');
const daily = define('daily', 'marts', 'parts');
const glance = define('glance', 'marts', 'view');

function graphOf(reads: Record<string, string[]>, models = [stgOrders, facts, daily, glance]) {
  return modelGraph(models, new Map(Object.entries(reads)), ['orders']);
}

describe('the graph of models', () => {
  const sound = {
    stg_orders: ['staged_orders'],
    facts: ['stg_orders', 'run_settings'],
    daily: ['glance', 'calendar'],
    glance: ['facts'],
  };

  it('orders models after what they read and dissolves views into their inputs', () => {
    const graph = graphOf(sound);
    expect([...graph.keys()]).toEqual(['stg_orders', 'facts', 'glance', 'daily']);
    expect(graph.get('facts')?.inputs).toEqual(['run_settings', 'staged_orders']);
    expect(graph.get('daily')?.inputs).toEqual(['calendar', 'facts']);
  });

  it('finds all that reads a model, directly or not', () => {
    expect(withReaders(graphOf(sound), ['facts'])).toEqual(['facts', 'glance', 'daily']);
    expect(withReaders(graphOf(sound), ['daily'])).toEqual(['daily']);
    expect(withReaders(graphOf(sound), [])).toEqual([]);
  });

  it.each([
    ['an unknown relation', { ...sound, daily: ['fact'] }, 'there is no relation "fact"', 'daily'],
    ['an unknown dataset', { ...sound, stg_orders: ['staged_order'] }, 'no relation "staged_order"', 'stg_orders'],
    [
      'a mart that reads a staged dataset',
      { ...sound, daily: ['staged_orders'] },
      'a marts model may not read',
      'daily',
    ],
    ['staging that reads a model', { ...sound, stg_orders: ['facts'] }, 'a staging model may not read', 'stg_orders'],
    ['a view of a mart over staging', { ...sound, glance: ['stg_orders'] }, 'may read marts only', 'glance'],
    ['a view of a mart over the calendar', { ...sound, glance: ['calendar'] }, 'may read marts only', 'glance'],
    ['a circle', { ...sound, facts: ['daily'] }, 'in a circle: daily → glance → facts → daily', 'daily'],
    ['itself', { ...sound, facts: ['facts'] }, 'in a circle: facts → facts', 'facts'],
  ])('refuses %s and names the file', (_, reads, message, culprit) => {
    const where = expect.stringMatching(new RegExp(`/${culprit}\\.sql$`));
    const refused = () => graphOf(reads);
    expect(refused).toThrow(message);
    try {
      refused();
    } catch (error) {
      expect(error).toMatchObject({ name: 'CatalogError', where });
    }
  });

  it('refuses a model that is computed by key and reads rows that do not say their key', () => {
    const byKey = { ...daily, rebuild: 'key' as const, key: 'id' };
    const models = [stgOrders, facts, glance, byKey];
    expect(graphOf({ ...sound, daily: ['facts'] }, models).get('daily')?.inputs).toEqual(['facts']);
    expect(() => graphOf(sound, models)).toThrow('may not read "calendar", whose rows do not say their key');
    const known_as = { relation: 'facts', name: 'id', key: 'person' };
    const named = () => graphOf({ ...sound, daily: ['facts'] }, [stgOrders, facts, glance, { ...byKey, known_as }]);
    expect(named).toThrow('may not read "facts"');
  });

  describe('with keys traced in inputs', () => {
    const columns = ['id', 'day'].map((name) => ({ ...daily.columns[0]!, name, required: true }));
    const wide = { ...facts, columns: [...columns, { ...columns[0]!, name: '_scope' as const }] };
    const traced = { ...daily, columns, rebuild: 'month' as const, month_of: 'day', key: 'day' };
    const byDay = { relation: 'facts', column: 'day' };
    const inputs = { ...sound, daily: ['glance', 'stg_orders'] };
    const refusing = (more: Partial<ModelDefinition>, fact: ModelDefinition = wide) =>
      expect(() => graphOf(inputs, [stgOrders, fact, glance, { ...traced, ...more }]));

    it('takes those that have the key, or meet it in another input', () => {
      const joins = { relation: 'facts', column: '_scope' };
      const keys_in = [byDay, { relation: 'staged_orders', column: '_scope', joins }];
      refusing({ keys_in }).not.toThrow();
    });

    it.each([
      ['no key', [byDay], { key: 'week' }, 'wants a required column in `key`'],
      ['another way of rebuilding', [byDay], { rebuild: 'whole' as const }, 'wants a required column in `key`'],
      ['a relation that is not read', [{ relation: 'calendar', column: 'day' }], {}, 'the select does not read it'],
      ['a column that is not there', [{ relation: 'facts', column: 'week' }], {}, 'it has no column "week"'],
      ['staged rows by a column', [{ relation: 'staged_orders', column: 'day' }], {}, 'by `_scope` alone'],
      [
        'a join that leads nowhere',
        [{ relation: 'facts', column: 'id', joins: { relation: 'glance', column: 'id' } }],
        {},
        '"glance" leads to no key',
      ],
      [
        'a join that comes back',
        [{ relation: 'facts', column: 'id', joins: { relation: 'facts', column: 'id' } }],
        {},
        '"facts" leads to no key',
      ],
    ])('refuses %s', (_, keys_in, more, message) => refusing({ keys_in, ...more }).toThrow(message));
  });
});

import { describe, expect, it } from 'vitest';
import { type ModelDefinition, model } from '../../pipelines/domain/model.ts';
import { type BuildState, calendarChange, type RelationChange, stalenessOf } from '../../pipelines/domain/staleness.ts';

const label = { zh: '测试', en: 'Test' };

function define(more: object): ModelDefinition {
  const columns = [{ name: 'day', type: 'date', description: label }];
  const base = { model: 'm', description: label, materialized: 'parts', grain: ['day'], columns, month_of: 'day' };
  return { ...model.parse({ ...base, ...more }), layer: 'marts', sql: '', file: 'm.sql' };
}

function changed(months: (string | null)[] | null, byScope = false): RelationChange {
  return { kind: 'changed', months: months && new Set(months), byScope };
}

function judge(definition: ModelDefinition, changes: Record<string, RelationChange>, more: Partial<BuildState> = {}) {
  const node = { model: definition, reads: [], inputs: Object.keys(changes) };
  const changeOf = (relation: string) => changes[relation] ?? { kind: 'unchanged' as const };
  const monthsAfter = () => ['2024-06-01', '2024-07-01'];
  return stalenessOf(node, { rebuildAll: undefined, redefined: new Map(), changeOf, monthsAfter, ...more });
}

describe('what is stale', () => {
  const whole = define({ rebuild: 'whole' });
  const byMonth = define({ rebuild: 'month' });
  const byScope = define({
    rebuild: 'scope',
    columns: [...define({}).columns, { name: '_scope', type: 'integer', description: label }],
  });

  it('is nothing while no input changed', () => {
    for (const definition of [whole, byMonth, byScope]) {
      expect(judge(definition, { a: { kind: 'unchanged' } })).toEqual({ kind: 'fresh' });
    }
  });

  it('is everything of a model that is computed as a whole', () => {
    const { kind, ...rest } = judge(whole, { a: changed(['2024-01-01']), b: { kind: 'unchanged' } });
    expect(kind).toBe('all');
    expect(rest).toEqual({ because: 'changed: a' });
  });

  it('is the changed months of a model that is computed by month', () => {
    expect(judge(byMonth, { a: changed(['2024-02-01', null]), b: changed(['2024-01-01']) })).toEqual({
      kind: 'months',
      months: ['2024-01-01', '2024-02-01', null],
      byKey: false,
      because: 'changed: a, b',
    });
  });

  it('is the keys on changed rows within these months, while all that changed leads to keys', () => {
    const traced = define({ rebuild: 'month', key: 'day', keys_in: [{ relation: 'a', column: 'day' }] });
    const months = { a: changed(['2024-02-01']), b: changed(['2024-02-01']) };
    expect(judge(traced, { a: months.a })).toMatchObject({ months: ['2024-02-01'], byKey: true });
    expect(judge(traced, months)).toMatchObject({ months: ['2024-02-01'], byKey: false });
    // Rows of before and of now can only be told apart where they have the same columns.
    const redefined = new Map([['a', 'its definition changed']]);
    expect(judge(traced, { a: months.a }, { redefined })).toMatchObject({ months: ['2024-02-01'], byKey: false });
  });

  it('includes months that read a changed one from before or after', () => {
    const reaching = define({ rebuild: 'month', reads_months_before: 2, reads_months_after: 1 });
    expect(judge(reaching, { a: changed(['2024-01-01']) })).toMatchObject({
      months: ['2023-12-01', '2024-01-01', '2024-02-01', '2024-03-01'],
    });
  });

  it('is every later month too where an input is read up to the month', () => {
    const reaching = define({ rebuild: 'month', reads_all_before: ['a'] });
    expect(judge(reaching, { a: changed(['2024-05-01']) })).toMatchObject({
      months: ['2024-05-01', '2024-06-01', '2024-07-01'],
    });
    expect(judge(reaching, { b: changed(['2024-05-01']) })).toMatchObject({ months: ['2024-05-01'] });
  });

  it('is the years of the changed months where parts hold years', () => {
    const byYear = define({ rebuild: 'month', part_span: 'year' });
    expect(judge(byYear, { a: changed(['2023-12-01', '2024-05-01', '2024-07-01']) })).toMatchObject({
      months: ['2023-01-01', '2024-01-01'],
    });
  });

  it('leaves rows without a date out where the model cannot have any', () => {
    const columns = [{ name: 'day', type: 'date', description: label, required: true }];
    const dated = define({ rebuild: 'month', columns });
    expect(judge(dated, { a: changed(['2024-01-01', null]) })).toMatchObject({ months: ['2024-01-01'] });
    expect(judge(dated, { a: changed([null]) })).toEqual({ kind: 'fresh' });
  });

  it('is everything where an input without months changed', () => {
    expect(judge(byMonth, { a: changed(['2024-01-01']), b: changed(null) })).toMatchObject({ kind: 'all' });
  });

  it('is the touched scopes only while every change is one of touched scopes', () => {
    expect(judge(byScope, { a: changed(['2024-01-01'], true) })).toMatchObject({ kind: 'scopes' });
    expect(judge(byScope, { a: changed(['2024-01-01'], true), b: changed(null) })).toMatchObject({ kind: 'all' });
  });

  it('is the changed keys of a model that is computed by key, unless an input has other columns now', () => {
    const byKey = define({ rebuild: 'key', key: 'day' });
    expect(judge(byKey, { a: changed(['2024-01-01']) })).toEqual({ kind: 'keys', because: 'changed: a' });
    const redefined = new Map([['a', 'its definition changed']]);
    expect(judge(byKey, { a: changed(['2024-01-01']) }, { redefined })).toMatchObject({ kind: 'all' });
    expect(judge(byKey, { b: changed(null) }, { redefined })).toMatchObject({ kind: 'keys' });
  });

  it('is everything of a model that is new or was changed, and of all in a full build', () => {
    const redefined = new Map([['m', 'new model']]);
    expect(judge(byMonth, {}, { redefined })).toEqual({ kind: 'all', because: 'new model' });
    expect(judge(byMonth, {}, { rebuildAll: 'asked for' })).toEqual({ kind: 'all', because: 'asked for' });
  });
});

describe('a calendar', () => {
  it.each([
    ['stays', ['2024-01-05', '2024-03-01'], ['2024-01-05', '2024-03-01'], []],
    ['gains a day', ['2024-01-05', '2024-03-01'], ['2024-01-05', '2024-03-02'], ['2024-03-01']],
    [
      'gains months',
      ['2024-01-05', '2024-03-31'],
      ['2024-01-05', '2024-05-01'],
      ['2024-03-01', '2024-04-01', '2024-05-01'],
    ],
    ['begins earlier', ['2024-01-05', '2024-03-01'], ['2023-12-31', '2024-03-01'], ['2024-01-01', '2023-12-01']],
    ['loses a day', ['2024-01-05', '2024-03-02'], ['2024-01-05', '2024-03-01'], ['2024-03-01']],
  ])('that %s changes the months of those days', (_, [from, asOf], [fromNow, asOfNow], months) => {
    const before = { from: from ?? null, as_of: asOf ?? null };
    expect(calendarChange(before, { from: fromNow ?? null, as_of: asOfNow ?? null })).toEqual(new Set(months));
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DuckDbEngine } from '../../pipelines/warehouse/duckdb-engine.ts';
import { readSyntax } from '../../pipelines/warehouse/relation-names.ts';

let engine: DuckDbEngine;
beforeAll(async () => {
  engine = await DuckDbEngine.open({});
});
afterAll(() => engine.close());

describe('the prelude makes DuckDB answer as Trino does', () => {
  it.each([
    ['7 / 2', 3],
    ["date_diff('month', date '2024-01-31', date '2024-02-28')", '0'],
    ["date_diff('day', date '2024-01-31', date '2024-03-01')", '30'],
    ["cast(date_add('month', 1, date '2024-01-31') as date)", '2024-02-29'],
    ["cast(date_add('quarter', -1, date '2024-05-31') as date)", '2024-02-29'],
    ["date_add('hour', 25, timestamp '2024-01-01 00:00:00')", '2024-01-02 01:00:00'],
    ["day_of_week(date '2024-06-16')", '7'],
    ["last_day_of_month(date '2024-02-05')", '2024-02-29'],
    ["date_format(timestamp '2024-01-02 03:04:05', '%Y-%m-%d %H:%i:%s')", '2024-01-02 03:04:05'],
    ["regexp_replace('a1b2', '([a-z])(\\d)', '$2$1')", '1a2b'],
    ["regexp_like('abc', 'b+')", true],
    ["split_part('a,b', ',', 2)", 'b'],
    ["split_part('a,b', ',', 3)", null],
    ['greatest(1, null)', null],
    ['greatest(1, 3, 2)', 3],
    ['least(2, 1)', 1],
    ['least(3, 2, null)', null],
    ["array_join(array['a', 'b'], '-')", 'a-b'],
    ['json_extract_scalar(\'{"a": {"b": 1}}\', \'$.a.b\')', '1'],
    ['cardinality(sequence(1, 4))', '4'],
    ["element_at(array['x', 'y'], 2)", 'y'],
  ])('%s', async (expression, expected) => {
    expect((await engine.rows(`select ${expression} as answer`))[0]?.['answer']).toEqual(expected);
  });

  it('never answers infinity: a division by zero is nothing, where Trino fails', async () => {
    const [answer] = await engine.rows('select 1 / x as whole, 1e0 / x as part from (values (0)) as t(x)');
    expect(answer).toEqual({ whole: null, part: null });
  });
});

describe('what a select names', () => {
  it.each([
    ['joins with using', 'select * from a join b using (x)', ['a', 'b']],
    ['subqueries anywhere', 'select (select max(x) from c) from a where y in (select y from b)', ['a', 'b', 'c']],
    ['set operations', 'select 1 from a union all select 2 from b', ['a', 'b']],
    [
      'common table expressions, not themselves',
      'with t as (select * from a), u as (select * from t) select * from u',
      ['a'],
    ],
    ['a relation of the name of an expression that reads it', 'with a as (select * from a) select * from a', ['a']],
    ['no recursion', 'with recursive r as (select 1 as n union all select n + 1 from r) select * from r', []],
    [
      'nested expressions',
      'with t as (with u as (select * from a) select * from u) select * from t join u on true',
      ['a', 'u'],
    ],
    ['lateral rows', 'select * from a cross join unnest(a.list) as x(y)', ['a']],
    ['any case', 'select * from A join "b" on true', ['a', 'b']],
  ])('finds %s', async (_, sql, relations) => {
    expect((await readSyntax(engine, sql)).relations).toEqual(relations);
  });

  it.each([
    ['broken text', 'selec 1'],
    ['two statements', 'select 1; select 2'],
    ['another statement', 'create table t as select 1'],
    ['nothing', ''],
    ['another schema', 'select * from other.a'],
    ['files', "select * from read_parquet('x')"],
  ])('refuses %s', async (_, sql) => {
    await expect(readSyntax(engine, sql)).rejects.toMatchObject({ name: 'WarehouseError' });
  });

  it('finds functions', async () => {
    const { functions } = await readSyntax(engine, "select sum(x) over (), upper(current_setting('a')) from a");
    expect(functions).toEqual(['current_setting', 'upper']);
  });
});

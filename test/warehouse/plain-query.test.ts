import { describe, expect, it } from 'vitest';
import { bindValues, plainQuery, withoutSchema, withRelations } from '../../pipelines/warehouse/plain-query.ts';

describe('a query that two parsers read', () => {
  it.each([
    ['select 1 -- one\n, 2', 'select 1  \n, 2'],
    ['select /* a */ 1', 'select   1'],
    // One engine nests comments and the other does not: what is left is the same text for both.
    ['select 1 /* a /* b */ from t */', 'select 1   from t */'],
    [`select '-- no comment', "/* none */" from t`, `select '-- no comment', "/* none */" from t`],
    [`select 'it''s' / 2 - 1`, `select 'it''s' / 2 - 1`],
    [`select date'2024-06-18'`, `select date'2024-06-18'`],
  ])('keeps its code and loses its comments: %s', (sql, plain) => {
    expect(plainQuery(sql)).toBe(plain);
  });

  it.each([
    ['select $$a$$'],
    [String.raw`select E'\' , x from secrets --'`],
    [String.raw`select e'\''`],
    ["select U&'x'"],
    ["select 'never closed"],
    ['select `a`'],
    [String.raw`select \1`],
  ])('is refused where they could read it differently: %s', (sql) => {
    expect(() => plainQuery(sql)).toThrow('engines read differently');
  });
});

describe('values of a query', () => {
  it('take the place of question marks in code, and of no others', () => {
    const sql = `select '?' as "?", ? from t where a = ? -- ?\nand b = ?`;
    expect(bindValues(sql, [1, "it's", null])).toBe(`select '?' as "?", 1 from t where a = 'it''s' -- ?\nand b = null`);
  });

  it('are neither too few nor too many', () => {
    expect(() => bindValues('select ?', [])).toThrow('more question marks than values');
    expect(() => bindValues('select ?', [1, 2])).toThrow('1 question marks too few');
  });
});

describe('relations of a schema', () => {
  it('stand under their bare names, in code alone', () => {
    const sql = `select marts.orders, 'marts.sales' from MARTS . sales as marts join marts.sales_daily on true`;
    expect(withoutSchema(sql, 'marts', ['sales', 'sales_daily'])).toBe(
      `select marts.orders, 'marts.sales' from sales as marts join sales_daily on true`,
    );
  });
});

describe('relations before a query', () => {
  it.each([
    ['select 1', 'with a as (x)\nselect 1'],
    [' WITH b as (select 1) select * from b', 'with a as (x),\nb as (select 1) select * from b'],
    ['with recursive b as (select 1) select 2', 'with recursive a as (x),\nb as (select 1) select 2'],
    ['(select 1) union (select 2)', 'with a as (x)\n(select 1) union (select 2)'],
  ])('come before its own: %s', (sql, expected) => {
    expect(withRelations(['a as (x)'], sql)).toBe(expected);
  });

  it('are left out where there are none', () => {
    expect(withRelations([], 'select 1')).toBe('select 1');
  });
});

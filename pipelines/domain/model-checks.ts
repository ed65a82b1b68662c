import type { Model } from './model.ts';

/** A select that must answer no row; every row is a fault. */
export interface ModelCheck {
  readonly model: string;
  readonly name: string;
  readonly sql: string;
}

/** All checks of a model: what its grain and columns promise, and its own. */
export function modelChecks(model: Model): ModelCheck[] {
  const check = (name: string, sql: string): ModelCheck => ({ model: model.model, name, sql });
  return [
    check('grain_is_unique', uniqueGrain(model)),
    ...model.columns.flatMap((column) => [
      ...(column.required ? [check(`${column.name}_has_a_value`, rowsWhere(model, `${column.name} is null`))] : []),
      ...(column.values === undefined
        ? []
        : [check(`${column.name}_is_known`, rowsWhere(model, `${column.name} not in (${texts(column.values)})`))]),
      ...(column.minimum === undefined
        ? []
        : [check(`${column.name}_is_in_range`, rowsWhere(model, `${column.name} < ${column.minimum}`))]),
    ]),
    ...model.checks.map(({ name, sql }) => check(name, sql)),
  ];
}

function uniqueGrain({ model, grain }: Model): string {
  const keys = grain.map((_, index) => String(index + 1)).join(', ');
  return `select ${grain.join(', ')}, count(*) as times from ${model} group by ${keys} having count(*) > 1`;
}

function rowsWhere({ model, grain }: Model, condition: string): string {
  return `select ${grain.join(', ')} from ${model} where ${condition}`;
}

function texts(values: readonly string[]): string {
  return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ');
}

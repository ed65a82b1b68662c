import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { ModelDatabase } from './model-database.ts';

const definitions = loadDefinitions();
const tested = [...definitions.models.values()].filter((model) => model.tests.length > 0);
let database: ModelDatabase;

beforeAll(async () => {
  database = await ModelDatabase.open(definitions);
});
afterAll(() => database.close());

describe.each(tested.map((model) => [model.model, model] as const))('model %s', (_name, model) => {
  it.each(model.tests.map((test) => [test.test, test] as const))('%s', async (_title, test) => {
    const names = [...new Set(test.expect.flatMap((row) => Object.keys(row)))];
    await database.give(test.given, [model.model]);
    const actual = await database.columnsOf(model.model, names, test.where);
    expect(actual).toEqual(await database.typed(model, names, test.expect));
  });
});

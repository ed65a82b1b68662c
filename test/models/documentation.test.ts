import { expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { sqlTypes } from '../../pipelines/domain/dataset.ts';
import { ModelDatabase } from './model-database.ts';

const definitions = loadDefinitions();
const models = [...definitions.models.values()];

it.each(models.map((model) => [model.model, model] as const))('%s says what each column means', (_name, model) => {
  for (const language of ['en', 'zh'] as const) {
    const texts = model.columns.map((column) => column.description[language]);
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  }
});

it.each(models.map((model) => [model.model, model] as const))(
  '%s begins with its grain and ends with its last step',
  (_name, { sql }) => {
    const lines = sql.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^-- One row per .+\.$/);
    expect(lines.at(-1)).toMatch(/^select \* from \w+$/);
  },
);

it('answers the columns that the YAML states, in their order and of their types', async () => {
  const database = await ModelDatabase.open(definitions);
  await database.give({});
  for (const model of models) {
    const described = await database.rows(`describe ${model.model}`);
    const answered = described.map((row) => `${row['column_name']} ${String(row['column_type']).toLowerCase()}`);
    const stated = model.columns.map(
      ({ name, type }) => `${name} ${type === 'ratio' ? 'decimal(20,6)' : sqlTypes[type]}`,
    );
    expect({ model: model.model, columns: answered }).toEqual({ model: model.model, columns: stated });
  }
  database.close();
});

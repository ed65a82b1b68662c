import { composeOnAws } from '../pipelines/compose-aws.ts';
import { athenaSettings, athenaVariables } from './shared/athena-settings.ts';
import { engineSettings, lakeVariables } from './shared/engine-settings.ts';
import { readEnvironment } from './shared/environment.ts';
import { handle, once } from './shared/runtime.ts';

const environment = readEnvironment([...lakeVariables, ...athenaVariables]);
const tidemark = once(() => composeOnAws({ ...engineSettings(environment), ...athenaSettings(environment) }));

/** Brings the marts up to the receipts that are there. */
export const handler = handle('build-models', async () => {
  const { models, ...release } = await (await tidemark()).build({}, () => {});
  const paid = models.flatMap(({ model, usage }) => (usage ? [{ model, ...usage }] : []));
  return { ...release, models: models.length, ...(paid.length > 0 && { paid }) };
});

import { composeOnAws } from '../pipelines/compose-aws.ts';
import { engineSettings, lakeVariables } from './shared/engine-settings.ts';
import { readEnvironment } from './shared/environment.ts';
import { handle, once } from './shared/runtime.ts';

const tidemark = once(() => composeOnAws(engineSettings(readEnvironment(lakeVariables))));

/** Brings the marts up to the receipts that are there. */
export const handler = handle('build-models', async () => {
  const { models, ...release } = await (await tidemark()).build({}, () => {});
  return { ...release, models: models.length };
});

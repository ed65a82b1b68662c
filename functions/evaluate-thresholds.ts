import { composeOnAws } from '../pipelines/compose-aws.ts';
import { athenaSettings, athenaVariables } from './shared/athena-settings.ts';
import { engineSettings, lakeVariables } from './shared/engine-settings.ts';
import { readEnvironment } from './shared/environment.ts';
import { handle, once } from './shared/runtime.ts';

const environment = readEnvironment([...lakeVariables, ...athenaVariables]);
const tidemark = once(() => composeOnAws({ ...engineSettings(environment), ...athenaSettings(environment) }));

/** Judges every closed period that is new or has changed. Delivering what it finds is another function. */
export const handler = handle('evaluate-thresholds', async () => {
  const { warnings, ...evaluation } = await (await tidemark()).evaluate({});
  return { ...evaluation, warnings: warnings.length };
});

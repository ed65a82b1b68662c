import { composeOnAws } from '../pipelines/compose-aws.ts';
import { engineSettings, lakeVariables } from './shared/engine-settings.ts';
import { readEnvironment } from './shared/environment.ts';
import { handle, once } from './shared/runtime.ts';

const tidemark = once(() => composeOnAws(engineSettings(readEnvironment(lakeVariables))));

/** Judges every closed period that is new or has changed. Delivering what it finds is another function. */
export const handler = handle('evaluate-thresholds', async () => {
  const { warnings, ...evaluation } = await (await tidemark()).evaluate({});
  return { ...evaluation, warnings: warnings.length };
});

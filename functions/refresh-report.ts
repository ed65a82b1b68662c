import { composeOnAws } from '../pipelines/compose-aws.ts';
import { athenaSettings, athenaVariables } from './shared/athena-settings.ts';
import { engineSettings, lakeVariables } from './shared/engine-settings.ts';
import { readEnvironment } from './shared/environment.ts';
import { handle, once } from './shared/runtime.ts';

const environment = readEnvironment([...lakeVariables, ...athenaVariables, 'TIDEMARK_REPORT']);
const settings = { ...engineSettings(environment), ...athenaSettings(environment) };
const tidemark = once(() => composeOnAws({ ...settings, report: environment.TIDEMARK_REPORT }));

/** Puts the current release behind the pages of the report. */
export const handler = handle('refresh-report', async () => {
  const { written, unchanged, ...published } = await (await tidemark()).refreshReport();
  return { ...published, written: written.length, unchanged: unchanged.length };
});

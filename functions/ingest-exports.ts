import { composeOnAws } from '../pipelines/compose-aws.ts';
import { engineSettings, lakeVariables } from './shared/engine-settings.ts';
import { readEnvironment } from './shared/environment.ts';
import { handle, once } from './shared/runtime.ts';

const environment = readEnvironment([...lakeVariables, 'TIDEMARK_PSEUDONYM_KEY_SECRET']);
const tidemark = once(() =>
  composeOnAws({ ...engineSettings(environment), pseudonymKeySecret: environment.TIDEMARK_PSEUDONYM_KEY_SECRET }),
);

/** One file was dropped: reads it under its contract. The run goes on with the status and the reasons. */
export const handler = handle('ingest-exports', async ({ key }: { readonly key: string }) => {
  const { status, source, rows_in, accepted, rejected, repeated, reasons } = await (await tidemark()).ingestLanded(key);
  return { status, source, rows_in, accepted, rejected, repeated, reasons: reasons.slice(0, 10) };
});

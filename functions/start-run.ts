import { composeRunStarter } from '../pipelines/compose-delivery.ts';
import { readEnvironment } from './shared/environment.ts';
import { type QueueAnswer, type QueueEvent, readLandingEvents } from './shared/landing-events.ts';
import { handle } from './shared/runtime.ts';

const start = composeRunStarter(readEnvironment(['TIDEMARK_RUN_MACHINE']).TIDEMARK_RUN_MACHINE);

/** Files were dropped: starts one run for those that arrived together. */
export const handler = handle('start-run', async (event: QueueEvent): Promise<QueueAnswer> => {
  const { objects, unreadable } = readLandingEvents(event);
  await start(objects);
  return { batchItemFailures: unreadable };
});

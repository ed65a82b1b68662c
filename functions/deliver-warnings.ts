import { composeDelivery } from '../pipelines/compose-delivery.ts';
import { readEnvironment } from './shared/environment.ts';
import { lakeSettings, lakeVariables } from './shared/lake-settings.ts';
import { handle } from './shared/runtime.ts';

const environment = readEnvironment([
  ...lakeVariables,
  'TIDEMARK_TOPIC_APPROACHING',
  'TIDEMARK_TOPIC_WARNING',
  'TIDEMARK_TOPIC_CRITICAL',
]);

const deliver = composeDelivery({
  ...lakeSettings(environment),
  topics: {
    approaching: environment.TIDEMARK_TOPIC_APPROACHING,
    warning: environment.TIDEMARK_TOPIC_WARNING,
    critical: environment.TIDEMARK_TOPIC_CRITICAL,
  },
});

/** Brings recorded warnings to their topics. */
export const handler = handle('deliver-warnings', () => deliver());

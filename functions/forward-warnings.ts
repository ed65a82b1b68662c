import { composeForwarding } from '../pipelines/compose-delivery.ts';
import { readEnvironment } from './shared/environment.ts';
import { lakeSettings, lakeVariables } from './shared/lake-settings.ts';
import { handle, once } from './shared/runtime.ts';

interface TopicEvent {
  readonly Records: readonly {
    readonly Sns: {
      readonly Message: string;
      readonly MessageAttributes?: Readonly<Record<string, { readonly Value: string } | undefined>>;
    };
  }[];
}

const environment = readEnvironment([...lakeVariables, 'TIDEMARK_ROBOTS_SECRET']);
const forwarding = once(() =>
  composeForwarding({ ...lakeSettings(environment), robotsSecret: environment.TIDEMARK_ROBOTS_SECRET }),
);

/** Warnings were published: hands them on to the group robots that an operator has named. */
export const handler = handle('forward-warnings', async ({ Records }: TopicEvent) => {
  const forward = await forwarding();
  return await forward(
    Records.map(({ Sns }) => ({ message: Sns.Message, group: Sns.MessageAttributes?.['group']?.Value })),
  );
});

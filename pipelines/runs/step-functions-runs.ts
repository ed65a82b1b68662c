import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Runs } from './runs.ts';

/** Runs as executions of one Step Functions state machine. */
export function createStepFunctionsRuns(stateMachineArn: string, client: SFNClient = new SFNClient()): Runs {
  return {
    async start(name, keys) {
      const input = JSON.stringify({ files: keys.map((key) => ({ key })) });
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
        return 'started';
      } catch (error) {
        if ((error as Error).name === 'ExecutionAlreadyExists') return 'exists';
        throw error;
      }
    },
  };
}

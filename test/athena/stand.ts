import type { TestProject } from 'vitest/node';
import { startMinistack } from '../aws/ministack.ts';
import { startAthena } from './athena-endpoint.ts';
import { startTrino } from './trino.ts';

/** Where the services answer that stand in for AWS: S3 and Glue of one emulator, Athena over a real Trino. */
export interface AthenaStand {
  readonly emulator: string;
  readonly athena: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly athenaStand: AthenaStand;
  }
}

/** Starts one of each for all files of the suite. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const aws = await startMinistack();
  let trinoUrl = '';
  const endpoint = await startAthena({ trino: () => trinoUrl, emulator: aws.url });
  try {
    const trino = await startTrino({ s3: aws.url, glue: endpoint.url });
    trinoUrl = trino.url;
    provide('athenaStand', { emulator: aws.url, athena: endpoint.url });
    return async () => {
      await trino.stop();
      await endpoint.stop();
      await aws.stop();
    };
  } catch (error) {
    await endpoint.stop();
    await aws.stop();
    throw error;
  }
}

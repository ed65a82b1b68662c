import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { deployAll } from '../../aws/deployment.ts';
import { dayNumber, ordersOf } from './cancelled-orders.ts';

const patienceSeconds = 300;

/**
 * Seconds from dropping a file into the deployed stacks to its warning in a subscribed queue, one drop after the other.
 * Days go bad and are corrected in turn, so every drop has exactly one warning. The first two warm the functions up.
 */
export async function benchLatency(drops: number, rows: number): Promise<number[]> {
  const deployment = await deployAll();
  try {
    Object.assign(process.env, deployment.aws.environment);
    const s3 = new S3Client({ forcePathStyle: true });
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
    const secret = JSON.stringify({ version: 1, secret: '07'.repeat(32) });
    await new SecretsManagerClient().send(
      new PutSecretValueCommand({ SecretId: deployment.output('storage', 'PseudonymKeySecret'), SecretString: secret }),
    );
    const bucket = deployment.output('storage', 'LakeBucketName');
    const inbox = deployment.output('pipeline', 'WarningsProgramsInboxUrl');
    const seconds: number[] = [];
    for (let number = -2; number < drops; number++) {
      const isBad = number % 2 === 0;
      const day = dayNumber(Math.floor(number / 2) + 1);
      const body = ordersOf(day, { rows, isBad, edition: number + 3 });
      const dropped = performance.now();
      const key = `landing/woocommerce_orders/orders-${number}.csv`;
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      await untilTold(sqs, inbox, { period: day, state: isBad ? 'breached' : 'corrected' });
      if (number >= 0) seconds.push((performance.now() - dropped) / 1000);
    }
    return seconds;
  } finally {
    await deployment.remove();
  }
}

async function untilTold(sqs: SQSClient, inbox: string, awaited: { period: string; state: string }): Promise<void> {
  const deadline = performance.now() + patienceSeconds * 1000;
  while (performance.now() < deadline) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: inbox,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 20,
        VisibilityTimeout: 3600,
      }),
    );
    const warnings = Messages.map(({ Body = '' }) => JSON.parse(Body) as { period: string; state: string });
    if (warnings.some(({ period, state }) => period === awaited.period && state === awaited.state)) return;
  }
  throw new Error(`no warning "${awaited.state}" about ${awaited.period} within ${patienceSeconds} s`);
}

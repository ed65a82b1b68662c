import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Ministack, startMinistack } from './ministack.ts';
import { reserveConcurrency } from './reserved-concurrency.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Stacks that the emulator can make. Budgets, named queries and CloudFront's key groups it lacks: see test/infra. */
const stacks = ['storage', 'pipeline', 'monitoring'] as const;

export interface Deployment {
  readonly aws: Ministack;
  /** Outputs of the stacks by their name. */
  output(stack: (typeof stacks)[number], name: string): string;
  remove(): Promise<void>;
}

/** Bootstraps an emulator and deploys the real, synthesized stacks into it with the real CDK. */
export async function deployAll(): Promise<Deployment> {
  const aws = await startMinistack();
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-deploy-'));
  const outputs = join(folder, 'outputs.json');
  const cdk = async (...words: string[]) => {
    const command = join(root, 'node_modules', '.bin', 'cdk');
    const common = ['--context', 'environment=emulator', '--output', join(folder, 'cdk.out'), '--no-notices', '--ci'];
    await run(command, [...words, ...common], {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
      env: {
        ...process.env,
        ...aws.environment,
        PATH: [join(root, 'node_modules', '.bin'), process.env['PATH']].join(':'),
        CDK_DISABLE_VERSION_CHECK: '1',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
      },
    });
  };
  try {
    await cdk('bootstrap', `aws://${aws.account}/us-east-1`);
    await cdk('deploy', ...stacks, '--require-approval', 'never', '--outputs-file', outputs, '--concurrency', '2');
    const template = readFileSync(join(folder, 'cdk.out', 'pipeline.template.json'), 'utf8');
    const limited = await reserveConcurrency(aws, 'tidemark-emulator-pipeline', template);
    if (limited === 0) throw new Error('no function of the template has a limit: builders would run side by side');
  } catch (error) {
    await aws.stop();
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`The stacks could not be deployed:\n${(error as { stderr?: string }).stderr ?? String(error)}`);
  }
  const found = JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, Record<string, string>>;
  return {
    aws,
    output: (stack, name) => {
      const entries = Object.entries(found[`tidemark-emulator-${stack}`] ?? {});
      const [, value] = entries.find(([key]) => key.startsWith(name)) ?? [];
      if (value === undefined)
        throw new Error(`${stack} has no output ${name}: ${entries.map(([key]) => key).join(', ')}`);
      return value;
    },
    remove: async () => {
      await aws.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

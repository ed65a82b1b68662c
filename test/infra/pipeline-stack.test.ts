import { Match } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeStacks, resourcesOf, templateOf } from './synthesize.ts';

const stacks = makeStacks('emulator');
const template = templateOf(stacks.pipeline);

/** What a function's role allows, as "action resource-tail" lines. */
function grantsOf(name: string): string[] {
  const [, policy] =
    resourcesOf(template, 'AWS::IAM::Policy').find(([id]) => id.startsWith(`Functions${name}Role`)) ?? [];
  const lines: string[] = [];
  for (const statement of policy.Properties.PolicyDocument.Statement) {
    for (const action of [statement.Action].flat()) {
      for (const resource of [statement.Resource].flat()) lines.push(`${action} ${tailOf(resource)}`);
    }
  }
  return lines;
}

function tailOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const join = (resource as Record<string, unknown>)['Fn::Join'];
  return Array.isArray(join) ? String(join[1].at(-1)) : JSON.stringify(resource);
}

const written = (grants: readonly string[]) =>
  grants.filter((line) => line.startsWith('s3:PutObject ')).map((line) => line.replace('s3:PutObject ', ''));
const read = (grants: readonly string[]) =>
  grants.filter((line) => line.startsWith('s3:GetObject ')).map((line) => line.replace('s3:GetObject ', ''));

describe('landing', () => {
  it('puts created objects of the landing prefix, and no others, on the queue', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { object: { key: [{ prefix: 'landing/' }] } },
      },
      Targets: [{ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Landing'), 'Arn'] } }],
    });
  });

  it('keeps an event that the queue does not take for a day', () => {
    const [, rule] = resourcesOf(template, 'AWS::Events::Rule')[0] ?? [];
    const deadLetters = { 'Fn::GetAtt': [expect.stringMatching(/^DeadLetters/), 'Arn'] };
    expect(rule.Properties.Targets).toEqual([
      expect.objectContaining({
        DeadLetterConfig: { Arn: deadLetters },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400 },
      }),
    ]);
    const [, schedule] = resourcesOf(template, 'AWS::Scheduler::Schedule')[0] ?? [];
    expect(schedule.Properties.Target.DeadLetterConfig).toEqual({ Arn: deadLetters });
  });

  it('gives a message up to the dead letters after five tries and keeps it two weeks', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DeadLetters'), 'Arn'] },
        maxReceiveCount: 5,
      },
    });
    template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 14 * 86_400 });
  });

  it('starts one run for files that arrive together and returns only the messages that failed', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });
});

describe('functions', () => {
  it('run on Node 24 and the processor that the environment names', () => {
    const functions = resourcesOf(template, 'AWS::Lambda::Function');
    expect(functions).toHaveLength(7);
    for (const [, each] of functions) {
      expect(each.Properties.Runtime).toBe('nodejs24.x');
      expect(each.Properties.Architectures).toEqual(['x86_64']);
    }
    for (const [, each] of resourcesOf(templateOf(makeStacks('prod').pipeline), 'AWS::Lambda::Function')) {
      expect(each.Properties.Architectures).toEqual(['arm64']);
    }
  });

  it('build, evaluate, deliver, refresh and forward one at a time', () => {
    const single = resourcesOf(template, 'AWS::Lambda::Function')
      .filter(([, each]) => each.Properties.ReservedConcurrentExecutions === 1)
      .map(([id]) => id.replace(/^Functions(\w+?)[0-9A-F]{8}$/, '$1'));
    expect(single.toSorted()).toEqual(['Build', 'Deliver', 'Evaluate', 'Forward', 'Refresh']);
  });

  it('know which prefixes are personal, from the catalog', () => {
    for (const [, each] of resourcesOf(template, 'AWS::Lambda::Function')) {
      expect(each.Properties.Environment.Variables.TIDEMARK_PERSONAL_PREFIXES).toBe(
        'landing/,raw/,quarantine/,staged/reviews/,settled/live_reviews/',
      );
    }
  });
});

describe('least privilege', () => {
  it.each([
    ['Ingest', ['/.lake.json', '/erasures/*', '/quarantine/*', '/raw/*', '/receipts/*', '/staged/*']],
    ['Build', ['/.lake.json', '/build/*', '/marts/*', '/releases/*', '/results/*', '/settled/*']],
    ['Evaluate', ['/.lake.json', '/alerts/*', '/results/*']],
    ['Deliver', ['/.lake.json', '/alerts/*']],
    ['Refresh', ['/data/*', '/results/*']],
    ['Start', []],
    ['Forward', ['/.lake.json', '/alerts/*']],
  ])('%s writes only what it must', (name, expected) => {
    expect(written(grantsOf(name)).toSorted()).toEqual(expected);
  });

  it.each([['Evaluate', 'Deliver', 'Refresh', 'Start', 'Forward'].map((name) => [name] as const)].flat())(
    '%s can read neither raw files nor quarantined records, nor open their key',
    (name) => {
      const grants = grantsOf(name);
      expect(read(grants).filter((path) => /landing|raw|quarantine|staged/.test(path))).toEqual([]);
      expect(grants.filter((line) => line.startsWith('kms:') && line.includes('PersonalKey'))).toEqual([]);
    },
  );

  it('lets builds alone make tables, in the databases of marts and builds', () => {
    const makers = ['Ingest', 'Build', 'Evaluate', 'Deliver', 'Refresh', 'Start', 'Forward'].filter((name) =>
      grantsOf(name).some((line) => /^glue:(Create|Update|Delete|BatchCreate)/.test(line)),
    );
    expect(makers).toEqual(['Build']);
    const tables = grantsOf('Build').filter((line) => line.startsWith('glue:CreateTable '));
    expect(tables.filter((line) => line.includes(':table/'))).toEqual([
      'glue:CreateTable :table/tidemark_emulator/*',
      'glue:CreateTable :table/tidemark_emulator_build/*',
    ]);
  });

  it('lets builds and readers run statements in the workgroup of builds, and nowhere else', () => {
    const names = ['Ingest', 'Build', 'Evaluate', 'Deliver', 'Refresh', 'Start', 'Forward'];
    const started = names.flatMap((name) =>
      grantsOf(name).flatMap((line) => (line.startsWith('athena:Start') ? [[name, line.replace(/^.*:/, '')]] : [])),
    );
    expect(started).toEqual(
      ['Build', 'Evaluate', 'Refresh'].map((name) => [name, 'workgroup/tidemark-emulator-build']),
    );
  });

  it('lets only ingest see the key of the pseudonyms', () => {
    const readers = ['Ingest', 'Build', 'Evaluate', 'Deliver', 'Refresh', 'Start', 'Forward'].filter((name) =>
      grantsOf(name).some((line) => line.includes('PseudonymKey')),
    );
    expect(readers).toEqual(['Ingest']);
  });

  it('lets nobody delete from the lake', () => {
    for (const name of ['Ingest', 'Build', 'Evaluate', 'Deliver', 'Start', 'Forward']) {
      expect(grantsOf(name).filter((line) => line.startsWith('s3:Delete'))).toEqual([]);
    }
  });

  it('lets only the delivery publish, and only to the topics of warnings', () => {
    const publishers = ['Ingest', 'Build', 'Evaluate', 'Deliver', 'Refresh', 'Start', 'Forward'].filter((name) =>
      grantsOf(name).some((line) => line.startsWith('sns:Publish')),
    );
    expect(publishers).toEqual(['Deliver']);
    expect(grantsOf('Deliver').filter((line) => line.startsWith('sns:Publish'))).toHaveLength(3);
  });
});

describe('run', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a state machine is JSON.
  let definition: any;
  beforeAll(() => {
    const [, machine] = resourcesOf(template, 'AWS::StepFunctions::StateMachine')[0] ?? [];
    const text = machine.Properties.DefinitionString['Fn::Join'][1]
      .map((part: unknown) => (typeof part === 'string' ? part : 'X'))
      .join('');
    definition = JSON.parse(text);
  });

  it('goes from ingest through build, evaluate and deliver to the report', () => {
    const order: string[] = [];
    for (let at = definition.States[definition.StartAt].Default; at; at = definition.States[at].Next) order.push(at);
    expect(order).toEqual([
      'Ingest each file',
      'Build the marts',
      'Evaluate the thresholds',
      'Deliver the warnings',
      'Refresh the report',
    ]);
  });

  it('waits for a busy builder for half an hour, and tries everything else five times', () => {
    const [busy, any] = definition.States['Build the marts'].Retry;
    expect(busy.ErrorEquals).toContain('Lambda.TooManyRequestsException');
    expect(busy.MaxAttempts * busy.MaxDelaySeconds).toBeGreaterThanOrEqual(30 * 60);
    expect(any).toMatchObject({ ErrorEquals: ['States.ALL'], MaxAttempts: 5 });
  });

  it.each([
    ['Ingest each file', 'Ingest'],
    ['Ingest a whole prefix', 'Backfill'],
  ])('%s: sends a refused or deadly file to the dead letters and goes on', (map, prefix) => {
    const { States } = definition.States[map].ItemProcessor;
    const dead = `${prefix}: put on the dead letters`;
    expect(States[`${prefix}: read one file`].Catch).toEqual([
      { ErrorEquals: ['States.ALL'], ResultPath: '$.outcome', Next: dead },
    ]);
    expect(States[`${prefix}: refused?`].Choices).toEqual([
      { Variable: '$.outcome.status', StringEquals: 'refused', Next: dead },
    ]);
    expect(States[dead].Resource).toMatch(/:states:::sqs:sendMessage$/);
  });

  it('reads a whole prefix by a distributed map that one bad file does not stop', () => {
    expect(definition.States['Ingest a whole prefix']).toMatchObject({
      ItemReader: { Parameters: { 'Prefix.$': '$.backfill.prefix' } },
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' } },
      ToleratedFailurePercentage: 100,
    });
  });

  it('logs every event without file names, and traces', () => {
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      TracingConfiguration: { Enabled: true },
    });
  });
});

describe('warnings', () => {
  it('have one encrypted topic per severity', () => {
    const topics = resourcesOf(template, 'AWS::SNS::Topic');
    expect(topics.map(([, topic]) => topic.Properties.TopicName).toSorted()).toEqual([
      'tidemark-emulator-approaching',
      'tidemark-emulator-critical',
      'tidemark-emulator-warning',
    ]);
    for (const [, topic] of topics) expect(topic.Properties.KmsMasterKeyId).toBeDefined();
  });

  it('reach subscribers by the filter that the environment states, and are kept where one fails', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      FilterPolicy: { state: ['breached', 'recovered'] },
      RedrivePolicy: { deadLetterTargetArn: Match.anyValue() },
    });
    for (const [id, subscription] of resourcesOf(template, 'AWS::SNS::Subscription')) {
      expect([id, subscription.Properties.RedrivePolicy]).not.toEqual([id, undefined]);
    }
  });

  it('keep what a robot does not take: SNS thinks it delivered', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: Match.stringLikeRegexp('^FunctionsForward') },
      MaximumRetryAttempts: 2,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('Undelivered'), 'Arn'] } },
      },
    });
  });

  it('go by mail or to an address where the environment says so, each with its filter and its safety net', () => {
    const filter = { channel: ['tmall'] };
    const told = makeStacks('dev', {
      subscriptions: [
        { name: 'mail', severities: ['critical'], filter, to: { kind: 'email', address: 'desk@example.com' } },
        { name: 'hook', severities: ['warning'], filter, to: { kind: 'https', url: 'https://example.com/hook' } },
      ],
    });
    const subscriptions = resourcesOf(templateOf(told.pipeline), 'AWS::SNS::Subscription').map(
      ([, one]) => one.Properties,
    );
    expect(subscriptions.map(({ Protocol, Endpoint }) => `${Protocol} ${Endpoint}`).toSorted()).toEqual([
      'email desk@example.com',
      'https https://example.com/hook',
    ]);
    for (const one of subscriptions) expect(one).toMatchObject({ FilterPolicy: filter, RedrivePolicy: {} });
  });

  it('and files travel over TLS only, and wait encrypted', () => {
    const queues = resourcesOf(template, 'AWS::SQS::Queue');
    expect(queues.length).toBeGreaterThanOrEqual(4);
    for (const [id, queue] of queues) expect([id, queue.Properties.SqsManagedSseEnabled]).toEqual([id, true]);
    for (const [kind, refers] of [
      ['AWS::SQS::Queue', 'Queues'],
      ['AWS::SNS::Topic', 'Topics'],
    ] as const) {
      const guarded = resourcesOf(template, `${kind}Policy`)
        .filter(([, policy]) => JSON.stringify(policy).includes('"aws:SecureTransport":"false"'))
        .flatMap(([, policy]) => policy.Properties[refers].map(({ Ref }: { Ref: string }) => Ref));
      expect(guarded.toSorted(), kind).toEqual(
        resourcesOf(template, kind)
          .map(([id]) => id)
          .toSorted(),
      );
    }
  });

  it('go to the group robots for the severities that the environment states', () => {
    const topics = resourcesOf(template, 'AWS::SNS::Subscription')
      .filter(([, subscription]) => subscription.Properties.Protocol === 'lambda')
      .map(([, subscription]) => subscription.Properties.TopicArn.Ref);
    expect(topics).toEqual([expect.stringMatching(/Critical/)]);
  });
});

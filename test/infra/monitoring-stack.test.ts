import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { makeStacks, resourcesOf, templateOf } from './synthesize.ts';

const stacks = makeStacks('prod', { operators: ['operator@example.com'] });
const template = templateOf(stacks.monitoring);

describe('monitoring stack', () => {
  it.each([
    ['RunsFail', 'ExecutionsFailed', 'notBreaching'],
    ['RunsTimeOut', 'ExecutionsTimedOut', 'notBreaching'],
    ['NoHeartbeat', 'ExecutionsSucceeded', 'breaching'],
    ['NoEvaluation', 'Invocations', 'breaching'],
    ['DeadLettersWait', 'ApproximateNumberOfMessagesVisible', 'notBreaching'],
    ['WarningsUndelivered', 'ApproximateNumberOfMessagesVisible', 'notBreaching'],
    ['LandingIsLate', 'ApproximateAgeOfOldestMessage', 'notBreaching'],
    ['StartFails', 'Errors', 'notBreaching'],
    ['ForwardFails', 'Errors', 'notBreaching'],
  ])('raises %s', (name, metric, missing) => {
    const [, alarm] = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(([id]) => id.startsWith(name)) ?? [];
    expect(alarm.Properties).toMatchObject({ MetricName: metric, TreatMissingData: missing });
    expect(alarm.Properties.AlarmActions).toHaveLength(1);
    expect(alarm.Properties.AlarmDescription.length).toBeGreaterThan(40);
  });

  it('tells the operators', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'operator@example.com' });
  });

  it('lets alarms and the budget tell them, on behalf of this account only', () => {
    const [, policy] = resourcesOf(template, 'AWS::SNS::TopicPolicy')[0] ?? [];
    const allowed = policy.Properties.PolicyDocument.Statement.filter(
      (one: { Effect: string }) => one.Effect === 'Allow',
    );
    expect(allowed).toEqual([
      expect.objectContaining({
        Action: 'sns:Publish',
        Principal: { Service: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    ]);
    const keys = JSON.stringify(resourcesOf(templateOf(stacks.pipeline), 'AWS::KMS::Key'));
    for (const service of ['cloudwatch', 'budgets']) expect(keys).toContain(`"Service":"${service}.amazonaws.com"`);
  });

  it('shows files that wait, runs, and every function on a dashboard', () => {
    const [, dashboard] = resourcesOf(template, 'AWS::CloudWatch::Dashboard')[0] ?? [];
    const body = JSON.stringify(dashboard.Properties.DashboardBody);
    for (const metric of [
      'ApproximateNumberOfMessagesVisible',
      'ExecutionsSucceeded',
      'ExecutionsFailed',
      'ExecutionTime',
      'Duration',
      'Errors',
      'Throttles',
    ]) {
      expect(body).toContain(metric);
    }
    for (const name of ['Start', 'Ingest', 'Build', 'Evaluate', 'Deliver', 'Refresh', 'Forward']) {
      expect(body).toContain(`Functions${name}`);
    }
  });

  it('limits spending, with a forecast', () => {
    const [, budget] = resourcesOf(templateOf(stacks.budget), 'AWS::Budgets::Budget')[0] ?? [];
    expect(budget.Properties.Budget.BudgetLimit).toEqual({ Amount: 300, Unit: 'USD' });
    const notifications = budget.Properties.NotificationsWithSubscribers.map(
      (one: { Notification: { NotificationType: string; Threshold: number } }) =>
        `${one.Notification.NotificationType} ${one.Notification.Threshold}`,
    );
    expect(notifications).toEqual(['ACTUAL 50', 'ACTUAL 80', 'FORECASTED 80', 'ACTUAL 100']);
    for (const { Subscribers } of budget.Properties.NotificationsWithSubscribers) {
      expect(Subscribers).toEqual([{ SubscriptionType: 'SNS', Address: expect.anything() }]);
    }
  });
});

interface Joined {
  readonly 'Fn::Join': [string, string[]];
}

describe('analysts stack', () => {
  const analysts = templateOf(stacks.analysts);

  it('lets an analyst read marts and nothing else of the lake', () => {
    const [, policy] = resourcesOf(analysts, 'AWS::IAM::ManagedPolicy')[0] ?? [];
    const objects = policy.Properties.PolicyDocument.Statement.filter((statement: { Action: string | string[] }) =>
      [statement.Action].flat().includes('s3:GetObject'),
    ).map((statement: { Resource: Joined | Joined[] }) =>
      [statement.Resource].flat().map((one) => one['Fn::Join'][1].at(-1)),
    );
    expect(objects.flat().toSorted()).toEqual(['/marts/*', '/releases/*', '/results/*']);
    expect(JSON.stringify(policy)).not.toContain('PersonalKey');
  });

  it('gives analysts queries to start from, in their workgroup', () => {
    const queries = resourcesOf(analysts, 'AWS::Athena::NamedQuery').map(([, query]) => query.Properties);
    const saved = [...loadDefinitions().queries.values()];
    expect(queries.map(({ QueryString }) => QueryString).toSorted()).toEqual(saved.map(({ sql }) => sql).toSorted());
    for (const { Database, WorkGroup, Name } of queries) {
      expect(Database).toBe('tidemark_prod');
      expect(WorkGroup).toEqual({ 'Fn::ImportValue': expect.stringContaining('RefWorkgroup') });
      expect(Name).toMatch(/^tidemark prod: .*\p{Script=Han}/u);
    }
  });

  it('lets an analyst change nothing, and query in no other workgroup', () => {
    const [, policy] = resourcesOf(analysts, 'AWS::IAM::ManagedPolicy')[0] ?? [];
    const statements: { Action: string | string[]; Resource: unknown }[] = policy.Properties.PolicyDocument.Statement;
    const actions = statements.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => /^glue:(?!Get|BatchGet)/.test(action))).toEqual([]);
    expect(actions.filter((action) => /^s3:(Delete|Put(?!Object$))/.test(action))).toEqual([]);
    const text = JSON.stringify(statements);
    expect(text).not.toContain('_build');
    expect(text.match(/workgroup\/[\w-]+/g)).toEqual(['workgroup/tidemark-prod']);
  });
});

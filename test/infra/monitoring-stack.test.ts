import { describe, expect, it } from 'vitest';
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

  it('has a dashboard', () => {
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });

  it('limits spending, with a forecast', () => {
    const [, budget] = resourcesOf(templateOf(stacks.budget), 'AWS::Budgets::Budget')[0] ?? [];
    expect(budget.Properties.Budget.BudgetLimit).toEqual({ Amount: 300, Unit: 'USD' });
    const notifications = budget.Properties.NotificationsWithSubscribers.map(
      (one: { Notification: { NotificationType: string; Threshold: number } }) =>
        `${one.Notification.NotificationType} ${one.Notification.Threshold}`,
    );
    expect(notifications).toEqual(['ACTUAL 50', 'ACTUAL 80', 'FORECASTED 80', 'ACTUAL 100']);
  });
});

describe('analysts stack', () => {
  const analysts = templateOf(stacks.analysts);

  it('lets an analyst read marts and nothing else of the lake', () => {
    const [, policy] = resourcesOf(analysts, 'AWS::IAM::ManagedPolicy')[0] ?? [];
    const objects = policy.Properties.PolicyDocument.Statement.filter((statement: { Action: string | string[] }) =>
      [statement.Action].flat().includes('s3:GetObject'),
    ).map((statement: { Resource: { 'Fn::Join': [string, string[]] } }) => statement.Resource['Fn::Join'][1].at(-1));
    expect(objects.toSorted()).toEqual(['/marts/*', '/results/*']);
    expect(JSON.stringify(policy)).not.toContain('PersonalKey');
  });

  it('gives analysts queries to start from, in their workgroup', () => {
    const queries = resourcesOf(analysts, 'AWS::Athena::NamedQuery');
    expect(queries.length).toBeGreaterThanOrEqual(3);
    for (const [, query] of queries) expect(query.Properties.Database).toBe('tidemark_prod');
  });
});

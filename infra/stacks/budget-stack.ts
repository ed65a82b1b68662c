import { Stack, type StackProps } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Environment } from '../environments.ts';

export interface BudgetStackProps extends StackProps {
  readonly environment: Environment;
  /** Where the operators hear of it. */
  readonly operators: ITopic;
}

/** What the environment may cost a month; operators hear at half, at four fifths (forecast too) and when it is spent. */
export class BudgetStack extends Stack {
  constructor(scope: Construct, id: string, props: BudgetStackProps) {
    super(scope, id, props);
    const { name, budgetPerMonth } = props.environment;
    const subscribers = [{ subscriptionType: 'SNS', address: props.operators.topicArn }];
    const marks = [
      { notificationType: 'ACTUAL', threshold: 50 },
      { notificationType: 'ACTUAL', threshold: 80 },
      { notificationType: 'FORECASTED', threshold: 80 },
      { notificationType: 'ACTUAL', threshold: 100 },
    ];
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: `tidemark-${name}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: budgetPerMonth.amount, unit: budgetPerMonth.currency },
        costFilters: { TagKeyValue: [`user:environment$${name}`] },
      },
      notificationsWithSubscribers: marks.map((mark) => ({
        notification: { ...mark, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
        subscribers,
      })),
    });
  }
}

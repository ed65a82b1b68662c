import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnNamedQuery } from 'aws-cdk-lib/aws-athena';
import { AccountRootPrincipal, ManagedPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeWildcards } from '../constructs/acknowledge.ts';
import type { Environment } from '../environments.ts';
import type { StorageStack } from './storage-stack.ts';

export interface AnalystsStackProps extends StackProps {
  readonly environment: Environment;
  readonly storage: StorageStack;
}

const namedQueries = [
  {
    name: 'sales of the last 30 days',
    description: 'Net sales, orders and average order value by channel',
    sql: `select channel_id, currency, sum(orders) as orders, sum(net_sales) as net_sales,
  cast(round(cast(sum(net_sales) as double) / nullif(sum(orders), 0), 2) as decimal(18, 2)) as average_order_value
from sales_daily
where business_date > current_date - interval '30' day
group by channel_id, currency
order by net_sales desc`,
  },
  {
    name: 'indicators of the last week',
    description: 'Every KPI of the last seven closed days, all channels together',
    sql: `select kpi_id, business_date, value
from kpi_daily
where channel_id = 'all' and is_complete and business_date > current_date - interval '8' day
order by kpi_id, business_date`,
  },
  {
    name: 'what was found in the data',
    description: 'Observations about exports: gaps, repeats, corrections, missing rates',
    sql: 'select * from findings order by period desc, kind',
  },
] as const;

/** For people who ask questions in SQL: a role that can read the marts and nothing else, and queries to start from. */
export class AnalystsStack extends Stack {
  constructor(scope: Construct, id: string, props: AnalystsStackProps) {
    super(scope, id, props);
    const { environment, storage } = props;
    for (const [index, query] of namedQueries.entries()) {
      new CfnNamedQuery(this, `Query${index}`, {
        name: `tidemark ${environment.name}: ${query.name}`,
        description: query.description,
        database: storage.martsDatabase,
        workGroup: storage.workgroup.ref,
        queryString: query.sql,
      });
    }
    const policy = new ManagedPolicy(this, 'ReadMarts', {
      description: 'Read the marts through Athena, within the workgroup’s limits',
      statements: [...this.#queryStatements(storage), ...this.#dataStatements(storage)],
    });
    acknowledgeWildcards(
      policy,
      [
        storage.lake.bucket.arnForObjects('marts/*'),
        storage.queryResults.arnForObjects('results/*'),
        this.formatArn({ service: 'glue', resource: 'table', resourceName: `${storage.martsDatabase}/*` }),
      ],
      'Parts, results and tables are named at run time; their prefix and their database are the boundary.',
    );
    const role = new Role(this, 'Analyst', {
      description: 'Reads the marts; cannot see raw exports, staged rows or alerts',
      assumedBy: new AccountRootPrincipal(),
      managedPolicies: [policy],
    });
    new CfnOutput(this, 'AnalystRoleArn', { value: role.roleArn });
  }

  #queryStatements({ workgroup }: StorageStack): PolicyStatement[] {
    return [
      new PolicyStatement({
        actions: [
          'athena:StartQueryExecution',
          'athena:StopQueryExecution',
          'athena:GetQueryExecution',
          'athena:GetQueryResults',
          'athena:GetWorkGroup',
          'athena:ListNamedQueries',
          'athena:GetNamedQuery',
        ],
        resources: [this.formatArn({ service: 'athena', resource: 'workgroup', resourceName: workgroup.name })],
      }),
    ];
  }

  #dataStatements({ lake, queryResults, martsDatabase }: StorageStack): PolicyStatement[] {
    const glue = (resource: string, resourceName?: string) =>
      this.formatArn({ service: 'glue', resource, ...(resourceName && { resourceName }) });
    return [
      new PolicyStatement({
        actions: ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartition', 'glue:GetPartitions'],
        resources: [glue('catalog'), glue('database', martsDatabase), glue('table', `${martsDatabase}/*`)],
      }),
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [lake.bucket.arnForObjects('marts/*')] }),
      new PolicyStatement({
        actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
        resources: [queryResults.arnForObjects('results/*')],
      }),
      new PolicyStatement({
        actions: ['s3:ListBucket', 's3:GetBucketLocation'],
        resources: [lake.bucket.bucketArn, queryResults.bucketArn],
        conditions: { StringLikeIfExists: { 's3:prefix': ['marts/*', 'results/*'] } },
      }),
      new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [lake.sharedKey.keyArn] }),
    ];
  }
}

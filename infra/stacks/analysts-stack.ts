import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnNamedQuery } from 'aws-cdk-lib/aws-athena';
import { AccountRootPrincipal, ManagedPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Definitions } from '../../pipelines/definitions.ts';
import { acknowledgeWildcards } from '../constructs/acknowledge.ts';
import type { Environment } from '../environments.ts';
import type { StorageStack } from './storage-stack.ts';

export interface AnalystsStackProps extends StackProps {
  readonly environment: Environment;
  readonly storage: StorageStack;
  readonly definitions: Pick<Definitions, 'queries'>;
}

/** For people who ask questions in SQL: a role that can read the marts and nothing else, and queries to start from. */
export class AnalystsStack extends Stack {
  constructor(scope: Construct, id: string, props: AnalystsStackProps) {
    super(scope, id, props);
    const { environment, storage, definitions } = props;
    for (const { query, title, description, sql } of definitions.queries.values()) {
      new CfnNamedQuery(this, `Query-${query}`, {
        name: `tidemark ${environment.name}: ${title[environment.language]}`,
        description: description[environment.language],
        database: storage.martsDatabase,
        workGroup: storage.workgroup.ref,
        queryString: sql,
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
        storage.lake.bucket.arnForObjects('releases/*'),
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
        actions: [
          'glue:GetDatabase',
          'glue:GetTable',
          'glue:GetTables',
          'glue:GetPartition',
          'glue:GetPartitions',
          'glue:BatchGetPartition',
        ],
        resources: [glue('catalog'), glue('database', martsDatabase), glue('table', `${martsDatabase}/*`)],
      }),
      // `tidemark sql` reads which parts make the current release.
      new PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [lake.bucket.arnForObjects('marts/*'), lake.bucket.arnForObjects('releases/*')],
      }),
      new PolicyStatement({
        actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
        resources: [queryResults.arnForObjects('results/*')],
      }),
      new PolicyStatement({
        actions: ['s3:ListBucket', 's3:GetBucketLocation'],
        resources: [lake.bucket.bucketArn, queryResults.bucketArn],
        conditions: { StringLikeIfExists: { 's3:prefix': ['marts/*', 'releases/*', 'results/*'] } },
      }),
      new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [lake.sharedKey.keyArn] }),
    ];
  }
}

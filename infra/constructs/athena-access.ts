import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { StorageStack } from '../stacks/storage-stack.ts';
import { acknowledgeWildcards } from './acknowledge.ts';
import type { PipelineFunction } from './pipeline-function.ts';

const readTables = [
  'glue:GetDatabase',
  'glue:GetTable',
  'glue:GetTables',
  'glue:GetPartition',
  'glue:GetPartitions',
  'glue:BatchGetPartition',
];
const writeTables = ['glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable', 'glue:BatchCreatePartition'];

/** Lets a function run statements in the workgroup of builds, and read the tables of the marts. */
export function allowAthena(lambda: PipelineFunction, storage: StorageStack): void {
  const { queryResults, buildWorkgroup, lake, martsDatabase } = storage;
  const allow = (actions: string[], resources: string[], conditions?: Record<string, unknown>) =>
    lambda.addToRolePolicy(new PolicyStatement({ actions, resources, ...(conditions && { conditions }) }));
  const workgroup = Stack.of(lambda).formatArn({
    service: 'athena',
    resource: 'workgroup',
    resourceName: buildWorkgroup.name,
  });
  allow(
    [
      'athena:StartQueryExecution',
      'athena:StopQueryExecution',
      'athena:GetQueryExecution',
      'athena:GetQueryResults',
      'athena:GetWorkGroup',
    ],
    [workgroup],
  );
  allow(readTables, tablesOf(lambda, martsDatabase));
  const results = queryResults.arnForObjects('results/*');
  allow(['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], [results]);
  allow(['s3:GetBucketLocation'], [lake.bucket.bucketArn, queryResults.bucketArn]);
  allow(['s3:ListBucket'], [queryResults.bucketArn], { StringLike: { 's3:prefix': ['results/*'] } });
  allow(['kms:Decrypt', 'kms:GenerateDataKey'], [lake.sharedKey.keyArn]);
  acknowledgeWildcards(
    lambda.role ?? lambda,
    [results, tableWildcard(lambda, martsDatabase)],
    'Results and tables are named at run time; their prefix and their database are the boundary.',
  );
}

/** Lets a function make tables, in the databases of the marts and of builds, and none elsewhere. */
export function allowTables(lambda: PipelineFunction, { martsDatabase, buildDatabase }: StorageStack): void {
  for (const database of [martsDatabase, buildDatabase]) {
    lambda.addToRolePolicy(
      new PolicyStatement({ actions: [...readTables, ...writeTables], resources: tablesOf(lambda, database) }),
    );
    acknowledgeWildcards(
      lambda.role ?? lambda,
      [tableWildcard(lambda, database)],
      'Tables are named after models; their database is the boundary.',
    );
  }
}

function tablesOf(lambda: PipelineFunction, database: string): string[] {
  const glue = (resource: string, resourceName?: string) =>
    Stack.of(lambda).formatArn({ service: 'glue', resource, ...(resourceName && { resourceName }) });
  return [glue('catalog'), glue('database', database), tableWildcard(lambda, database)];
}

function tableWildcard(lambda: PipelineFunction, database: string): string {
  return Stack.of(lambda).formatArn({ service: 'glue', resource: 'table', resourceName: `${database}/*` });
}

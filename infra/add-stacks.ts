import { type App, type StackProps, Tags } from 'aws-cdk-lib';
import type { Definitions } from '../pipelines/definitions.ts';
import { personalPrefixes } from './constructs/lake-prefixes.ts';
import type { BundleFunction } from './constructs/pipeline-function.ts';
import type { Environment } from './environments.ts';
import { AnalystsStack } from './stacks/analysts-stack.ts';
import { BudgetStack } from './stacks/budget-stack.ts';
import { MonitoringStack } from './stacks/monitoring-stack.ts';
import { PipelineStack } from './stacks/pipeline-stack.ts';
import { ReportsStack } from './stacks/reports-stack.ts';
import { StorageStack } from './stacks/storage-stack.ts';

export interface Deployment {
  readonly environment: Environment;
  readonly definitions: Pick<Definitions, 'datasets' | 'queries'>;
  readonly bundle: BundleFunction;
}

/** All stacks of one environment. What holds state stands apart from what can be thrown away and made again. */
export function addStacks(app: App, { environment, definitions, bundle }: Deployment) {
  const props = (part: string, description: string): StackProps => ({
    stackName: `tidemark-${environment.name}-${part}`,
    description: `Tidemark (${environment.name}): ${description}`,
    env: {
      ...(environment.account === undefined ? {} : { account: environment.account }),
      ...(environment.region === undefined ? {} : { region: environment.region }),
    },
  });
  const personal = personalPrefixes(definitions);
  const storage = new StorageStack(app, 'storage', {
    ...props('storage', 'what must outlive a deploy'),
    environment,
    personalPrefixes: personal,
  });
  const pipeline = new PipelineStack(app, 'pipeline', {
    ...props('pipeline', 'from a dropped file to a warning'),
    environment,
    storage,
    bundle,
    personalPrefixes: personal,
  });
  const monitoring = new MonitoringStack(app, 'monitoring', {
    ...props('monitoring', 'alarms about the pipeline itself'),
    environment,
    pipeline,
  });
  const analysts = new AnalystsStack(app, 'analysts', {
    ...props('analysts', 'reading the marts with SQL'),
    environment,
    storage,
    definitions,
  });
  const budget = new BudgetStack(app, 'budget', {
    ...props('budget', 'spending limit'),
    environment,
    operators: monitoring.operators,
  });
  const reports =
    environment.reportAccess === undefined
      ? undefined
      : new ReportsStack(app, 'reports', {
          ...props('reports', 'the report site, behind a login'),
          environment,
          access: environment.reportAccess,
          storage,
          bundle,
        });
  Tags.of(app).add('application', 'tidemark');
  Tags.of(app).add('environment', environment.name);
  return { storage, pipeline, monitoring, analysts, budget, reports };
}

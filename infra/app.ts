import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { loadDefinitions } from '../pipelines/definitions.ts';
import { addStacks } from './add-stacks.ts';
import { bundleFunction } from './constructs/function-bundle.ts';
import { findEnvironment } from './environments.ts';

const app = new App();
const environment = findEnvironment(String(app.node.tryGetContext('environment') ?? 'dev'));
addStacks(app, { environment, definitions: loadDefinitions(), bundle: bundleFunction });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

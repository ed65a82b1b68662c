import { readFileSync } from 'node:fs';
import { App, type Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addStacks } from '../../infra/add-stacks.ts';
import { type Environment, findEnvironment } from '../../infra/environments.ts';
import { loadDefinitions } from '../../pipelines/definitions.ts';

const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

/** A key as an operator would paste it; nothing is signed with it here. */
export const publicKey = [
  '-----BEGIN PUBLIC KEY-----',
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA',
  '-----END PUBLIC KEY-----',
].join('\n');

/** The stacks of an environment, with a stand-in for the bundled code. */
export function makeStacks(name: string, changes: Partial<Environment> = {}) {
  const app = new App({ context });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const stacks = addStacks(app, {
    environment: { ...findEnvironment(name), ...changes },
    definitions: loadDefinitions(),
    bundle: () => Code.fromInline('exports.handler = async () => {}'),
  });
  return { app, ...stacks };
}

export function templateOf(stack: Stack): Template {
  return Template.fromStack(stack);
}

/** Resources of one type by their logical id, loosely typed: templates are JSON. */
// biome-ignore lint/suspicious/noExplicitAny: CloudFormation's JSON has no types worth their length here.
export function resourcesOf(template: Template, type: string): readonly (readonly [string, any])[] {
  return Object.entries(template.findResources(type));
}

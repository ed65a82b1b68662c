import { Reference, Stack, Tokenization, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts findings of the template checks on one construct and what is below it, with the reason that makes them right. */
export function acknowledge(construct: IConstruct, findings: readonly string[], reason: string): void {
  Validations.of(construct).acknowledge(...findings.map((id) => ({ id, reason })));
}

/** Accepts wildcards in the resources of a policy, each named: a new wildcard is a new finding. */
export function acknowledgeWildcards(construct: IConstruct, resources: readonly string[], reason: string): void {
  const stack = Stack.of(construct);
  const findings = resources.map((resource) => `AwsSolutions-IAM5[Resource::${spell(stack, resource)}]`);
  acknowledge(construct, findings, reason);
}

/** An ARN as the checks spell it: references in angle brackets, imports by the name of the export. */
function spell(stack: Stack, arn: string): string {
  const parts = Tokenization.reverseString(arn).mapTokens({ mapToken: (token) => exported(stack, token) });
  return flatten(stack.resolve(parts.join({ join: (left, right) => `${left ?? ''}${right ?? ''}` })));
}

function exported(stack: Stack, token: unknown): unknown {
  if (!Reference.isReference(token)) return flatten(stack.resolve(token));
  const owner = Stack.of(token.target);
  return flatten(stack.resolve(owner === stack ? token : owner.exportValue(token)));
}

function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[kind, argument] = ['', undefined]] = Object.entries(value as Record<string, unknown>);
  if (kind === 'Ref') return `<${String(argument)}>`;
  if (kind === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (kind === 'Fn::ImportValue') return String(argument);
  if (kind !== 'Fn::Join') return JSON.stringify(value);
  const [separator, items] = argument as [string, unknown[]];
  return items.map(flatten).join(separator);
}

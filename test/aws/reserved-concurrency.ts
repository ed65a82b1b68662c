import { z } from 'zod';
import type { Ministack } from './ministack.ts';

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.object({ ReservedConcurrentExecutions: z.int().optional() }).optional(),
    }),
  ),
});

/**
 * Reserves the concurrency that a deployed template asks for: the emulator keeps such a limit, but its CloudFormation
 * does not set it, and a dozen builders at once would do the work of one.
 * @returns how many functions have a limit of their own.
 */
export async function reserveConcurrency(aws: Ministack, stack: string, templateText: string): Promise<number> {
  const wanted = Object.entries(template.parse(JSON.parse(templateText)).Resources).flatMap(([id, resource]) => {
    const limit = resource.Properties?.ReservedConcurrentExecutions;
    return resource.Type === 'AWS::Lambda::Function' && limit !== undefined ? [{ id, limit }] : [];
  });
  for (const { id, limit } of wanted) {
    const name = await nameOfResource(aws, stack, id);
    await ask(aws, 'lambda', `/2017-10-31/functions/${name}/concurrency`, {
      method: 'PUT',
      body: JSON.stringify({ ReservedConcurrentExecutions: limit }),
    });
  }
  return wanted.length;
}

async function nameOfResource(aws: Ministack, stack: string, id: string): Promise<string> {
  const query = { Action: 'DescribeStackResource', Version: '2010-05-15', StackName: stack, LogicalResourceId: id };
  const answer = await ask(aws, 'cloudformation', '/', { method: 'POST', body: new URLSearchParams(query) });
  const name = /<PhysicalResourceId>([^<]+)</.exec(answer)?.[1];
  if (name === undefined) throw new Error(`${stack} has no resource ${id}`);
  return name;
}

/** The emulator reads service and region from the credential, and no signature. */
async function ask(aws: Ministack, service: string, path: string, request: RequestInit): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`;
  const response = await fetch(`${aws.url}${path}`, { ...request, headers: { authorization } });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${answer}`);
  return answer;
}

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// What Lambda's Node runtime does, and no more: loads the bundle in this folder, then asks for events and answers them.
const api = `http://${process.env['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation`;
const { handler } = await import(pathToFileURL(join(process.cwd(), 'index.mjs')).href);
for (;;) {
  const next = await fetch(`${api}/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id') ?? '';
  const event: unknown = await next.json();
  try {
    const result: unknown = await handler(event, { awsRequestId: id });
    await fetch(`${api}/${id}/response`, { method: 'POST', body: JSON.stringify(result ?? null) });
  } catch (error) {
    const { name, message } = error as Error;
    const body = JSON.stringify({ errorType: name, errorMessage: message });
    await fetch(`${api}/${id}/error`, { method: 'POST', body });
  }
}

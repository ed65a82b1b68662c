import type { IncomingHttpHeaders } from 'node:http';

interface Target {
  readonly emulator: string;
  readonly headers: IncomingHttpHeaders;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Hands a call on to the emulator as it came. */
export async function relay(body: string, { emulator, headers }: Target): Promise<Answer> {
  const { host: _host, connection: _connection, expect: _expect, ...rest } = headers;
  const kept = Object.entries(rest).filter(([name]) => !['content-length', 'transfer-encoding'].includes(name));
  const response = await fetch(`${emulator}/`, {
    method: 'POST',
    headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
    body,
  });
  return { status: response.status, text: await response.text() };
}

/** Glue by the emulator, with what Trino trips over mended. */
export async function answerGlue(operation: string, body: string, target: Target): Promise<Answer> {
  const ask = (name: string, text: string) =>
    relay(text, { ...target, headers: { ...target.headers, 'x-amz-target': `AWSGlue.${name}` } });
  if (operation === 'UpdatePartition') return await updatePartition(body, ask);
  const answer = await ask(operation, body);
  if (answer.status !== 200) return answer;
  if (operation === 'GetPartitions') return answerSegment(body, answer);
  return /^GetTables?$/.test(operation) ? withoutEmptyFields(answer) : answer;
}

type Ask = (operation: string, body: string) => Promise<Answer>;

/** The emulator has the batch call only. */
async function updatePartition(body: string, ask: Ask): Promise<Answer> {
  const { PartitionInput, PartitionValueList, ...rest } = JSON.parse(body);
  const answer = await ask(
    'BatchUpdatePartition',
    JSON.stringify({ ...rest, Entries: [{ PartitionInput, PartitionValueList }] }),
  );
  const error = JSON.parse(answer.text).Errors?.[0]?.ErrorDetail;
  if (!error) return answer.status === 200 ? { status: 200, text: '{}' } : answer;
  return { status: 400, text: JSON.stringify({ __type: error.ErrorCode, Message: error.ErrorMessage }) };
}

/** Trino asks for partitions in segments; the emulator gives all of them for each. */
function answerSegment(body: string, answer: Answer): Answer {
  const { Segment } = JSON.parse(body);
  if (!Segment?.SegmentNumber) return answer;
  return { status: 200, text: JSON.stringify({ ...JSON.parse(answer.text), Partitions: [] }) };
}

/** Views whose description is empty, not missing, are listed but not found. */
function withoutEmptyFields(answer: Answer): Answer {
  const found = JSON.parse(answer.text);
  for (const table of [found.Table, ...(found.TableList ?? [])]) {
    for (const [name, value] of Object.entries(table ?? {})) {
      if (value === null || (name === 'Description' && value === '')) delete table[name];
    }
  }
  return { status: 200, text: JSON.stringify(found) };
}

import { z } from 'zod';

/** EventBridge's "Object Created", as the landing queue carries it. Redriven dead letters have a key and no version. */
const objectCreated = z.object({
  detail: z.object({
    object: z.object({
      key: z.string().min(1),
      sequencer: z.string().optional(),
      'version-id': z.string().optional(),
      etag: z.string().optional(),
    }),
  }),
});

export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
}

export interface QueueEvent {
  readonly Records: readonly QueueMessage[];
}

/** Ids of the messages that the queue shall deliver again. */
export interface QueueAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** History that waits here is read by one backfill, not by a run for every hundred files. */
const backfillPrefix = 'landing/backfill/';

/** The dropped files of a batch, and the messages that are none: those go back, and end on the dead-letter queue. */
export function readLandingEvents({ Records }: QueueEvent) {
  const objects: { key: string; version: string }[] = [];
  const unreadable: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of Records) {
    const event = objectCreated.safeParse(parseJson(body));
    if (!event.success) unreadable.push({ itemIdentifier: messageId });
    else if (startsRun(event.data.detail.object.key)) objects.push(landedObject(event.data.detail.object, messageId));
  }
  return { objects, unreadable };
}

/** The console makes an empty object for a folder; its key ends in a slash. */
function startsRun(key: string): boolean {
  return !key.startsWith(backfillPrefix) && !key.endsWith('/');
}

function landedObject(object: z.infer<typeof objectCreated>['detail']['object'], messageId: string) {
  const version = object['version-id'] ?? object.sequencer ?? object.etag ?? messageId;
  return { key: object.key, version };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Something between a client and the services: it counts requests and makes the network, or the store, misbehave. */
export interface StoreProxy {
  readonly url: string;
  /** Method and path of each request so far, in the order of their arrival. */
  readonly requests: readonly string[];
  count(method: string): number;
  reset(): void;
  /** The next answers never arrive, though the requests do. */
  loseAnswers(count: number): void;
  /** The next requests are refused as S3 refuses who is too fast, and never reach the store. */
  slowDown(count: number): void;
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** Removes the conditions from writes, as stores do that do not know them. */
  readonly dropConditions?: boolean;
  /** Hears of the n-th request (from 1) before it is passed on. */
  readonly onRequest?: (n: number) => void;
}

const slowDownText =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';

export async function startProxy(target: string, options: ProxyOptions = {}): Promise<StoreProxy> {
  const requests: string[] = [];
  const faults = { answersToLose: 0, requestsToRefuse: 0 };
  const server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    options.onRequest?.(requests.length);
    outgoing.on('error', () => {});
    if (faults.requestsToRefuse > 0) {
      faults.requestsToRefuse--;
      incoming.resume();
      outgoing.writeHead(503, { 'content-type': 'application/xml', connection: 'close' }).end(slowDownText);
      return;
    }
    forward(incoming, outgoing, { target, drop: options.dropConditions === true, faults });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    count: (method) => requests.filter((one) => one.startsWith(`${method} `)).length,
    reset: () => requests.splice(0),
    loseAnswers: (count) => {
      faults.answersToLose = count;
    },
    slowDown: (count) => {
      faults.requestsToRefuse = count;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

interface Passage {
  readonly target: string;
  readonly drop: boolean;
  readonly faults: { answersToLose: number };
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, { target, drop, faults }: Passage): void {
  const headers = { ...incoming.headers };
  if (drop) {
    delete headers['if-none-match'];
    delete headers['if-match'];
  }
  const options = { method: incoming.method, headers };
  const forwarded = request(target + (incoming.url ?? ''), options, (answer) => {
    if (faults.answersToLose > 0) {
      faults.answersToLose--;
      answer.resume();
      answer.on('end', () => outgoing.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  // A client that dies in the middle takes its request along.
  forwarded.on('error', () => outgoing.destroy());
  incoming.on('error', () => forwarded.destroy());
  incoming.pipe(forwarded);
}

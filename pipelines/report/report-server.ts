import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sirv from 'sirv';
import { TidemarkError } from '../domain/errors.ts';
import type { ReportServer, ServedReport, ServeOptions } from './report.ts';

const host = '127.0.0.1';
const usualPort = 4173;
const triedPorts = 20;
const dataPrefix = '/data';

/** Even a page that wanted to could ask no other host for anything. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' 'unsafe-eval' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "frame-ancestors 'none'",
].join('; ');

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves the report on the loopback interface only: the pages from one folder, the data from another. */
export function createReportServer(): ReportServer {
  return { serve: serveReport };
}

async function serveReport(options: ServeOptions): Promise<ServedReport> {
  const server = createServer(createHandler(options));
  const port = await listen(server, options.port);
  return {
    address: `http://${host}:${port}/`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

function createHandler({ siteFolder, dataFolder }: ServeOptions): Handler {
  // `dev` looks at the folder with every request: data files come and go while the server runs, and pages may be built again.
  const data = sirv(dataFolder, { dev: true, etag: true, brotli: true, extensions: [], setHeaders: setDataHeaders });
  const pages = sirv(siteFolder, { dev: true, etag: true, brotli: true, single: true, setHeaders: setPageHeaders });
  return (request, response) => {
    response.setHeader('Content-Security-Policy', contentSecurityPolicy);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
    if (!isAskedForHere(request)) return refuse(response, 421);
    // Reading ahead of an answer is the browser's right; a part of a compressed file would be of no use to it.
    delete request.headers.range;
    const path = request.url ?? '/';
    if (!path.startsWith(`${dataPrefix}/`)) return pages(request, response);
    request.url = path.slice(dataPrefix.length);
    data(request, response, () => {
      request.url = path;
      pages(request, response);
    });
  };
}

/** Another site's name that resolves to this machine must not read the report through a visitor's browser. */
function isAskedForHere(request: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(request.headers.host ?? '');
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

function setDataHeaders(response: ServerResponse, path: string): void {
  if (!path.endsWith('.arrow')) return;
  response.setHeader('Content-Type', 'application/vnd.apache.arrow.stream');
  response.setHeader('Cache-Control', 'public,max-age=31536000,immutable');
}

function setPageHeaders(response: ServerResponse, path: string): void {
  if (path.includes('/immutable/')) response.setHeader('Cache-Control', 'public,max-age=31536000,immutable');
}

async function listen(server: Server, port: number | undefined): Promise<number> {
  const wanted = port === undefined ? Array.from({ length: triedPorts }, (_, step) => usualPort + step) : [port];
  for (const candidate of wanted) {
    if (await tryListen(server, candidate)) return (server.address() as AddressInfo).port;
  }
  throw new TidemarkError(`port ${wanted.length === 1 ? wanted[0] : `${wanted[0]} to ${wanted.at(-1)}`} is taken`, {
    where: host,
    next: 'choose another one with --port N (0 takes any free one)',
  });
}

function tryListen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.off('listening', onListening);
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    };
    const onListening = () => {
      server.off('error', onError);
      resolve(true);
    };
    server.once('error', onError);
    server.once('listening', onListening);
    server.listen(port, host);
  });
}

import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Tls } from './tls.ts';

/** How long the headers of a request may take to come in, and how long the whole of it: a query over a poor mobile line does. */
const LONGEST_HEADERS_MS = 10_000;
export const LONGEST_REQUEST_MS = 30_000;

/** Longer than proxies keep a connection that rests (a minute, mostly), so that it is they who close it, and no request crosses with its end. */
const KEEP_ALIVE_MS = 75_000;

/** A connection that rests or drips costs some 10 KiB: these may all be there at once. Further ones are closed unread. */
const MOST_CONNECTIONS = 10_000;

/** Nobody asks this much over one connection before the first answer has come, but to see what happens. */
const MOST_UNANSWERED = 32;

/** What Node is told. Its parser is strict by default: what two servers could read in two ways, it refuses. */
const BOUNDS: ServerOptions = {
  headersTimeout: LONGEST_HEADERS_MS,
  requestTimeout: LONGEST_REQUEST_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  // Otherwise whoever is too slow is found out half a minute late.
  connectionsCheckingInterval: 1_000,
  // Node's own refusal has no body; `wrongIn` is asked instead.
  requireHostHeader: false,
};

export interface ConnectionsOptions {
  /** For `https`; plain `http` when left out. */
  readonly tls: Tls | undefined;
  /** Lets a request in, or answers it and returns `false`; all are let in when left out. */
  readonly admit: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  readonly answer: RequestListener;
  /** The body of a refusal. */
  readonly refusal: (code: string, message: string) => unknown;
}

/** A server whose connections cost no more than they may, and which refuses what is no HTTP in a form of our own. */
export function createServer({ tls, admit, answer, refusal }: ConnectionsOptions): HttpServer | HttpsServer {
  const server = tls
    ? createHttpsServer({ ...BOUNDS, ...tls, requestCert: tls.ca !== undefined, minVersion: 'TLSv1.2' })
    : createHttpServer(BOUNDS);
  server.maxConnections = MOST_CONNECTIONS;
  closeUnused(server, tls ? 'secureConnection' : 'connection');
  const unanswered = new WeakMap<Duplex, number>();
  const refused = new WeakSet<Duplex>();
  const refuse = (response: ServerResponse, status: number, message: string): void => {
    const body = JSON.stringify(refusal('BAD_REQUEST', message));
    response.writeHead(status, { 'content-type': CONTENT_TYPE, connection: 'close' }).end(body);
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    // What follows on a connection after something that was refused may be part of it.
    if (refused.has(socket)) return;
    const count = (unanswered.get(socket) ?? 0) + 1;
    unanswered.set(socket, count);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    const wrong = wrongIn(request);
    if (wrong === undefined && count <= MOST_UNANSWERED) {
      if (!admit || admit(request, response)) answer(request, response);
      return;
    }
    refused.add(socket);
    if (wrong === undefined) socket.destroy();
    else refuse(response, 400, wrong);
  });
  server.on('checkExpectation', ({ socket }: IncomingMessage, response: ServerResponse) => {
    refused.add(socket);
    refuse(response, 417, 'The only expectation that is met here is "100-continue".');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Whoever waits for another answer would take this one for it.
    if (error.code === 'ECONNRESET' || !socket.writable || (unanswered.get(socket) ?? 0) > 0) {
      socket.destroy();
      return;
    }
    const [status, code, message] = whyRefused(error.code);
    const body = JSON.stringify(refusal(code, message));
    socket.end(
      [
        `HTTP/1.1 ${status}`,
        `content-type: ${CONTENT_TYPE}`,
        `content-length: ${Buffer.byteLength(body)}`,
        'connection: close',
        '',
        body,
      ].join('\r\n'),
      // What is still to come is not read.
      () => socket.destroy(),
    );
  });
  return server;
}

const CONTENT_TYPE = 'application/json; charset=utf-8';

/**
 * Has a server that closes let go of connections over which nothing has come yet. Node takes them for busy ones, and somebody
 * who has made one beforehand would keep the server from closing.
 */
function closeUnused(server: HttpServer | HttpsServer, event: 'connection' | 'secureConnection'): void {
  const open = new Set<Socket>();
  server.on(event, (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    closeIdle();
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}

/** What Node's parser refused, in our own words: its own may repeat what was sent. */
function whyRefused(code: string | undefined): readonly [status: string, code: string, message: string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [
        '408 Request Timeout',
        'REQUEST_TIMEOUT',
        `The request took too long to come in: its headers have ${LONGEST_HEADERS_MS / 1_000} seconds, the whole of it ${LONGEST_REQUEST_MS / 1_000}.`,
      ];
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        'REQUEST_TOO_LARGE',
        'The address and the headers of this request are larger than 16 KiB, the most that is read.',
      ];
    default:
      return ['400 Bad Request', 'BAD_REQUEST', 'This is not a request of HTTP/1.1 (RFC 9112).'];
  }
}

/**
 * What Node's parser lets through, and two servers could still read in two ways (RFC 9112, sections 3.2 and 6.1); `undefined`
 * for a request in which there is nothing of it.
 */
function wrongIn({ rawHeaders, headers, httpVersion }: IncomingMessage): string | undefined {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === 'host') hosts++;
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0')) return 'Send one header "Host".';
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return undefined;
  if (httpVersion === '1.0') return 'HTTP/1.0 knows no "Transfer-Encoding".';
  return coding.toLowerCase() === 'chunked' ? undefined : 'The only "Transfer-Encoding" that is read is "chunked".';
}

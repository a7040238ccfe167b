import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** A server that says on each connection what it likes, whether that is HTTP or not. */
export interface RawServer {
  readonly url: string;
  /** Connections that were made, in order. */
  readonly sockets: Socket[];
  /** Everything that came in, on whichever connection. */
  readonly received: string[];
  /** Resolves when no connection is open any longer. */
  empty(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param answer is called for each request that begins on a connection; the first is 0. */
export async function rawServer(answer: (socket: Socket, request: number) => void): Promise<RawServer> {
  const sockets: Socket[] = [];
  const received: string[] = [];
  const open = new Set<Socket>();
  let emptied = (): void => {};
  const server = createServer((socket) => {
    let requests = 0;
    sockets.push(socket);
    open.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received.push(bytes.toString('latin1'));
      if (received.at(-1)?.startsWith('POST ')) answer(socket, requests++);
    });
    socket.once('close', () => {
      open.delete(socket);
      if (open.size === 0) emptied();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    sockets,
    received,
    empty: () => (open.size === 0 ? Promise.resolve() : new Promise((resolve) => (emptied = resolve))),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An HTTP/1.1 response as it travels. */
export const http = (head: string, body: string | Uint8Array = ''): Buffer =>
  Buffer.concat([Buffer.from(`${head.replaceAll('\n', '\r\n')}\r\n\r\n`), Buffer.from(body)]);

/** A whole answer with status 200, of JSON. */
export const json = (body: string | Uint8Array, more = ''): Buffer =>
  http(
    `HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-length: ${Buffer.byteLength(body)}${more && `\n${more}`}`,
    body,
  );

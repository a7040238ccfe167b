import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Of each socket that listens, libuv accepts one connection in each turn of its loop. While much is to be done, turns are long,
 * and new connections would wait in a queue for seconds (https://github.com/libuv/libuv/pull/3696). So several sockets
 * listen at one address, where the system can (`SO_REUSEPORT`), and it spreads connections over them.
 */
const SOCKETS = 16;

/** How many connections may wait for each of them to be accepted. */
const BACKLOG = 1_024;

export interface Listening {
  /** Without a path. */
  readonly url: string;
  /** Takes no new connections, and resolves when those that there are have ended: to be called when the server is closed. */
  close(): Promise<void>;
}

/** Lets a server listen at an address, ready for many connections at the same time. @throws as `app.listen` does. */
export async function listenWidely(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  if (port !== 0) await throwIfTaken(host, port);
  const shared = { host, port, backlog: BACKLOG, reusePort: true };
  let url: string;
  try {
    url = await app.listen(shared);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTSUP')) throw error;
    return { url: await app.listen({ host, port, backlog: BACKLOG }), close: async () => {} };
  }
  const others = await Promise.all(
    Array.from({ length: SOCKETS - 1 }, async () => {
      const other = createServer((socket: Socket) => void app.server.emit('connection', socket));
      other.maxConnections = app.server.maxConnections / SOCKETS;
      other.listen({ ...shared, port: Number(new URL(url).port) });
      await once(other, 'listening');
      return other;
    }),
  );
  app.server.maxConnections /= SOCKETS;
  return {
    url,
    async close() {
      await Promise.all(others.map(closed));
    },
  };
}

/** Two that share an address by mistake would each get a part of what is meant for one. */
async function throwIfTaken(host: string, port: number): Promise<void> {
  const probe = createServer();
  probe.listen({ host, port });
  await once(probe, 'listening');
  await closed(probe);
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

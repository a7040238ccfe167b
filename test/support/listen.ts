import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of a test's own, on a free port of this machine. */
export interface Listening {
  /** The address of its GraphQL endpoint. */
  readonly url: string;
  /** Ends it, with whatever connections it has. */
  stop(): Promise<void>;
}

/** Lets a server listen, on any free port or on one that it had before. */
export async function listen(server: Server, at = 0): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@caregraph/demo/population/random.ts';

/** Which way bytes go: to the trust, or from it. */
export type Direction = 'upstream' | 'downstream';

/**
 * What a network can do to a connection, by the names and attributes of Toxiproxy
 * (https://github.com/Shopify/toxiproxy#toxics). Times are in milliseconds unless a name says otherwise, sizes in bytes, and
 * `rate` in KB per second. `down` is what Toxiproxy calls a disabled proxy: connections are refused.
 */
export type Toxic =
  | { readonly type: 'down' }
  | ({ readonly direction: Direction } & (
      | { readonly type: 'latency'; readonly latency: number; readonly jitter: number }
      | { readonly type: 'bandwidth'; readonly rate: number }
      | { readonly type: 'slow_close'; readonly delay: number }
      | { readonly type: 'timeout'; readonly timeout: number }
      | { readonly type: 'reset_peer'; readonly timeout: number }
      | {
          readonly type: 'slicer';
          readonly average_size: number;
          readonly size_variation: number;
          readonly delay: number;
        }
      | { readonly type: 'limit_data'; readonly bytes: number }
    ));

type Directed = Exclude<Toxic, { type: 'down' }>;

/** A TCP proxy in front of a server of this machine, which does to its connections what it is told. */
export interface TcpProxy {
  readonly port: number;
  /** How many connections have come. */
  readonly connections: number;
  /** How many are open now. */
  readonly open: number;
  /** From now on, for the connections that there are and those that come. */
  set(toxics: readonly Toxic[]): Promise<void>;
  stop(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Aborts when the pair is done with. */
  readonly ended: AbortController;
  /** Whether something was kept back for good, so that the connection is of no use to anybody. */
  spoilt: boolean;
}

/** Starts a proxy on a free port, in front of a port of this machine. */
export async function startTcpProxy(target: number, random: Random): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let toxics: readonly Directed[] = [];
  let isDown = false;
  let connections = 0;

  const end = (pair: Pair): void => {
    if (!pairs.delete(pair)) return;
    pair.ended.abort();
    pair.client.destroy();
    pair.server.destroy();
  };

  const accept = (client: Socket): void => {
    connections++;
    const server = connect({ port: target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    client.setNoDelay(true);
    const pair: Pair = { client, server, ended: new AbortController(), spoilt: false };
    pairs.add(pair);
    let closed = 0;
    for (const socket of [client, server]) {
      socket.on('error', () => end(pair));
      // What one has sent before it closed may still be on its way to the other.
      socket.on('close', (hadError) => {
        if (++closed === 2 || hadError) end(pair);
      });
    }
    // Whoever is kept waiting for good, and leaves, leaves nothing behind.
    client.on('end', () => {
      if (pair.spoilt) end(pair);
    });
    const at = (direction: Direction) => () => toxics.filter((toxic) => toxic.direction === direction);
    forward(pair, client, server, at('upstream'), random, () => end(pair));
    forward(pair, server, client, at('downstream'), random, () => end(pair));
  };

  const server: Server = createServer({ allowHalfOpen: true }, accept);
  const listenAt = (port: number): Promise<void> =>
    new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  await listenAt(0);
  const { port } = server.address() as AddressInfo;
  const shut = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const pair of [...pairs]) end(pair);
    });

  return {
    port,
    get connections() {
      return connections;
    },
    get open() {
      return pairs.size;
    },
    async set(wanted) {
      toxics = wanted.filter((toxic): toxic is Directed => toxic.type !== 'down');
      const down = wanted.some(({ type }) => type === 'down');
      if (down && !isDown) await shut();
      if (!down && isDown) await listenAt(port);
      isDown = down;
      for (const pair of [...pairs]) {
        if (pair.spoilt && toxics.length === 0) end(pair);
        else resetInTime(pair, toxics);
      }
    },
    async stop() {
      if (!isDown) await shut();
    },
  };
}

/** Takes bytes from one socket to the other, through the toxics of that way. */
function forward(
  pair: Pair,
  from: Socket,
  to: Socket,
  toxics: () => readonly Directed[],
  random: Random,
  end: () => void,
): void {
  let before: Promise<void> = Promise.resolve();
  let waiting = 0;
  let passed = 0;
  const write = (chunk: Uint8Array): void => {
    passed += chunk.byteLength;
    if (!to.destroyed && !to.write(chunk)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  };
  const inTurn = (work: () => Promise<void>): void => {
    waiting++;
    before = before
      .then(work)
      .catch(() => {})
      .finally(() => waiting--);
  };
  from.on('data', (chunk: Buffer) => {
    const all = toxics();
    // The ordinary case costs as little as a proxy can.
    if (all.length === 0 && waiting === 0) return write(chunk);
    resetInTime(pair, all);
    const arrived = performance.now();
    inTurn(() => pass(chunk, arrived));
  });
  from.on('end', () => {
    const slow = toxics().find((toxic) => toxic.type === 'slow_close');
    inTurn(async () => {
      if (slow) await sleep(slow.delay, undefined, { signal: pair.ended.signal });
      if (!pair.spoilt) to.end();
    });
  });

  const pass = async (chunk: Buffer, arrived: number): Promise<void> => {
    const { signal } = pair.ended;
    let pieces: Buffer[] = [chunk];
    let pause = 0;
    for (const toxic of toxics()) {
      switch (toxic.type) {
        case 'latency': {
          const late = toxic.latency + (toxic.jitter > 0 ? random.int(-toxic.jitter, toxic.jitter) : 0);
          await sleep(Math.max(0, arrived + late - performance.now()), undefined, { signal });
          break;
        }
        case 'bandwidth':
          await sleep(chunk.byteLength / toxic.rate, undefined, { signal });
          break;
        case 'timeout':
          pair.spoilt = true;
          if (toxic.timeout > 0) {
            await sleep(toxic.timeout, undefined, { signal });
            end();
          }
          return;
        case 'slicer':
          pieces = sliced(chunk, toxic, random);
          pause = toxic.delay / 1_000;
          break;
        case 'limit_data': {
          const left = Math.max(0, toxic.bytes - passed);
          if (chunk.byteLength < left) break;
          pair.spoilt = true;
          write(chunk.subarray(0, left));
          to.end();
          return;
        }
        case 'reset_peer':
        case 'slow_close':
          break;
      }
    }
    if (pair.spoilt) return;
    for (const piece of pieces) {
      write(piece);
      if (pieces.length > 1) await sleep(pause, undefined, { signal });
    }
  };
}

/** A connection that is to be reset is reset after its time, with whatever is under way on it. */
function resetInTime(pair: Pair, toxics: readonly Directed[]): void {
  const reset = toxics.find((toxic) => toxic.type === 'reset_peer');
  if (!reset || pair.spoilt) return;
  pair.spoilt = true;
  const now = (): void => {
    pair.client.resetAndDestroy();
  };
  if (reset.timeout === 0) now();
  else sleep(reset.timeout, undefined, { signal: pair.ended.signal }).then(now, () => {});
}

function sliced(
  chunk: Buffer,
  { average_size, size_variation }: { readonly average_size: number; readonly size_variation: number },
  random: Random,
): Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0; from < chunk.byteLength; ) {
    const size = Math.max(1, average_size + random.int(-size_variation, size_variation));
    pieces.push(chunk.subarray(from, from + size));
    from += size;
  }
  return pieces;
}

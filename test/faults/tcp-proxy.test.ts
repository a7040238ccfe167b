import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { createRandom } from '@caregraph/demo/population/random.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A server that sends back what it is sent, and ends when the other end does. */
const echo = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  socket.pipe(socket);
});
let proxy: TcpProxy;

beforeAll(async () => {
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await startTcpProxy((echo.address() as AddressInfo).port, createRandom('proxy'));
});
beforeEach(() => proxy.set([]));
afterAll(async () => {
  await proxy.stop();
  echo.close();
});

/** What came back, in which pieces, how it ended, and how long that took. */
interface Echoed {
  readonly text: string;
  readonly pieces: number;
  readonly end: string;
  readonly ms: number;
}

/** Sends a text through the proxy and then nothing more, and waits until the connection has ended. */
async function send(sent: string): Promise<Echoed> {
  const start = performance.now();
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let end = 'closed';
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', (error) => {
    end = 'code' in error ? String(error.code) : error.message;
  });
  socket.on('end', () => socket.end());
  socket.once('connect', () => socket.end(sent));
  await new Promise((resolve) => socket.once('close', resolve));
  return { text: Buffer.concat(chunks).toString(), pieces: chunks.length, end, ms: performance.now() - start };
}

describe('a TCP proxy', () => {
  test('takes everything through while it has no toxics, and counts connections', async () => {
    const before = proxy.connections;
    expect(await send('x'.repeat(200_000))).toMatchObject({ text: 'x'.repeat(200_000), end: 'closed' });
    expect(proxy.connections).toBe(before + 1);
    expect(proxy.open).toBe(0);
  });

  test.each(['upstream', 'downstream'] as const)('latency: it is later, %s', async (direction) => {
    await proxy.set([{ direction, type: 'latency', latency: 150, jitter: 0 }]);
    const { text, ms } = await send('hello');
    expect(text).toBe('hello');
    expect(ms).toBeGreaterThanOrEqual(148);
  });

  test('down: connections are refused, and those that there are end; up again at the same port', async () => {
    const socket = connect({ port: proxy.port, host: '127.0.0.1' }).on('error', () => {});
    await once(socket, 'connect');
    while (proxy.open === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = once(socket, 'close');
    await proxy.set([{ type: 'down' }]);
    await closed;
    expect(await send('hello')).toMatchObject({ text: '', end: 'ECONNREFUSED' });
    await proxy.set([]);
    expect(await send('hello')).toMatchObject({ text: 'hello', end: 'closed' });
  });

  test('reset_peer: the connection is reset', async () => {
    await proxy.set([{ direction: 'upstream', type: 'reset_peer', timeout: 0 }]);
    expect(await send('hello')).toMatchObject({ text: '', end: 'ECONNRESET' });
  });

  test('timeout: nothing comes, and the connection ends after its time', async () => {
    await proxy.set([{ direction: 'downstream', type: 'timeout', timeout: 120 }]);
    const { text, ms } = await send('hello');
    expect(text).toBe('');
    expect(ms).toBeGreaterThanOrEqual(118);
  });

  test('limit_data: so many bytes, and then the end', async () => {
    await proxy.set([{ direction: 'downstream', type: 'limit_data', bytes: 3 }]);
    expect(await send('hello')).toMatchObject({ text: 'hel' });
  });

  test('bandwidth: so many bytes in so much time', async () => {
    await proxy.set([{ direction: 'upstream', type: 'bandwidth', rate: 50 }]);
    const { text, ms } = await send('x'.repeat(10_000));
    expect(text).toHaveLength(10_000);
    expect(ms).toBeGreaterThanOrEqual(195);
  });

  test('slicer: it comes in small pieces', async () => {
    await proxy.set([{ direction: 'downstream', type: 'slicer', average_size: 10, size_variation: 0, delay: 2_000 }]);
    const { text, pieces } = await send('x'.repeat(100));
    expect(text).toHaveLength(100);
    expect(pieces).toBeGreaterThan(3);
  });

  test('slow_close: everything is there, and the end comes later', async () => {
    await proxy.set([{ direction: 'downstream', type: 'slow_close', delay: 120 }]);
    const { text, ms } = await send('hello');
    expect(text).toBe('hello');
    expect(ms).toBeGreaterThanOrEqual(118);
  });

  test('what was kept back for good is let go when the toxics are taken away', async () => {
    await proxy.set([{ direction: 'downstream', type: 'timeout', timeout: 0 }]);
    const ended = send('hello');
    while (proxy.open === 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await proxy.set([]);
    expect(await ended).toMatchObject({ text: '' });
  });
});

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createHttp } from '@caregraph/service/http.ts';
import { listenWidely } from '@caregraph/service/listen.ts';
import { createLog } from '@caregraph/service/log.ts';
import { expect, test } from 'vitest';

const http = () =>
  createHttp({ log: createLog({ name: 'test', level: 'silent' }), bodyLimit: 1_000, ready: async () => null });

test('a hundred connections that are made at once do not wait for a hundred turns of the loop', async () => {
  const app = http();
  const listening = await listenWidely(app, { host: '127.0.0.1', port: 0 });
  let accepted = 0;
  const all = Promise.withResolvers<void>();
  app.server.on('connection', () => {
    if (++accepted === 100) all.resolve();
  });
  let [turns, over] = [0, false];
  const turn = (): void => {
    turns++;
    // A turn that takes as long as this gives the system time to make every connection.
    for (const end = performance.now() + 20; performance.now() < end; );
    if (!over) setImmediate(turn);
  };
  const sockets = Array.from({ length: 100 }, () => connect(Number(new URL(listening.url).port), '127.0.0.1'));
  turn();
  await all.promise;
  over = true;
  for (const socket of sockets) socket.destroy();
  await Promise.all([app.close(), listening.close()]);
  // Elsewhere, one socket listens.
  if (process.platform === 'linux') expect(turns).toBeLessThan(60);
});

test('every connection is answered, and none is waited for once the server is closed', async () => {
  const app = http();
  const listening = await listenWidely(app, { host: '127.0.0.1', port: 0 });
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const response = await fetch(`${listening.url}/health/live`);
      await response.arrayBuffer();
      return response.status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  const start = performance.now();
  await Promise.all([app.close(), listening.close()]);
  expect(performance.now() - start).toBeLessThan(10_000);
  await expect(fetch(`${listening.url}/health/live`)).rejects.toThrow();
});

test('an address at which another listens is not shared, though it is this gateway itself', async () => {
  const app = http();
  const listening = await listenWidely(app, { host: '127.0.0.1', port: 0 });
  const port = Number(new URL(listening.url).port);
  await expect(listenWidely(http(), { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await Promise.all([app.close(), listening.close()]);
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  await expect(listenWidely(http(), { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  other.close();
});

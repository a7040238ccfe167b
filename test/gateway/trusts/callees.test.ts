import { createServer } from 'node:http';
import { after } from '@caregraph/gateway/after.ts';
import { patience } from '@caregraph/gateway/gather/patience.ts';
import { Callees } from '@caregraph/gateway/trusts/callees.ts';
import { createTransport } from '@caregraph/gateway/trusts/transport.ts';
import { createLog } from '@caregraph/service/log.ts';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { listen } from '../../support/listen.ts';
import { rawServer } from './servers.ts';

const transport = createTransport();
afterAll(() => transport.close());

let ahead = 0;
const clock = { now: () => new Date(), elapsed: () => ahead };
let logged: string[] = [];
beforeEach(() => {
  logged = [];
});

const create = (): Callees =>
  new Callees({
    transport,
    clock,
    random: () => 0,
    after,
    deadlineMs: () => 60_000,
    log: createLog({ name: 'gateway', destination: { write: (line) => logged.push(line) } }),
  });

const question = (ms = 60_000, gone = new AbortController().signal) => ({
  request: { query: '{ a }', variables: {} },
  patience: patience(clock, ms, gone),
});

/** An address at which whatever comes is cut off. */
const failing = () => listen(createServer((request) => request.socket.destroy()));

test('each callee is told apart, though a trust is called like a subgraph', async () => {
  const server = await failing();
  const callees = create();
  const trust = callees.trust({ odsCode: 'ABC', name: 'A trust', url: server.url });
  for (let i = 0; i < 5; i++) await trust.ask(question());
  callees.subgraph({ name: 'ABC', url: server.url });
  expect([...callees.states()].map(([id, { breakers }]) => [id, breakers])).toEqual([
    ['trust ABC', ['OPEN']],
    ['subgraph ABC', ['CLOSED']],
  ]);
  expect(logged.map((line) => JSON.parse(line))).toMatchObject([{ trust: 'ABC', address: 0, why: 'BROKEN' }]);
  await server.stop();
});

test('a callee is the same each time, and another when it has moved', async () => {
  const server = await failing();
  const callees = create();
  const at = (url: string, ...also: string[]) => callees.trust({ odsCode: 'RW5', name: 'A trust', url, also });
  const before = at(server.url);
  for (let i = 0; i < 5; i++) await before.ask(question());
  expect(at(server.url)).toBe(before);
  expect(at(server.url).state.breakers).toEqual(['OPEN']);
  expect(at(`${server.url}/elsewhere`).state.breakers).toEqual(['CLOSED']);
  expect(at(server.url, `${server.url}/elsewhere`).state.breakers).toEqual(['CLOSED', 'CLOSED']);
  await server.stop();
});

test('closing gives up a probe for which nobody waits', async () => {
  let answers = true;
  const came = Promise.withResolvers<void>();
  await using server = await rawServer((socket) => {
    if (answers) socket.destroy();
    else came.resolve();
  });
  const callees = create();
  const trust = callees.trust({ odsCode: 'RW5', name: 'A trust', url: server.url });
  for (let i = 0; i < 5; i++) await trust.ask(question());
  answers = false;
  ahead += 250;
  const gone = new AbortController();
  const asking = trust.ask(question(60_000, gone.signal));
  await came.promise;
  gone.abort();
  await asking;
  expect(trust.state.breakers).toEqual(['PROBING']);
  callees.close();
  await server.empty();
});

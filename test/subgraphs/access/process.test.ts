import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { listen } from '../../support/listen.ts';
import { createTestSigner, postSigned, type TestSigner } from '../../support/onward.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { PROCESS_ENV } from '../../support/process-env.ts';
import {
  ACCESS_LOG,
  askAccess,
  BREAK_GLASS,
  CLOSE_REVIEW,
  createChain,
  type Data,
  entry,
  newPatient,
  officer,
  PARAMEDIC,
  postAccess,
  REASON,
  REVIEWS,
} from './harness.ts';

const MAIN = fileURLToPath(new URL('../../../subgraphs/access/main.ts', import.meta.url));
const AT = '2026-06-15T09:00:00.000Z';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-access-'));
const running = new Set<ChildProcess>();
let postgres: PostgresServer;
let signer: TestSigner;
let files = 0;

beforeAll(async () => {
  signer = createTestSigner();
  postgres = await startPostgres();
});
afterEach(async () => {
  await Promise.all([...running].map(kill));
  running.clear();
});
afterAll(async () => {
  await postgres.stop();
  signer.close();
  rmSync(folder, { recursive: true });
});

interface Started {
  readonly child: ChildProcess;
  /** Where it is; rejects with what it said when it does not start. */
  readonly ready: Promise<string>;
  output(): string;
}

/** Starts the subgraph as `npm run access` does, with a configuration over the ordinary one. */
function start(config: Readonly<Record<string, unknown>> = {}, env: Readonly<Record<string, string>> = {}): Started {
  const file = join(folder, `access-${files++}.yaml`);
  writeFileSync(file, JSON.stringify({ port: 0, gateway: signer.config, ...config }));
  const child = spawn(process.execPath, ['--liftoff-only', MAIN, '--config', file], {
    env: { ...PROCESS_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  const ready = new Promise<string>((resolve, reject) => {
    child.once('message', (message) => {
      if (typeof message === 'object' && message !== null && 'url' in message) resolve(String(message.url));
    });
    child.once('close', () => reject(new Error(output)));
  });
  ready.catch(() => {});
  return { child, ready, output: () => output };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended(child);
}

const ask = (url: string, query: string, variables: object, caller = PARAMEDIC) =>
  askAccess(signer, url, query, { ...variables }, caller);
const post = (url: string, path: string, body: unknown) => postAccess(signer, url, path, body);
const grants = async (url: string): Promise<Data> => (await post(url, '/glass', { users: [user] })).body.grants[0];
const user = { user: PARAMEDIC.user, organisation: PARAMEDIC.organisation };

/** A webhook that takes whatever comes. */
async function startReceiver() {
  const events: Data[] = [];
  const first = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    void (async () => {
      events.push({ ...request.headers, event: await json(request) });
      response.writeHead(202).end();
      first.resolve();
    })();
  });
  return { ...(await listen(server)), events, first: first.promise };
}

describe('the access subgraph as a process', () => {
  test.each([
    ['a folder', async () => ({ database: { dataDir: `data-${files}` } })],
    ['PostgreSQL', async () => ({ database: { url: await postgres.createDatabase() } })],
  ])(
    'keeps in %s what it acknowledged, through kill -9, and then tells whom it had not told',
    { timeout: 90_000 },
    async (_where, configure) => {
      const receiver = await startReceiver();
      const away = await listen(createServer());
      await away.stop();
      const config = await configure();
      const patient = newPatient();
      const chain = createChain();
      chain.write(AT, entry({ patients: [patient] }));

      const first = start({ ...config, notify: { url: away.url } });
      const before = await first.ready;
      const { id } = (await ask(before, BREAK_GLASS, { n: patient, reason: REASON })).data.breakGlass;
      expect((await post(before, '/audit/lines', { chain: chain.chain, lines: chain.lines })).status).toBe(200);
      if ('dataDir' in config.database) {
        const third = start(config);
        expect(await ended(third.child)).toBe(1);
        expect(third.output()).toContain(`is in use by process ${first.child.pid} on`);
      }
      await kill(first.child);

      writeFileSync(join(folder, 'token'), 'secret-token\n');
      const second = start({ ...config, notify: { url: receiver.url, token: 'token' } });
      const after = await second.ready;
      expect(await grants(after)).toMatchObject([{ id, nhsNumber: patient }]);
      expect((await ask(after, REVIEWS, {}, officer('RRU'))).data.reviews).toMatchObject([{ id, state: 'OPEN' }]);
      expect((await post(after, '/audit/head', { chain: chain.chain })).body).toMatchObject({ seq: 2 });
      const { data } = await ask(after, ACCESS_LOG, { n: patient }, officer('RRU'));
      expect(data.accessLog.entries).toHaveLength(1);
      await receiver.first;
      expect(receiver.events).toMatchObject([
        { authorization: 'Bearer secret-token', event: { id, data: { review: id } } },
      ]);
      second.child.kill('SIGTERM');
      expect(await ended(second.child)).toBe(0);
      for (const { output } of [first, second]) expect(output()).not.toMatch(/999\d{7}|station|secret-token/);
      await receiver.stop();
    },
  );

  test('shares one PostgreSQL with another, as if both were one', async () => {
    const database = { url: await postgres.createDatabase() };
    const [one, other] = await Promise.all([
      start({ database }).ready,
      start({}, { DATABASE_URL: database.url }).ready,
    ]);
    const patient = newPatient();
    const { id } = (await ask(one, BREAK_GLASS, { n: patient, reason: REASON })).data.breakGlass;
    expect(await grants(other)).toMatchObject([{ id }]);
    await ask(other, CLOSE_REVIEW, { id, finding: 'JUSTIFIED' }, officer('RRU'));
    expect((await ask(one, REVIEWS, {}, officer('RRU'))).data.reviews).toEqual([]);

    const chain = createChain();
    for (let i = 0; i < 40; i++) chain.write(AT, entry({ patients: [patient] }));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        post(i % 2 ? one : other, '/audit/lines', { chain: chain.chain, lines: chain.lines }),
      ),
    );
    expect(answers.map(({ status, body }) => [status, body])).toEqual(Array(8).fill([200, { upTo: 41 }]));
    const { data } = await ask(one, ACCESS_LOG, { n: patient }, officer('RRU'));
    expect(data.accessLog.entries).toHaveLength(40);
  });

  test('answers nobody but the gateway that it knows', async () => {
    const url = await start({ database: { url: await postgres.createDatabase() } }).ready;
    const stranger = createTestSigner(signer.issuer);
    const body = { query: '{ reviews { id } }' };
    const users = { users: [user] };
    const refused = [
      await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
      await fetch(`${url}/glass`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
      await postSigned(signer, 'locator', `${url}/graphql`, body, officer('RRU')),
      await postSigned(signer, 'RW5', `${url}/glass`, users, 'gateway'),
      await postSigned(stranger, 'access', `${url}/graphql`, body, officer('RRU')),
      await postSigned(stranger, 'access', `${url}/glass`, users, 'gateway'),
    ];
    stranger.close();
    for (const response of refused) {
      expect(response.status).toBe(401);
      expect(await response.text()).toContain('UNAUTHENTICATED');
    }
    // And for a user it does not answer what only a gateway may know.
    expect((await postSigned(signer, 'access', `${url}/glass`, users)).status).toBe(403);
  });

  test('refuses over HTTP what is wrong, without repeating a number, and goes on', async () => {
    const { ready, output } = start({ database: { url: await postgres.createDatabase() } });
    const url = await ready;
    const wrong = '9990100013';
    const answers = [
      await ask(url, BREAK_GLASS, { n: wrong, reason: REASON }),
      await ask(url, ACCESS_LOG, { n: wrong }, officer('RRU')),
      await ask(url, `{ accessLog(nhsNumber: "${wrong}") { entries { id } } }`, {}, officer('RRU')),
      await ask(url, REVIEWS, { state: wrong }, officer('RRU')),
      await post(url, '/audit/lines', { chain: wrong, lines: [wrong] }),
      await post(url, '/audit/lines', { chain: crypto.randomUUID(), lines: [wrong] }),
      await post(url, '/glass', { users: wrong }),
      await post(url, '/glass', { users: [{ user: 'x'.repeat(9 * 1024 * 1024), organisation: wrong }] }),
    ];
    for (const { text, status } of answers) {
      expect(status === 409 || text.includes('"errors"')).toBe(true);
      expect(text).not.toMatch(/INTERNAL_SERVER_ERROR|99901000/);
    }
    expect(answers.at(-1)?.status).toBe(413);
    expect(output()).not.toContain(wrong);
    expect(await grants(url)).toEqual([]);
  });

  test.each([
    ['a mistake in its configuration', { colour: 'blue' }, /colour/],
    [
      'no token in its file',
      { notify: { url: 'https://hooks.example/x', token: 'nowhere' } },
      /nowhere.* cannot be read, or is empty/,
    ],
  ])('does not start with %s, and says what is wrong', async (_what, config, told) => {
    const { child, ready, output } = start(config);
    await expect(ready).rejects.toThrow();
    expect(await ended(child)).toBe(1);
    expect(output()).toMatch(told);
  });

  test('tells of a database that is away as a fault: it is not ready, and nothing looks like "none"', async () => {
    const server = await startPostgres();
    const { ready, output } = start({ database: { url: await server.createDatabase() } });
    const url = await ready;
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    await server.stop();
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    expect((await post(url, '/glass', { users: [user] })).status).toBe(500);
    const chain = createChain();
    expect((await post(url, '/audit/lines', { chain: chain.chain, lines: chain.lines })).status).toBe(500);
    const log = await ask(url, ACCESS_LOG, { n: newPatient() }, officer('RRU'));
    expect([log.data, log.code]).toEqual([{ accessLog: null }, 'INTERNAL_SERVER_ERROR']);
    expect((await ask(url, REVIEWS, {}, officer('RRU'))).data).toEqual({ reviews: null });
    const patient = newPatient();
    expect((await ask(url, BREAK_GLASS, { n: patient, reason: REASON })).data).toEqual({ breakGlass: null });
    expect(output()).not.toMatch(/999\d{7}|station/);
  });
});

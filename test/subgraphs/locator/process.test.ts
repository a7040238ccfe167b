import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTestSigner, PARAMEDIC, type TestSigner } from '../../support/onward.ts';
import { PROCESS_ENV } from '../../support/process-env.ts';
import {
  createTokens,
  emptyDatabase,
  nhsNumbers,
  ORGANISATIONS,
  POINTERS,
  PUBLISH,
  pointer,
  sharingAll,
  stopServers,
  type Tokens,
  uuid,
} from './harness.ts';

const MAIN = fileURLToPath(new URL('../../../subgraphs/locator/main.ts', import.meta.url));
const PATIENT = '9876543210';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-locator-'));
const running = new Set<ChildProcess>();
let tokens: Tokens;
let gateway: TestSigner;

beforeAll(async () => {
  tokens = await createTokens();
  gateway = createTestSigner();
});
afterEach(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await ended(child);
  }
  running.clear();
});
afterAll(async () => {
  await stopServers();
  tokens.close();
  gateway.close();
  rmSync(folder, { recursive: true });
});

/** Starts the locator as `npm run locator` does, with a configuration over the ordinary one. */
function start(config: Record<string, unknown> = {}, env: Record<string, string> = {}) {
  writeFileSync(join(folder, 'organisations.json'), JSON.stringify(ORGANISATIONS));
  const file = join(folder, `locator-${running.size}.yaml`);
  const whole = {
    port: 0,
    organisations: 'organisations.json',
    authentication: tokens.config,
    gateway: gateway.config,
    ...config,
  };
  writeFileSync(file, JSON.stringify(whole));
  const child = spawn(process.execPath, [MAIN, '--config', file], {
    env: { ...PROCESS_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const ready = new Promise<string>((resolve, reject) => {
    child.once('message', (message) => {
      if (typeof message === 'object' && message !== null && 'url' in message) resolve(String(message.url));
    });
    child.once('close', () => reject(new Error(output)));
  });
  return { child, ready, output: () => output };
}

async function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}

/** Asks as an organisation, or as the gateway on behalf of somebody with whom everything is shared. */
async function ask(url: string, query: string, variables: unknown, as?: string) {
  const body = Buffer.from(JSON.stringify({ query, variables, extensions: sharingAll(ORGANISATIONS) }));
  const authorization = as
    ? await tokens.of(as)
    : await gateway.authorize({ audience: 'locator', body, caller: PARAMEDIC });
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body,
  });
  return { status: response.status, text: await response.text() };
}

const published = (id: string): string => JSON.stringify({ data: { publishPointers: { ids: [id] } } });
const current = (...ids: string[]): string =>
  JSON.stringify({ data: { patient: { pointers: ids.map((id) => ({ id, status: 'CURRENT', replaces: null })) } } });
const ID = `RW5-${uuid(1)}`;

describe('the locator as a process', () => {
  test('answers over HTTP, says that it is ready, and drains on SIGTERM', async () => {
    const { child, ready, output } = start();
    const url = await ready;
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect((await ask(url, PUBLISH, { pointers: [pointer('RW5', { id: ID })] }, 'RW5')).text.trim()).toBe(
      published(ID),
    );
    expect((await ask(url, POINTERS, { n: PATIENT })).text.trim()).toBe(current(ID));
    child.kill('SIGTERM');
    expect(await ended(child)).toEqual({ code: 0, signal: null });
    expect(output()).not.toContain(PATIENT);
  });

  test('refuses over HTTP what is wrong, without repeating a number, and goes on', async () => {
    const { ready, output } = start(await configOf('PostgreSQL'));
    const url = await ready;
    const wrong = '9876543211';
    const answers = [
      await ask(url, POINTERS, { n: wrong }),
      await ask(url, PUBLISH, { pointers: [pointer('RW5', { subject: wrong })] }, 'RW5'),
      await ask(url, PUBLISH, { pointers: [pointer('RW5', { type: wrong })] }, 'RW5'),
      await ask(url, PUBLISH, { pointers: [pointer('RW5')] }),
      await ask(url, PUBLISH, { pointers: 7 }, 'RW5'),
      await ask(url, '{ patients(nhsNumbers: ["9876543211"]) { nhsNumber } }', {}),
    ];
    for (const { text } of answers) {
      expect(text).toContain('"errors"');
      expect(text).not.toMatch(/INTERNAL_SERVER_ERROR|98765432/);
    }
    expect(answers[3]?.text).toContain('ACCESS_DENIED');
    expect(output()).not.toContain(wrong);
    await ask(url, PUBLISH, { pointers: [pointer('RW5', { id: ID })] }, 'RW5');
    expect((await ask(url, POINTERS, { n: PATIENT })).text.trim()).toBe(current(ID));
  });

  test('answers nobody but its gateway and custodians, before it has read what they want', async () => {
    const { ready } = start(await configOf('PostgreSQL'));
    const url = await ready;
    const body = Buffer.from(JSON.stringify({ query: POINTERS, variables: { n: PATIENT } }));
    const post = (authorization?: string) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
        body,
      });
    const others = createTestSigner();
    const used = await gateway.authorize({ audience: 'locator', body, caller: PARAMEDIC });
    expect((await post(used)).status).toBe(200);
    for (const authorization of [
      undefined,
      'Bearer a.b.c',
      used,
      await gateway.authorize({ audience: 'RW5', body, caller: PARAMEDIC }),
      await gateway.authorize({ audience: 'locator', body: Buffer.from('{}'), caller: PARAMEDIC }),
      await gateway.authorize({ audience: 'locator', body, caller: 'gateway' }),
      await others.authorize({ audience: 'locator', body, caller: PARAMEDIC }),
    ]) {
      const answer = await post(authorization);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    }
    others.close();
  });

  test('takes fifty thousand pointers in one request', { timeout: 120_000 }, async () => {
    const { ready } = start(await configOf('PostgreSQL'));
    const url = await ready;
    const pointers = nhsNumbers(50_000).map((subject, i) => pointer('RW5', { subject, id: `RW5-${uuid(i)}` }));
    const { status, text } = await ask(url, PUBLISH, { pointers }, 'RW5');
    expect(status).toBe(200);
    expect(JSON.parse(text).data.publishPointers.ids).toHaveLength(50_000);
  });

  test('keeps what it acknowledged in a folder, through kill -9', { timeout: 60_000 }, async () => {
    const config = { database: { dataDir: 'not/there/yet' } };
    const first = start(config);
    const url = await first.ready;
    expect((await ask(url, PUBLISH, { pointers: [pointer('RW5', { id: ID })] }, 'RW5')).text.trim()).toBe(
      published(ID),
    );
    first.child.kill('SIGKILL');
    await ended(first.child);
    const second = start(config);
    expect((await ask(await second.ready, POINTERS, { n: PATIENT })).text.trim()).toBe(current(ID));
  });

  test('uses the PostgreSQL of DATABASE_URL before that of its configuration', async () => {
    const { url: databaseUrl } = await urlOf('PostgreSQL');
    const one = start({ database: { dataDir: 'unused' } }, { DATABASE_URL: databaseUrl });
    const other = start({ database: { url: databaseUrl } });
    const [here, there] = await Promise.all([one.ready, other.ready]);
    await ask(here, PUBLISH, { pointers: [pointer('RW5', { id: ID })] }, 'RW5');
    expect((await ask(there, POINTERS, { n: PATIENT })).text.trim()).toBe(current(ID));
  });

  test('is not ready, and answers with errors, while its database does not answer; and is again when it does', async () => {
    const { url } = await urlOf('PostgreSQL');
    const way = await createGate(url);
    try {
      const { ready } = start({ database: { url: way.url } });
      const here = await ready;
      await ask(here, PUBLISH, { pointers: [pointer('RW5', { id: ID })] }, 'RW5');
      expect((await fetch(`${here}/health/ready`)).status).toBe(200);
      way.shut();
      expect((await fetch(`${here}/health/ready`)).status).toBe(503);
      expect((await fetch(`${here}/health/live`)).status).toBe(200);
      const { text } = await ask(here, POINTERS, { n: PATIENT });
      expect(JSON.parse(text)).toMatchObject({ data: { patient: { pointers: null } }, errors: [{}] });
      expect(text).not.toMatch(/ECONN|postgres|terminated/i);
      way.open();
      expect((await fetch(`${here}/health/ready`)).status).toBe(200);
      expect((await ask(here, POINTERS, { n: PATIENT })).text.trim()).toBe(current(ID));
    } finally {
      await way.close();
    }
  });

  test.each([
    ['an unknown setting', { colour: 'blue' }, /colour/],
    ['no gateway', { gateway: undefined }, /gateway/],
    ['a gateway that is nobody, outside development', { gateway: 'none' }, /lets everybody in/],
    ['a port out of range', { port: 70_000 }, /port/],
    ['two databases', { database: { url: 'postgresql://a/b', dataDir: 'c' } }, /database/],
    ['no file of organisations', { organisations: 'nowhere.json' }, /nowhere\.json cannot be read/],
  ])('does not start with %s, and says what is wrong', async (_, config, told) => {
    const { child, ready, output } = start(config);
    await expect(ready).rejects.toThrow();
    expect((await ended(child)).code).toBe(1);
    expect(output()).toMatch(told);
  });

  test('does not start when its database cannot be reached, and does not tell the password', async () => {
    const { child, ready, output } = start({ database: { url: 'postgresql://locator:hunter2@127.0.0.1:1/locator' } });
    await expect(ready).rejects.toThrow();
    expect((await ended(child)).code).toBe(1);
    expect(output()).toContain('could not start');
    expect(output()).not.toContain('hunter2');
  });
});

async function urlOf(kind: 'PostgreSQL'): Promise<{ url: string }> {
  const location = await emptyDatabase(kind);
  if ('url' in location) return location;
  throw new Error('no URL');
}

async function configOf(kind: 'PostgreSQL'): Promise<Record<string, unknown>> {
  return { database: await urlOf(kind) };
}

/** A way to a PostgreSQL that can be shut: what goes through it is cut then, and nothing new goes through. */
async function createGate(to: string) {
  const target = new URL(to);
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((inner) => {
    if (!isOpen) {
      inner.destroy();
      return;
    }
    const outer = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = new URL(to);
  url.port = String(typeof address === 'object' && address ? address.port : 0);
  const shut = (): void => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    url: url.href,
    shut,
    open: () => {
      isOpen = true;
    },
    async close() {
      shut();
      server.close();
      await once(server, 'close');
    },
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { accessAnswer, standIn } from '../bench/stand-ins.ts';
import { startLocator, type TestLocator } from '../support/index-of.ts';
import type { Listening } from '../support/listen.ts';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { plan } from '../support/records.ts';
import { startTrust, type TestTrust } from '../support/trust.ts';

const MAIN = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url));
const QUERY = 'query($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { id } } }';
const [patient] = nhsNumbers(1) as [string];

/** By which the one trust shares everything with everybody. */
const AGREEMENT = `
id: everything
name: Everything with everybody
from: 2000-01-01
custodians: [RW5]
shares:
  - { level: CONTENT, recordTypes: all, consumers: everybody, roles: all, purposes: [directcare] }
  - { level: CONTENT, recordTypes: all, consumers: everybody, roles: all, purposes: [directcare], emergency: true }
`;

const folder = mkdtempSync(join(tmpdir(), 'caregraph-gateway-'));
const keys = join(folder, 'keys');
const running = new Set<ChildProcess>();
let locator: TestLocator;
let access: Listening;
let trust: TestTrust;
let token: string;

beforeAll(async () => {
  locator = await startLocator(Object.fromEntries(nhsNumbers(20).map((n) => [n, ['RW5']])));
  access = await standIn(accessAnswer);
  mkdirSync(join(folder, 'agreements'));
  writeFileSync(join(folder, 'agreements', 'everything.yaml'), AGREEMENT);
  trust = await startTrust('RW5', { crisisPlans: { [patient]: [plan('1')] } });
  const issuer = await developmentIssuer(keys, 'test');
  token = await issuer.token({ organisation: 'RRU', role: 'paramedic', user: 'tester', purpose: 'directcare' });
});
afterEach(async () => {
  trust.hold = null;
  for (const child of running) {
    child.kill('SIGKILL');
    await ended(child);
  }
  running.clear();
});
afterAll(async () => {
  await Promise.all([locator.stop(), access.stop(), trust.stop()]);
  rmSync(folder, { recursive: true });
});

/** Starts the gateway as `npm run gateway` does, with a configuration over the ordinary one. */
function start(config: Record<string, unknown> = {}, env: Record<string, string> = {}, flags: readonly string[] = []) {
  const file = join(folder, 'gateway.yaml');
  const { odsCode, name, url } = trust;
  const whole = {
    port: 0,
    subgraphs: { locator: { url: locator.url }, access: { url: access.url } },
    agreements: 'agreements',
    onward: { issuer: 'urn:caregraph:test', keys: 'onward-keys.json' },
    audit: { folder: 'audit', keys: 'audit-keys.json' },
    trusts: [{ odsCode, name, url }],
    deadlineMs: 10_000,
    development: { keys: 'keys' },
    ...config,
  };
  writeFileSync(file, JSON.stringify(whole));
  const child = spawn(process.execPath, [...flags, MAIN, '--config', file], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  const output = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    output.out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output.err += chunk;
  });
  const ready = new Promise<string>((resolve, reject) => {
    child.once('message', (message) => {
      if (typeof message === 'object' && message !== null && 'url' in message) resolve(String(message.url));
    });
    child.once('close', () => reject(new Error(output.out + output.err)));
  });
  ready.catch(() => {});
  return { child, ready, output };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}

const post = (url: string, query: string, variables: Record<string, unknown> = {}) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });

describe('the gateway as a process', () => {
  test('answers what it has begun when it is told to end, takes nothing new, and ends', async () => {
    const { child, ready } = start();
    const url = await ready;
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    trust.hold = () => {
      asked.resolve();
      return held.promise;
    };
    const begun = post(url, QUERY, { n: patient });
    await asked.promise;
    child.kill('SIGTERM');
    await expect
      .poll(() =>
        post(url, QUERY, { n: patient }).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .not.toBe(200);
    held.resolve();
    const answer = await begun;
    expect(await answer.json()).toEqual({ data: { patient: { crisisPlans: [{ id: 'RW5:1' }] } } });
    expect(await ended(child)).toBe(0);
  });

  const refused = async (config: Record<string, unknown>, env: Record<string, string>, message: RegExp) => {
    const { child, output } = start(config, env);
    expect(await ended(child)).toBe(1);
    expect(output.err).toMatch(message);
    expect(output.err.trim().split('\n')).toHaveLength(1);
    expect(output.out + output.err).not.toMatch(/ at .*\.(js|ts):\d+/);
  };

  test('does not start in production with the configuration of a developer', async () => {
    await refused({}, { NODE_ENV: 'production' }, /NODE_ENV=production. Configure "authentication" instead/);
  });

  test('does not start where another listens', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await refused({ port }, {}, new RegExp(`^Nothing can listen at 127.0.0.1, port ${port}`));
    other.close();
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a supergraph that is not there', { supergraph: 'nowhere.graphql' }, /nowhere.graphql cannot be read/],
    ['a supergraph that is none', { supergraph: 'gateway.yaml' }, /^The supergraph cannot be served\. /],
    [
      'the address of a subgraph that there is not',
      {
        subgraphs: Object.fromEntries(
          ['locatr', 'access'].map((name) => [name, { url: 'http://127.0.0.1:1/graphql' }]),
        ),
      },
      /no subgraph "locatr", only access, locator, trusts/,
    ],
  ])('does not start with %s', async (_name, config, message) => {
    await refused(config, {}, message);
  });
});

test('a gateway that gathers does not start without agreements, tokens, audit and access subgraph: each is named', async () => {
  const nothing = { subgraphs: {}, agreements: undefined, onward: undefined, audit: undefined };
  const { child, output } = start(nothing);
  expect(await ended(child)).toBe(1);
  expect(output.err.trim().split('\n').slice(1)).toEqual([
    '  agreements: is missing',
    '  onward: is missing',
    '  audit: is missing',
    '  subgraphs.access: is missing',
  ]);
});

test('a second gateway does not start on the audit folder of the first, and is told whose it is', async () => {
  const first = start();
  await first.ready;
  const second = start();
  expect(await ended(second.child)).toBe(1);
  expect(second.output.err).toMatch(new RegExp(`audit .* cannot be opened\\. .*${first.child.pid}`));
  expect(second.output.out + second.output.err).not.toMatch(/ at .*\.(js|ts):\d+/);
});

describe('memory', () => {
  test('holds nothing of a patient once the request is answered, however the patient was named', async () => {
    const { child, ready } = start({}, {}, ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${folder}`]);
    const url = await ready;
    const numbers = nhsNumbers(20).slice(1);
    const ask = async (query: string, variables = {}) => {
      const answer = await post(url, query, variables);
      expect(await answer.json()).toMatchObject({ data: {} });
    };
    const next = () => numbers.pop() ?? '';
    const spaced = (n: string) => `${n.slice(0, 3)} ${n.slice(3, 6)} ${n.slice(6)}`;
    const named: string[] = [];
    for (const ways of [
      (n: string) => ask(QUERY, { n }),
      (n: string) => ask(`{ patient(nhsNumber: "${n}") { crisisPlans { id } } }`),
      (n: string) => ask(`{ patient(nhsNumber: """${spaced(n)}""") { crisisPlans { id } } }`),
      (n: string) => ask(`query($n: NHSNumber! = "${n}") { patient(nhsNumber: $n) { crisisPlans { id } } }`),
      (n: string) => ask(`query($n: NHSNumber!) { p${n}: patient(nhsNumber: $n) { crisisPlans { id } } }`, { n }),
      (n: string) => ask(`# for ${n}\n${QUERY}`, { n }),
      (n: string) => ask(`query Of${n}($n: NHSNumber!) { patient(nhsNumber: $n) { sources { status } } }`, { n }),
    ]) {
      const n = next();
      named.push(n, spaced(n));
      await ways(n);
      await ways(n);
    }
    // Sockets, and the engine's own inline caches, hold the last thing that passed through until others follow.
    for (let i = 0; i < 20; i++) {
      await ask(`query Next${i} { organisations { odsCode } }`);
      await ask(QUERY, { n: patient });
    }
    child.kill('SIGUSR2');
    const snapshot = () => readdirSync(folder).find((name) => name.endsWith('.heapsnapshot'));
    await expect.poll(snapshot, { timeout: 20_000 }).toBeDefined();
    // A process that answers again has written its snapshot to the end.
    await ask('{ __typename }');
    const heap = readFileSync(join(folder, snapshot() ?? ''), 'latin1');
    expect(heap).toContain('CrisisPlan');
    expect(named.filter((name) => heap.includes(name))).toEqual([]);
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Data } from '../../support/gateway.ts';
import { createTestSigner, postSigned, type TestSigner } from '../../support/onward.ts';
import { PROCESS_ENV } from '../../support/process-env.ts';

const MAIN = fileURLToPath(import.meta.resolve('@caregraph/early-warning/main.ts'));
const RULES = '{ warningRules { id parameters { name default value } } }';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-early-warning-'));
const running = new Set<ChildProcess>();
let signer: TestSigner;

beforeAll(() => {
  signer = createTestSigner();
});
afterEach(async () => {
  await Promise.all([...running].map(end));
  running.clear();
});
afterAll(() => {
  signer.close();
  rmSync(folder, { recursive: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'close');
}

/** Starts the subgraph as `npm run early-warning` does. It tells where it is, or ends. */
function start(config: object): { child: ChildProcess; ready: Promise<string>; output: () => string } {
  const file = join(folder, 'early-warning.yaml');
  writeFileSync(file, JSON.stringify({ port: 0, gateway: signer.config, ...config }));
  const child = spawn(process.execPath, [MAIN, '--config', file], {
    env: { ...PROCESS_ENV, LOG_LEVEL: 'trace' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  }
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  child.once('message', (message: { readonly url: string }) => resolve(message.url));
  child.once('close', () => reject(new Error(said)));
  ready.catch(() => {});
  return { child, ready, output: () => said };
}

const ask = async (url: string, body: object): Promise<Data> =>
  (await postSigned(signer, 'early-warning', `${url}/graphql`, body)).json();

describe('the early-warning subgraph as a process', () => {
  test('answers its gateway by the thresholds of its configuration, is ready, and ends when told to', async () => {
    const { child, ready } = start({ rules: { MULTI_TRUST: { days: 14 } } });
    const url = await ready;
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const { data } = await ask(url, { query: RULES });
    const multiTrust = data.warningRules.find(({ id }: { id: string }) => id === 'MULTI_TRUST');
    expect(multiTrust.parameters).toEqual([
      { name: 'trusts', default: 2, value: 2 },
      { name: 'days', default: 28, value: 14 },
    ]);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('answers nobody else: no token, one of another gateway, one for another audience', async () => {
    const { ready } = start({});
    const url = await ready;
    const plain = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: RULES }),
    });
    expect(plain.status).toBe(401);
    const other = createTestSigner();
    const rules = { query: RULES };
    expect((await postSigned(other, 'early-warning', `${url}/graphql`, rules)).status).toBe(401);
    other.close();
    expect((await postSigned(signer, 'access', `${url}/graphql`, rules)).status).toBe(401);
  });

  test('keeps nothing of a patient: not in its log, and not from one request to the next', async () => {
    const { ready, output } = start({});
    const url = await ready;
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Patient { warningsStatus } } }';
    for (const of of [
      [{ __typename: 'Patient', nhsNumber: '9990200025' }],
      [{ __typename: 'Patient', nhsNumber: '9990200025', careContactHistory: 'none' }],
      [{ __typename: 'Patient' }],
      'nobody',
    ]) {
      expect(JSON.stringify(await ask(url, { query, variables: { of } }))).not.toContain('9990200025');
    }
    expect(output()).not.toContain('9990200025');
  });
});

describe('a configuration that is wrong', () => {
  test.each([
    ['a rule that there is not', { rules: { MULTI_TRUSTS: { days: 14 } } }, /rules: .*MULTI_TRUSTS/],
    ['a threshold that there is not', { rules: { MULTI_TRUST: { weeks: 2 } } }, /rules\.MULTI_TRUST: .*weeks/],
    ['a threshold that is out of bounds', { rules: { MULTI_TRUST: { trusts: 1 } } }, /rules\.MULTI_TRUST\.trusts: .*2/],
    ['a threshold that is a fraction', { rules: { MULTI_TRUST: { days: 1.5 } } }, /rules\.MULTI_TRUST\.days: /],
    ['everybody let in, in use', { gateway: 'none' }, /lets everybody in/],
  ])('%s ends it at once, and says where', async (_what, config, message) => {
    const { child, ready, output } = start(config);
    await expect(ready).rejects.toThrow(message);
    expect(child.exitCode).toBe(1);
    expect(output()).not.toMatch(/ at .*\.(js|ts):\d+/);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { ended, type GatewayFiles, gatewayFiles } from './gateway-process.ts';

const QUERY = 'query($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { id } } }';
const [patient] = nhsNumbers(1) as [string];

let files: GatewayFiles;
beforeAll(async () => {
  files = await gatewayFiles(nhsNumbers(20));
});
afterEach(async () => {
  files.trust.hold = null;
  await files.kill();
});
afterAll(() => files.stop());

const start: GatewayFiles['start'] = (...how) => files.start(...how);
const post: GatewayFiles['post'] = (...what) => files.post(...what);

describe('the gateway as a process', () => {
  test('answers what it has begun when it is told to end, takes nothing new, and ends', async () => {
    const { child, ready } = start();
    const url = await ready;
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    files.trust.hold = () => {
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
      /no subgraph "locatr", only access, early-warning, locator, trusts/,
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
    const { child, ready } = start({}, {}, ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${files.folder}`]);
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
    const snapshot = () => readdirSync(files.folder).find((name) => name.endsWith('.heapsnapshot'));
    await expect.poll(snapshot, { timeout: 20_000 }).toBeDefined();
    // A process that answers again has written its snapshot to the end.
    await ask('{ __typename }');
    const heap = readFileSync(join(files.folder, snapshot() ?? ''), 'latin1');
    expect(heap).toContain('CrisisPlan');
    expect(named.filter((name) => heap.includes(name))).toEqual([]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RoleName } from '@caregraph/gateway/access/roles.ts';
import { developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { LOWEST_LIMIT } from '@caregraph/gateway/load/limit.ts';
import { createAuthenticator } from '@caregraph/service/authenticate.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { nhsNumbers } from '../../support/nhs-numbers.ts';
import { plan } from '../../support/records.ts';
import { type World, world } from '../world.ts';
import { PretendedProcessor } from './pretended.ts';

const [patient] = nhsNumbers(1) as [string];
const QUERY = 'query($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { id } } }';
const BODY = JSON.stringify({ query: QUERY, variables: { n: patient } });
const ANSWER = { data: { patient: { crisisPlans: [{ id: 'RW5:1' }] } } };

const folder = mkdtempSync(join(tmpdir(), 'caregraph-shedding-'));
const tokens = new Map<RoleName, string>();
const processor = new PretendedProcessor();
let recorded = 0;
let at: World<'RW5'>;

beforeAll(async () => {
  const issuer = await developmentIssuer(folder, 'test');
  for (const role of ['midwife', 'paramedic', 'crisis-clinician', 'privacy-officer'] as const) {
    tokens.set(role, await issuer.token({ organisation: 'RRU', role, user: 'tester', purpose: 'directcare' }));
  }
  at = await world(
    { RW5: { crisisPlans: { [patient]: [plan('1')] } } },
    { [patient]: ['RW5'] },
    {
      authenticator: createAuthenticator(issuer.authentication),
      timing: processor,
      audit: {
        record: async () => void recorded++,
        ready: async () => ({ writing: 'journal', unshipped: 0 }),
        close: async () => {},
      },
    },
  );
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const bearer = (role: RoleName): string => `Bearer ${tokens.get(role)}`;

interface Answered {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: unknown;
}

async function ask(authorization: string, body = BODY): Promise<Answered> {
  const response = await fetch(`${at.gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body,
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: JSON.parse(await response.text()),
  };
}

describe('a gateway whose processor does not keep up, and in which all places are taken', () => {
  let held: PromiseWithResolvers<void>;
  let inside: Promise<Answered>[];

  beforeEach(async () => {
    held = Promise.withResolvers();
    const all = Promise.withResolvers<void>();
    let waiting = 0;
    at.trusts.RW5.hold = () => {
      if (++waiting === LOWEST_LIMIT) all.resolve();
      return held.promise;
    };
    inside = Array.from({ length: LOWEST_LIMIT }, () => ask(bearer('midwife')));
    await all.promise;
    processor.second(100);
  });
  afterEach(async () => {
    at.trusts.RW5.hold = null;
    held.resolve();
    for (const each of await Promise.all(inside)) expect(each).toMatchObject({ status: 200, body: ANSWER });
  });

  const REFUSED = {
    status: 503,
    retryAfter: expect.stringMatching(/^[1-9]\d*$/),
    body: { errors: [{ message: expect.stringMatching(/\.$/), extensions: { code: 'OVERLOADED' } }] },
  };

  test('refuses whoever comes on top, at once, and says when to ask again', async () => {
    const [located, looks] = [at.locator.received.length, recorded];
    expect(await ask(bearer('midwife'))).toEqual(REFUSED);
    expect(await ask(bearer('privacy-officer'))).toEqual(REFUSED);
    // Nobody was asked for anything, and it is no look that anybody would have to answer for.
    expect([at.locator.received.length, recorded]).toEqual([located, looks]);
  });

  test('finds out nothing of them: no token is checked, and no body read', async () => {
    expect(await ask('Bearer x')).toEqual(REFUSED);
    expect(await ask(bearer('midwife'), '{ no JSON')).toEqual(REFUSED);
  });

  test.each(['paramedic', 'crisis-clinician'] as const)('lets in a %s', async (role) => {
    const asked = ask(bearer(role));
    await expect.poll(() => at.trusts.RW5.received.length).toBeGreaterThanOrEqual(LOWEST_LIMIT + 1);
    held.resolve();
    expect(await asked).toMatchObject({ status: 200, body: ANSWER });
  });

  test('lets in nobody who only says that it is one', async () => {
    const [header, , signature] = (tokens.get('midwife') ?? '').split('.');
    const [, claims] = (tokens.get('paramedic') ?? '').split('.');
    expect((await ask(`Bearer ${header}.${claims}.${signature}`)).status).toBe(401);
    expect(await ask(bearer('midwife'))).toEqual(REFUSED);
  });

  test('has as many places again for them, and no more', async () => {
    let refused = 0;
    const statuses = Array.from({ length: LOWEST_LIMIT + 4 }, async () => {
      const { status } = await ask(bearer('paramedic'));
      if (status === 503) refused++;
      return status;
    });
    await expect.poll(() => refused).toBe(4);
    held.resolve();
    expect((await Promise.all(statuses)).filter((status) => status === 200)).toHaveLength(LOWEST_LIMIT);
  });

  test('says all the same that it lives, and that it is ready', async () => {
    for (const health of ['live', 'ready'])
      expect((await fetch(`${at.gateway.url}/health/${health}`)).status).toBe(200);
  });

  test('writes one line a second of how many it has refused', async () => {
    for (let n = 0; n < 5; n++) await ask(bearer('midwife'));
    const lines = () => at.gateway.logged.filter((line) => line.includes('more was asked'));
    const before = lines().length;
    processor.second(100);
    expect(
      lines()
        .slice(before)
        .map((line) => JSON.parse(line).refused),
    ).toEqual([5]);
  });
});

describe('whoever sends slowly', () => {
  const open: Socket[] = [];
  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy();
  });

  /** Sends the head of a request, and a part of its body. */
  async function begin(): Promise<Socket> {
    const { port } = new URL(at.gateway.url);
    const socket = connect(Number(port), '127.0.0.1');
    open.push(socket);
    const head = `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: ${bearer('midwife')}\r\ncontent-length: ${BODY.length}\r\nexpect: 100-continue\r\n\r\n`;
    const continued = new Promise((resolve) => socket.once('data', resolve));
    socket.write(head);
    await continued;
    socket.write(BODY.slice(0, 10));
    return socket;
  }

  test('takes nobody else’s place meanwhile, and is answered when all of it is there', async () => {
    await ask(bearer('midwife'));
    processor.second(100);
    const slow = await Promise.all(Array.from({ length: LOWEST_LIMIT + 4 }, begin));
    expect(await ask(bearer('midwife'))).toMatchObject({ status: 200, body: ANSWER });
    const [first] = slow;
    const answer = new Promise((resolve) => first?.once('data', (data) => resolve(String(data))));
    first?.write(BODY.slice(10));
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('has spent its own time when the rest of it comes', async () => {
    const socket = await begin();
    const before = performance.now();
    const answer = new Promise((resolve) => socket.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 300));
    at.trusts.RW5.received.length = 0;
    socket.write(BODY.slice(10));
    await answer;
    const left = Number(at.trusts.RW5.received[0]?.headers['caregraph-deadline-ms']);
    expect(performance.now() - before).toBeGreaterThan(290);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(15_000 - 290);
  });
});

test('a caller that goes away takes its calls to trusts with it, within 50 ms', async () => {
  const took: number[] = [];
  while (took.length < 15) {
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<number>();
    at.trusts.RW5.answer = (_request, response) => {
      response.once('close', () => gone.resolve(performance.now()));
      asked.resolve();
    };
    const caller = new AbortController();
    const answer = fetch(`${at.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: bearer('paramedic') },
      body: BODY,
      signal: caller.signal,
    });
    answer.catch(() => {});
    await asked.promise;
    const left = performance.now();
    caller.abort();
    took.push((await gone.promise) - left);
  }
  at.trusts.RW5.answer = null;
  // The middle one of fifteen: the machine may do something else during one or another.
  expect(took.sort((one, other) => one - other)[7]).toBeLessThan(50);
});

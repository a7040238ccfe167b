import { createGlass } from '@caregraph/gateway/access/glass.ts';
import { patience } from '@caregraph/gateway/gather/patience.ts';
import { Breaker } from '@caregraph/gateway/trusts/breaker.ts';
import { describe, expect, test } from 'vitest';
import type { Data } from '../../support/gateway.ts';
import { nhsNumbers } from '../../support/nhs-numbers.ts';
import { createTestSigner } from '../../support/onward.ts';
import { alert, plan } from '../../support/records.ts';
import { startTrust, type TestTrust } from '../../support/trust.ts';
import { world } from '../world.ts';

const [both, elsewhere] = nhsNumbers(2) as [string, string];

const CRISIS = `query Crisis($n: NHSNumber!) { patient(nhsNumber: $n) {
  crisisPlans { id } sources { custodian { odsCode } status reason } completeness } }`;

const HELD_OFF = 'It did not answer the last questions, and is not asked again for a moment.';

const two = (options = {}) =>
  world(
    {
      RW5: { crisisPlans: { [both]: [plan('1')], [elsewhere]: [plan('3')] } },
      RXT: { crisisPlans: { [both]: [plan('2')] }, alerts: { [both]: [alert('a')] } },
    },
    { [both]: ['RW5', 'RXT'], [elsewhere]: ['RW5'] },
    options,
  );

type World = Awaited<ReturnType<typeof two>>;

const askTimes = async (w: World, times: number, n = both) => {
  const answers = [];
  for (let i = 0; i < times; i++) answers.push(await w.gateway.ask(CRISIS, { n }));
  return answers;
};

const statuses = (data: Data): string[] => data.patient.sources.map(({ status }: { status: string }) => status);
const reasons = (data: Data): (string | null)[] => data.patient.sources.map(({ reason }: { reason: string }) => reason);

/** Resolves when a trust is asked next, with what answers it. */
const nextAsked = (trust: TestTrust): Promise<{ readonly end: () => void }> =>
  new Promise((resolve) => {
    const { answer } = trust;
    trust.answer = (_request, response) => {
      trust.answer = answer;
      resolve({ end: () => response.destroy() });
    };
  });

describe('one bad trust harms only itself', () => {
  test('it is answered for at once after five failures, sources and errors say so, and the others’ records come', async () => {
    await using w = await two();
    w.trusts.RXT.answer = (_request, response) => response.writeHead(500).end();
    const answers = await askTimes(w, 20);
    for (const { data } of answers) {
      expect(data.patient.crisisPlans).toEqual([{ id: 'RW5:1' }]);
      expect(data.patient.completeness).toBe('PARTIAL');
      expect(statuses(data)).toEqual(['ANSWERED', 'UNAVAILABLE']);
    }
    // On a busy machine there is time for probes between them, which are told as what they are.
    const heldOff = answers.filter(({ data }) => reasons(data)[1] === HELD_OFF);
    expect(heldOff.length).toBeGreaterThan(0);
    expect(w.trusts.RXT.received.length).toBeLessThanOrEqual(1 + answers.length - heldOff.length);
    for (const { errors } of heldOff) {
      expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE', custodian: 'RXT' } }]);
      expect(errors[0]?.message).toContain(HELD_OFF);
    }
    const opened = w.gateway.logged.filter((line) => line.includes('not asked for a moment'));
    expect(opened).toHaveLength(1);
    expect(JSON.parse(opened[0] ?? '')).toMatchObject({ trust: 'RXT', why: 'BROKEN', level: 40 });
  });

  test('it is used again when it is well, and the log says so once', async () => {
    await using w = await two();
    w.trusts.RXT.answer = (_request, response) => response.writeHead(500).end();
    await askTimes(w, 6);
    w.trusts.RXT.answer = null;
    await expect
      .poll(async () => statuses((await w.gateway.ask(CRISIS, { n: both })).data), { timeout: 5_000, interval: 50 })
      .toEqual(['ANSWERED', 'ANSWERED']);
    expect(w.gateway.logged.filter((line) => line.includes('asked again'))).toHaveLength(1);
  });

  test('a trust that is silent costs nobody more than the deadline, and after five nobody anything', async () => {
    await using w = await two({ deadlineMs: 400 });
    w.trusts.RXT.answer = () => {};
    const first = await Promise.all(Array.from({ length: 6 }, () => w.gateway.ask(CRISIS, { n: both })));
    expect(first.map(({ data }) => statuses(data)[1])).toEqual(Array(6).fill('TIMED_OUT'));
    await expect
      .poll(async () => reasons((await w.gateway.ask(CRISIS, { n: both })).data), { timeout: 5_000, interval: 0 })
      .toEqual([null, HELD_OFF]);
  });

  test('patients who are not known there are not told of it, and wait for nothing', async () => {
    await using w = await two();
    w.trusts.RXT.answer = (_request, response) => response.writeHead(500).end();
    await askTimes(w, 6);
    for (const { data, errors } of await askTimes(w, 3, elsewhere)) {
      expect(data.patient.completeness).toBe('COMPLETE');
      expect(statuses(data)).toEqual(['ANSWERED']);
      expect(errors).toEqual([]);
    }
  });

  test('a caller who gives it no time does it no harm', async () => {
    await using w = await two({ deadlineMs: 5_000 });
    w.trusts.RXT.answer = () => {};
    const body = JSON.stringify({ query: CRISIS, variables: { n: both } });
    await Promise.all(Array.from({ length: 20 }, () => w.gateway.post(body, { 'caregraph-deadline-ms': '300' })));
    w.trusts.RXT.answer = null;
    expect(statuses((await w.gateway.ask(CRISIS, { n: both })).data)).toEqual(['ANSWERED', 'ANSWERED']);
  });

  test('what is not GraphQL is told as INVALID every time', async () => {
    await using w = await two();
    w.trusts.RXT.tamper = () => '<html>';
    for (const { data } of await askTimes(w, 12)) expect(statuses(data)).toEqual(['ANSWERED', 'INVALID']);
  });

  test('a client that goes away while it is being tried leaves that to its end', async () => {
    await using w = await two({ deadlineMs: 3_000 });
    w.trusts.RXT.answer = (_request, response) => response.writeHead(500).end();
    await askTimes(w, 5);
    const probe = nextAsked(w.trusts.RXT);
    const gone = new AbortController();
    const asking = (async () => {
      // Until its hold is over it is not asked.
      while (!gone.signal.aborted) {
        await fetch(`${w.gateway.url}/graphql`, {
          method: 'POST',
          signal: gone.signal,
          headers: { 'content-type': 'application/json', authorization: `Bearer ${w.gateway.token}` },
          body: JSON.stringify({ query: CRISIS, variables: { n: both } }),
        }).catch(() => {});
      }
    })();
    const { end } = await probe;
    gone.abort();
    await asking;
    expect(reasons((await w.gateway.ask(CRISIS, { n: both })).data)).toEqual([null, HELD_OFF]);
    end();
    w.trusts.RXT.answer = null;
    await expect
      .poll(async () => statuses((await w.gateway.ask(CRISIS, { n: both })).data), { timeout: 5_000, interval: 50 })
      .toEqual(['ANSWERED', 'ANSWERED']);
  });
});

describe('a locator that fails', () => {
  test('is not waited for after five failures: every trust is asked at once, and the answer says so', async () => {
    await using w = await two({ deadlineMs: 1_000 });
    w.locator.answer = () => {};
    await Promise.all(Array.from({ length: 6 }, () => w.gateway.ask(CRISIS, { n: both })));
    // Now and then a request finds out whether it is back; the others do not ask it.
    const answers = await askTimes(w, 4);
    expect(w.locator.received.length).toBeLessThan(6 + answers.length);
    const [{ data, errors } = { data: null, errors: [] }] = answers.slice(-1);
    expect(data.patient.crisisPlans.map(({ id }: { id: string }) => id)).toEqual(['RW5:1', 'RXT:2']);
    expect(errors.map(({ extensions }) => extensions?.code)).toContain('INDEX_UNAVAILABLE');
    expect(data.patient.completeness).not.toBe('COMPLETE');
  });
});

describe('one look has one access id', () => {
  const payload = ({ headers }: { headers: { authorization?: string | undefined } }): Record<string, unknown> =>
    JSON.parse(Buffer.from(headers.authorization?.split('.')[1] ?? '', 'base64url').toString());

  test('whoever is asked, and however often; its audit entry has it too', async () => {
    const onward = createTestSigner();
    const recorded: { readonly id: string }[] = [];
    const audit = {
      record: async (entry: { readonly id: string }) => void recorded.push(entry),
      ready: async () => ({ writing: 'journal' as const, unshipped: 0 }),
      close: async () => {},
    };
    await using w = await two({ onward, audit });
    let first = true;
    w.trusts.RXT.answer = (_request, response) => {
      if (first) response.destroy();
      w.trusts.RXT.answer = null;
      first = false;
    };
    const { data } = await w.gateway.ask(CRISIS, { n: both });
    expect(statuses(data)).toEqual(['ANSWERED', 'ANSWERED']);
    const calls = [...w.trusts.RW5.received, ...w.trusts.RXT.received].map(payload);
    expect(w.trusts.RXT.received).toHaveLength(2);
    expect(new Set(calls.map(({ access_id: id }) => id))).toEqual(new Set([recorded[0]?.id]));
    expect(new Set(calls.map(({ jti }) => jti)).size).toBe(3);
    await w.gateway.ask(CRISIS, { n: both });
    expect(new Set(w.trusts.RW5.received.map((call) => payload(call).access_id)).size).toBe(2);
    onward.close();
  });
});

describe('a trust with two addresses', () => {
  test('is asked at the second when the first is lost, and nothing is missing', async () => {
    const holdings = { crisisPlans: { [both]: [plan('2')] } };
    const second = await startTrust('RXT', holdings);
    const first = await startTrust('RXT', holdings);
    await first.stop();
    await using w = await two({
      trusts: [{ odsCode: 'RXT', name: 'Two', url: first.url, also: [second.url] }],
    });
    for (const { data } of await askTimes(w, 10)) {
      const source = data.patient.sources.find((each: Data) => each.custodian.odsCode === 'RXT');
      expect(source.status).toBe('ANSWERED');
    }
    expect(second.received).toHaveLength(10);
    await second.stop();
  });
});

describe('an access subgraph that does not say who has broken the glass', () => {
  let now = 0;
  const clock = { now: () => new Date(), elapsed: () => now };
  const caller = { user: 'u', organisation: 'RRU', role: 'paramedic', purpose: 'directcare' } as const;
  const wait = () =>
    patience({ now: () => new Date(), elapsed: () => performance.now() }, 5_000, new AbortController().signal);

  test('is not waited for after two failures, is tried by one call, and used again', async () => {
    let asked = 0;
    let answer: () => Promise<unknown> = () => Promise.reject(new Error('away'));
    const glass = createGlass(
      () => {
        asked++;
        return answer();
      },
      new Breaker({ clock, random: () => 0, inARow: 2 }),
    );
    for (let i = 0; i < 10; i++) expect(await glass.grants(caller, wait())).toBeNull();
    expect(asked).toBe(2);
    now += 250;
    const held = Promise.withResolvers<unknown>();
    answer = () => held.promise;
    const probe = glass.grants(caller, wait());
    await expect.poll(() => asked).toBe(3);
    for (let i = 0; i < 10; i++) expect(await glass.grants(caller, wait())).toBeNull();
    held.resolve({ grants: [[{ id: 'g', nhsNumber: both }]] });
    expect(await probe).toEqual([{ id: 'g', nhsNumber: both }]);
    expect(await glass.grants(caller, wait())).toHaveLength(1);
    expect(asked).toBe(4);
  });
});

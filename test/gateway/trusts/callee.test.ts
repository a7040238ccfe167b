import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { After } from '@caregraph/gateway/after.ts';
import { type Patience, patience } from '@caregraph/gateway/gather/patience.ts';
import type { Reply } from '@caregraph/gateway/gather/scope.ts';
import { Callee, type Question } from '@caregraph/gateway/trusts/callee.ts';
import { createTransport } from '@caregraph/gateway/trusts/transport.ts';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type Listening, listen } from '../../support/listen.ts';

const transport = createTransport();
const running: Listening[] = [];
const closing = new AbortController();

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});
afterAll(async () => {
  closing.abort();
  await transport.close();
});

/** What an address answers, for a test to change, and what it was asked. */
interface Address {
  readonly url: string;
  readonly asked: { readonly authorization: string | undefined; readonly query: string }[];
  answer: (response: ServerResponse, request: IncomingMessage) => void;
  stop(): Promise<void>;
}

const well = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"a":1}}');
};
const status =
  (code: number) =>
  (response: ServerResponse): void => {
    response.writeHead(code).end();
  };
const silent = (): void => {};

async function address(answer: Address['answer'] = well): Promise<Address> {
  const handle: RequestListener = async (request, response) => {
    const { query } = JSON.parse((await buffer(request)).toString()) as { query: string };
    it.asked.push({ authorization: request.headers.authorization, query });
    it.answer(response, request);
  };
  const server = await listen(createServer(handle));
  running.push(server);
  const it: Address = { url: server.url, asked: [], answer, stop: server.stop };
  return it;
}

/** What time it is, which stands still but for what a test adds; deadlines pass by the real time all the same. */
let ahead = 0;
const clock = { now: () => new Date(), elapsed: () => ahead };

const DEADLINE_MS = 400;

/** Calls that are to be made after a while, for a test to make at once. */
let later: { readonly ms: number; readonly run: () => void }[] = [];
const afterAWhile: After = (ms, run) => {
  const call = { ms, run };
  later.push(call);
  return () => {
    later = later.filter((other) => other !== call);
  };
};

interface Told {
  readonly events: unknown[];
}

function callee(...urls: [string, ...string[]]): Callee & Told {
  const events: unknown[] = [];
  const created = new Callee({
    urls,
    transport,
    clock,
    random: () => 0,
    after: afterAWhile,
    deadlineMs: () => DEADLINE_MS,
    fair: 0.5,
    closing: closing.signal,
    onOpen: (at, why) => events.push(['open', at, why]),
    onClose: (at) => events.push(['close', at]),
  });
  return Object.assign(created, { events });
}

const waiting = (ms = DEADLINE_MS, gone = new AbortController().signal): Patience => patience(clock, ms, gone);
const reading = (more: Partial<Question> = {}): Question => ({
  request: { query: '{ a }', variables: {} },
  patience: waiting(),
  ...more,
});
const WRITING = { query: 'mutation { b }', variables: {} };

const kindOf = (reply: Reply): string => ('body' in reply ? 'answered' : reply.fault.kind);
const reasonOf = (reply: Reply): string => ('body' in reply ? 'answered' : reply.fault.reason);
const HELD_OFF = 'It did not answer the last questions, and is not asked again for a moment.';

const askTimes = async (asked: Callee, times: number, question: () => Question = reading): Promise<string[]> => {
  const reasons: string[] = [];
  for (let i = 0; i < times; i++) reasons.push(reasonOf(await asked.ask(question())));
  return reasons;
};

describe('a callee that fails', () => {
  test.each<[string, Address['answer']]>([
    ['it breaks off', (response) => response.destroy()],
    ['it answers that it has failed', status(500)],
    ['it answers that it is overloaded', status(429)],
    [
      'it answers more than is read',
      (response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.alloc(6 * 1024 * 1024, 0x20)),
    ],
    [
      'it answers half',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
        response.write('{"data":', () => response.destroy());
      },
    ],
  ])('is answered for at once after five failures: %s', async (_what, answer) => {
    const server = await address(answer);
    const asked = callee(server.url);
    const reasons = await askTimes(asked, 10);
    expect(server.asked.length).toBe(5);
    expect(reasons.slice(5)).toEqual(Array(5).fill(HELD_OFF));
    expect(asked.events).toMatchObject([['open', 0, expect.stringMatching(/BROKEN|TOO_MUCH/)]]);
  });

  test('is answered for at once when nothing listens there', async () => {
    const server = await address();
    await server.stop();
    const asked = callee(server.url);
    const reasons = await askTimes(asked, 6);
    expect(reasons.at(-1)).toBe(HELD_OFF);
    expect(asked.events).toEqual([['open', 0, 'NOT_REACHED']]);
  });

  test('is answered for at once when five have waited for it in vain', async () => {
    const server = await address(silent);
    const asked = callee(server.url);
    const replies = await Promise.all(Array.from({ length: 5 }, () => asked.ask(reading())));
    expect(replies.map(kindOf)).toEqual(Array(5).fill('TIMED_OUT'));
    expect(reasonOf(await asked.ask(reading()))).toBe(HELD_OFF);
  });

  test('is asked again after a moment, by one call alone, and used when that is answered', async () => {
    const server = await address(status(500));
    const asked = callee(server.url);
    await askTimes(asked, 5);
    const held = Promise.withResolvers<void>();
    const came = Promise.withResolvers<void>();
    server.answer = async (response) => {
      came.resolve();
      await held.promise;
      well(response);
    };
    server.asked.length = 0;
    ahead += 250;
    const probe = asked.ask(reading());
    await came.promise;
    expect(await askTimes(asked, 20)).toEqual(Array(20).fill(HELD_OFF));
    held.resolve();
    expect(kindOf(await probe)).toBe('answered');
    expect(server.asked).toHaveLength(1);
    server.answer = well;
    expect(await askTimes(asked, 3)).toEqual(Array(3).fill('answered'));
    expect(asked.events).toEqual([
      ['open', 0, 'BROKEN'],
      ['close', 0],
    ]);
  });

  test('is found to work by a call whose caller has gone', async () => {
    const server = await address(status(500));
    const asked = callee(server.url);
    await askTimes(asked, 5);
    const came = Promise.withResolvers<ServerResponse>();
    server.answer = came.resolve;
    ahead += 250;
    const gone = new AbortController();
    const probe = asked.ask(reading({ patience: waiting(DEADLINE_MS, gone.signal) }));
    const response = await came.promise;
    gone.abort();
    // Its caller has an answer at once, and it has its own end.
    expect(kindOf(await probe)).toBe('TIMED_OUT');
    expect(asked.state.breakers).toEqual(['PROBING']);
    server.answer = well;
    well(response);
    await expect.poll(() => asked.state.breakers).toEqual(['CLOSED']);
  });

  test('stays held off when a probe whose caller has gone is never answered', async () => {
    const server = await address(status(500));
    const asked = callee(server.url);
    await askTimes(asked, 5);
    const came = Promise.withResolvers<void>();
    server.answer = () => came.resolve();
    ahead += 250;
    const gone = new AbortController();
    const probe = asked.ask(reading({ patience: waiting(DEADLINE_MS, gone.signal) }));
    await came.promise;
    gone.abort();
    await probe;
    await expect.poll(() => asked.state.breakers).toEqual(['OPEN']);
    expect(reasonOf(await asked.ask(reading()))).toBe(HELD_OFF);
  });
});

describe('a callee that works is never held off', () => {
  const json =
    (code: number, body: string): Address['answer'] =>
    (response) => {
      response.writeHead(code, { 'content-type': 'application/json' }).end(body);
    };
  test.each<[string, Address['answer'], string]>([
    ['a query that it cannot carry out', json(400, '{"errors":[{"message":"no"}]}'), 'answered'],
    ['a request that it refuses', status(401), 'REFUSED'],
    ['a request that it finds wrong', status(404), 'UNAVAILABLE'],
    [
      'what is not GraphQL',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      'INVALID',
    ],
    ['what is not JSON', json(200, '{"data":'), 'INVALID'],
  ])('for %s, and that is told every time', async (_what, answer, kind) => {
    const server = await address(answer);
    const asked = callee(server.url);
    for (let i = 0; i < 30; i++) expect(kindOf(await asked.ask(reading()))).toBe(kind);
    expect(server.asked).toHaveLength(30);
  });

  test('for callers who have no time', async () => {
    const server = await address(silent);
    const asked = callee(server.url);
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => asked.ask(reading({ patience: waiting(DEADLINE_MS / 2 - 20) }))),
    );
    expect(replies.map(kindOf)).toEqual(Array(20).fill('TIMED_OUT'));
    expect(asked.state.breakers).toEqual(['CLOSED']);
  });

  test('for a gateway that stands still itself', async () => {
    let came = 0;
    const all = Promise.withResolvers<void>();
    const server = await address(() => {
      if (++came === 10) all.resolve();
    });
    const asked = callee(server.url);
    const replies = Array.from({ length: 10 }, () => asked.ask(reading()));
    await all.promise;
    // Their time is over in the meantime, and that is noticed late.
    ahead += DEADLINE_MS + 101;
    expect((await Promise.all(replies)).map(kindOf)).toEqual(Array(10).fill('TIMED_OUT'));
    expect(asked.state.breakers).toEqual(['CLOSED']);
  });

  test('for callers who go away', async () => {
    let came = 0;
    const all = Promise.withResolvers<void>();
    const server = await address(() => {
      if (++came === 20) all.resolve();
    });
    const asked = callee(server.url);
    const gone = new AbortController();
    const replies = Array.from({ length: 20 }, () =>
      asked.ask(reading({ patience: waiting(DEADLINE_MS, gone.signal) })),
    );
    await all.promise;
    gone.abort(new Error('The caller has gone.'));
    await Promise.all(replies);
    expect(asked.state).toEqual({ breakers: ['CLOSED'], underWay: 0, waiting: 0 });
  });
});

describe('at most so many questions are under way to one callee', () => {
  const busy = async () => {
    const server = await address(silent);
    const asked = callee(server.url);
    const gone = new AbortController();
    const first = Array.from({ length: 96 }, () => asked.ask(reading({ patience: waiting(60_000, gone.signal) })));
    return { server, asked, first, leave: () => gone.abort(new Error('The caller has gone.')) };
  };

  test('and so many wait, and all that come besides are answered at once', async () => {
    const { server, asked, first, leave } = await busy();
    const gone = new AbortController();
    const queued = Array.from({ length: 192 }, () => asked.ask(reading({ patience: waiting(60_000, gone.signal) })));
    expect(asked.state).toMatchObject({ underWay: 96, waiting: 192 });
    expect(reasonOf(await asked.ask(reading()))).toBe('Too many questions to it wait for an answer already.');
    gone.abort(new Error('The caller has gone.'));
    expect((await Promise.all(queued)).map(kindOf)).toEqual(Array(192).fill('TIMED_OUT'));
    leave();
    await Promise.all(first);
    await expect.poll(() => asked.state).toEqual({ breakers: ['CLOSED'], underWay: 0, waiting: 0 });
    expect(server.asked.length).toBeLessThanOrEqual(96);
  });

  test('one whose time is over while it waits is answered then, and that is not held against the callee', async () => {
    const { asked, first, leave } = await busy();
    const replies = Array.from({ length: 10 }, () => asked.ask(reading({ patience: waiting(30) })));
    expect((await Promise.all(replies)).map(kindOf)).toEqual(Array(10).fill('TIMED_OUT'));
    expect(asked.state).toMatchObject({ breakers: ['CLOSED'], underWay: 96 });
    leave();
    await Promise.all(first);
  });

  test('and those that waited are asked in turn', async () => {
    const { server, asked, first, leave } = await busy();
    const next = Array.from({ length: 10 }, () => asked.ask(reading({ patience: waiting(60_000) })));
    server.answer = well;
    leave();
    expect((await Promise.all(next)).map(kindOf)).toEqual(Array(10).fill('answered'));
    await Promise.all(first);
  });
});

describe('a question is asked a second time', () => {
  const once = (answer: Address['answer']): Address['answer'] => {
    let first = true;
    return (response, request) => {
      if (first) answer(response, request);
      else well(response);
      first = false;
    };
  };

  test('when it only reads, and each time with a token of its own', async () => {
    const server = await address(once((response) => response.destroy()));
    const asked = callee(server.url);
    let tokens = 0;
    const reply = await asked.ask(reading({ authorize: async () => `Bearer ${tokens++}` }));
    expect(kindOf(reply)).toBe('answered');
    expect(server.asked.map(({ authorization }) => authorization)).toEqual(['Bearer 0', 'Bearer 1']);
  });

  test('never when it may have changed something', async () => {
    const server = await address(once((response) => response.destroy()));
    const asked = callee(server.url);
    expect(kindOf(await asked.ask(reading({ request: WRITING })))).toBe('UNAVAILABLE');
    expect(server.asked).toHaveLength(1);
  });

  test('for one call in ten, however many fail', async () => {
    const server = await address();
    const asked = callee(server.url);
    let n = 0;
    // Every third exchange fails: no breaker opens at that.
    server.answer = (response) => (n++ % 3 === 0 ? response.destroy() : well(response));
    await askTimes(asked, 200);
    expect(server.asked.length).toBeGreaterThan(210);
    expect(server.asked.length).toBeLessThanOrEqual(221);
  });

  test('never when the callee answers that it is asked too much', async () => {
    const server = await address(once(status(429)));
    const asked = callee(server.url);
    await asked.ask(reading());
    expect(server.asked).toHaveLength(1);
  });

  test('at its other address when the first cannot be reached, though it writes', async () => {
    const dead = await address();
    const server = await address();
    await dead.stop();
    const asked = callee(dead.url, server.url);
    expect(await askTimes(asked, 20, () => reading({ request: WRITING }))).toEqual(Array(20).fill('answered'));
    expect(server.asked).toHaveLength(20);
    expect(asked.state.breakers).toEqual(['OPEN', 'CLOSED']);
  });
});

describe('a callee with two addresses', () => {
  /** Has been asked often enough at its first address for it to be known how fast that is. */
  const known = async () => {
    const first = await address();
    const second = await address();
    const asked = callee(first.url, second.url);
    await askTimes(asked, 20);
    for (const server of [first, second]) server.asked.length = 0;
    later = [];
    return { first, second, asked };
  };

  test('is asked at the second when the first takes longer than it usually does, and the first good answer counts', async () => {
    const { first, second, asked } = await known();
    const cancelled = Promise.withResolvers<void>();
    const came = Promise.withResolvers<void>();
    first.answer = (response) => {
      response.once('close', cancelled.resolve);
      came.resolve();
    };
    let tokens = 0;
    const reply = asked.ask(reading({ authorize: async () => `Bearer ${tokens++}` }));
    await came.promise;
    expect(later).toMatchObject([{ ms: expect.any(Number) }]);
    later[0]?.run();
    expect(kindOf(await reply)).toBe('answered');
    expect(second.asked).toMatchObject([{ authorization: 'Bearer 1' }]);
    await cancelled.promise;
    expect(asked.state.breakers).toEqual(['CLOSED', 'CLOSED']);
  });

  test('waits for the first all the same when the second has no good answer', async () => {
    const { first, second, asked } = await known();
    const came = Promise.withResolvers<ServerResponse>();
    const failed = Promise.withResolvers<void>();
    first.answer = came.resolve;
    second.answer = (response) => {
      response.once('close', failed.resolve);
      status(500)(response);
    };
    const reply = asked.ask(reading());
    const response = await came.promise;
    later[0]?.run();
    await failed.promise;
    well(response);
    expect(kindOf(await reply)).toBe('answered');
  });

  test('is asked twice for one call in twenty at most', async () => {
    const { first, second, asked } = await known();
    let tokens = 0;
    const authorize = async () => `Bearer ${tokens++}`;
    // It answers only when nobody else is asked.
    first.answer = (response) => {
      const before = tokens;
      for (const { run } of later.splice(0)) run();
      if (tokens === before) well(response);
    };
    expect(await askTimes(asked, 400, () => reading({ authorize }))).toEqual(Array(400).fill('answered'));
    expect(second.asked.length).toBeGreaterThan(10);
    expect(second.asked.length).toBeLessThanOrEqual(21);
  });

  test('is never asked twice to change something', async () => {
    const { asked } = await known();
    await asked.ask(reading({ request: WRITING }));
    expect(later).toEqual([]);
  });

  test('is asked at the second alone while the first is held off, and at the first again when that works', async () => {
    const { first, second, asked } = await known();
    first.answer = status(500);
    await askTimes(asked, 20);
    expect(asked.state.breakers[0]).toBe('OPEN');
    second.asked.length = 0;
    expect(await askTimes(asked, 20)).toEqual(Array(20).fill('answered'));
    expect(second.asked).toHaveLength(20);
    first.answer = well;
    ahead += 2_500;
    await asked.ask(reading());
    await expect.poll(() => asked.state.breakers).toEqual(['CLOSED', 'CLOSED']);
    first.asked.length = 0;
    await askTimes(asked, 5);
    expect(first.asked).toHaveLength(5);
  });

  test('that has one address alone is never asked twice for being slow', async () => {
    const server = await address();
    const asked = callee(server.url);
    await askTimes(asked, 40);
    expect(later).toEqual([]);
  });
});

test('a token that cannot be made is told as it is, and holds nobody off', async () => {
  const server = await address();
  const asked = callee(server.url);
  const failing = () => Promise.reject(new Error('no key'));
  for (let i = 0; i < 20; i++) await expect(asked.ask(reading({ authorize: failing }))).rejects.toThrow('no key');
  expect(asked.state).toEqual({ breakers: ['CLOSED'], underWay: 0, waiting: 0 });
  expect(kindOf(await asked.ask(reading()))).toBe('answered');
});

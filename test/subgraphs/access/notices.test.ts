import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { createLog } from '@caregraph/service/log.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createNoticeStore } from '../../../subgraphs/access/notice-store.ts';
import { type Deliver, deliverToLog, type Notifier, startNotifier } from '../../../subgraphs/access/notifier.ts';
import { createWebhook } from '../../../subgraphs/access/webhook.ts';
import { type Listening, listen } from '../../support/listen.ts';
import {
  BREAK_GLASS,
  createSubject,
  DATABASES,
  type Data,
  emptyDatabase,
  newPatient,
  officer,
  PARAMEDIC,
  REASON,
  REVIEWS,
  type Subject,
  stopServers,
} from './harness.ts';

afterAll(stopServers);

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly method: string | undefined;
  readonly body: string;
}

/** A receiver of notices. It answers what it is told to, or nothing at all. */
interface Receiver extends Listening {
  readonly received: Received[];
  answer: (response: ServerResponse, received: Received) => void;
  /** Resolves when it has received so many. */
  until(count: number): Promise<void>;
}

async function startReceiver(): Promise<Receiver> {
  let told = (): void => {};
  const server = createServer((request, response) => {
    void (async () => {
      const received = { headers: request.headers, method: request.method, body: await text(request) };
      receiver.received.push(received);
      receiver.answer(response, received);
      told();
    })();
  });
  const receiver: Receiver = {
    ...(await listen(server)),
    received: [],
    answer: accept,
    async until(count) {
      while (receiver.received.length < count) {
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    },
  };
  return receiver;
}

const accept = (response: ServerResponse): void => {
  response.writeHead(204).end();
};
const fail = (response: ServerResponse): void => {
  response.writeHead(500).end('9990100012');
};

/** A notifier whose waits end when the test says so. */
interface Driven {
  readonly logged: string[];
  /** Resolves when it has done everything that it can do, and waits. */
  idle(): Promise<void>;
  /** Lets so many milliseconds pass, and resolves when it waits again. */
  pass(ms: number): Promise<void>;
  /** Tells it that there may be something to deliver, and resolves when it waits again. */
  wake(): Promise<void>;
  stop(): Promise<void>;
}

const running = new Set<Notifier>();
afterEach(async () => {
  await Promise.all([...running].map((notifier) => notifier.stop()));
  running.clear();
});

function drive(subject: Subject, deliver: Deliver, notices = createNoticeStore(subject.database)): Driven {
  const logged: string[] = [];
  let goOn: (() => void) | null = null;
  let waits = (): void => {};
  const notifier = startNotifier({
    notices,
    deliver,
    clock: () => subject.clock,
    random: () => 0,
    wait: (_ms, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        if (signal.aborted) reject(signal.reason);
        goOn = () => resolve(undefined);
        waits();
      }),
    log: createLog({ name: 'test', destination: { write: (line) => logged.push(line) } }),
  });
  running.add(notifier);
  const driven: Driven = {
    logged,
    async idle() {
      while (!goOn) {
        await new Promise<void>((resolve) => {
          waits = resolve;
        });
      }
    },
    async pass(ms) {
      await driven.idle();
      subject.clock = new Date(subject.clock.getTime() + ms);
      const end = goOn;
      goOn = null;
      end?.();
      await driven.idle();
    },
    async wake() {
      await driven.idle();
      goOn = null;
      notifier.wake();
      await driven.idle();
    },
    async stop() {
      await notifier.stop();
    },
  };
  return driven;
}

describe.each(DATABASES)('a privacy officer, over %s,', (kind) => {
  let subject: Subject;
  let receiver: Receiver;
  beforeAll(async () => {
    [subject, receiver] = await Promise.all([emptyDatabase(kind).then(createSubject), startReceiver()]);
  });
  afterEach(async () => {
    receiver.received.length = 0;
    receiver.answer = accept;
    // Nothing is left to be delivered for the next test.
    await subject.database.db.updateTable('notice').set({ delivered_at: subject.clock }).execute();
  });
  afterAll(async () => {
    await subject.close();
    await receiver.stop();
  });

  const webhook = (token: (() => string) | null = null): Deliver => createWebhook({ url: receiver.url, token });
  const breakGlass = async (patient = newPatient(), reason = REASON): Promise<string> =>
    (await subject.ask(BREAK_GLASS, { n: patient, reason })).data.breakGlass.id;
  const events = (): Data[] => receiver.received.map(({ body }) => JSON.parse(body));
  const waiting = async (): Promise<number> =>
    (await subject.database.db.selectFrom('notice').select('broken_glass').where('delivered_at', 'is', null).execute())
      .length;

  test('is told at once that somebody has broken the glass, by a CloudEvent', async () => {
    const { idle, wake, pass } = drive(subject, webhook());
    await idle();
    const id = await breakGlass();
    await wake();
    const [{ headers, method }] = receiver.received as [Received];
    expect(method).toBe('POST');
    expect(headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(headers.authorization).toBeUndefined();
    expect(events()).toEqual([
      {
        specversion: '1.0',
        id,
        source: 'https://caregraph.example/access',
        type: 'example.caregraph.glass-broken',
        time: subject.clock.toISOString(),
        datacontenttype: 'application/json',
        data: {
          review: id,
          user: PARAMEDIC.user,
          organisation: 'RRU',
          role: 'paramedic',
          until: new Date(subject.clock.getTime() + 3_600_000).toISOString(),
        },
      },
    ]);
    await pass(600_000);
    await pass(600_000);
    expect(receiver.received).toHaveLength(1);
    expect(await waiting()).toBe(0);
  });

  test('is told nothing of the patient, in any spelling, nor the reason', async () => {
    const patient = newPatient();
    const spaced = `${patient.slice(0, 3)} ${patient.slice(3, 6)} ${patient.slice(6)}`;
    await breakGlass(patient, `Canary bird ${patient}, that is ${spaced}, found in the snow.`);
    await drive(subject, webhook()).idle();
    expect(receiver.received).toHaveLength(1);
    const sent = JSON.stringify(receiver.received);
    for (const spelling of [patient, spaced, spaced.replaceAll(' ', '-'), encodeURIComponent(spaced), btoa(patient)]) {
      expect(sent).not.toContain(spelling);
    }
    expect(sent).not.toMatch(/canary|snow/i);
  });

  test('is told with the token of now, read for each event', async () => {
    let token = 'first';
    const { wake } = drive(
      subject,
      webhook(() => token),
    );
    await breakGlass();
    await wake();
    token = 'second';
    await breakGlass();
    await wake();
    expect(receiver.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  });

  test('is told in the end, however often that fails, after waits that double; nothing of the failure’s words is logged', async () => {
    receiver.answer = fail;
    await breakGlass();
    const { idle, pass, logged } = drive(subject, webhook());
    await idle();
    const tried = (): number => receiver.received.length;
    const counts: number[] = [tried()];
    for (let second = 1; second <= 15; second++) {
      await pass(1_000);
      counts.push(tried());
    }
    // At once, and 1, 2, 4 and 8 seconds later each time.
    expect(counts).toEqual([1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5]);
    for (let i = 0; i < 20; i++) await pass(5 * 60_000);
    expect(tried()).toBe(25);
    receiver.answer = accept;
    await pass(5 * 60_000);
    expect(tried()).toBe(26);
    await pass(5 * 60_000);
    expect(tried()).toBe(26);
    expect(await waiting()).toBe(0);
    expect(new Set(events().map(({ id }) => id)).size).toBe(1);
    expect(logged.join('')).toContain('The webhook answered with status 500.');
    expect(logged.join('')).not.toContain('9990100012');
  });

  test('is told of others while one notice fails', async () => {
    const stubborn = await breakGlass();
    receiver.answer = (response, { body }) => (body.includes(stubborn) ? fail(response) : accept(response));
    const { idle, pass } = drive(subject, webhook());
    await idle();
    const others = await Promise.all(Array.from({ length: 25 }, () => breakGlass()));
    await pass(1);
    const delivered = new Set(events().map(({ id }) => id));
    expect(others.every((id) => delivered.has(id))).toBe(true);
    expect(await waiting()).toBe(1);
  });

  test.each([
    ['redirects', (response: ServerResponse) => response.writeHead(307, { location: receiver.url }).end()],
    ['cuts the connection', (response: ServerResponse) => response.destroy()],
    ['is asked to go away', (response: ServerResponse) => response.writeHead(410).end()],
  ])('is told later when the webhook %s', async (_what, answer) => {
    receiver.answer = answer;
    await breakGlass();
    const { idle, pass, logged } = drive(subject, webhook());
    await idle();
    expect(receiver.received).toHaveLength(1);
    expect(logged.join('')).toContain('to be tried again');
    receiver.answer = accept;
    await pass(1_000);
    expect(receiver.received).toHaveLength(2);
    expect(await waiting()).toBe(0);
  });

  test('is waited for no longer than there is time: an attempt at a webhook that hangs ends with its signal', async () => {
    receiver.answer = () => {};
    await breakGlass();
    const [notice] = await createNoticeStore(subject.database).take(1, subject.clock, subject.clock);
    if (!notice) throw new Error('There is no notice.');
    const enough = new AbortController();
    const attempt = webhook()(notice, enough.signal);
    await receiver.until(1);
    enough.abort(new Error('enough'));
    await expect(attempt).rejects.toThrow('enough');
    let given: AbortSignal | undefined;
    const { idle } = drive(subject, async (_notice, signal) => {
      given = signal;
    });
    await idle();
    expect(given).toBeInstanceOf(AbortSignal);
  });

  test('is told by the next process when one ends, or dies, while it tells', async () => {
    receiver.answer = () => {};
    await breakGlass();
    const first = drive(subject, webhook());
    await receiver.until(1);
    // Another process leaves to this one what it has taken.
    const second = drive(subject, webhook());
    await second.idle();
    expect(receiver.received).toHaveLength(1);
    await first.stop();
    receiver.answer = accept;
    await second.pass(0);
    expect(receiver.received).toHaveLength(2);
    expect(await waiting()).toBe(0);

    // One that died has given nothing back: what it took is due again after a minute.
    await breakGlass();
    await createNoticeStore(subject.database).take(10, subject.clock, new Date(subject.clock.getTime() + 60_000));
    await second.pass(59_999);
    expect(receiver.received).toHaveLength(2);
    await second.pass(1);
    expect(receiver.received).toHaveLength(3);
  });

  test('is told once by many processes together', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, () => breakGlass()));
    const several = Array.from({ length: 3 }, () => drive(subject, webhook()));
    await Promise.all(several.map(({ idle }) => idle()));
    expect(
      events()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(ids.toSorted());
  });

  test('is told by one process at a time, whoever takes a notice first', async () => {
    const store = createNoticeStore(subject.database);
    const ids = await Promise.all(Array.from({ length: 40 }, () => breakGlass()));
    const due = subject.clock;
    for (let round = 1; round <= 5; round++) {
      const retakenAt = new Date(due.getTime() + round);
      const taken = await Promise.all(
        Array.from({ length: 8 }, () => store.take(10, new Date(due.getTime() + round - 1), retakenAt)),
      );
      const reviews = taken.flat().map(({ review }) => review);
      expect(new Set(reviews).size).toBe(reviews.length);
      // Whoever came while others held all of them goes away with none, and comes again.
      expect(reviews.length).toBeGreaterThan(0);
      await subject.database.db
        .updateTable('notice')
        .set({ due_at: retakenAt })
        .where('broken_glass', 'in', ids)
        .execute();
    }
  });

  test('is told by the log where there is no webhook, and among the reviews all the same', async () => {
    const logged: string[] = [];
    const log = createLog({ name: 'access', destination: { write: (line) => logged.push(line) } });
    const patient = newPatient();
    const id = await breakGlass(patient);
    await drive(subject, deliverToLog(log)).idle();
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({ level: 40, organisation: 'RRU', role: 'paramedic' });
    expect(logged.join('')).not.toMatch(new RegExp(`${patient}|station`));
    expect(await waiting()).toBe(0);
    const { data } = await subject.ask(REVIEWS, { first: 500 }, officer('RRU'));
    expect(data.reviews.filter((review: Data) => review.id === id)).toMatchObject([
      { state: 'OPEN', nhsNumber: patient },
    ]);
  });

  test('is told when the database can be read again', async () => {
    await breakGlass();
    const store = createNoticeStore(subject.database);
    let away = true;
    const take: typeof store.take = (...of) => (away ? Promise.reject(new Error('away')) : store.take(...of));
    const { idle, pass, logged } = drive(subject, webhook(), { ...store, take });
    await idle();
    expect(logged.join('')).toContain('neither read nor written');
    away = false;
    await pass(1_000);
    expect(receiver.received).toHaveLength(1);
  });
});

import type { OnwardCaller } from '@caregraph/service/onward.ts';
import { graphql } from 'graphql';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ACCESS_LOG,
  BREAK_GLASS,
  CLOSE_REVIEW,
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

const MINUTE = 60_000;

describe.each(DATABASES)('broken glass, over %s', (kind) => {
  let subject: Subject;
  let users = 0;
  beforeAll(async () => {
    subject = await createSubject(await emptyDatabase(kind));
  });
  afterAll(() => subject.close());

  /** A user whom no other test has met. */
  const newUser = (organisation = 'RRU'): OnwardCaller => ({ ...PARAMEDIC, user: `user-${users++}`, organisation });
  const breakGlass = (patient: string, caller: OnwardCaller, reason = REASON) =>
    subject.ask(BREAK_GLASS, { n: patient, reason }, caller);
  const grantsOf = async (...callers: readonly OnwardCaller[]): Promise<Data> => {
    const users = callers.map(({ user, organisation }) => ({ user, organisation }));
    const { status, body } = await subject.post('/glass', { users });
    expect(status).toBe(200);
    return body.grants;
  };
  const later = (ms: number): Date => new Date(subject.clock.getTime() + ms);

  test('gives the user that patient, for an hour, and says until when', async () => {
    const [patient, user] = [newPatient(), newUser()];
    const { data } = await breakGlass(patient, user);
    const until = later(60 * MINUTE).toISOString();
    expect(data).toEqual({ breakGlass: { id: expect.stringMatching(/^[0-9a-f-]{36}$/), until } });
    expect(await grantsOf(user)).toEqual([[{ id: data.breakGlass.id, nhsNumber: patient, until }]]);
  });

  test('gives it to nobody else, and not at another organisation', async () => {
    const [patient, user] = [newPatient(), newUser()];
    await breakGlass(patient, user);
    expect(await grantsOf(newUser(), { ...user, organisation: 'RYA' })).toEqual([[], []]);
  });

  test('is mended to the millisecond when its time is over', async () => {
    const [patient, user, start] = [newPatient(), newUser(), subject.clock];
    await breakGlass(patient, user);
    try {
      subject.clock = new Date(start.getTime() + 60 * MINUTE - 1);
      expect(await grantsOf(user)).toMatchObject([[{ nhsNumber: patient }]]);
      subject.clock = new Date(start.getTime() + 60 * MINUTE);
      expect(await grantsOf(user)).toEqual([[]]);
    } finally {
      subject.clock = start;
    }
  });

  test('can be broken again while it is broken: each time is a grant, a reason and a review of its own', async () => {
    const [patient, user] = [newPatient(), newUser('RX6')];
    const first = await breakGlass(patient, user);
    const second = await breakGlass(
      patient,
      user,
      'She has left the station and was seen on the bridge, we need her contacts.',
    );
    const ids = [first.data.breakGlass.id, second.data.breakGlass.id].sort();
    expect((await grantsOf(user))[0].map(({ id }: Data) => id).sort()).toEqual(ids);
    const { data } = await subject.ask(REVIEWS, {}, officer('RX6'));
    expect(data.reviews.map(({ id }: Data) => id).sort()).toEqual(ids);
    expect(new Set(data.reviews.map(({ reason }: Data) => reason)).size).toBe(2);
  });

  test('is told of many users in one statement, in the order asked', async () => {
    const asked = Array.from({ length: 50 }, () => newUser());
    const patients = asked.map(() => newPatient());
    await Promise.all(asked.map((user, i) => (i % 2 ? breakGlass(patients[i] ?? '', user) : undefined)));
    subject.statements.length = 0;
    const grants = await grantsOf(...asked, ...asked.slice(0, 2));
    expect(subject.statements).toHaveLength(1);
    expect(grants.map((each: Data) => each[0]?.nhsNumber)).toEqual([
      ...patients.map((patient, i) => (i % 2 ? patient : undefined)),
      undefined,
      patients[1],
    ]);
  });

  test('is found by an index', async () => {
    const { rows } = await sql<{ indexdef: string }>`
      select indexdef from pg_indexes where tablename = 'broken_glass'`.execute(subject.database.db);
    expect(rows.map(({ indexdef }) => indexdef).join()).toContain('(user_id, organisation, until)');
  });

  test.each([
    ['is too short', 'too short'],
    ['is the same word again and again', 'emergency emergency emergency emergency'],
    ['is the same character again and again', 'aaaaaaaaaaaaaaa aaaaaaa aaaa aaaaaaaaa'],
    ['is digits only', '9990100012 9990100012 9990100012'],
    ['is too long', 'Found at the station, confused. '.repeat(40)],
    ['holds what is no text', `Found at the station, confused\u0000, alone and cold.`],
  ])('is not broken for a reason that %s; what is wanted is said, and nothing of it', async (_how, reason) => {
    const [patient, user] = [newPatient(), newUser('RX9')];
    const before = subject.notices;
    const { data, code, text } = await breakGlass(patient, user, reason);
    expect(data).toEqual({ breakGlass: null });
    expect(code).toBe('INVALID_PARAMETER');
    expect(text).toContain('\\"reason\\"');
    expect(text).not.toContain(patient);
    expect(text).not.toContain(reason.slice(0, 12));
    expect(await grantsOf(user)).toEqual([[]]);
    expect((await subject.ask(REVIEWS, {}, officer('RX9'))).data.reviews).toEqual([]);
    expect(subject.notices).toBe(before);
  });

  test('raises a notice', async () => {
    const before = subject.notices;
    const { data } = await breakGlass(newPatient(), newUser());
    expect(subject.notices).toBe(before + 1);
    const notice = subject.database.db.selectFrom('notice').selectAll().where('broken_glass', '=', data.breakGlass.id);
    expect(await notice.execute()).toMatchObject([{ attempts: 0, delivered_at: null }]);
  });

  test('cannot be broken by the gateway for itself, and its record cannot be read by a user', async () => {
    const broken = await subject.ask(BREAK_GLASS, { n: newPatient(), reason: REASON }, 'gateway');
    expect([broken.data, broken.code]).toEqual([{ breakGlass: null }, 'ACCESS_DENIED']);
    const user = newUser();
    for (const path of ['/glass', '/audit/lines', '/audit/head']) {
      const { status, text } = await subject.post(path, { users: [user] }, user);
      expect(status).toBe(403);
      expect(text).toContain('ACCESS_DENIED');
    }
  });

  test.each([
    ['nothing', null],
    ['no users', {}],
    ['a user without an organisation', { users: [{ user: 'a' }] }],
    ['more than it may', { users: [], '9990100012': 1 }],
    ['more users than it takes', { users: Array.from({ length: 1_001 }, () => ({ user: 'a', organisation: 'RRU' })) }],
  ])('is refused in words to a question with %s', async (_what, body) => {
    const { status, text } = await subject.post('/glass', body);
    expect(status).toBe(400);
    expect(text).toMatch(/INVALID_PARAMETER|BAD_REQUEST/);
    expect(text).not.toContain('9990100012');
  });

  describe('is reviewed', () => {
    const broken = async (
      organisation: string,
      user = newUser(organisation),
    ): Promise<{ id: string; patient: string; user: OnwardCaller }> => {
      const patient = newPatient();
      const { data } = await breakGlass(patient, user);
      return { id: data.breakGlass.id, patient, user };
    };
    const close = (id: string, by: OnwardCaller, finding: string, note?: string | null) =>
      subject.ask(CLOSE_REVIEW, { id, finding, ...(note !== undefined && { note }) }, by);

    test('by a privacy officer of the user’s own organisation, who sees all of it', async () => {
      const { id, patient, user } = await broken('RYA');
      const { data } = await subject.ask(REVIEWS, {}, officer('RYA'));
      expect(data.reviews).toEqual([
        {
          id,
          state: 'OPEN',
          at: subject.clock.toISOString(),
          until: later(60 * MINUTE).toISOString(),
          user: user.user,
          organisation: { odsCode: 'RYA' },
          role: 'paramedic',
          reason: REASON,
          nhsNumber: patient,
          finding: null,
          note: null,
          closedBy: null,
          closedAt: null,
        },
      ]);
    });

    test('by nobody else: another organisation’s officer sees nothing and closes nothing, and who is no officer may not ask', async () => {
      const { id, user } = await broken('RX7');
      expect((await subject.ask(REVIEWS, {}, officer('RX8'))).data).toEqual({ reviews: [] });
      const closing = await close(id, officer('RX8'), 'JUSTIFIED');
      expect([closing.data, closing.code]).toEqual([{ closeReview: null }, 'NO_RECORD_FOUND']);
      for (const caller of [user, 'gateway'] as const) {
        const asked = await subject.ask(REVIEWS, {}, caller);
        expect([asked.data, asked.code]).toEqual([{ reviews: null }, 'ACCESS_DENIED']);
      }
      expect((await close(id, newUser('RX7'), 'JUSTIFIED')).code).toBe('ACCESS_DENIED');
      const { data } = await subject.ask(REVIEWS, {}, officer('RX7'));
      expect(data.reviews).toMatchObject([{ id, state: 'OPEN' }]);
    });

    test('once: it is closed with a finding and a note, and is no longer open', async () => {
      const { id } = await broken('RV5');
      const by = officer('RV5');
      const { data } = await close(id, by, 'NOT_JUSTIFIED', '  The crew knew the patient’s team already. ');
      const closed = {
        id,
        state: 'CLOSED',
        finding: 'NOT_JUSTIFIED',
        note: 'The crew knew the patient’s team already.',
        closedBy: by.user,
        closedAt: subject.clock.toISOString(),
      };
      expect(data.closeReview).toMatchObject(closed);
      expect((await subject.ask(REVIEWS, {}, by)).data.reviews).toEqual([]);
      expect((await subject.ask(REVIEWS, { state: null }, by)).data.reviews).toEqual([]);
      expect((await subject.ask(REVIEWS, { state: 'CLOSED' }, by)).data.reviews).toMatchObject([closed]);
    });

    test.each([
      ['the same note', 'Seen.'],
      ['no note', undefined],
      ['a note of null', null],
      ['a note of nothing but space', '  '],
    ])('again with the same finding and %s, which changes nothing', async (_which, note) => {
      const { id } = await broken('RV9');
      await close(id, officer('RV9'), 'JUSTIFIED', 'Seen.');
      const again = await close(id, officer('RV9', 'another officer'), 'JUSTIFIED', note);
      expect(again.data.closeReview).toMatchObject({ finding: 'JUSTIFIED', note: 'Seen.', closedBy: 'officer-RV9' });
    });

    test.each([
      ['another finding', 'NOT_JUSTIFIED', 'Seen.'],
      ['another note', 'JUSTIFIED', 'Seen, and talked about.'],
    ])('but not again with %s: what stands, stands', async (_which, finding, note) => {
      const { id } = await broken('RV9');
      await close(id, officer('RV9'), 'JUSTIFIED', 'Seen.');
      const again = await close(id, officer('RV9'), finding, note);
      expect([again.data, again.code]).toEqual([{ closeReview: null }, 'INVALID_RESOURCE']);
      const { data } = await subject.ask(REVIEWS, { state: 'CLOSED' }, officer('RV9'));
      expect(data.reviews.find((each: Data) => each.id === id)).toMatchObject({ finding: 'JUSTIFIED', note: 'Seen.' });
    });

    test('never by the user who broke the glass', async () => {
      const user = newUser('RHA');
      const { id } = await broken('RHA', user);
      const own = await close(id, { ...user, role: 'privacy-officer' }, 'JUSTIFIED');
      expect([own.data, own.code]).toEqual([{ closeReview: null }, 'ACCESS_DENIED']);
      expect((await close(id, officer('RHA'), 'JUSTIFIED')).data.closeReview).toMatchObject({ state: 'CLOSED' });
    });

    test('by exactly one of two officers who find differently at the same time', async () => {
      const { id } = await broken('RNN');
      const answers = await Promise.all([
        close(id, officer('RNN', 'one'), 'JUSTIFIED'),
        close(id, officer('RNN', 'other'), 'NOT_JUSTIFIED'),
      ]);
      expect(answers.map(({ code }) => code).sort()).toEqual(['INVALID_RESOURCE', undefined]);
    });

    test.each(['', 'no such id', '\u0000', "' or true --", 'x'.repeat(10_000)])(
      'not under an id that is none: %j',
      async (id) => {
        expect((await close(id, officer('RXA'), 'JUSTIFIED')).code).toBe('NO_RECORD_FOUND');
        expect((await subject.ask(REVIEWS, { after: id }, officer('RXA'))).code).toBe('INVALID_PARAMETER');
      },
    );

    test('with a note that is text, and not too long', async () => {
      const { id } = await broken('RH5');
      for (const note of ['x'.repeat(1_001), 'a\u0007b']) {
        const { code, text } = await close(id, officer('RH5'), 'JUSTIFIED', note);
        expect(code).toBe('INVALID_PARAMETER');
        expect(text).toContain('\\"note\\"');
      }
      expect((await close(id, officer('RH5'), 'JUSTIFIED', '😀'.repeat(1_000))).data).toMatchObject({
        closeReview: { state: 'CLOSED' },
      });
    });

    test('page by page, the latest first, and each once', async () => {
      const start = subject.clock;
      const ids: string[] = [];
      for (const minutes of [2, 1, 0]) {
        // Three at the same moment, so that the order needs more than the time.
        subject.clock = new Date(start.getTime() + minutes * MINUTE);
        const same = [await broken('RW4'), await broken('RW4'), await broken('RW4')];
        ids.push(
          ...same
            .map(({ id }) => id)
            .sort()
            .reverse(),
        );
      }
      subject.clock = start;
      const seen: string[] = [];
      for (let after: string | null = null; ; ) {
        const { data }: Data = await subject.ask(REVIEWS, { first: 2, after }, officer('RW4'));
        if (data.reviews.length === 0) break;
        expect(data.reviews.length).toBeLessThanOrEqual(2);
        seen.push(...data.reviews.map(({ id }: Data) => id));
        after = seen.at(-1) ?? null;
      }
      expect(seen).toEqual(ids);
      for (const first of [0, -1, 501]) {
        expect((await subject.ask(REVIEWS, { first }, officer('RW4'))).code).toBe('INVALID_PARAMETER');
      }
    });
  });

  test('stays on record as it was: no statement changes or removes it, or opens its review again', async () => {
    const { data } = await breakGlass(newPatient(), newUser('RQ3'));
    const { id } = data.breakGlass;
    const { db } = subject.database;
    const on = db.updateTable('broken_glass').where('id', '=', id);
    const refused = 'neither changed nor removed';
    await expect(on.set({ reason: 'another' }).execute()).rejects.toThrow(refused);
    await expect(on.set({ nhs_number: '9990100012' }).execute()).rejects.toThrow(refused);
    await expect(on.set({ until: later(1) }).execute()).rejects.toThrow(refused);
    await subject.ask(CLOSE_REVIEW, { id, finding: 'JUSTIFIED' }, officer('RQ3'));
    const open = { finding: null, note: null, closed_by: null, closed_at: null };
    await expect(on.set(open).execute()).rejects.toThrow(refused);
    await expect(db.deleteFrom('broken_glass').where('id', '=', id).execute()).rejects.toThrow(refused);
    await expect(sql`truncate broken_glass cascade`.execute(db)).rejects.toThrow(refused);
    const { data: after } = await subject.ask(REVIEWS, { state: 'CLOSED' }, officer('RQ3'));
    expect(after.reviews).toMatchObject([{ id, reason: REASON, finding: 'JUSTIFIED' }]);
  });

  test('is neither broken nor told of to a caller who waits no longer, who is told so', async () => {
    const [patient, user] = [newPatient(), newUser('RXT')];
    const signal = AbortSignal.abort();
    const ask = (source: string, variableValues: object, caller: OnwardCaller) =>
      graphql({
        schema: subject.access.schema,
        source,
        variableValues: { ...variableValues },
        contextValue: subject.access.context({ caller, signal }),
      });
    const privacy = officer('RXT');
    for (const { data, errors } of [
      await ask(BREAK_GLASS, { n: patient, reason: REASON }, user),
      await ask(REVIEWS, {}, privacy),
      await ask(CLOSE_REVIEW, { id: 'any', finding: 'JUSTIFIED' }, privacy),
      await ask(ACCESS_LOG, { n: patient }, privacy),
    ]) {
      expect(Object.values(data ?? {})).toEqual([null]);
      expect(errors?.[0]?.extensions.code).toBe('TIMED_OUT');
    }
    const glass = await subject.access.routes['/glass']?.({ users: [] }, { caller: 'gateway', signal });
    expect(glass).toMatchObject({ status: 503, body: { errors: [{ extensions: { code: 'TIMED_OUT' } }] } });
    expect(await grantsOf(user)).toEqual([[]]);
  });

  test('leaves no number and no reason in any log', () => {
    const log = subject.logged.join('');
    expect(log).toContain('"answered"');
    expect(log).not.toMatch(/999\d{7}|station|Seen\./);
  });
});

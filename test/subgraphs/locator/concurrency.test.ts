import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../subgraphs/locator/database.ts';
import { createOrganisationStore } from '../../../subgraphs/locator/organisation-store.ts';
import {
  createSubject,
  emptyDatabase,
  nhsNumbers,
  ORGANISATIONS,
  POINTERS,
  PUBLISH,
  pointer,
  SUPERSEDE,
  type Subject,
  stopServers,
  uuid,
  WITHDRAW,
} from './harness.ts';

afterAll(stopServers);

const id = (serial: number): string => `RW5-${uuid(serial)}`;

describe('at the same time, over PostgreSQL', () => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await createSubject(await emptyDatabase('PostgreSQL'));
  });
  afterAll(() => subject.close());
  beforeEach(async () => {
    await subject.database.db.deleteFrom('pointer').execute();
    await subject.ask(PUBLISH, { pointers: [pointer('RW5', { id: id(0) })] }, 'RW5');
  });

  const standing = async (): Promise<{ id: string; status: string; replaces: string | null }[]> =>
    subject.database.db.selectFrom('pointer').select(['id', 'status', 'replaces']).orderBy('id').execute();

  test('of many calls that supersede one pointer exactly one wins', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        subject.ask(SUPERSEDE, { id: id(0), replacement: pointer('RW5', { id: id(i + 1) }) }, 'RW5'),
      ),
    );
    const won = answers.flatMap(({ data }) => (data ? [data.supersedePointer] : []));
    expect(won).toHaveLength(1);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([undefined, 'INVALID_RESOURCE']));
    const after = await standing();
    expect(after).toHaveLength(2);
    expect(after).toContainEqual({ id: id(0), status: 'SUPERSEDED', replaces: null });
    expect(won).toEqual([{ ids: after.filter(({ replaces }) => replaces === id(0)).map((one) => one.id) }]);
  });

  test('the same call, sent many times, happens once and every sender hears so', async () => {
    const replacement = pointer('RW5', { id: id(1) });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => subject.ask(SUPERSEDE, { id: id(0), replacement }, 'RW5')),
    );
    expect(answers.map(({ data }) => data)).toEqual(Array(8).fill({ supersedePointer: { ids: [id(1)] } }));
    expect(await standing()).toHaveLength(2);
  });

  test('of a call that supersedes a pointer and one that withdraws it exactly one wins', async () => {
    const [superseded, withdrawn] = await Promise.all([
      subject.ask(SUPERSEDE, { id: id(0), replacement: pointer('RW5', { id: id(1) }) }, 'RW5'),
      subject.ask(WITHDRAW, { ids: [id(0)] }, 'RW5'),
    ]);
    expect([superseded.code, withdrawn.code].filter((code) => code === 'INVALID_RESOURCE')).toHaveLength(1);
    expect(await standing()).toEqual(
      superseded.data
        ? [
            { id: id(0), status: 'SUPERSEDED', replaces: null },
            { id: id(1), status: 'CURRENT', replaces: id(0) },
          ]
        : [{ id: id(0), status: 'ENTERED_IN_ERROR', replaces: null }],
    );
  });

  test('calls that publish the same pointers in other orders all succeed, and each stands once', async () => {
    const pointers = nhsNumbers(500).map((nhsNumber, i) => pointer('RW5', { id: id(i + 1), subject: nhsNumber }));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        subject.ask(PUBLISH, { pointers: i % 2 ? pointers : pointers.toReversed() }, 'RW5'),
      ),
    );
    expect(answers.map(({ message }) => message)).toEqual(Array(6).fill(undefined));
    expect(await standing()).toHaveLength(501);
  });

  test('of calls that publish different pointers under one id exactly one wins', async () => {
    const types = ['736253002', '325691000000100', '887701000000100', '736373009'];
    const answers = await Promise.all(
      types.map((type) => subject.ask(PUBLISH, { pointers: [pointer('RW5', { id: id(1), type })] }, 'RW5')),
    );
    expect(answers.filter(({ data }) => data)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'DUPLICATE_REJECTED')).toHaveLength(3);
  });

  test('nobody sees a patient between two pointers while one is superseded', async () => {
    let last = 0;
    let over = false;
    const change = (async () => {
      for (; last < 20; last += 1) {
        await subject.ask(SUPERSEDE, { id: id(last), replacement: pointer('RW5', { id: id(last + 1) }) }, 'RW5');
      }
      over = true;
    })();
    while (!over) {
      const { data } = await subject.ask(POINTERS, { n: '9876543210' });
      expect(data?.patient).toEqual({ pointers: [expect.objectContaining({ status: 'CURRENT' })] });
    }
    await change;
    expect(last).toBe(20);
  });

  test('a statement for which nobody waits any more is cancelled', async () => {
    const blocker = new pg.Client({ connectionString: await urlOf(subject) });
    await blocker.connect();
    try {
      await blocker.query('begin; lock table pointer in access exclusive mode');
      const gone = new AbortController();
      const context = subject.locator.context({
        caller: { kind: 'gateway' },
        extensions: undefined,
        signal: gone.signal,
      });
      const waiting = context.loaders.pointers('9876543210');
      const blocked = async (): Promise<number> => {
        const { rows } = await blocker.query(`select from pg_stat_activity where wait_event_type = 'Lock'`);
        return rows.length;
      };
      await expect.poll(blocked).toBe(1);
      gone.abort();
      await expect(waiting).rejects.toMatchObject({ extensions: { code: 'TIMED_OUT' } });
      await expect.poll(blocked).toBe(0);
    } finally {
      await blocker.end();
    }
  });
});

async function urlOf(subject: Subject): Promise<string> {
  const { rows } = await sql<{ url: string }>`
    select format('postgresql://postgres@127.0.0.1:%s/%s', inet_server_port(), current_database()) as url`.execute(
    subject.database.db,
  );
  return rows[0]?.url ?? '';
}

describe('instances that start together on one empty PostgreSQL', () => {
  test('all come up, and the tables and organisations are there once', async () => {
    const location = await emptyDatabase('PostgreSQL');
    const databases = await Promise.all(Array.from({ length: 4 }, () => openDatabase(location)));
    try {
      const orders = [ORGANISATIONS, ORGANISATIONS.toReversed()];
      await Promise.all(
        databases.map((database, i) => createOrganisationStore(database).write(orders[i % 2] ?? ORGANISATIONS)),
      );
      const [database] = databases;
      const all = database && (await createOrganisationStore(database).all(null, new AbortController().signal));
      expect(all).toEqual(ORGANISATIONS.toSorted((a, b) => (a.odsCode < b.odsCode ? -1 : 1)).map(withSortedSuccessors));
    } finally {
      await Promise.all(databases.map((database) => database.close()));
    }
  });
});

const withSortedSuccessors = (one: (typeof ORGANISATIONS)[number]) => ({
  ...one,
  succeededBy: one.succeededBy.toSorted(),
});

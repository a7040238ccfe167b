import { NO_LINES, writeLine } from '@caregraph/service/audit/chain.ts';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ACCESS_LOG,
  BREAK_GLASS,
  CHECKPOINT,
  createChain,
  createSubject,
  DATABASES,
  type Data,
  emptyDatabase,
  entry,
  newPatient,
  officer,
  PARAMEDIC,
  REASON,
  type Subject,
  stopServers,
  type TestChain,
} from './harness.ts';

afterAll(stopServers);

const AT = '2026-06-15T09:00:00.000Z';
const source = (patient: number, custodian: string, facts: object = {}) => ({
  patient,
  custodian,
  outcome: 'ANSWERED' as const,
  records: 1,
  ...facts,
});

describe.each(DATABASES)('the audit lines of gateways, over %s', (kind) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await createSubject(await emptyDatabase(kind));
  });
  afterAll(() => subject.close());

  const send = (chain: string, lines: readonly string[]) => subject.post('/audit/lines', { chain, lines });
  const head = async (chain: string): Promise<Data> => (await subject.post('/audit/head', { chain })).body;
  const kept = async (chain: string): Promise<string[]> => {
    const lines = subject.database.db.selectFrom('audit_line').select('line').where('chain', '=', chain);
    return (await lines.orderBy('seq').execute()).map(({ line }) => line);
  };
  const headOf = ({ lines }: TestChain): object => {
    const { seq, hash } = JSON.parse(lines.at(-1) ?? '');
    return { seq, hash };
  };
  const alarms = (): number => subject.logged.filter((line) => line.includes('ALARM')).length;

  test('are kept as they were written, and the head says how far', async () => {
    const chain = createChain();
    expect(await head(chain.chain)).toEqual({ seq: 0, hash: null });
    chain.write(AT, entry({ patients: [newPatient()] }), CHECKPOINT);
    expect(await send(chain.chain, chain.lines)).toMatchObject({ status: 200, body: { upTo: 3 } });
    expect(await head(chain.chain)).toEqual(headOf(chain));
    const more = chain.write(AT, entry({ patients: [newPatient()] }));
    expect(await send(chain.chain, more)).toMatchObject({ status: 200, body: { upTo: 4 } });
    expect(await kept(chain.chain)).toEqual(chain.lines);
  });

  test('that come again, in whole or in part, change nothing; what is new among them is kept', async () => {
    const chain = createChain();
    chain.write(AT, entry({ patients: [newPatient()] }), entry({ patients: [newPatient()] }));
    await send(chain.chain, chain.lines);
    expect(await send(chain.chain, chain.lines)).toMatchObject({ status: 200, body: { upTo: 3 } });
    expect(await send(chain.chain, chain.lines.slice(1, 2))).toMatchObject({ status: 200, body: { upTo: 3 } });
    chain.write(AT, CHECKPOINT);
    expect(await send(chain.chain, chain.lines.slice(1))).toMatchObject({ status: 200, body: { upTo: 4 } });
    expect(await kept(chain.chain)).toEqual(chain.lines);
  });

  test('that come many times at once are kept once', async () => {
    const chain = createChain();
    const patient = newPatient();
    for (let i = 0; i < 20; i++) chain.write(AT, entry({ patients: [patient] }));
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => send(chain.chain, chain.lines.slice(0, 10 + (i % 3) * 5))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(await kept(chain.chain)).toEqual(chain.lines.slice(0, 20));
    expect(await send(chain.chain, chain.lines.slice(20))).toMatchObject({ body: { upTo: 21 } });
    const { data } = await subject.ask(ACCESS_LOG, { n: patient }, officer('RRU'));
    expect(data.accessLog.entries).toHaveLength(20);
  });

  /** What does not belong where it was sent, made of a chain of five lines of which three are kept. */
  const wrong: [string, (chain: TestChain) => readonly string[]][] = [
    ['leave a gap', ({ lines }) => lines.slice(4)],
    ['leave a gap among themselves', ({ lines }) => [lines[2] ?? '', lines[4] ?? '']],
    ['are in another order', ({ lines }) => [lines[4] ?? '', lines[3] ?? '']],
    ['come twice in one call', ({ lines }) => [lines[3] ?? '', lines[3] ?? '']],
    ['were edited', ({ lines }) => [lines[3]?.replace('Crisis', 'Crises') ?? '']],
    ['are no lines', () => ['{"chain":1}']],
    ['are of another chain', () => createChain().lines],
    ['are another line under a known number', ({ chain, lines }) => rewritten(chain, lines).slice(2, 3)],
    ['were all rewritten, with every hash', ({ chain, lines }) => rewritten(chain, lines)],
    ['follow another line than the last', ({ chain, lines }) => rewritten(chain, lines).slice(3)],
  ];

  /** A chain of the same id and length, as somebody would write it in its place. */
  function rewritten(chain: string, lines: readonly string[]): string[] {
    const other = createChain({ chain });
    other.write(AT, ...lines.slice(1).map(() => entry({ patients: [newPatient()] })));
    return other.lines;
  }

  test.each(wrong)('that %s are refused with the head, and raise the alarm', async (_what, make) => {
    const chain = createChain();
    chain.write(AT, ...Array.from({ length: 4 }, () => entry({ patients: [newPatient()] })));
    await send(chain.chain, chain.lines.slice(0, 3));
    const before = alarms();
    const { status, body, text } = await send(chain.chain, make(chain));
    const { seq, hash } = JSON.parse(chain.lines[2] ?? '');
    expect({ status, body }).toEqual({ status: 409, body: { seq, hash } });
    expect(text).not.toMatch(/999\d{7}/);
    expect(alarms()).toBe(before + 1);
    expect(await kept(chain.chain)).toEqual(chain.lines.slice(0, 3));
    // And what belongs there still goes through.
    expect(await send(chain.chain, chain.lines.slice(3))).toMatchObject({ status: 200, body: { upTo: 5 } });
  });

  test('begin with the line that says whose they are, and no other does', async () => {
    const nobodys = crypto.randomUUID();
    const { text } = writeLine(nobodys, NO_LINES, AT, entry({ patients: [newPatient()] }));
    expect(await send(nobodys, [text])).toMatchObject({ status: 409, body: { seq: 0, hash: null } });
    expect(await send(nobodys, createChain().lines)).toMatchObject({ status: 409, body: { seq: 0, hash: null } });
    const chain = createChain();
    const again = chain.write(AT, { kind: 'opened', gateway: 'https://other.example', medium: 'journal' });
    await send(chain.chain, chain.lines.slice(0, 1));
    expect(await send(chain.chain, again)).toMatchObject({ status: 409 });
  });

  test.each([
    ['nothing', null],
    ['no chain', { lines: ['{}'] }],
    ['no lines', { chain: crypto.randomUUID(), lines: [] }],
    ['lines that are no text', { chain: crypto.randomUUID(), lines: [{ nhsNumber: '9990100012' }] }],
    ['a chain that is none', { chain: '9990100012', lines: ['{}'] }],
    ['more than it may', { chain: crypto.randomUUID(), lines: ['{}'], '9990100012': 1 }],
  ])('in a call with %s are refused in words', async (_what, body) => {
    for (const path of ['/audit/lines', '/audit/head']) {
      const { status, text } = await subject.post(path, body);
      expect(status).toBe(400);
      expect(text).toMatch(/INVALID_PARAMETER|BAD_REQUEST/);
      expect(text).not.toContain('9990100012');
    }
  });

  test('are neither changed nor removed by any statement', async () => {
    const chain = createChain();
    chain.write(AT, entry({ patients: [newPatient()] }));
    await send(chain.chain, chain.lines);
    const { db } = subject.database;
    for (const table of ['audit_line', 'look', 'audit_chain'] as const) {
      const change = sql`update ${sql.table(table)} set chain = 'another' where chain = ${chain.chain}`;
      await expect(change.execute(db), table).rejects.toThrow('neither changed nor removed');
      const removal = sql`delete from ${sql.table(table)} where chain = ${chain.chain}`;
      await expect(removal.execute(db), table).rejects.toThrow('neither changed nor removed');
      await expect(sql`truncate ${sql.table(table)} cascade`.execute(db), table).rejects.toThrow(
        'neither changed nor removed',
      );
    }
    expect(await kept(chain.chain)).toEqual(chain.lines);
  });

  test('that are large are kept', async () => {
    const chain = createChain();
    const patients = Array.from({ length: 200 }, newPatient);
    const custodians = patients.flatMap((_, i) =>
      Array.from({ length: 100 }, (__, j) => source(i, `R${String(j).padStart(2, '0')}`)),
    );
    chain.write(AT, entry({ patients, custodians }));
    expect(chain.lines[1]?.length).toBeGreaterThan(1_000_000);
    expect(await send(chain.chain, chain.lines)).toMatchObject({ status: 200, body: { upTo: 2 } });
    const { data } = await subject.ask(ACCESS_LOG, { n: patients[7] }, officer('R42'));
    expect(data.accessLog.entries[0].sources).toEqual([
      { custodian: { odsCode: 'R42' }, status: 'ANSWERED', records: 1 },
    ]);
  });

  describe('tell a privacy officer', () => {
    const logOf = async (patient: string, organisation: string, variables: object = {}): Promise<Data> => {
      const { data, text } = await subject.ask(ACCESS_LOG, { n: patient, ...variables }, officer(organisation));
      expect(data.accessLog, text).not.toBeNull();
      return data.accessLog;
    };
    const ids = (log: Data): string[] => log.entries.map(({ id }: Data) => id);
    const keep = async (...entries: readonly ReturnType<typeof entry>[]): Promise<TestChain> => {
      const chain = createChain();
      chain.write(AT, ...entries);
      expect((await send(chain.chain, chain.lines)).status).toBe(200);
      return chain;
    };

    test('everything of what the own organisation has looked at', async () => {
      const patient = newPatient();
      const look = entry({
        patients: [patient],
        custodians: [source(0, 'RW5', { records: 3 }), source(0, 'RXT', { outcome: 'TIMED_OUT', records: 0 })],
        result: 'PARTIAL',
      });
      await keep(look);
      expect((await logOf(patient, 'RRU')).entries).toEqual([
        {
          id: look.entry.id,
          at: AT,
          user: PARAMEDIC.user,
          organisation: { odsCode: 'RRU' },
          role: 'paramedic',
          purpose: 'directcare',
          breakGlass: false,
          operation: 'Crisis',
          recordTypes: ['crisisPlans', 'contacts'],
          sources: [
            { custodian: { odsCode: 'RW5' }, status: 'ANSWERED', records: 3 },
            { custodian: { odsCode: 'RXT' }, status: 'TIMED_OUT', records: 0 },
          ],
          result: 'PARTIAL',
        },
      ]);
    });

    test('of another organisation’s look that it was asked, and what it gave; of other custodians nothing', async () => {
      const patient = newPatient();
      const look = entry({
        patients: [patient],
        custodians: [source(0, 'RW5'), source(0, 'RXT', { outcome: 'NOT_SHARED', records: 0 })],
        result: 'PARTIAL',
      });
      await keep(look);
      const { entries } = await logOf(patient, 'RXT');
      expect(entries).toMatchObject([
        {
          id: look.entry.id,
          organisation: { odsCode: 'RRU' },
          sources: [{ custodian: { odsCode: 'RXT' }, status: 'NOT_SHARED', records: 0 }],
          // That something was wrong would tell of others.
          result: 'RELEASED',
        },
      ]);
      expect(JSON.stringify(entries)).not.toContain('RW5');
    });

    test('nothing of a look in which the own organisation had no part', async () => {
      const patient = newPatient();
      await keep(entry({ patients: [patient], custodians: [source(0, 'RW5')] }));
      expect((await logOf(patient, 'RV5')).entries).toEqual([]);
    });

    test('of a caseload what is about this patient, and nothing of the others in it', async () => {
      const [one, other] = [newPatient(), newPatient()];
      const look = entry({ patients: [one, other], custodians: [source(0, 'RW5'), source(1, 'RXT')] });
      await keep(look);
      expect((await logOf(one, 'RXT')).entries).toEqual([]);
      expect((await logOf(other, 'RXT')).entries).toMatchObject([{ id: look.entry.id }]);
      const own = await logOf(one, 'RRU');
      expect(own.entries[0].sources).toEqual([{ custodian: { odsCode: 'RW5' }, status: 'ANSWERED', records: 1 }]);
      expect(JSON.stringify(own)).not.toContain(other);
    });

    test('of a look once, although two chains hold it', async () => {
      const patient = newPatient();
      const look = entry({ patients: [patient] });
      await keep(look);
      await keep(look);
      expect(ids(await logOf(patient, 'RRU'))).toEqual([look.entry.id]);
    });

    test('whether glass was broken for this patient, not for another in the same look', async () => {
      const [one, other] = [newPatient(), newPatient()];
      const { data } = await subject.ask(BREAK_GLASS, { n: one, reason: REASON });
      const grant = data.breakGlass.id;
      const unknown = newPatient();
      await keep(
        entry({ patients: [one, other], breakGlass: [grant] }),
        // A grant of which nothing is known here counts as one.
        entry({ patients: [unknown], breakGlass: [crypto.randomUUID()] }),
      );
      expect((await logOf(one, 'RRU')).entries).toMatchObject([{ breakGlass: true }]);
      expect((await logOf(other, 'RRU')).entries).toMatchObject([{ breakGlass: false }]);
      expect((await logOf(unknown, 'RRU')).entries).toMatchObject([{ breakGlass: true }]);
    });

    test('the latest first, page by page, each once, also those of one moment', async () => {
      const patient = newPatient();
      const minutes = [5, 3, 3, 3, 1, 4, 2];
      const looks = minutes.map((minute) => entry({ patients: [patient], at: `2026-06-15T09:0${minute}:00.000Z` }));
      await keep(...looks);
      const expected = looks
        .map((look) => look.entry)
        .toSorted((a, b) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1))
        .map(({ id }) => id);
      for (const first of [1, 2, 3, 7, 50]) {
        const seen: string[] = [];
        for (let after: string | null = null; ; ) {
          const page = ids(await logOf(patient, 'RRU', { first, after }));
          if (page.length === 0) break;
          expect(page.length).toBeLessThanOrEqual(first);
          seen.push(...page);
          after = seen.at(-1) ?? null;
        }
        expect(seen).toEqual(expected);
      }
    });

    test('what happened within a time: its beginning counts, its end does not, in any time zone and to the microsecond', async () => {
      const patient = newPatient();
      const at = [
        '2026-06-15T09:00:00.000Z',
        '2026-06-15T09:00:00.000001Z',
        '2026-06-15T10:00:00+01:00',
        '2026-06-16T00:00:00Z',
      ];
      const looks = at.map((moment) => entry({ patients: [patient], at: moment }));
      await keep(...looks);
      const within = async (since: string | null, until: string | null): Promise<number[]> =>
        ids(await logOf(patient, 'RRU', { since, until }))
          .map((id) => looks.findIndex((look) => look.entry.id === id))
          .toSorted();
      expect(await within(null, null)).toEqual([0, 1, 2, 3]);
      expect(await within('2026-06-15T09:00:00Z', '2026-06-15T09:00:00.000001Z')).toEqual([0, 2]);
      expect(await within('2026-06-15T10:00:00.000001+01:00', null)).toEqual([1, 3]);
      expect(await within(null, '2026-06-15T09:00:00Z')).toEqual([]);
    });

    test('in pages that begin after an entry of the same microsecond in another time zone', async () => {
      const patient = newPatient();
      const at = ['2026-06-15T09:00:00.000002Z', '2026-06-15T10:00:00.000001+01:00'];
      const looks = at.map((moment) => entry({ patients: [patient], at: moment }));
      await keep(...looks);
      const [first] = looks;
      expect(ids(await logOf(patient, 'RRU', { after: first?.entry.id }))).toEqual([looks[1]?.entry.id]);
    });

    test.each([
      ['first', { first: 0 }],
      ['first', { first: 501 }],
      ['after', { after: crypto.randomUUID() }],
      ['after', { after: '\u0000' }],
      ['since', { since: '0000-01-01T00:00:00Z' }],
      ['until', { until: '9999-12-31T23:59:59Z' }],
    ])('in words when %s is none that it can begin with: %j', async (name, variables) => {
      const { data, code, errors } = await subject.ask(ACCESS_LOG, { n: newPatient(), ...variables }, officer('RRU'));
      expect([data, code]).toEqual([{ accessLog: null }, 'INVALID_PARAMETER']);
      expect(errors[0]?.message).toContain(`"${name}"`);
    });

    test('nothing by an id that stands only in a part of the log that is not for the officer', async () => {
      const patient = newPatient();
      const look = entry({ patients: [patient], custodians: [source(0, 'RW5')] });
      await keep(look);
      const variables = { n: patient, after: look.entry.id };
      expect((await subject.ask(ACCESS_LOG, variables, officer('RXT'))).code).toBe('INVALID_PARAMETER');
      expect((await subject.ask(ACCESS_LOG, variables, officer('RW5'))).code).toBeUndefined();
    });

    test('and nobody else', async () => {
      const patient = newPatient();
      await keep(entry({ patients: [patient] }));
      for (const caller of [PARAMEDIC, 'gateway'] as const) {
        const { data, code } = await subject.ask(ACCESS_LOG, { n: patient }, caller);
        expect([data, code]).toEqual([{ accessLog: null }, 'ACCESS_DENIED']);
      }
    });

    test('until when each gateway’s entries have arrived, also those of gateways that have nothing of this patient', async () => {
      const busy = createChain({ gateway: 'https://busy.example' });
      busy.write('2026-06-15T11:00:00.000Z', entry({ patients: [newPatient()] }));
      busy.write('2026-06-15T11:30:00.000Z', CHECKPOINT);
      const behind = createChain({ gateway: 'https://behind.example', at: '2026-06-15T07:00:00.000Z' });
      await send(busy.chain, busy.lines);
      await send(behind.chain, behind.lines);
      const { gateways, entries } = await logOf(newPatient(), 'RRU');
      expect(entries).toEqual([]);
      const by = new Map(gateways.map((gateway: Data) => [gateway.id, gateway]));
      expect(by.get(busy.chain)).toEqual({
        id: busy.chain,
        name: 'https://busy.example',
        completeUntil: '2026-06-15T11:30:00.000Z',
      });
      expect(by.get(behind.chain)).toMatchObject({ completeUntil: '2026-06-15T07:00:00.000Z' });
    });

    test('of a gateway whose disk had failed by the log on that disk, which alone can be behind', async () => {
      const gateway = 'https://failing.example';
      const journal = createChain({ gateway });
      const direct = createChain({ gateway, medium: 'direct', at: '2026-06-15T10:00:00.000Z' });
      const patient = newPatient();
      direct.write('2026-06-15T10:00:00.000Z', entry({ patients: [patient] }));
      const named = async (): Promise<string[]> =>
        (await logOf(patient, 'RRU')).gateways.filter(({ name }: Data) => name === gateway).map(({ id }: Data) => id);
      await send(direct.chain, direct.lines);
      expect(await named()).toEqual([direct.chain]);
      await send(journal.chain, journal.lines);
      expect(await named()).toEqual([journal.chain]);
      expect((await logOf(patient, 'RRU')).entries).toHaveLength(1);
    });

    test('of a fault as a fault, not as "nobody looked"', async () => {
      const patient = newPatient();
      const chain = createChain();
      const [line = ''] = chain.write(AT, entry({ patients: [patient] }));
      const { db } = subject.database;
      await send(chain.chain, chain.lines.slice(0, 1));
      // Written past the subgraph, by somebody with the database's password.
      await db
        .insertInto('audit_line')
        .values({ chain: chain.chain, seq: 2, hash: 'x', at: new Date(AT), line: line.replace('Crisis', 'Crises') })
        .execute();
      const row = { nhs_number: patient, at: new Date(AT), entry: 'x', organisation: 'RRU', custodians: [] };
      await db
        .insertInto('look')
        .values({ ...row, chain: chain.chain, seq: 2 })
        .execute();
      const { data, code } = await subject.ask(ACCESS_LOG, { n: patient }, officer('RRU'));
      expect([data, code]).toEqual([{ accessLog: null }, 'INTERNAL_SERVER_ERROR']);
    });
  });

  test('leave no number and no line in any log', () => {
    const log = subject.logged.join('');
    expect(log).toContain('ALARM');
    expect(log).not.toMatch(/999\d{7}|Crisis|crisisPlans/);
  });
});

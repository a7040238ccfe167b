import { connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSqlSource } from '../../../../subgraphs/trust/adapters/sql/sql-source.ts';
import { RECORD_VIEWS, type RecordView } from '../../../../subgraphs/trust/adapters/sql/views.ts';
import type { NHSNumber } from '../../../../subgraphs/trust/records.ts';
import { select } from '../../../../subgraphs/trust/select.ts';
import type { Ask, Pointer, RecordTypes, TrustSource } from '../../../../subgraphs/trust/source.ts';
import { anyRecords, TYPES } from '../arbitraries.ts';
import { ANN, alert, BEN, CAT, careContact, contact, plan, referral } from '../records.ts';
import { serve } from '../serving.ts';
import { createRecordsSystem, DATABASES, type RecordsSystem, rowOf, VIEWS } from './records-system.ts';

const patient = AbortSignal.timeout(60_000);
const ask: Ask = { caller: null, signal: patient, since: null };

describe.each(DATABASES)('the SQL adapter over %s', (kind) => {
  let system: RecordsSystem;
  let source: TrustSource;
  const missing: string[] = [];

  beforeAll(async () => {
    system = await createRecordsSystem(kind);
    source = createSqlSource(system.options, (view) => missing.push(view));
    await source.ready(patient);
  });
  afterAll(async () => {
    await source.close();
    await system.close();
  });

  const fill = (view: RecordView, holdings: Readonly<Record<NHSNumber, readonly object[]>>): Promise<void> =>
    system.fill(
      view.view,
      Object.entries(holdings).flatMap(([nhsNumber, records]) =>
        records.map((record) => rowOf(view, nhsNumber, record)),
      ),
    );

  /** What was left out since the last time that this was asked. */
  let before = new Map<string, number>();
  const leftOut = (): Record<string, number> => {
    const now = new Map(source.unmapped());
    const grown = [...now].map(([reason, count]) => [reason, count - (before.get(reason) ?? 0)] as const);
    before = now;
    return Object.fromEntries(grown.filter(([, count]) => count > 0));
  };

  const byId = (records: readonly { id: string }[]) => records.toSorted((one, other) => (one.id < other.id ? -1 : 1));

  it.each(TYPES)('hands over %s as they are in the views, each to its own patient', async (type) => {
    await fc.assert(
      fc.asyncProperty(anyRecords(type), anyRecords(type), async (ann, ben) => {
        await fill(RECORD_VIEWS[type], { [ANN]: ann, [BEN]: ben });
        const batch = await source[type]([ANN, CAT], ask);
        expect(byId(batch.get(ANN) ?? [])).toEqual(byId(ann));
        expect(batch.has(BEN)).toBe(false);
        expect(batch.has(CAT)).toBe(false);
      }),
      { numRuns: 10 },
    );
    expect(leftOut()).toEqual({});
  });

  it.each(['careContacts', 'hospitalSpells', 'legalStatuses', 'referrals'] as const)(
    'reads fewer %s since a day without losing one that was asked for',
    async (type) => {
      const anyDay = fc
        .date({ min: new Date('1980-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10));
      const choose = <Type extends 'careContacts' | 'hospitalSpells' | 'legalStatuses' | 'referrals'>(
        of: Type,
        records: readonly RecordTypes[Type][],
        since: string,
      ) => byId(select[of](records, { status: null, kind: null, first: null, since }));
      await fc.assert(
        fc.asyncProperty(anyRecords(type), anyDay, async (records: RecordTypes[typeof type][], since) => {
          await fill(RECORD_VIEWS[type], { [ANN]: records });
          const few = await source[type]([ANN], { ...ask, since });
          const all = await source[type]([ANN], ask);
          expect(choose(type, few.get(ANN) ?? [], since)).toEqual(choose(type, all.get(ANN) ?? [], since));
          expect((few.get(ANN) ?? []).length).toBe(choose(type, all.get(ANN) ?? [], since).length);
        }),
        { numRuns: 10 },
      );
    },
  );

  it('answers with nothing for nobody, and with nothing from empty views', async () => {
    for (const { view } of VIEWS) await system.fill(view, []);
    for (const type of TYPES) {
      expect([...(await source[type]([], ask))]).toEqual([]);
      expect([...(await source[type]([ANN], ask))]).toEqual([]);
    }
  });

  it('reads a number that would be SQL as a number of nobody', async () => {
    await fill(RECORD_VIEWS.alerts, { [ANN]: [alert({ id: '1' })] });
    const batch = await source.alerts([`${ANN}' or true --`, '{"x"}', 'null'], ask);
    expect([...batch]).toEqual([]);
  });

  it('shows a row that a join has found twice once', async () => {
    const twice = alert({ id: '1' });
    await fill(RECORD_VIEWS.alerts, { [ANN]: [twice, twice, alert({ id: '2' })] });
    const batch = await source.alerts([ANN], ask);
    expect(byId(batch.get(ANN) ?? []).map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('leaves out a row that breaks a rule, counts it by view and reason, and hands over the others', async () => {
    const good = contact({ id: 'good' });
    const rows = [
      good,
      { ...good, id: '1', kind: 'Crisis Team' },
      { ...good, id: '2', telecoms: null },
      { ...good, id: '3', telecoms: [{ system: 'PHONE', value: '1', voiceMail: true }] },
      { ...good, id: '4', lastUpdated: 'infinity' },
      { ...good, id: '5', lastUpdated: '0044-03-15 12:00:00 BC' },
      { ...good, id: null },
      { ...good, id: `patient-${ANN}` },
      { ...good, id: '6', hours: [{ days: ['MONDAY'], allDay: false, opens: '9am', closes: '17:00' }] },
    ];
    await fill(RECORD_VIEWS.contacts, { [ANN]: rows });
    const batch = await source.contacts([ANN], ask);
    expect(batch.get(ANN)).toEqual([good]);
    expect(leftOut()).toEqual({
      'contacts.kind: none of the values of ContactKind': 1,
      'contacts.telecoms: missing': 1,
      'contacts.telecoms[]: a key that the contract does not have': 1,
      'contacts.lastUpdated: not a DateTime': 2,
      'contacts.id: missing': 1,
      'contacts.id: holds the NHS number': 1,
      'contacts.hours[].opens: not a LocalTime': 1,
    });
  });

  it('leaves out a referral that breaks a rule, above all one that does not say well where the patient was referred on to', async () => {
    const good = referral({ id: 'good', onwardReferrals: [{ date: '2026-01-02T10:00:00Z', to: 'RXT' }] });
    const onward = (...onwardReferrals: unknown[]) => ({ ...good, onwardReferrals });
    await fill(RECORD_VIEWS.referrals, {
      [ANN]: [
        good,
        { ...good, id: '1', onwardReferrals: null },
        { ...onward({ date: '2026-01-02T10:00:00Z', to: 'Mersey Care' }), id: '2' },
        { ...onward({ date: '2026-01-02T10:00:00', to: 'RXT' }), id: '3' },
        { ...onward({ date: '2026-01-02T10:00:00Z', to: 'RXT', name: 'Birmingham' }), id: '4' },
        { ...onward(null), id: '5' },
        { ...onward({ to: 'RXT' }), id: '6' },
        { ...good, id: '7', end: 'infinity' },
        { ...good, id: '8', team: { type: { code: 'A02' } } },
      ],
    });
    expect((await source.referrals([ANN], ask)).get(ANN)).toEqual([good]);
    expect(leftOut()).toEqual({
      'referrals.onwardReferrals: missing': 1,
      'referrals.onwardReferrals[].to: not a ODSCode': 1,
      'referrals.onwardReferrals[].date: not a DateTime': 1,
      'referrals.onwardReferrals[]: a key that the contract does not have': 1,
      'referrals.onwardReferrals[]: missing': 1,
      'referrals.onwardReferrals[].date: missing': 1,
      'referrals.end: not a DateTime': 1,
      'referrals.team.name: missing': 1,
    });
  });

  it('shows the good records through the kit without an error, and tells what it left out at /health/ready', async () => {
    await fill(RECORD_VIEWS.crisisPlans, { [ANN]: [plan({ id: '1' }), { ...plan({ id: '2' }), documents: null }] });
    const trust = await serve({ ...source, close: async () => {} });
    const { data, errors } = await trust.ask([ANN], 'crisisPlans { id }');
    expect(errors).toEqual([]);
    expect(data?._entities).toEqual([{ crisisPlans: [{ id: '1' }] }]);
    const ready = await fetch(`${trust.url}/health/ready`);
    expect(await ready.text()).toContain('"crisis_plans.documents: missing":1');
    expect(trust.logged.join('')).toContain('crisis_plans.documents: missing');
    leftOut();
  });

  it('gives moments in UTC, whatever the time zone and the style of dates of the database', async () => {
    await system.fill('care_contacts', [
      rowOf(RECORD_VIEWS.careContacts, ANN, {
        ...careContact({ id: '1' }),
        start: '2026-07-01T09:00:00+01:00',
        end: '2026-07-01 09:30:00.25 America/New_York',
        lastUpdated: '2026-01-01T00:00:00Z',
      }),
    ]);
    const batch = await source.careContacts([ANN], ask);
    expect(batch.get(ANN)?.[0]).toMatchObject({
      start: '2026-07-01T08:00:00Z',
      end: '2026-07-01T13:30:00.25Z',
      lastUpdated: '2026-01-01T00:00:00Z',
    });
  });

  it('cannot write, not even through a view that would', async () => {
    await system.execute(`
      create table epr.written (at timestamptz);
      create function epr.write() returns text language sql volatile as $$ insert into epr.written values (now()) returning 'x' $$;
      create or replace view caregraph.alerts as
        select nhs_number, id, last_updated, status, category, code, epr.write() as text, priority, start, "end", author from epr.alerts`);
    await fill(RECORD_VIEWS.alerts, { [ANN]: [alert({ id: '1' })] });
    await expect(source.alerts([ANN], ask)).rejects.toThrow(/caregraph\.alerts could not be read \(25006\).*read-only/);
    await system.execute(`
      create or replace view caregraph.alerts as select * from epr.alerts;
      do $$ begin if exists (select from epr.written) then raise exception 'written'; end if; end $$`);
  });

  it('fails, rather than answer with nothing, when a view fails, and does not quote a record', async () => {
    await system.execute(`create or replace view caregraph.alerts as
      select nhs_number, id, last_updated, status, category, code, (text::int)::text as text, priority, start, "end", author from epr.alerts`);
    await fill(RECORD_VIEWS.alerts, { [ANN]: [alert({ id: '1', text: 'Mrs Example bites' })] });
    const error: unknown = await source.alerts([ANN], ask).catch((thrown: unknown) => thrown);
    await system.execute('create or replace view caregraph.alerts as select * from epr.alerts');
    expect(error).toMatchObject({ name: 'SqlReadError', code: '22P02' });
    expect(JSON.stringify([String(error), error, Object.getOwnPropertyNames(error)])).not.toMatch(
      /Example|cause|detail/,
    );
  });

  it('does not begin when nobody waits any more', async () => {
    await expect(source.alerts([ANN], { ...ask, signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow();
  });

  it('lists the pointers to publish, and leaves out and counts those that break a rule', async () => {
    const content = {
      url: 'https://records.example/1',
      contentType: 'application/pdf',
      format: 'urn:nhs-ic:unstructured',
    };
    const row = {
      key: 'plan-1-v1',
      nhs_number: ANN,
      type: '736253002',
      content: [content],
      practice_setting: null,
      period_start: '2026-01-01T00:00:00Z',
      period_end: null,
    };
    await system.fill('pointers', [
      row,
      { ...row, key: null },
      { ...row, key: `plan-${ANN}` },
      { ...row, key: '3', nhs_number: '9990000019' },
      { ...row, key: '4', nhs_number: '999 000 0018' },
      { ...row, key: '5', content: [] },
      { ...row, key: '6', content: [{ ...content, url: `https://records.example/${ANN}` }] },
      { ...row, key: '7', content: [{ ...content, creation: '2026-01-01T00:00:00Z' }] },
      { ...row, key: '8', period_start: 'infinity' },
    ]);
    const pointers: Pointer[] = [];
    for await (const pointer of source.pointers(patient)) pointers.push(pointer);
    expect(pointers).toEqual([
      {
        key: 'plan-1-v1',
        subject: ANN,
        type: '736253002',
        content: [{ ...content, created: null }],
        practiceSetting: null,
        periodStart: '2026-01-01T00:00:00Z',
        periodEnd: null,
      },
    ]);
    expect(leftOut()).toEqual({
      'pointers.key: not as docs/sql-views.md wants it': 1,
      'pointers.key or content[].url: holds the NHS number': 2,
      'pointers.subject: not as docs/sql-views.md wants it': 2,
      'pointers.content: not as docs/sql-views.md wants it': 1,
      'pointers.content[]: not as docs/sql-views.md wants it': 1,
      'pointers.periodStart: not as docs/sql-views.md wants it': 1,
    });
  });

  it('is not ready, and says all that is wrong, when views or columns are missing or of another type', async () => {
    await system.execute(`
      drop view caregraph.alerts;
      drop view caregraph.contacts;
      create view caregraph.contacts as select nhs_number, id, last_updated::timestamp as last_updated, kind,
        priority::bigint as priority, name, role, team::text as team, telecoms, hours, gaps from epr.contacts`);
    const error: unknown = await source.ready(patient).catch((thrown: unknown) => thrown);
    await system.execute(`
      drop view caregraph.contacts;
      create view caregraph.contacts as select * from epr.contacts;
      create view caregraph.alerts as select * from epr.alerts`);
    expect(error).toMatchObject({
      name: 'ViewsError',
      mistakes: [
        'caregraph.contacts.last_updated: it is timestamp without time zone; it must be timestamptz',
        'caregraph.contacts.priority: it is bigint; it must be integer',
        'caregraph.contacts.team: it is text; it must be jsonb',
        'caregraph.contacts.out_of_hours: there is no such column; it must be text',
        'caregraph.alerts: there is no such view',
      ],
    });
    await source.ready(patient);
  });

  it('is ready without the view of referrals, tells it once, and does not serve them, until the view is there', async () => {
    await fill(RECORD_VIEWS.alerts, { [ANN]: [alert({ id: '1' })] });
    await fill(RECORD_VIEWS.referrals, { [ANN]: [referral({ id: '1' })] });
    await system.execute('drop view caregraph.referrals');
    await source.ready(patient);
    await source.ready(patient);
    expect(missing).toEqual(['caregraph.referrals']);
    const trust = await serve({ ...source, close: async () => {} });
    const { data, errors } = await trust.ask([ANN], 'alerts { id } referrals { id } referralHistory { id }');
    expect(data?._entities).toEqual([{ alerts: [{ id: '1' }], referrals: null, referralHistory: null }]);
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['UNSUPPORTED', 'UNSUPPORTED']);
    await system.execute('create view caregraph.referrals as select * from epr.referrals');
    await source.ready(patient);
    expect((await source.referrals([ANN], ask)).get(ANN)).toEqual([referral({ id: '1' })]);
  });

  it('looks for the view of referrals itself when nobody has seen whether it is ready', async () => {
    const fresh = createSqlSource(system.options);
    if (kind === 'PostgreSQL') onTestFinished(() => fresh.close());
    await system.execute('drop view caregraph.referrals');
    const answer = await fresh.referrals([ANN], ask).catch((thrown: unknown) => thrown);
    await system.execute('create view caregraph.referrals as select * from epr.referrals');
    expect(answer).toMatchObject({ name: 'UnsupportedRecordType', recordType: 'referrals' });
  });

  it('is not ready when the view of referrals is there and is wrong', async () => {
    await system.execute(`
      drop view caregraph.referrals;
      create view caregraph.referrals as select nhs_number, id, last_updated, start::date as start, "end", team, close_reason from epr.referrals`);
    const error: unknown = await source.ready(patient).catch((thrown: unknown) => thrown);
    await system.execute(
      'drop view caregraph.referrals; create view caregraph.referrals as select * from epr.referrals',
    );
    expect(error).toMatchObject({
      mistakes: [
        'caregraph.referrals.start: it is date; it must be timestamptz',
        'caregraph.referrals.onward_referrals: there is no such column; it must be jsonb',
      ],
    });
    await source.ready(patient);
  });

  it('takes moments within jsonb as PostgreSQL itself writes them', async () => {
    await system.execute(`
      create or replace view caregraph.referrals as
      select nhs_number, id, last_updated, start, "end", team, close_reason,
             jsonb_build_array(jsonb_build_object('date', start, 'to', 'RXT')) as onward_referrals from epr.referrals`);
    await fill(RECORD_VIEWS.referrals, { [ANN]: [referral({ id: '1', start: '2026-07-01T10:00:00.25Z' })] });
    const batch = await source.referrals([ANN], ask);
    await system.execute('create or replace view caregraph.referrals as select * from epr.referrals');
    expect(batch.get(ANN)?.[0]?.onwardReferrals).toEqual([{ date: '2026-07-01T10:00:00.25+00:00', to: 'RXT' }]);
    expect(leftOut()).toEqual({});
  });

  it('takes a materialised view, columns of varying length, and further columns', async () => {
    await system.execute(`
      drop view caregraph.alerts;
      create materialized view caregraph.alerts as
        select nhs_number::varchar(10), id::varchar(40), last_updated, status, category, code, text, priority, start, "end", author,
               'not for anybody' as internal from epr.alerts with no data`);
    await fill(RECORD_VIEWS.alerts, { [ANN]: [alert({ id: '1' })] });
    await system.execute('refresh materialized view caregraph.alerts');
    await source.ready(patient);
    const batch = await source.alerts([ANN], ask);
    await system.execute(
      'drop materialized view caregraph.alerts; create view caregraph.alerts as select * from epr.alerts',
    );
    expect(batch.get(ANN)).toEqual([alert({ id: '1' })]);
  });

  it('answers again when a view has been mended, and 200 patients in one statement', async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => String(9_990_000_000 + i));
    await fill(RECORD_VIEWS.alerts, Object.fromEntries(numbers.map((number) => [number, [alert({ id: '1' })]])));
    const batch = await source.alerts(numbers, ask);
    expect(batch.size).toBe(200);
  });

  if (kind === 'PostgreSQL') {
    const url = (): string => ('url' in system.options ? system.options.url : '');

    /** Makes the view of alerts one that takes a minute for each row. */
    const putToSleep = async (): Promise<void> => {
      await fill(RECORD_VIEWS.alerts, { [ANN]: [alert({ id: '1' })] });
      await system.execute(`create or replace view caregraph.alerts as select nhs_number, id, last_updated, status, category, code,
        text || pg_sleep(60)::text as text, priority, start, "end", author from epr.alerts`);
      onTestFinished(wake);
    };
    const wake = () => system.execute('create or replace view caregraph.alerts as select * from epr.alerts');
    const SLEEPERS = `from pg_stat_activity where wait_event = 'PgSleep'`;
    /** Waits until so many statements sleep at the server, and does something to each. */
    const sleepers = (count: number, then = 'null'): Promise<void> =>
      vi.waitFor(
        () =>
          system.execute(`do $$ begin
            if (select count(*) ${SLEEPERS}) <> ${count} then raise exception 'another number'; end if;
            perform ${then} ${SLEEPERS}; end $$`),
        { timeout: 10_000 },
      );

    it('stops a statement at the server when nobody waits for it any more', async () => {
      await putToSleep();
      const gone = new AbortController();
      const answer = source.alerts([ANN], { ...ask, signal: gone.signal });
      answer.catch(() => {});
      await sleepers(1);
      gone.abort(new Error('gone'));
      await expect(answer).rejects.toThrow('gone');
      await sleepers(0);
      await wake();
      expect((await source.alerts([ANN], ask)).size).toBe(1);
    });

    it('is not ready when the role may not read a view, and says which', async () => {
      await system.execute(`create role reader login; grant usage on schema caregraph to reader;
        grant select on all tables in schema caregraph to reader; revoke select on caregraph.contacts from reader`);
      const asReader = new URL(url());
      asReader.username = 'reader';
      const limited = createSqlSource({ url: asReader.href });
      onTestFinished(() => limited.close());
      await expect(limited.ready(patient)).rejects.toThrow(
        'caregraph.contacts.nhs_number: this role may not read it; grant usage on the schema and select on the view',
      );
      await system.execute('grant select on caregraph.contacts to reader');
      await limited.ready(patient);
      expect((await limited.contacts([CAT], ask)).size).toBe(0);
    });

    it('goes by its own settings, whatever those of the database are', async () => {
      await system.execute(`alter database ${new URL(url()).pathname.slice(1)} set timezone = 'America/New_York';
        alter database ${new URL(url()).pathname.slice(1)} set datestyle = 'German'`);
      const other = createSqlSource({ url: url() });
      onTestFinished(() => other.close());
      await fill(RECORD_VIEWS.crisisPlans, {
        [ANN]: [plan({ id: '1', lastUpdated: '2026-07-01T08:00:00.5Z', reviewDue: '2026-12-31' })],
      });
      const batch = await other.crisisPlans([ANN], ask);
      expect(batch.get(ANN)?.[0]).toMatchObject({ lastUpdated: '2026-07-01T08:00:00.5Z', reviewDue: '2026-12-31' });
    });

    it('outlives the loss of a connection in the middle of a statement, and says that it could not read', async () => {
      await putToSleep();
      const answer = source.alerts([ANN], ask);
      answer.catch(() => {});
      await sleepers(1, 'pg_terminate_backend(pid)');
      await expect(answer).rejects.toMatchObject({ name: 'SqlReadError' });
      await wake();
      expect((await source.alerts([ANN], ask)).size).toBe(1);
    });

    it('outlives a network that fails in the middle of a statement', async () => {
      const sockets: Socket[] = [];
      const network = createServer((socket) => {
        const server = connect(Number(new URL(url()).port), '127.0.0.1');
        for (const each of [socket, server]) each.on('error', () => {});
        socket.pipe(server).pipe(socket);
        sockets.push(socket, server);
      });
      await new Promise<void>((resolve) => network.listen(0, '127.0.0.1', resolve));
      const address = network.address();
      const through = new URL(url());
      through.port = typeof address === 'object' ? String(address?.port) : '';
      const far = createSqlSource({ url: through.href });
      onTestFinished(async () => {
        await far.close();
        await new Promise<void>((resolve) => network.close(() => resolve()));
      });
      await putToSleep();
      const answer = far.alerts([ANN], ask);
      answer.catch(() => {});
      await sleepers(1);
      for (const socket of sockets) socket.destroy();
      await expect(answer).rejects.toMatchObject({ name: 'SqlReadError' });
      // The server has not noticed yet.
      await sleepers(1, 'pg_terminate_backend(pid)');
      await wake();
      expect((await far.alerts([ANN], ask)).size).toBe(1);
    });

    it('outlives the loss of its idle connections', async () => {
      await source.alerts([ANN], ask);
      await system.execute(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'caregraph-trust'`,
      );
      await vi.waitFor(async () => expect((await source.alerts([ANN], ask)).size).toBe(1), { timeout: 10_000 });
    });

    it('says that it cannot read, and why, when there is no server', async () => {
      const nowhere = createSqlSource({ url: 'postgres://nobody@127.0.0.1:1/none' });
      onTestFinished(() => nowhere.close());
      await expect(nowhere.alerts([ANN], ask)).rejects.toThrow(/caregraph\.alerts could not be read \(ECONNREFUSED\)/);
      await expect(nowhere.ready(patient)).rejects.toThrow();
    });
  }
});

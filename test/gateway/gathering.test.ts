import { describe, expect, test } from 'vitest';
import { DEADLINE_MS } from '../support/gateway.ts';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { alert, careContact, contact, plan } from '../support/records.ts';
import type { Body } from '../support/trust.ts';
import { world } from './world.ts';

const [patient, other] = nhsNumbers(2) as [string, string];

const CRISIS = `query Crisis($n: NHSNumber!) {
  patient(nhsNumber: $n) {
    crisisPlans { id title custodian { odsCode name } }
    contacts { id name priority }
    alerts { id text }
    sources { custodian { odsCode name } status missing reason elapsedMs askedAt }
    completeness
  }
}`;

const two = () =>
  world(
    {
      RW5: {
        crisisPlans: { [patient]: [plan('1', { lastUpdated: '2026-01-01T00:00:00Z' })] },
        contacts: { [patient]: [contact('c1', { priority: 2 })] },
      },
      RXT: {
        crisisPlans: { [patient]: [plan('2', { lastUpdated: '2026-02-01T00:00:00Z' })] },
        contacts: { [patient]: [contact('c2', { priority: 1 })] },
        alerts: { [patient]: [alert('a2')] },
      },
    },
    { [patient]: ['RW5', 'RXT'] },
  );

describe('one question', () => {
  test('brings the records of every custodian, each with its own', async () => {
    await using w = await two();
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(errors).toEqual([]);
    expect(data.patient.crisisPlans).toEqual([
      { id: 'RXT:2', title: 'Plan 2', custodian: { odsCode: 'RXT', name: 'Trust RXT' } },
      { id: 'RW5:1', title: 'Plan 1', custodian: { odsCode: 'RW5', name: 'Trust RW5' } },
    ]);
    expect(data.patient.contacts.map(({ id }: { id: string }) => id)).toEqual(['RXT:c2', 'RW5:c1']);
    expect(data.patient.completeness).toBe('COMPLETE');
    expect(data.patient.sources).toMatchObject([
      { custodian: { odsCode: 'RW5', name: 'Trust RW5' }, status: 'ANSWERED', missing: [], reason: null },
      { custodian: { odsCode: 'RXT', name: 'Trust RXT' }, status: 'ANSWERED', missing: [], reason: null },
    ]);
    for (const { elapsedMs, askedAt } of data.patient.sources) {
      expect(elapsedMs).toBeGreaterThanOrEqual(0);
      expect(Date.parse(askedAt)).toBeLessThanOrEqual(Date.now());
    }
  });

  test('asks each custodian once, and never for what the gateway fills in', async () => {
    await using w = await two();
    await w.gateway.ask(CRISIS, { n: patient });
    for (const trust of Object.values(w.trusts)) {
      expect(trust.received).toHaveLength(1);
      expect(trust.received[0]?.query).not.toMatch(/custodian|sources|completeness/);
      expect(trust.received[0]?.query).not.toContain(patient);
    }
  });

  test('sends on what is left of the deadline', async () => {
    await using w = await two();
    await w.gateway.ask(CRISIS, { n: patient });
    const stated = Number(w.trusts.RW5.received[0]?.headers['caregraph-deadline-ms']);
    expect(stated).toBeGreaterThan(0);
    expect(stated).toBeLessThan(DEADLINE_MS);
  });

  test('a caller may wait less than the deadline, and not more', async () => {
    await using w = await two();
    const left: number[] = [];
    for (const ms of ['4000', '60000', '0', '-1', 'soon']) {
      await w.gateway.post(JSON.stringify({ query: CRISIS, variables: { n: patient } }), {
        'caregraph-deadline-ms': ms,
      });
      left.push(Number(w.trusts.RW5.received.at(-1)?.headers['caregraph-deadline-ms']));
    }
    expect(left[0]).toBeLessThan(4_000);
    for (const each of left.slice(1)) {
      expect(each).toBeGreaterThan(4_000);
      expect(each).toBeLessThan(DEADLINE_MS);
    }
  });

  test('asks only the custodians that hold something', async () => {
    await using w = await world({ RW5: { crisisPlans: { [patient]: [plan('1')] } }, RXT: {} }, { [patient]: ['RW5'] });
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources).toHaveLength(1);
    expect(w.trusts.RXT.received).toEqual([]);
  });

  test.each<[string, string[], string[]]>([
    ['in whatever case it names it', ['rxt', 'RW5'], []],
    [
      'also when it names it again and again, and is not relied on for that',
      ['rxt', 'RW5', 'RXT', 'rw5'],
      ['INDEX_UNAVAILABLE'],
    ],
  ])('asks each custodian that the locator names once, %s', async (_how, custodians, told) => {
    await using w = await two();
    w.locator.tamper = (body) => {
      (body as Body).data.patient.custodians = custodians;
      return body;
    };
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(told);
    expect(data.patient.sources).toMatchObject([{ custodian: { odsCode: 'RW5' } }, { custodian: { odsCode: 'RXT' } }]);
    for (const { received } of Object.values(w.trusts)) expect(received).toHaveLength(1);
  });

  test('of a patient of whom nobody holds anything is answered with empty lists and no sources', async () => {
    await using w = await two();
    const { data, errors } = await w.gateway.ask(CRISIS, { n: other });
    expect(errors).toEqual([]);
    expect(data.patient).toEqual({ crisisPlans: [], contacts: [], alerts: [], sources: [], completeness: 'COMPLETE' });
  });

  test('is answered the very same when the custodians reply in another order', async () => {
    await using w = await two();
    const untimed = CRISIS.replace('elapsedMs askedAt', '');
    const answers: string[] = [];
    for (const slow of ['RW5', 'RXT'] as const) {
      const fast = slow === 'RW5' ? 'RXT' : 'RW5';
      const replied = Promise.withResolvers<void>();
      w.trusts[slow].hold = () => replied.promise;
      w.trusts[fast].hold = async () => {
        setImmediate(replied.resolve);
      };
      answers.push((await w.gateway.ask(untimed, { n: patient })).text);
    }
    expect(answers[0]).toBe(answers[1]);
  });

  test('stamps custodian and id itself, whatever a trust says of them', async () => {
    await using w = await two();
    w.trusts.RW5.tamper = (body) => {
      Object.assign(body.data.g0[0].f0[0], { id: 'RXT:9', custodian: { odsCode: 'RXT', name: 'Another' } });
      return body;
    };
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.crisisPlans[1]).toEqual({
      id: 'RW5:1',
      title: 'Plan 1',
      custodian: { odsCode: 'RW5', name: 'Trust RW5' },
    });
  });

  test('asks another subgraph for what it alone knows of a custodian', async () => {
    await using w = await two();
    const { data, errors } = await w.gateway.ask(
      'query($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { custodian { odsCode kind } } sources { custodian { name kind } } } }',
      { n: patient },
    );
    expect(errors).toEqual([]);
    expect(data.patient.crisisPlans[0].custodian).toEqual({ odsCode: 'RXT', kind: 'MENTAL_HEALTH_TRUST' });
    expect(data.patient.sources[0].custodian).toEqual({ name: 'Trust RW5', kind: 'MENTAL_HEALTH_TRUST' });
  });
});

describe('a selection', () => {
  test('follows aliases, fragments, conditions, repeated fields and __typename', async () => {
    await using w = await two();
    const { data, errors } = await w.gateway.ask(
      `query($n: NHSNumber!, $yes: Boolean!, $no: Boolean!) {
        p: patient(nhsNumber: $n) {
          __typename
          kind: __typename
          mine: crisisPlans { ...Plan theId: id t: __typename ... on Record { custodian { __typename code: odsCode } } }
          drafts: crisisPlans(status: [DRAFT]) { id }
          ...Contacts @include(if: $yes)
          ... on Patient @include(if: $no) { alerts { id } }
          skipped: alerts @skip(if: $yes) { id }
          gatherKey: nhsNumber
        }
      }
      fragment Plan on CrisisPlan { title gatherId: title __typename }
      fragment Contacts on Patient { contacts { ...Name } contacts { priority } }
      fragment Name on Contact { name }`,
      { n: patient, yes: true, no: false },
    );
    expect(errors).toEqual([]);
    expect(data.p).toEqual({
      __typename: 'Patient',
      kind: 'Patient',
      mine: [
        {
          title: 'Plan 2',
          gatherId: 'Plan 2',
          __typename: 'CrisisPlan',
          theId: 'RXT:2',
          t: 'CrisisPlan',
          custodian: { __typename: 'Organisation', code: 'RXT' },
        },
        {
          title: 'Plan 1',
          gatherId: 'Plan 1',
          __typename: 'CrisisPlan',
          theId: 'RW5:1',
          t: 'CrisisPlan',
          custodian: { __typename: 'Organisation', code: 'RW5' },
        },
      ],
      drafts: [],
      contacts: [
        { name: 'Team c2', priority: 1 },
        { name: 'Team c1', priority: 2 },
      ],
      gatherKey: patient,
    });
    expect(w.trusts.RW5.received).toHaveLength(1);
    expect(w.trusts.RW5.received[0]?.query).not.toContain('alerts');
  });

  test('of one field in two fragments is one question', async () => {
    await using w = await two();
    const { data, errors } = await w.gateway.ask(
      `query($n: NHSNumber!) { patient(nhsNumber: $n) { ...Titles ...Rest } }
      fragment Titles on Patient { plans: crisisPlans { called: title custodian { odsCode } ... on Record { lastUpdated } } }
      fragment Rest on Patient { plans: crisisPlans { itsId: id custodian { name } documents { url } } }`,
      { n: patient },
    );
    expect(errors).toEqual([]);
    expect(data.patient.plans[0]).toEqual({
      called: 'Plan 2',
      custodian: { odsCode: 'RXT', name: 'Trust RXT' },
      lastUpdated: '2026-02-01T00:00:00Z',
      itsId: 'RXT:2',
      documents: [],
    });
    expect(w.trusts.RW5.received[0]?.query.match(/: crisisPlans/g)).toHaveLength(1);
  });

  test.each([
    [true, ['completeness', 'contacts', 'sources']],
    [false, ['completeness', 'crisisPlans']],
  ])('decides conditions around the manifest as around the lists: %s', async (yes, expected) => {
    await using w = await two();
    const { data, errors } = await w.gateway.ask(
      `query($n: NHSNumber!, $yes: Boolean!, $never: Boolean = false) { patient(nhsNumber: $n) {
        ... @include(if: $yes) { sources { status } ...Contacts }
        ...Complete @skip(if: $never)
        crisisPlans @skip(if: $yes) { id }
        alerts @include(if: $never) { id } } }
      fragment Contacts on Patient { contacts { id } }
      fragment Complete on Patient { completeness }`,
      { n: patient, yes },
    );
    expect(errors).toEqual([]);
    expect(Object.keys(data.patient).sort()).toEqual(expected);
    expect(data.patient.completeness).toBe('COMPLETE');
    const asked = w.trusts.RW5.received.map(({ query }) => query).join();
    expect(asked).not.toContain('alerts');
    expect(asked.includes('contacts')).toBe(yes);
  });

  test('is that of the operation that is named', async () => {
    await using w = await two();
    const query = `query Plans($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { id } } }
      query Contacts($n: NHSNumber!) { patient(nhsNumber: $n) { contacts { id } } }`;
    for (const [operationName, expected] of [
      ['Plans', 'crisisPlans'],
      ['Contacts', 'contacts'],
      ['Plans', 'crisisPlans'],
    ]) {
      const { data } = await w.gateway.post(JSON.stringify({ query, operationName, variables: { n: patient } }));
      expect(Object.keys(data.patient)).toEqual([expected]);
    }
  });

  test('cannot reach a prototype by the name of an alias', async () => {
    await using w = await two();
    const { data, errors } = await w.gateway.ask(
      'query($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { __proto__: title constructor: title } } }',
      { n: patient },
    );
    expect(errors).toEqual([]);
    expect(JSON.stringify(data.patient.crisisPlans[0])).toBe('{"__proto__":"Plan 2","constructor":"Plan 2"}');
  });

  test('that asks for nothing of a record but what the gateway knows still finds the records', async () => {
    await using w = await two();
    const { data } = await w.gateway.ask(
      'query($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { __typename type { __typename } } contacts { custodian { name } } } }',
      { n: patient },
    );
    const known = { __typename: 'CrisisPlan', type: { __typename: 'Coding' } };
    expect(data.patient).toEqual({
      crisisPlans: [known, known],
      contacts: [{ custodian: { name: 'Trust RXT' } }, { custodian: { name: 'Trust RW5' } }],
    });
  });
});

describe('arguments', () => {
  const day = (n: number) => `2026-02-${String(n).padStart(2, '0')}T09:00:00Z`;
  const contacts = (code: string, days: readonly number[]) => days.map((n) => careContact(`${code}${n}`, day(n)));
  const busy = () =>
    world(
      {
        RW5: { careContacts: { [patient]: contacts('a', [1, 3, 5, 7]) } },
        RXT: { careContacts: { [patient]: contacts('b', [2, 4, 6, 7]) } },
      },
      { [patient]: ['RW5', 'RXT'] },
    );

  test('reach the trusts, and "first" is applied once more over all: the newest come, ties by custodian and id', async () => {
    await using w = await busy();
    const { data } = await w.gateway.ask(
      'query($n: NHSNumber!, $f: Int) { patient(nhsNumber: $n) { few: careContacts(first: $f) { id } late: careContacts(since: "2026-02-06") { id } } }',
      { n: patient, f: 3 },
    );
    const ids = (list: { id: string }[]) => list.map(({ id }) => id);
    expect(ids(data.patient.few)).toEqual(['RW5:a7', 'RXT:b7', 'RXT:b6']);
    expect(ids(data.patient.late)).toEqual(['RW5:a7', 'RXT:b7', 'RXT:b6']);
    expect(Object.values(w.trusts.RW5.received[0]?.variables ?? {})).toContain(3);
    expect(w.trusts.RW5.received).toHaveLength(1);
  });

  test.each<[string, string, Record<string, unknown>, string[]]>([
    ['left out', 'crisisPlans { id }', {}, ['RW5:now']],
    ['null, where it stands', 'crisisPlans(status: null) { id }', {}, ['RW5:now']],
    ['null, in a variable', 'crisisPlans(status: $s) { id }', { s: null }, ['RW5:now']],
    ['a variable that is left out', 'crisisPlans(status: $s) { id }', {}, ['RW5:now']],
    ['a variable with a default', 'crisisPlans(status: $d) { id }', {}, ['RW5:new']],
    ['one in place of a list', 'crisisPlans(status: DRAFT) { id }', {}, ['RW5:new']],
    ['one in place of a list, in a variable', 'crisisPlans(status: $s) { id }', { s: 'DRAFT' }, ['RW5:new']],
    ['empty', 'crisisPlans(status: []) { id }', {}, []],
  ])('%s', async (_name, selection, variables, expected) => {
    await using w = await world(
      { RW5: { crisisPlans: { [patient]: [plan('now'), plan('new', { status: 'DRAFT' })] } } },
      { [patient]: ['RW5'] },
    );
    // A trust of another make may take null for "all of them", plans that were entered in error among them.
    w.trusts.RW5.tamper = (body) => {
      expect(Object.values(w.trusts.RW5.received.at(-1)?.variables ?? {})).not.toContain(null);
      return body;
    };
    const { data, errors } = await w.gateway.ask(
      `query($n: NHSNumber!, $s: [PlanStatus!], $d: [PlanStatus!] = [DRAFT]) {
        patient(nhsNumber: $n) { ${selection} unused: crisisPlans(status: $s) { id } ignored: crisisPlans(status: $d) { id } } }`,
      { n: patient, ...variables },
    );
    expect(errors).toEqual([]);
    expect(data.patient.crisisPlans.map(({ id }: { id: string }) => id)).toEqual(expected);
  });

  test('"first: null" is as good as left out: no more come than the default says', async () => {
    const many = (code: string) =>
      Array.from({ length: 40 }, (_, i) =>
        careContact(`${code}${i}`, `2026-02-01T00:${String(i).padStart(2, '0')}:00Z`),
      );
    await using w = await world(
      { RW5: { careContacts: { [patient]: many('a') } }, RXT: { careContacts: { [patient]: many('b') } } },
      { [patient]: ['RW5', 'RXT'] },
    );
    const { data } = await w.gateway.ask(
      'query($n: NHSNumber!) { patient(nhsNumber: $n) { careContacts(first: null) { id } } }',
      { n: patient },
    );
    expect(data.patient.careContacts).toHaveLength(50);
  });

  test('"first: 0" gives an empty list; out of bounds it is refused before anybody is asked', async () => {
    await using w = await busy();
    const ask = (f: number) =>
      w.gateway.ask('query($n: NHSNumber!, $f: Int) { patient(nhsNumber: $n) { careContacts(first: $f) { id } } }', {
        n: patient,
        f,
      });
    expect((await ask(0)).data.patient.careContacts).toEqual([]);
    const asked = w.trusts.RW5.received.length;
    for (const f of [-1, 501]) {
      const { data, errors } = await ask(f);
      expect(data.patient.careContacts).toBeNull();
      expect(errors).toMatchObject([
        {
          path: ['patient', 'careContacts'],
          message: '"first" must be from 0 to 500.',
          extensions: { code: 'INVALID_PARAMETER' },
        },
      ]);
    }
    expect(w.trusts.RW5.received).toHaveLength(asked);
  });
});

describe('a caseload', () => {
  const codes = Array.from({ length: 13 }, (_, i) => `RT${String(i).padStart(2, '0')}`);
  const numbers = nhsNumbers(200);

  test('of 200 patients over 13 trusts makes at most one request to each, and is answered in the order asked', async () => {
    const holdings = Object.fromEntries(
      codes.map((code) => [code, { crisisPlans: Object.fromEntries(numbers.map((n) => [n, [plan(n.slice(3))]])) }]),
    );
    await using w = await world(holdings, Object.fromEntries(numbers.map((n) => [n, codes])));
    const asked = numbers.toReversed();
    const { data, errors } = await w.gateway.ask(
      'query($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { nhsNumber crisisPlans { id } completeness } }',
      { n: asked },
    );
    expect(errors).toEqual([]);
    expect(data.patients.map(({ nhsNumber }: { nhsNumber: string }) => nhsNumber)).toEqual(asked);
    for (const [i, { crisisPlans, completeness }] of data.patients.entries()) {
      expect(completeness).toBe('COMPLETE');
      expect(crisisPlans.map(({ id }: { id: string }) => id)).toEqual(
        codes.map((code) => `${code}:${asked[i]?.slice(3)}`),
      );
    }
    for (const trust of Object.values(w.trusts)) expect(trust.received).toHaveLength(1);
  });

  test('of more than 200 is refused before anybody is asked', async () => {
    await using w = await two();
    const query = 'query($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { crisisPlans { id } } }';
    const { status, data, errors } = await w.gateway.ask(query, { n: nhsNumbers(201) });
    expect({ status, data }).toEqual({ status: 400, data: undefined });
    expect(errors).toMatchObject([{ extensions: { code: 'TOO_COSTLY', limit: 'patients', sent: 201, most: 200 } }]);
    const repeated = await w.gateway.ask(query, { n: Array(201).fill(nhsNumbers(1)[0]) });
    expect(repeated.data).toBeNull();
    expect(repeated.errors).toMatchObject([{ path: ['patients'], extensions: { code: 'INVALID_PARAMETER' } }]);
    expect(w.locator.received).toEqual([]);
  });

  test('that names a patient twice asks about the patient once', async () => {
    await using w = await two();
    const { data } = await w.gateway.ask(
      'query($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { crisisPlans { id } } }',
      { n: [patient, other, patient, `${patient.slice(0, 3)} ${patient.slice(3, 6)} ${patient.slice(6)}`] },
    );
    expect(data.patients[0]).toEqual(data.patients[2]);
    expect(data.patients[0]).toEqual(data.patients[3]);
    const sent = Object.values(w.trusts.RW5.received[0]?.variables ?? {}).find(Array.isArray);
    expect(w.trusts.RW5.received).toHaveLength(1);
    expect(JSON.stringify(w.trusts.RW5.received[0]?.variables).split(patient)).toHaveLength(2);
    expect(sent).toBeDefined();
  });
});

describe('a request that needs several fetches', () => {
  test('asks a trust once for something, and its sources speak for the whole request', async () => {
    await using w = await two();
    w.trusts.RXT.tamper = (body) => {
      for (const entity of Object.values(body.data).flat() as Record<string, unknown>[]) {
        for (const key of Object.keys(entity)) if (isAlerts(entity[key])) entity[key] = 'spoilt';
      }
      return body;
    };
    const { data, errors } = await w.gateway.ask(
      `query($n: NHSNumber!) {
        a: patient(nhsNumber: $n) { crisisPlans { id } sources { custodian { odsCode } status missing } completeness }
        b: patient(nhsNumber: $n) { crisisPlans { id } alerts { text } }
      }`,
      { n: patient },
    );
    expect(data.a.crisisPlans).toEqual(data.b.crisisPlans);
    expect(data.a.completeness).toBe('PARTIAL');
    expect(data.a.sources).toEqual([
      { custodian: { odsCode: 'RW5' }, status: 'ANSWERED', missing: [] },
      { custodian: { odsCode: 'RXT' }, status: 'PARTIAL', missing: ['alerts'] },
    ]);
    expect(errors).toMatchObject([{ path: ['b', 'alerts'], extensions: { code: 'INVALID', custodian: 'RXT' } }]);
    for (const { received } of Object.values(w.trusts)) {
      expect(received.map(({ query }) => query.match(/: crisisPlans/g)?.length ?? 0).reduce((a, b) => a + b)).toBe(1);
    }
  });

  const isAlerts = (value: unknown): boolean => Array.isArray(value) && value.some((record) => 'text' in record);

  test('tells of no custodian that it answered which was not asked', async () => {
    await using w = await world(
      { RW5: { crisisPlans: { [patient]: [plan('1')] } }, RXT: {}, RXA: {} },
      { [patient]: ['RW5'] },
    );
    w.locator.tamper = (body) => {
      // The index is lost between two parts of one request.
      (body as Body).data.b.custodians = null;
      return body;
    };
    await w.trusts.RXA.stop();
    const { data } = await w.gateway.ask(
      `query($n: NHSNumber!) {
        a: patient(nhsNumber: $n) { crisisPlans { id } sources { custodian { odsCode } status } }
        b: patient(nhsNumber: $n) { sources { custodian { odsCode } status } completeness } }`,
      { n: patient },
    );
    expect(data.a.sources).toEqual(data.b.sources);
    expect(data.b).toEqual({
      sources: [
        { custodian: { odsCode: 'RW5' }, status: 'ANSWERED' },
        { custodian: { odsCode: 'RXA' }, status: 'UNAVAILABLE' },
        { custodian: { odsCode: 'RXT' }, status: 'ANSWERED_NONE' },
      ],
      completeness: 'PARTIAL',
    });
    expect(w.trusts.RW5.received).toHaveLength(1);
    expect(w.trusts.RXT.received).toHaveLength(1);
  });

  test('is not called complete when the index was lost for a part of it', async () => {
    await using w = await world({ RW5: { crisisPlans: { [patient]: [plan('1')] } } }, { [patient]: ['RW5'] });
    w.locator.tamper = (body) => {
      (body as Body).data.b.custodians = null;
      return body;
    };
    const { data } = await w.gateway.ask(
      `query($n: NHSNumber!) {
        a: patient(nhsNumber: $n) { completeness crisisPlans { id } }
        b: patient(nhsNumber: $n) { completeness contacts { id } } }`,
      { n: patient },
    );
    expect([data.a.completeness, data.b.completeness]).toEqual(['PARTIAL', 'PARTIAL']);
  });

  test('takes no longer than its deadline, however often the plan is gone through', async () => {
    await using w = await world(
      { RW5: { crisisPlans: { [patient]: [plan('1')] } }, RXT: {} },
      { [patient]: ['RW5', 'RXT'] },
      { deadlineMs: 4_000 },
    );
    const held = Promise.withResolvers<void>();
    w.trusts.RXT.hold = () => held.promise;
    const started = performance.now();
    const { data } = await w.gateway.ask(
      `query($n: NHSNumber!) {
        a: patient(nhsNumber: $n) { crisisPlans { id } sources { status custodian { validTo } } }
        b: patient(nhsNumber: $n) { alerts { id } }
        c: patient(nhsNumber: $n) { completeness } }`,
      { n: patient },
    );
    expect(performance.now() - started).toBeLessThan(7_600);
    held.resolve();
    expect(data.a.sources.map(({ status }: { status: string }) => status)).toEqual(['ANSWERED', 'TIMED_OUT']);
    expect(data.c.completeness).toBe('PARTIAL');
  });

  test('that asks for nothing but who answers is told, for every trust', async () => {
    await using w = await two();
    await w.trusts.RW5.stop();
    const { data } = await w.gateway.ask(
      'query($n: NHSNumber!) { patient(nhsNumber: $n) { completeness sources { custodian { odsCode } status } } }',
      { n: patient },
    );
    expect(data.patient).toEqual({
      completeness: 'PARTIAL',
      sources: [
        { custodian: { odsCode: 'RW5' }, status: 'UNAVAILABLE' },
        { custodian: { odsCode: 'RXT' }, status: 'ANSWERED' },
      ],
    });
    expect(w.trusts.RXT.received).toHaveLength(1);
    expect(w.locator.received).toHaveLength(1);
  });
});

import { describe, expect, test } from 'vitest';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { alert, contact, plan } from '../support/records.ts';
import { type Body, startTrust, type TestTrust } from '../support/trust.ts';
import { agreement, inForce, term } from './agreements.ts';
import { world } from './world.ts';

const [patient, other] = nhsNumbers(2) as [string, string];

const CRISIS = `query Crisis($n: NHSNumber!) {
  patient(nhsNumber: $n) {
    nhsNumber
    crisisPlans { id title }
    contacts { id }
    alerts { id }
    sources { custodian { odsCode } status missing reason }
    completeness
  }
}`;

const FIELDS = ['alerts', 'contacts', 'crisisPlans'];

const two = (options = {}) =>
  world(
    {
      RW5: {
        crisisPlans: { [patient]: [plan('1')], [other]: [plan('of-other')] },
        contacts: { [patient]: [contact('c1')] },
      },
      RXT: { crisisPlans: { [patient]: [plan('2')] }, alerts: { [patient]: [alert('a2')] } },
    },
    { [patient]: ['RW5', 'RXT'], [other]: ['RW5'] },
    options,
  );

const found = (list: readonly { id: string }[] | null) => list?.map(({ id }) => id) ?? null;

const errorsOf = (errors: readonly { path?: readonly unknown[]; extensions?: { [key: string]: unknown } }[]) =>
  errors.map(({ path, extensions }) => `${path?.join('.')} ${extensions?.custodian ?? '-'} ${extensions?.code}`).sort();

describe('a fault never looks like "no record"', () => {
  test("one trust stopped: the others' records come, errors name it and each missing field, sources say UNAVAILABLE", async () => {
    await using w = await two();
    await w.trusts.RXT.stop();
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1']);
    expect(found(data.patient.contacts)).toEqual(['RW5:c1']);
    expect(data.patient.alerts).toEqual([]);
    expect(data.patient.completeness).toBe('PARTIAL');
    expect(data.patient.sources).toMatchObject([
      { custodian: { odsCode: 'RW5' }, status: 'ANSWERED', missing: [], reason: null },
      { custodian: { odsCode: 'RXT' }, status: 'UNAVAILABLE', missing: FIELDS, reason: 'It could not be reached.' },
    ]);
    expect(errorsOf(errors)).toEqual(FIELDS.map((field) => `patient.${field} RXT UNAVAILABLE`));
  });

  test('all trusts stopped: the lists are null, not []', async () => {
    await using w = await two();
    await Promise.all([w.trusts.RW5.stop(), w.trusts.RXT.stop()]);
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient).toMatchObject({ crisisPlans: null, contacts: null, alerts: null, completeness: 'UNKNOWN' });
    expect(data.patient.sources.map(({ status }: { status: string }) => status)).toEqual([
      'UNAVAILABLE',
      'UNAVAILABLE',
    ]);
    expect(errors).toHaveLength(6);
  });

  test('a trust that does not answer costs its own records, and is over by the deadline', async () => {
    await using w = await two({ deadlineMs: 1_500 });
    const released = Promise.withResolvers<void>();
    w.trusts.RXT.hold = () => released.promise;
    // It answers although the trust never does.
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    released.resolve();
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1']);
    expect(data.patient.sources[1]).toMatchObject({ status: 'TIMED_OUT', missing: FIELDS });
    expect(errorsOf(errors)).toEqual(FIELDS.map((field) => `patient.${field} RXT TIMED_OUT`));
  });

  test('a field that a trust fails to answer leaves its other fields: PARTIAL, and the field is named', async () => {
    await using w = await two();
    w.trusts.RXT.tamper = (body) => {
      body.data.g0[0].f0 = null;
      return {
        ...body,
        errors: [{ message: 'password=hunter2', path: ['g0', 0, 'f0'], extensions: { code: 'BOOM' } }],
      };
    };
    const { data, errors, text } = await w.gateway.ask(CRISIS, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1']);
    expect(found(data.patient.alerts)).toEqual(['RXT:a2']);
    expect(data.patient.sources[1]).toMatchObject({ status: 'PARTIAL', missing: ['crisisPlans'] });
    expect(errorsOf(errors)).toEqual(['patient.crisisPlans RXT UNAVAILABLE']);
    expect(text).not.toContain('hunter2');
    expect(w.gateway.logged.join()).not.toContain('hunter2');
  });

  test.each([
    ['nowhere at all', undefined],
    ['a place that was not asked for', ['patient', 'crisisPlans', 0, 'title']],
    ['an entity that was not asked for', ['g0', 7, 'f0', 0]],
    ['a list that was not asked for', ['g0', 0, 'f9', 0]],
  ])('an error that points to %s may have cost anything', async (_name, path) => {
    await using w = await two();
    w.trusts.RXT.tamper = (body) => ({ ...body, errors: [{ message: 'no', path }] });
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(data.patient.sources[1]).toMatchObject({ status: 'PARTIAL', missing: FIELDS });
    expect(errorsOf(errors)).toEqual(FIELDS.map((field) => `patient.${field} RXT UNAVAILABLE`));
  });

  test("an error about one patient says nothing of another's records", async () => {
    await using w = await two();
    w.trusts.RW5.tamper = (body) => ({ ...body, errors: [{ message: 'no', path: ['g0', 1, 'f0', 0, 'title'] }] });
    const { data } = await w.gateway.ask(
      'query($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { crisisPlans { id } completeness } }',
      { n: [patient, other] },
    );
    expect(data.patients.map(({ completeness }: { completeness: string }) => completeness)).toEqual([
      'COMPLETE',
      'PARTIAL',
    ]);
  });

  test('however many errors a trust states, they are read in no time', async () => {
    await using w = await world({ RW5: {} }, Object.fromEntries(nhsNumbers(200).map((n) => [n, ['RW5']])));
    w.trusts.RW5.tamper = (body) => ({
      ...body,
      errors: Array.from({ length: 15_000 }, (_, i) => ({ path: ['g0', 199, 'f0', i] })),
    });
    const { data } = await w.gateway.ask(
      `query($n: [NHSNumber!]!) { patients(nhsNumbers: $n) {
        crisisPlans { id } contacts { id } alerts { id } demographics { id } careContacts { id } completeness } }`,
      { n: nhsNumbers(200) },
    );
    expect(data.patients.map(({ completeness }: { completeness: string }) => completeness)).toEqual([
      ...Array.from({ length: 199 }, () => 'COMPLETE'),
      'PARTIAL',
    ]);
  });

  test('an error below a list says that the list may be short, and keeps what came', async () => {
    await using w = await two();
    w.trusts.RW5.tamper = (body) => {
      body.data.g0[0].f0[0].title = null;
      return { ...body, errors: [{ message: 'no', path: ['g0', 0, 'f0', 0, 'title'] }] };
    };
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(errorsOf(errors)).toEqual(['patient.crisisPlans RW5 UNAVAILABLE']);
    expect(data.patient.completeness).toBe('PARTIAL');
  });

  test('a trust that refuses is told apart from one that has failed', async () => {
    await using w = await two();
    w.trusts.RXT.answer = (_request, response) => {
      response.writeHead(403, { 'content-type': 'text/html' });
      response.end('<h1>No</h1>');
    };
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources[1]).toMatchObject({ status: 'REFUSED', missing: FIELDS });
  });

  test('a custodian that shares, but that the gateway has no address for, is in sources all the same', async () => {
    await using w = await world(
      { RW5: { crisisPlans: { [patient]: [plan('1')] } } },
      { [patient]: ['RW5', 'RZZ'] },
      { agreements: inForce(agreement(['RW5', 'RZZ'], term())) },
    );
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1']);
    expect(data.patient.sources[1]).toMatchObject({ custodian: { odsCode: 'RZZ' }, status: 'UNAVAILABLE' });
    expect(data.patient.completeness).toBe('PARTIAL');
  });

  test.each([
    ['', 'type Patient'],
    ['that extends what it does not define', 'extend type Query { hello: Int } extend type Patient'],
  ])(
    'a trust with an older contract %s is asked for what it knows; UNSUPPORTED names the rest',
    async (_name, type) => {
      await using w = await two();
      const asked = w.trusts.RXT.received;
      const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
      ${type} @key(fields: "nhsNumber") { nhsNumber: String! alerts(status: [AlertStatus!]): [Alert!] contacts: [Contact!] }
      enum AlertStatus { ACTIVE INACTIVE ENTERED_IN_ERROR }
      type Alert { id: ID! lastUpdated: String! } type Contact { id: ID! priority: Int! }`;
      w.trusts.RXT.tamper = (body) => {
        const { query } = asked.at(-1) ?? { query: '' };
        if (query.includes('_service')) return { data: { _service: { sdl } } };
        return query.includes('crisisPlans') ? { errors: [{ message: 'Cannot query field "crisisPlans".' }] } : body;
      };
      for (const requests of [3, 4]) {
        const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
        expect(found(data.patient.alerts)).toEqual(['RXT:a2']);
        expect(found(data.patient.crisisPlans)).toEqual(['RW5:1']);
        expect(data.patient.sources[1]).toMatchObject({ status: 'UNSUPPORTED', missing: ['crisisPlans'] });
        expect(errorsOf(errors)).toEqual(['patient.crisisPlans RXT UNSUPPORTED']);
        expect(asked).toHaveLength(requests);
      }
    },
  );
});

describe('a trust that serves another contract', () => {
  const refusing = async () => {
    const time = { ms: 0 };
    const w = await two({ clock: { now: () => new Date(), elapsed: () => time.ms } });
    const asked = w.trusts.RXT.received;
    let sdl = 'type Query { nothing: Int }';
    w.trusts.RXT.tamper = () =>
      asked.at(-1)?.query.includes('_service') ? { data: { _service: { sdl } } } : { errors: [{ message: 'no' }] };
    const ask = async () => {
      const before = asked.length;
      const { data } = await w.gateway.ask(CRISIS, { n: patient });
      const { status } = data.patient.sources[1];
      return {
        status,
        requests: asked
          .slice(before)
          .map(({ query }) => (query.includes('_service') ? 'S' : 'Q'))
          .join(''),
      };
    };
    return {
      w,
      ask,
      serves: (text: string) => {
        sdl = text;
      },
      later: (ms: number) => {
        time.ms += ms;
      },
    };
  };

  test('is asked for it once in five minutes, and then for everything again', async () => {
    const { w, ask, later } = await refusing();
    await using _ = w;
    expect(await ask()).toEqual({ status: 'UNSUPPORTED', requests: 'QS' });
    expect(await ask()).toEqual({ status: 'UNSUPPORTED', requests: '' });
    later(4 * 60_000);
    expect(await ask()).toEqual({ status: 'UNSUPPORTED', requests: '' });
    later(61_000);
    expect(await ask()).toEqual({ status: 'UNSUPPORTED', requests: 'QS' });
  });

  test.each([
    ['nothing that can be read', '}{'],
    ['more than anybody would read', `type Query { nothing: Int } # ${'x'.repeat(600_000)}`],
  ])('and says of it %s has failed, and is not asked for it each time', async (_name, sdl) => {
    const { w, ask, serves } = await refusing();
    await using _ = w;
    serves(sdl);
    expect(await ask()).toEqual({ status: 'UNAVAILABLE', requests: 'QS' });
    expect(await ask()).toEqual({ status: 'UNAVAILABLE', requests: 'Q' });
  });
});

const spoilt: readonly [string, (body: Body) => unknown][] = [
  ['HTML with status 200', () => '<html>Down for maintenance</html>'],
  ['an empty object', () => ({})],
  ['null', () => null],
  ['an array', () => []],
  ['a number', () => 7],
  ['data: null', () => ({ data: null })],
  ['data: an array', () => ({ data: [] })],
  ['errors: an object', (body) => ({ ...body, errors: {} })],
  ['truncated JSON', (body) => JSON.stringify(body).slice(0, -9)],
  ['a null entity', () => ({ data: { g0: [null] } })],
  ['an entity that is a list', () => ({ data: { g0: [[]] } })],
  ['no entities', () => ({ data: {} })],
  ['too few entities', () => ({ data: { g0: [] } })],
  ['too many entities', (body) => ({ data: { g0: [...body.data.g0, ...body.data.g0] } })],
  ['entities that are no list', (body) => ({ data: { g0: body.data.g0[0] } })],
  ['no key', (body) => edit(body, (entity) => Reflect.deleteProperty(entity, 'gatherKey'))],
  ['a null key', (body) => edit(body, (entity) => Object.assign(entity, { gatherKey: null }))],
  ["another patient's key", (body) => edit(body, (entity) => Object.assign(entity, { gatherKey: other }))],
  ['a key that is no NHS number', (body) => edit(body, (entity) => Object.assign(entity, { gatherKey: '1234567890' }))],
];

function edit(body: Body, change: (entity: Body) => unknown): Body {
  body.data.g0.forEach(change);
  return body;
}

describe('an answer that is not what was asked is set aside, with not a byte of it at the client', () => {
  test.each(spoilt)('%s', async (_name, tamper) => {
    await using w = await two();
    w.trusts.RXT.tamper = tamper;
    const { data, errors, text } = await w.gateway.ask(CRISIS, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1']);
    expect(data.patient.sources[1]).toMatchObject({ status: 'INVALID', missing: FIELDS });
    expect(errorsOf(errors)).toEqual(FIELDS.map((field) => `patient.${field} RXT INVALID`));
    expect(text).not.toContain('maintenance');
  });

  const records: readonly [string, (plans: Body[]) => unknown][] = [
    ['a value of another type', (plans) => Object.assign(plans[0], { title: 7 })],
    ['a field left out', (plans) => Reflect.deleteProperty(plans[0], 'title')],
    ['null where null may not be', (plans) => Object.assign(plans[0], { gatherId: null })],
    ['an order that is no moment', (plans) => Object.assign(plans[0], { gatherOrder: 'yesterday' })],
    ['a null record', (plans) => plans.splice(0, 1, null)],
    ['a record that is a string', (plans) => plans.splice(0, 1, 'plan')],
  ];

  test.each(records)('one bad record costs itself alone: %s', async (_name, spoil) => {
    await using w = await world(
      { RW5: { crisisPlans: { [patient]: [plan('bad', { lastUpdated: '2026-02-02T00:00:00Z' }), plan('good')] } } },
      { [patient]: ['RW5'] },
    );
    w.trusts.RW5.tamper = (body) => edit(body, ({ f0 }) => spoil(f0));
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:good']);
    expect(data.patient.sources[0]).toMatchObject({ status: 'PARTIAL', missing: ['crisisPlans'] });
    expect(errorsOf(errors)).toEqual(['patient.crisisPlans RW5 INVALID']);
  });

  test('a record that comes twice is there once; two different ones of the same id are said to be wrong', async () => {
    await using w = await two();
    w.trusts.RXT.tamper = (body) => edit(body, (entity) => entity.f0.push({ ...entity.f0[0] }));
    const same = await w.gateway.ask(CRISIS, { n: patient });
    expect(found(same.data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(same.errors).toEqual([]);
    w.trusts.RXT.tamper = (body) => edit(body, (entity) => entity.f0.push({ ...entity.f0[0], title: 'Another' }));
    const different = await w.gateway.ask(CRISIS, { n: patient });
    expect(found(different.data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(errorsOf(different.errors)).toEqual(['patient.crisisPlans RXT INVALID']);
  });
});

describe('no wrong patient', () => {
  test("entities in the wrong order are set aside: nobody gets another's record", async () => {
    await using w = await two();
    w.trusts.RW5.tamper = (body) => {
      body.data.g0.reverse();
      return body;
    };
    const { data } = await w.gateway.ask(
      'query($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { nhsNumber crisisPlans { id } completeness } }',
      { n: [patient, other] },
    );
    expect(data.patients).toEqual([
      { nhsNumber: patient, crisisPlans: [{ id: 'RXT:2' }], completeness: 'PARTIAL' },
      { nhsNumber: other, crisisPlans: null, completeness: 'UNKNOWN' },
    ]);
  });

  test('a locator that answers with another patient is not believed, even when only its own fields are asked', async () => {
    await using w = await two();
    w.locator.tamper = (body) => {
      Object.assign((body as Body).data.patient, { gatherKey: other, pointers: [{ id: 'of-other' }] });
      return body;
    };
    const { data, errors, text } = await w.gateway.ask(
      'query($n: NHSNumber!) { patient(nhsNumber: $n) { pointers { id } } }',
      { n: patient },
    );
    expect(data.patient.pointers).toBeNull();
    expect(errorsOf(errors)).toEqual(['patient - INDEX_UNAVAILABLE', 'patient.pointers - INDEX_UNAVAILABLE']);
    expect(text).not.toContain('of-other');
  });

  test('whatever the caller calls the fields, the locator is held against the key', async () => {
    await using w = await two();
    const { data, errors } = await w.gateway.ask(
      'query($n: NHSNumber!) { patient(nhsNumber: $n) { gatherKey: pointers { id } gatherKey_: __typename } }',
      { n: patient },
    );
    expect(errors).toEqual([]);
    expect(data.patient).toEqual({ gatherKey: [], gatherKey_: 'Patient' });
  });

  test('a locator that answers with another patient is not believed', async () => {
    await using w = await two();
    w.locator.tamper = () => ({ data: { patient: { __typename: 'Patient', nhsNumber: other, custodians: ['RW5'] } } });
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.nhsNumber).toBe(patient);
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(errorsOf(errors)).toContain('patient - INDEX_UNAVAILABLE');
  });
});

describe('losing the locator loses no records', () => {
  const withPointers = CRISIS.replace('completeness', 'completeness pointers { id }');

  const expectAsked = async (w: Awaited<ReturnType<typeof two>>) => {
    const { data, errors } = await w.gateway.ask(withPointers, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(found(data.patient.alerts)).toEqual(['RXT:a2']);
    expect(data.patient.sources.map(({ status }: { status: string }) => status)).toEqual(['ANSWERED', 'ANSWERED']);
    expect(data.patient.completeness).toBe('PARTIAL');
    expect(data.patient.pointers).toBeNull();
    expect(errorsOf(errors)).toEqual(['patient - INDEX_UNAVAILABLE', 'patient.pointers - INDEX_UNAVAILABLE']);
  };

  test('stopped: every trust is asked, and the answer says so', async () => {
    await using w = await two();
    await w.locator.stop();
    await expectAsked(w);
  });

  test('silent: it has half of the deadline, and the trusts the rest', async () => {
    await using w = await two({ deadlineMs: 4_000 });
    w.locator.answer = () => {};
    await expectAsked(w);
  });

  test.each<[string, (body: unknown) => unknown]>([
    ['null', () => null],
    ['data: null, with no error', () => ({ data: null })],
    ['a patient of null, with no error', () => ({ data: { patient: null } })],
    ['an error', () => ({ data: { patient: null }, errors: [{ message: 'database down', path: ['patient'] }] })],
    ['HTML', () => '<html>'],
  ])('answering %s', async (_name, tamper) => {
    await using w = await two();
    w.locator.tamper = tamper;
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(data.patient.completeness).toBe('PARTIAL');
    expect(errorsOf(errors)).toContain('patient - INDEX_UNAVAILABLE');
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a string', 'RW5'],
    ['a list with null in it', ['RW5', null]],
    ['a list with what is no code in it', ['RW5', 'no such code!']],
    ['one of them twice', ['RW5', 'RW5']],
    ['ten thousand of whom nobody has heard', Array.from({ length: 10_000 }, (_, n) => `X${10_000 + n}`)],
  ])('naming as custodians %s: what else it says is kept', async (_name, custodians) => {
    await using w = await two();
    w.locator.tamper = (body) => {
      (body as Body).data.patient.custodians = custodians;
      return body;
    };
    const { data, errors } = await w.gateway.ask(withPointers, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(data.patient.pointers).toEqual([]);
    expect(errorsOf(errors)).toEqual(['patient - INDEX_UNAVAILABLE']);
  });

  test.each<[string, (patient: Body) => unknown]>([
    ['another type', (found) => Object.assign(found, { __typename: 'Organisation' })],
    ['no type', (found) => Reflect.deleteProperty(found, '__typename')],
    ['a number for a type', (found) => Object.assign(found, { __typename: 7 })],
  ])('naming %s: it is a patient that was asked for', async (_name, spoil) => {
    await using w = await two();
    w.locator.tamper = (body) => {
      spoil((body as Body).data.patient);
      return body;
    };
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
  });

  test.each<[string, unknown]>([
    ['a string', 'x'],
    ['a number', 7],
    ['an object', { id: '1' }],
    ['a list of strings', ['x']],
    ['a list of lists', [[]]],
    ['a type that is a number', [{ __typename: 7, id: {} }]],
  ])('answering, where a list of pointers should stand, %s: only they are lost', async (_name, pointers) => {
    await using w = await two();
    w.locator.tamper = (body) => {
      (body as Body).data.patient.pointers = pointers;
      return body;
    };
    const { status, data, errors } = await w.gateway.ask(withPointers, { n: patient });
    expect(status).toBe(200);
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(data.patient.completeness).toBe('COMPLETE');
    expect(data.patient.pointers).toBeNull();
    expect(errorsOf(errors).every((error) => error.startsWith('patient.pointers'))).toBe(true);
    expect(errors).not.toEqual([]);
  });

  test.each<[string, (organisation: Body) => unknown]>([
    ['null', (organisation) => Object.assign(organisation, { odsCode: null })],
    ['missing', (organisation) => Reflect.deleteProperty(organisation, 'odsCode')],
  ])('a value that may not be null, and is %s, is told of beside the faults of trusts', async (_name, spoil) => {
    await using w = await two();
    await w.trusts.RXT.stop();
    w.locator.tamper = (body) => {
      spoil((body as Body).data.organisation);
      return body;
    };
    const { data, errors } = await w.gateway.ask(
      'query($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { id } } organisation(odsCode: "RW5") { odsCode } }',
      { n: patient },
    );
    expect(data.organisation).toBeNull();
    expect(errorsOf(errors)).toEqual(['organisation.odsCode - INVALID', 'patient.crisisPlans RXT UNAVAILABLE']);
  });

  test('an organisation that is none costs itself alone', async () => {
    await using w = await two();
    w.locator.tamper = (body) => ({ data: { ...(body as Body).data, organisation: 'x' } });
    const { data, errors } = await w.gateway.ask(
      'query($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { id } } organisation(odsCode: "RW5") { name } }',
      { n: patient },
    );
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(data.organisation).toBeNull();
    expect(errorsOf(errors)).toEqual(['organisation - INVALID']);
  });

  test('a caseload comes in the order asked all the same', async () => {
    await using w = await two();
    await w.locator.stop();
    const { data, errors } = await w.gateway.ask(
      'query($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { nhsNumber crisisPlans { id } } organisation(odsCode: "RW5") { name } }',
      { n: [other, patient] },
    );
    expect(data.patients).toEqual([
      { nhsNumber: other, crisisPlans: [{ id: 'RW5:of-other' }] },
      { nhsNumber: patient, crisisPlans: [{ id: 'RW5:1' }, { id: 'RXT:2' }] },
    ]);
    expect(data.organisation).toBeNull();
    expect(errorsOf(errors)).toEqual(['organisation - INDEX_UNAVAILABLE', 'patients - INDEX_UNAVAILABLE']);
  });

  test('with no trust to ask, nothing is said to be empty', async () => {
    await using w = await world({}, {});
    await w.locator.stop();
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient).toMatchObject({ crisisPlans: null, alerts: null, sources: [], completeness: 'UNKNOWN' });
    expect(errorsOf(errors)).toEqual(
      ['patient - INDEX_UNAVAILABLE', ...FIELDS.map((field) => `patient.${field} - UNAVAILABLE`)].sort(),
    );
  });

  test('every trust is asked, in the order of the codes, in whatever order they are configured', async () => {
    await using w = await world({ RXT: {}, RW5: {}, RXA: {} }, {});
    await w.locator.stop();
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources.map(({ custodian }: Body) => custodian.odsCode)).toEqual(['RW5', 'RXA', 'RXT']);
  });

  test('an answer in which more is wrong than anybody would read is wrong as a whole', async () => {
    await using w = await two();
    w.locator.tamper = (body) => {
      (body as Body).data.patient.pointers = Array.from({ length: 5_000 }, () => 'x');
      return body;
    };
    const { data, errors } = await w.gateway.ask(withPointers, { n: patient });
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(errorsOf(errors)).toEqual(['patient - INDEX_UNAVAILABLE', 'patient.pointers - INDEX_UNAVAILABLE']);
  });

  test('what only the locator knows of a custodian is null, and costs no record', async () => {
    await using w = await two();
    await w.locator.stop();
    const { data } = await w.gateway.ask(
      `query($n: NHSNumber!) {
        patient(nhsNumber: $n) { crisisPlans { id custodian { odsCode kind succeededBy { odsCode } } } sources { custodian { kind } status } }
        organisations { odsCode }
      }`,
      { n: patient },
    );
    expect(found(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:2']);
    expect(data.patient.crisisPlans[0].custodian).toEqual({ odsCode: 'RW5', kind: null, succeededBy: null });
    expect(data.patient.sources).toHaveLength(2);
    expect(data.organisations).toBeNull();
  });

  test('with every trust lost too, nothing is said to be empty', async () => {
    await using w = await two();
    await Promise.all([w.locator.stop(), w.trusts.RW5.stop(), w.trusts.RXT.stop()]);
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient).toMatchObject({ crisisPlans: null, contacts: null, alerts: null, completeness: 'UNKNOWN' });
  });
});

describe('transport', () => {
  const answering = async (answer: NonNullable<TestTrust['answer']>) => {
    const w = await two();
    w.trusts.RXT.answer = answer;
    return w;
  };

  test.each([301, 302, 303, 307, 308])('follows no redirect: %i', async (status) => {
    await using sink = await two();
    await using w = await answering((_request, response) => {
      response.writeHead(status, { location: sink.trusts.RW5.url });
      response.end();
    });
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources[1].status).toBe('UNAVAILABLE');
    expect(sink.trusts.RW5.received).toEqual([]);
  });

  test('reads no more than 5 MiB', async () => {
    await using w = await answering((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (response.write(' '.repeat(64 * 1024)));
        response.once('drain', more);
      };
      more();
    });
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources[1].status).toBe('INVALID');
  });

  const nothing = `{"data":{"g0":[{"gatherKey":"${patient}","f0":[],"f1":[],"f2":[]}]}}`;
  const badly = Buffer.concat([Buffer.from(nothing.slice(0, -1)), Buffer.from(',"extensions":"\u00ff"}', 'latin1')]);

  test.each([
    ['text/html', nothing, {}],
    ['application/json, compressed though nobody asked', nothing, { 'content-encoding': 'gzip' }],
    ['application/json; charset=utf-8, which it is not', badly, {}],
  ])('takes no answer that is not plain JSON: %s', async (name, body, headers) => {
    await using w = await answering((_request, response) => {
      response.writeHead(200, { 'content-type': name.split(',')[0], ...headers });
      response.end(body);
    });
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources[1].status).toBe('INVALID');
  });

  test('takes no records from an answer whose status says that it has failed', async () => {
    await using w = await answering((_request, response) => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: { g0: [{ gatherKey: patient, f0: [], f1: [], f2: [] }] } }));
    });
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources[1]).toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'It answered with HTTP status 500.',
    });
  });

  test('takes what comes before an answer for what it is', async () => {
    await using w = await two();
    w.trusts.RXT.answer = (_request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeHead(200, { 'content-type': 'application/json', trailer: 'x-late' });
      response.addTrailers({ 'x-late': '1' });
      response.end(JSON.stringify({ data: { g0: [{ gatherKey: patient, f0: [], f1: [], f2: [] }] } }));
    };
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources[1].status).toBe('ANSWERED_NONE');
  });

  test('a trust that was started anew between two requests is asked as if nothing had been', async () => {
    await using w = await two();
    await w.gateway.ask(CRISIS, { n: patient });
    const { port } = new URL(w.trusts.RXT.url);
    await w.trusts.RXT.stop();
    const again = await startTrust('RXT', { crisisPlans: { [patient]: [plan('2')] } }, Number(port));
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources[1].status).toBe('ANSWERED');
    await again.stop();
  });

  test('a caller who goes away is not worked for any longer', async () => {
    await using w = await two({ deadlineMs: 60_000 });
    const asked = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    w.trusts.RXT.answer = (_request, response) => {
      response.once('close', released.resolve);
      asked.resolve();
    };
    const gone = new AbortController();
    const answer = fetch(`${w.gateway.url}/graphql`, {
      method: 'POST',
      signal: gone.signal,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${w.gateway.token}` },
      body: JSON.stringify({ query: CRISIS, variables: { n: patient } }),
    });
    await asked.promise;
    gone.abort();
    await expect(answer).rejects.toThrow();
    await released.promise;
  });

  test('a connection cut half-way is a fault of that trust alone', async () => {
    await using w = await answering((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"data":', () => response.destroy());
    });
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources).toMatchObject([{ status: 'ANSWERED' }, { status: 'UNAVAILABLE' }]);
  });
});

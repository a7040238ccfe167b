import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createSubject,
  DATABASES,
  emptyDatabase,
  nhsNumbers,
  POINTERS,
  PUBLISH,
  pointer,
  type Subject,
  stopServers,
  uuid,
} from './harness.ts';

afterAll(stopServers);

const EVERYTHING = `query ($n: [NHSNumber!]!) { patients(nhsNumbers: $n) {
  nhsNumber custodians
  pointers {
    id status type { system code display } category { code display } created lastUpdated replaces
    custodian { odsCode name kind validTo succeededBy { odsCode succeededBy { odsCode succeededBy { name } } } }
    author { name } content { url contentType format created } practiceSetting { system code display } periodStart periodEnd
  }
} }`;
const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) {
  ... on Patient { nhsNumber custodians } ... on Organisation { odsCode name } } }`;

describe.each(DATABASES)('over %s, asking', (kind) => {
  let subject: Subject;
  const known = nhsNumbers(5);
  const [atOpen = '', atClosed = '', atGone = '', atMany = '', atSoon = ''] = known;
  const nobody = '9876543210';

  beforeAll(async () => {
    subject = await createSubject(await emptyDatabase(kind));
    const publish = async (custodian: string, serial: number, n: string, at: string, facts = {}): Promise<void> => {
      subject.clock = new Date(at);
      const pointers = [pointer(custodian, { id: `${custodian}-${uuid(serial)}`, subject: n, ...facts })];
      const { message } = await subject.ask(PUBLISH, { pointers }, custodian);
      if (message) throw new Error(message);
    };
    await publish('RV5', 1, atOpen, '2026-06-01T10:00:00Z', {
      author: 'RXT',
      practiceSetting: '788002001',
      periodStart: '2026-05-01T10:00:00+01:00',
      periodEnd: '2026-05-02T10:00:00Z',
      content: [
        { url: 'https://a.example/', contentType: 'text/html', format: 'urn:nhs-ic:record-contact' },
        {
          url: 'https://b.example/',
          contentType: 'application/pdf',
          format: 'urn:nhs-ic:unstructured',
          created: '2026-04-01T00:00:00Z',
        },
      ],
    });
    await publish('OLD', 2, atClosed, '2026-06-02T10:00:00Z');
    await publish('GONE', 3, atGone, '2026-06-03T10:00:00Z');
    await publish('RW5', 5, atMany, '2026-06-05T10:00:00Z');
    await publish('RV5', 6, atMany, '2026-06-04T10:00:00Z', { type: '749001000000101' });
    await publish('RV5', 4, atMany, '2026-06-04T10:00:00Z', { type: '824321000000109' });
    await publish('OLD', 7, atMany, '2026-06-06T10:00:00Z');
    await publish('SOON', 8, atSoon, '2026-06-06T10:00:00Z');
    subject.clock = new Date('2026-06-15T12:00:00Z');
  });
  afterAll(() => subject.close());

  const custodians = async (n: string): Promise<unknown> => {
    const { data } = await subject.ask(EVERYTHING, { n: [n] });
    const [patient] = Array.isArray(data?.patients) ? data.patients : [];
    return patient.custodians;
  };

  test('tells everything that is known of a pointer', async () => {
    const { data, errors } = await subject.ask(EVERYTHING, { n: [atOpen] });
    expect(errors).toBeUndefined();
    expect(data?.patients).toEqual([
      {
        nhsNumber: atOpen,
        custodians: ['RV5'],
        pointers: [
          {
            id: `RV5-${uuid(1)}`,
            status: 'CURRENT',
            type: { system: 'http://snomed.info/sct', code: '736253002', display: 'Mental health crisis plan' },
            category: { code: '734163000', display: 'Care plan' },
            created: '2026-06-01T10:00:00.000Z',
            lastUpdated: '2026-06-01T10:00:00.000Z',
            replaces: null,
            custodian: {
              odsCode: 'RV5',
              name: 'Trust RV5',
              kind: 'MENTAL_HEALTH_TRUST',
              validTo: null,
              succeededBy: [],
            },
            author: { name: 'Trust RXT' },
            content: [
              {
                url: 'https://a.example/',
                contentType: 'text/html',
                format: 'urn:nhs-ic:record-contact',
                created: null,
              },
              {
                url: 'https://b.example/',
                contentType: 'application/pdf',
                format: 'urn:nhs-ic:unstructured',
                created: '2026-04-01T00:00:00.000Z',
              },
            ],
            practiceSetting: { system: 'http://snomed.info/sct', code: '788002001', display: null },
            periodStart: '2026-05-01T09:00:00.000Z',
            periodEnd: '2026-05-02T10:00:00.000Z',
          },
        ],
      },
    ]);
  });

  test('finds a patient of whom nobody holds anything, with empty lists', async () => {
    const { data, errors } = await subject.ask(EVERYTHING, { n: [nobody] });
    expect(errors).toBeUndefined();
    expect(data?.patients).toEqual([{ nhsNumber: nobody, custodians: [], pointers: [] }]);
  });

  test('an index with nothing in it says that it cannot say who holds something, and not that nobody does', async () => {
    const empty = await createSubject(await emptyDatabase(kind));
    const { data, errors } = await empty.ask(EVERYTHING, { n: [nobody, atOpen] });
    expect(data).toMatchObject({ patients: [nobody, atOpen].map(() => ({ custodians: null, pointers: null })) });
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions?.code]).sort()).toEqual(
      [0, 1]
        .flatMap((n) => ['custodians', 'pointers'].map((field) => [`patients.${n}.${field}`, 'INDEX_EMPTY']))
        .sort(),
    );
    const { message } = await empty.ask(
      PUBLISH,
      { pointers: [pointer('RV5', { id: `RV5-${uuid(1)}`, subject: atOpen })] },
      'RV5',
    );
    expect(message).toBeUndefined();
    expect((await empty.ask(EVERYTHING, { n: [nobody] })).data).toMatchObject({
      patients: [{ custodians: [], pointers: [] }],
    });
    await empty.close();
  });

  test('takes an NHS number as people type it', async () => {
    const spaced = atOpen.replace(/(...)(...)(....)/, '$1 $2 $3');
    const { data } = await subject.ask('query ($n: NHSNumber!) { patient(nhsNumber: $n) { nhsNumber custodians } }', {
      n: spaced,
    });
    expect(data?.patient).toEqual({ nhsNumber: atOpen, custodians: ['RV5'] });
  });

  test('leads from a closed organisation to its open successors, each custodian once and in order', async () => {
    expect(await custodians(atClosed)).toEqual(['RW5', 'RXT']);
    expect(await custodians(atMany)).toEqual(['RV5', 'RW5', 'RXT']);
  });

  test('leads to a closed organisation itself when nobody took over', async () => {
    expect(await custodians(atGone)).toEqual(['GONE']);
  });

  test('leads to the successors from the day after the last, in UK time', async () => {
    expect(await custodians(atSoon)).toEqual(['SOON']);
    const facts = '{ organisation(odsCode: "SOON") { succeededBy { odsCode } } }';
    expect((await subject.ask(facts)).data).toEqual({ organisation: { succeededBy: [] } });
    const before = subject.clock;
    subject.clock = new Date('2027-01-01T00:00:00Z');
    try {
      expect(await custodians(atSoon)).toEqual(['RW5']);
      expect((await subject.ask(facts)).data).toEqual({ organisation: { succeededBy: [{ odsCode: 'RW5' }] } });
    } finally {
      subject.clock = before;
    }
  });

  test('shows a pointer of a closed organisation under the code under which it was published', async () => {
    const { data } = await subject.ask(
      '{ patient(nhsNumber: "' +
        atClosed +
        '") { pointers { custodian { odsCode validTo succeededBy { odsCode } } } } }',
    );
    expect(data?.patient).toEqual({
      pointers: [
        { custodian: { odsCode: 'OLD', validTo: '2019-09-30', succeededBy: [{ odsCode: 'MID' }, { odsCode: 'RW5' }] } },
      ],
    });
  });

  test('shows pointers latest first, and in the order of their ids where that does not tell', async () => {
    const { data } = await subject.ask(POINTERS, { n: atMany });
    expect(data?.patient).toMatchObject({
      pointers: [
        { id: `OLD-${uuid(7)}` },
        { id: `RW5-${uuid(5)}` },
        { id: `RV5-${uuid(4)}` },
        { id: `RV5-${uuid(6)}` },
      ],
    });
  });

  test('answers a caseload in the order asked, a patient twice when asked twice', async () => {
    const asked = [atMany, nobody, atOpen, atMany];
    const { data } = await subject.ask(EVERYTHING, { n: asked });
    const found = Array.isArray(data?.patients) ? data.patients : [];
    expect(found.map(({ nhsNumber }) => nhsNumber)).toEqual(asked);
    expect(found[3]).toEqual(found[0]);
  });

  test('answers an empty caseload', async () => {
    expect((await subject.ask(EVERYTHING, { n: [] })).data).toEqual({ patients: [] });
  });

  test('refuses a caseload of more than 200', async () => {
    const { code, message } = await subject.ask(EVERYTHING, { n: nhsNumbers(201) });
    expect(code).toBe('INVALID_PARAMETER');
    expect(message).toContain('at most 200');
  });

  test('asks the database four times at most, for 200 patients as for one, whatever is selected', async () => {
    const count = async (n: readonly string[]): Promise<number> => {
      subject.statements.length = 0;
      const { errors } = await subject.ask(EVERYTHING, { n });
      expect(errors).toBeUndefined();
      return subject.statements.length;
    };
    const one = await count([atMany]);
    const many = await count([...known, ...nhsNumbers(200).slice(5)]);
    // Custodians, pointers, and the organisations of each, in one statement or two as the first two come back.
    expect(one).toBeLessThanOrEqual(4);
    expect(many).toBeLessThanOrEqual(4);
  });

  test('asks the database nothing when nothing of it is wanted', async () => {
    subject.statements.length = 0;
    await subject.ask('query ($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { nhsNumber } }', { n: known });
    expect(subject.statements).toEqual([]);
  });

  test('finds organisations by code, by kind, and all in the order of their codes', async () => {
    const { data } = await subject.ask(`{
      known: organisation(odsCode: "old") { odsCode name kind validFrom validTo succeededBy { name } }
      unknown: organisation(odsCode: "XYZ") { name }
      some: organisations(kind: AMBULANCE_TRUST) { odsCode }
      all: organisations { odsCode }
    }`);
    expect(data).toEqual({
      known: {
        odsCode: 'OLD',
        name: 'Trust OLD',
        kind: 'MENTAL_HEALTH_TRUST',
        validFrom: '2002-04-01',
        validTo: '2019-09-30',
        succeededBy: [{ name: 'Trust MID' }, { name: 'Trust RW5' }],
      },
      unknown: null,
      some: [{ odsCode: 'RRU' }],
      all: ['GONE', 'MID', 'OLD', 'RRU', 'RV5', 'RW5', 'RXT', 'SOON'].map((odsCode) => ({ odsCode })),
    });
  });

  test('answers entities in the order asked, in no more statements than one would take', async () => {
    subject.statements.length = 0;
    const of = [
      { __typename: 'Organisation', odsCode: 'RXT' },
      ...nhsNumbers(200).map((nhsNumber) => ({ __typename: 'Patient', nhsNumber })),
      { __typename: 'Organisation', odsCode: 'XYZ' },
      { __typename: 'Organisation', odsCode: 'RRU' },
    ];
    const { data, errors } = await subject.ask(ENTITIES, { of });
    expect(errors).toBeUndefined();
    const found = Array.isArray(data?._entities) ? data._entities : [];
    expect(found.slice(1, -2).map(({ nhsNumber }) => nhsNumber)).toEqual(nhsNumbers(200));
    expect([found[0], found.at(-2), found.at(-1)]).toEqual([
      { odsCode: 'RXT', name: 'Trust RXT' },
      null,
      { odsCode: 'RRU', name: 'Trust RRU' },
    ]);
    expect(subject.statements.length).toBeLessThanOrEqual(3);
  });

  test.each([
    ['a number with a wrong check digit', { nhsNumber: '9876543211' }, 'INVALID_NHS_NUMBER'],
    ['a number that is a number', { nhsNumber: 9876543210 }, 'INVALID_NHS_NUMBER'],
    ['no number', {}, 'INVALID_NHS_NUMBER'],
    ['a list', { nhsNumber: ['9876543210'] }, 'INVALID_NHS_NUMBER'],
  ])('refuses the entity of %s, without repeating it, and answers the others', async (_, key, code) => {
    const answer = await subject.ask(ENTITIES, {
      of: [
        { __typename: 'Patient', ...key },
        { __typename: 'Patient', nhsNumber: atOpen },
      ],
    });
    expect(answer.code).toBe(code);
    expect(JSON.stringify(answer.errors)).not.toMatch(/987654321/);
    expect(answer.data?._entities).toEqual([null, { nhsNumber: atOpen, custodians: ['RV5'] }]);
  });

  test('refuses the entity of an organisation whose code is none, and answers the others', async () => {
    const { code, data } = await subject.ask(ENTITIES, {
      of: [
        { __typename: 'Organisation', odsCode: "'; drop table pointer" },
        { __typename: 'Organisation', odsCode: 'RXT' },
      ],
    });
    expect(code).toBe('INVALID_PARAMETER');
    expect(data?._entities).toEqual([null, { odsCode: 'RXT', name: 'Trust RXT' }]);
  });
});

describe.each(DATABASES)('over %s, when the database does not answer', (kind) => {
  test('a question is an error and null, never an empty list', async () => {
    const subject = await createSubject(await emptyDatabase(kind));
    await subject.close();
    const { data, errors } = await subject.ask(
      '{ patient(nhsNumber: "9876543210") { nhsNumber custodians pointers { id } } }',
    );
    expect(data?.patient).toEqual({ nhsNumber: '9876543210', custodians: null, pointers: null });
    expect(errors).toHaveLength(2);
  });
});

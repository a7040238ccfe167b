import pointerTypes from '@caregraph/schema/codes/pointer-types.json' with { type: 'json' };
import { contract } from '@caregraph/schema/contract.ts';
import { array, assert, asyncProperty, constantFrom, dictionary, record, subarray } from 'fast-check';
import { buildASTSchema, isListType, isObjectType, parse } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createSubject,
  emptyDatabase,
  nhsNumbers,
  ORGANISATIONS,
  PUBLISH,
  pointer,
  type Subject,
  sharingAll,
  uuid,
} from './harness.ts';

const PLAN = '736253002';
const SUMMARY = '824321000000109';
const APPOINTMENT = '749001000000101';
const ALL = ['demographics', 'crisisPlans', 'contacts', 'alerts', 'careContacts', 'hospitalSpells', 'legalStatuses'];

const SHOWN = 'query ($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { nhsNumber custodians pointers { id } } }';

const [ANN = '', BEN = '', CAT = '', DAN = ''] = nhsNumbers(4);
/** What was published: of whom, by whom, of which type. */
const PUBLISHED: readonly (readonly [string, string, string])[] = [
  [ANN, 'RW5', PLAN],
  [ANN, 'RW5', SUMMARY],
  [ANN, 'RV5', APPOINTMENT],
  [BEN, 'RW5', PLAN],
  // RW5, and by way of MID, RXT.
  [CAT, 'OLD', PLAN],
  [DAN, 'GONE', PLAN],
];

let subject: Subject;
beforeAll(async () => {
  subject = await createSubject(await emptyDatabase('PGlite'));
  for (const [i, [of, by, type]] of PUBLISHED.entries()) {
    const pointers = [pointer(by, { id: `${by}-${uuid(i)}`, subject: of, type })];
    const { message } = await subject.ask(PUBLISH, { pointers }, by);
    if (message) throw new Error(message);
  }
});
beforeEach(() => {
  subject.extensions = sharingAll(ORGANISATIONS);
});
afterAll(() => subject.close());

interface Term {
  readonly custodians: readonly string[];
  readonly recordTypes: readonly string[];
}

/** Who is named for each patient, and which of its pointers are shown, by their place in `PUBLISHED`. */
async function shown(sharing: {
  readonly default: readonly Term[];
  readonly patients?: Readonly<Record<string, readonly Term[]>>;
}) {
  subject.extensions = { caregraph: { sharing } };
  const { data, errors } = await subject.ask(SHOWN, { n: [ANN, BEN, CAT, DAN] });
  expect(errors).toBeUndefined();
  const patients = Array.isArray(data?.patients) ? data.patients : [];
  return patients.map(({ custodians, pointers }) => ({
    custodians,
    pointers: pointers.map(({ id }: { id: string }) => Number.parseInt(id.slice(-4), 16)).sort(),
  }));
}

const nothing = { custodians: [], pointers: [] };
const term = (custodians: string[], ...recordTypes: string[]): Term => ({ custodians, recordTypes });

describe('of a patient the locator tells', () => {
  test('who shares anything at all, and the pointers to what is shared', async () => {
    expect(await shown({ default: [term(['RW5'], 'crisisPlans', 'alerts')] })).toEqual([
      { custodians: ['RW5'], pointers: [0] },
      { custodians: ['RW5'], pointers: [3] },
      { custodians: ['RW5'], pointers: [] },
      nothing,
    ]);
  });

  test('of a custodian whose record types are not those that are pointed to, its name alone', async () => {
    expect((await shown({ default: [term(['RV5'], 'contacts')] }))[0]).toEqual({ custodians: ['RV5'], pointers: [] });
    expect((await shown({ default: [term(['RV5'], 'careContacts')] }))[0]).toEqual({
      custodians: ['RV5'],
      pointers: [2],
    });
  });

  test('of a summary nothing, unless all that it may hold is shared', async () => {
    const most = ALL.filter((name) => name !== 'legalStatuses');
    expect((await shown({ default: [term(['RW5'], ...most)] }))[0]?.pointers).toEqual([0]);
    const inParts = [term(['RW5'], ...most), term(['RXT', 'RW5'], 'legalStatuses')];
    expect((await shown({ default: inParts }))[0]?.pointers).toEqual([0, 1]);
  });

  test('nothing at all where nothing is shared', async () => {
    for (const sharing of [{ default: [] }, { default: [term(['RRU'], ...ALL)] }, { default: [term(['RW5'])] }]) {
      expect(await shown(sharing)).toEqual([nothing, nothing, nothing, nothing]);
    }
  });

  test('for a patient who is named, what is shared of that one, in place of what is shared of all', async () => {
    const all = term(['RW5', 'RV5'], ...ALL);
    const sharing = { default: [all], patients: { [BEN]: [], [ANN]: [term(['RV5'], ...ALL)] } };
    expect((await shown(sharing)).slice(0, 2)).toEqual([{ custodians: ['RV5'], pointers: [2] }, nothing]);
    const broken = { default: [], patients: { [BEN]: [all] } };
    expect((await shown(broken)).slice(0, 2)).toEqual([nothing, { custodians: ['RW5'], pointers: [3] }]);
  });

  test('of a closed organisation what its successors share: each is named by its own, a pointer shown when all do', async () => {
    const own = term(['OLD'], ...ALL);
    const one = term(['RW5'], ...ALL);
    const other = term(['RXT'], ...ALL);
    const of = async (...terms: Term[]) => (await shown({ default: terms }))[2];
    expect(await of(own)).toEqual(nothing);
    expect(await of(own, one)).toEqual({ custodians: ['RW5'], pointers: [] });
    expect(await of(one, other)).toEqual({ custodians: ['RW5', 'RXT'], pointers: [4] });
    // Nobody took over from GONE: it speaks for itself.
    expect((await shown({ default: [term(['GONE'], 'crisisPlans')] }))[3]).toEqual({
      custodians: ['GONE'],
      pointers: [5],
    });
  });

  test('what a slow reading of the same terms says, whatever they are', async () => {
    const successors = new Map([['OLD', ['RW5', 'RXT']]]);
    const terms = array(
      record({ custodians: subarray(['RW5', 'RV5', 'RXT', 'GONE', 'OLD']), recordTypes: subarray(ALL) }),
      {
        maxLength: 4,
      },
    );
    const sharings = record({ default: terms, patients: dictionary(constantFrom(ANN, BEN, CAT), terms) });
    await assert(
      asyncProperty(sharings, async (sharing) => {
        const expected = [ANN, BEN, CAT, DAN].map((patient) => {
          const hold = (custodian: string, type: string): boolean =>
            (sharing.patients[patient] ?? sharing.default).some(
              ({ custodians, recordTypes }) => custodians.includes(custodian) && recordTypes.includes(type),
            );
          const own = PUBLISHED.map(([of, by, type], i) => ({
            of,
            type,
            i,
            holders: successors.get(by) ?? [by],
          })).filter(({ of }) => of === patient);
          const custodians = new Set(own.flatMap(({ holders }) => holders));
          return {
            custodians: [...custodians].filter((custodian) => ALL.some((type) => hold(custodian, type))).sort(),
            pointers: own
              .filter(({ type, holders }) =>
                holders.every((holder) => LEADS_TO[type]?.every((recordType) => hold(holder, recordType))),
              )
              .map(({ i }) => i),
          };
        });
        expect(await shown(sharing)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

const LEADS_TO: Readonly<Record<string, readonly string[]>> = {
  [PLAN]: ['crisisPlans'],
  [SUMMARY]: ALL,
  [APPOINTMENT]: ['careContacts'],
};

describe('a request that does not say what is shared', () => {
  test.each([
    ['nothing', undefined],
    ['nothing of ours', { other: 1 }],
    ['no terms', { caregraph: { sharing: {} } }],
    ['terms that are none', { caregraph: { sharing: { default: 'everything' } } }],
    ['terms without record types', { caregraph: { sharing: { default: [{ custodians: ['RW5'] }] } } }],
    ['patients that are none', { caregraph: { sharing: { default: [], patients: [] } } }],
  ])('is told nothing of patients, and not that there is nothing: %s', async (_what, extensions) => {
    subject.extensions = extensions;
    const { data, errors } = await subject.ask(SHOWN, { n: [ANN] });
    expect(data?.patients).toEqual([{ nhsNumber: ANN, custodians: null, pointers: null }]);
    expect(errors?.map(({ path, extensions: { code } }) => [path?.at(-1), code])).toEqual([
      ['custodians', 'INVALID_PARAMETER'],
      ['pointers', 'INVALID_PARAMETER'],
    ]);
    expect(JSON.stringify(errors)).not.toContain(ANN);
  });

  test('is told of organisations all the same', async () => {
    subject.extensions = undefined;
    const { data } = await subject.ask('{ organisation(odsCode: "RW5") { name } organisations { odsCode } }');
    expect(data).toMatchObject({
      organisation: { name: 'Trust RW5' },
      organisations: { length: ORGANISATIONS.length },
    });
  });
});

describe('a custodian with a token of its own', () => {
  test.each([
    '{ patient(nhsNumber: "9876543210") { custodians } }',
    '{ patients(nhsNumbers: []) { pointers { id } } }',
    '{ organisation(odsCode: "RW5") { name } }',
    '{ organisations { name } }',
    '{ _entities(representations: [{ __typename: "Patient", nhsNumber: "9876543210" }]) { ... on Patient { custodians } } }',
    '{ _entities(representations: [{ __typename: "Organisation", odsCode: "RW5" }]) { ... on Organisation { name } } }',
  ])('cannot ask what only a gateway may: %s', async (query) => {
    subject.statements.length = 0;
    expect((await subject.ask(query, {}, 'RW5')).code).toBe('ACCESS_DENIED');
    expect(subject.statements).toEqual([]);
  });
});

describe('the types of pointers', () => {
  test('each lead to record types that a patient has', () => {
    const patient = buildASTSchema(parse(contract('trust')), { assumeValid: true, assumeValidSDL: true }).getType(
      'Patient',
    );
    const lists = isObjectType(patient)
      ? Object.values(patient.getFields()).flatMap(({ name, type }) => (isListType(type) ? name : []))
      : [];
    for (const { recordTypes } of Object.values(pointerTypes.codes)) {
      expect(recordTypes.length).toBeGreaterThan(0);
      expect(recordTypes.filter((name) => !lists.includes(name))).toEqual([]);
    }
    expect(ALL.filter((name) => !lists.includes(name))).toEqual([]);
  });
});

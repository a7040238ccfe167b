import { contract } from '@caregraph/schema/contract.ts';
import { createLog } from '@caregraph/service/log.ts';
import { createOnwardGuard } from '@caregraph/service/onward.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { testNumbers } from '../../../subgraphs/trust/conformance/nhs-numbers.ts';
import { missingFrom } from '../../../subgraphs/trust/conformance/same-contract.ts';
import { everythingOf, gatheredFields, sharedLists } from '../../../subgraphs/trust/conformance/selection.ts';
import { createTrustSubgraph, MOST_PATIENTS } from '../../../subgraphs/trust/create-trust-subgraph.ts';
import { type TrustSource, UnsupportedRecordType } from '../../../subgraphs/trust/source.ts';
import { createTestSigner, PARAMEDIC, postSigned } from '../../support/onward.ts';
import { HISTORIES, schema, TYPES } from './arbitraries.ts';
import { memorySource } from './memory-source.ts';
import {
  ANN,
  alert,
  BEN,
  CAT,
  careContact,
  contact,
  demographics,
  hospitalSpell,
  legalStatus,
  plan,
  referral,
} from './records.ts';
import { serve } from './serving.ts';

const everything = gatheredFields(schema)
  .map(({ name, type }) => `${name} ${everythingOf(type)}`)
  .join(' ');

const codes = (errors: readonly { extensions?: Record<string, unknown> | undefined }[]): unknown[] =>
  errors.map(({ extensions }) => extensions?.code);

describe('a trust’s subgraph', () => {
  it('serves the contract, whole', async () => {
    const trust = await serve(memorySource({}));
    const { data } = await trust.post('{ _service { sdl } }');
    const { sdl } = z.object({ _service: z.object({ sdl: z.string() }) }).parse(data)._service;
    expect(missingFrom(sdl, schema)).toEqual([]);
    expect(sdl).toContain('careContacts(');
    expect(sdl.match(/@gather\(/g)?.length).toBe(contract('trust').match(/@gather\(/g)?.length);
  });

  it('echoes the patients in the order asked, as often as asked', async () => {
    const trust = await serve(memorySource({}));
    const { data, errors } = await trust.ask([CAT, ANN, CAT, BEN], 'nhsNumber');
    expect(errors).toEqual([]);
    expect(data?._entities.map((patient) => patient?.nhsNumber)).toEqual([CAT, ANN, CAT, BEN]);
  });

  it('answers a patient of whom it holds nothing with empty lists', async () => {
    const trust = await serve(memorySource({ alerts: { [ANN]: [alert({ id: '1' })] } }));
    const { data, errors } = await trust.ask([BEN], everything);
    expect(errors).toEqual([]);
    expect(data?._entities[0]).toEqual(
      Object.fromEntries([...TYPES, ...Object.values(HISTORIES)].map((name) => [name, []])),
    );
  });

  it('stamps itself as the custodian and says whether somebody answers now, by the clock it is given', async () => {
    const open = contact({ id: '1', hours: [{ days: ['MONDAY'], allDay: false, opens: '09:00', closes: '17:00' }] });
    const source = memorySource({ contacts: { [ANN]: [open] } });
    const fields = 'contacts { id custodian { odsCode name } answersNow shortcomings }';
    const trust = await serve(source, { now: '2026-01-12T12:00:00Z' });
    const { data } = await trust.ask([ANN], fields);
    expect(data?._entities[0]?.contacts).toEqual([
      {
        id: '1',
        custodian: { odsCode: 'RW5', name: 'Lancashire Care' },
        answersNow: 'YES',
        shortcomings: ['NO_OUT_OF_HOURS_ADVICE'],
      },
    ]);
    const atNight = await serve(memorySource({ contacts: { [ANN]: [open] } }), { now: '2026-01-12T22:00:00Z' });
    const { data: later } = await atNight.ask([ANN], 'contacts { answersNow }');
    expect(later?._entities[0]?.contacts).toEqual([{ answersNow: 'NO' }]);
  });

  it('answers plans and alerts in force by default, and those of other states when asked, latest first', async () => {
    const trust = await serve(
      memorySource({
        crisisPlans: {
          [ANN]: [
            plan({ id: 'old', lastUpdated: '2024-01-01T00:00:00Z' }),
            plan({ id: 'new', lastUpdated: '2025-01-01T00:00:00Z' }),
            plan({ id: 'draft', status: 'DRAFT', lastUpdated: '2026-01-01T00:00:00Z' }),
            plan({ id: 'wrong', status: 'ENTERED_IN_ERROR' }),
          ],
        },
        alerts: { [ANN]: [alert({ id: 'a' }), alert({ id: 'b', status: 'INACTIVE' })] },
      }),
    );
    const { data } = await trust.ask(
      [ANN],
      'crisisPlans { id } all: crisisPlans(status: [DRAFT, ACTIVE]) { id } none: crisisPlans(status: []) { id } nothing: crisisPlans(status: null) { id } alerts { id }',
    );
    expect(data?._entities[0]).toEqual({
      crisisPlans: [{ id: 'new' }, { id: 'old' }],
      all: [{ id: 'draft' }, { id: 'new' }, { id: 'old' }],
      none: [],
      nothing: [{ id: 'new' }, { id: 'old' }],
      alerts: [{ id: 'a' }],
    });
  });

  it('says of a patient with a day of death that they have died, and of others what the source says', async () => {
    const deaths: readonly [boolean | null, string | null][] = [
      [null, '2026-01-05'],
      [false, '2026-01-05'],
      [true, null],
      [false, null],
      [null, null],
    ];
    const told = deaths.map(([deceased, deceasedDate], i) =>
      demographics({ id: String(i), lastUpdated: `2026-01-0${9 - i}T00:00:00Z`, deceased, deceasedDate }),
    );
    const trust = await serve(memorySource({ demographics: { [ANN]: told } }));
    const { data } = await trust.ask([ANN], 'demographics { deceased }');
    expect(data?._entities[0]?.demographics).toEqual([true, true, true, false, null].map((deceased) => ({ deceased })));
  });

  it('cuts care contacts at "first", 50 when nothing is said, and keeps the latest', async () => {
    const contacts = Array.from({ length: 60 }, (_, i) =>
      careContact({ id: String(i), start: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString() }),
    );
    const trust = await serve(memorySource({ careContacts: { [ANN]: contacts } }));
    const { data } = await trust.ask(
      [ANN],
      'careContacts { id } two: careContacts(first: 2) { id } zero: careContacts(first: 0) { id } all: careContacts(first: 500) { id }',
    );
    const patient = data?._entities[0];
    expect(patient?.careContacts).toHaveLength(50);
    expect(patient?.two).toEqual([{ id: '59' }, { id: '58' }]);
    expect(patient?.zero).toEqual([]);
    expect(patient?.all).toHaveLength(60);
  });

  it.each([-1, 501, 2 ** 31 - 1])('refuses "first: %d" and answers the other fields', async (first) => {
    const trust = await serve(memorySource({ alerts: { [ANN]: [alert({ id: '1' })] } }));
    const { data, errors } = await trust.ask([ANN], `alerts { id } careContacts(first: ${first}) { id }`);
    expect(codes(errors)).toEqual(['INVALID_PARAMETER']);
    expect(errors[0]?.path).toEqual(['_entities', 0, 'careContacts']);
    expect(errors[0]?.message).toBe('"first" is a whole number from 0 to 500.');
    expect(data?._entities[0]).toEqual({ alerts: [{ id: '1' }], careContacts: null });
  });
});

describe('the history of a record type', () => {
  const old = '2016-01-01T10:00:00Z';
  const holdings = {
    demographics: { [ANN]: [demographics({ id: '1', lastUpdated: old }), demographics({ id: '2' })] },
    crisisPlans: { [ANN]: [plan({ id: '1', lastUpdated: old, status: 'ENTERED_IN_ERROR' }), plan({ id: '2' })] },
    careContacts: { [ANN]: [careContact({ id: '1', start: old }), careContact({ id: '2' })] },
    hospitalSpells: { [ANN]: [hospitalSpell({ id: '1', start: old, end: old }), hospitalSpell({ id: '2' })] },
    legalStatuses: { [ANN]: [legalStatus({ id: '1', start: old, end: old }), legalStatus({ id: '2' })] },
    referrals: { [ANN]: [referral({ id: '1', start: old, end: old }), referral({ id: '2' })] },
  };

  it('is there for each type of which the contract shares one, and for no other', () => {
    expect(sharedLists(schema).map(({ list, as }) => [as.name, list.name])).toEqual(Object.entries(HISTORIES));
  });

  it('is all that the source holds of that type, whatever its status and age, in the order of the contract', async () => {
    const trust = await serve(memorySource(holdings));
    const names = Object.values(HISTORIES);
    const { data, errors } = await trust.ask([ANN], names.map((name) => `${name} { id }`).join(' '));
    expect(errors).toEqual([]);
    expect(data?._entities[0]).toEqual(Object.fromEntries(names.map((name) => [name, [{ id: '2' }, { id: '1' }]])));
  });

  it('has no limit, where the list that clients see has one', async () => {
    const contacts = Array.from({ length: 600 }, (_, i) => careContact({ id: String(i) }));
    const trust = await serve(memorySource({ careContacts: { [ANN]: contacts } }));
    const { data } = await trust.ask([ANN], 'careContactHistory { id }');
    expect(data?._entities[0]?.careContactHistory).toHaveLength(600);
  });

  it('comes of the same question to the source as the list that clients see, in one request', async () => {
    const source = memorySource(holdings);
    const trust = await serve(source);
    const lists = Object.entries(HISTORIES).map(([type, history]) => `${type} { id } ${history} { id }`);
    const { errors } = await trust.ask([ANN], lists.join(' '));
    expect(errors).toEqual([]);
    expect(source.questions.map(({ type, ask }) => `${type} ${ask.since}`)).toEqual(
      Object.keys(HISTORIES).map((type) => `${type} null`),
    );
  });

  it('is not cut by what is asked of the list that clients see', async () => {
    const trust = await serve(memorySource(holdings));
    const { data } = await trust.ask(
      [ANN],
      'careContacts(first: 1) { id } careContactHistory { id } crisisPlans(status: []) { id } crisisPlanHistory { id } referrals(since: "2026-01-01") { id } referralHistory { id }',
    );
    const patient = data?._entities[0];
    expect([patient?.careContacts, patient?.crisisPlans, patient?.referrals]).toEqual([
      [{ id: '2' }],
      [],
      [{ id: '2' }],
    ]);
    for (const list of [patient?.careContactHistory, patient?.crisisPlanHistory, patient?.referralHistory]) {
      expect(list).toEqual([{ id: '2' }, { id: '1' }]);
    }
  });

  it('is unsupported, and unavailable, when the list that clients see is', async () => {
    const trust = await serve({
      ...memorySource({}),
      referrals: async () => {
        throw new UnsupportedRecordType('referrals', 'nobody keeps them');
      },
      careContacts: async () => {
        throw new Error('no database');
      },
    });
    const { data, errors } = await trust.ask([ANN], 'referralHistory { id } careContactHistory { id } alerts { id }');
    expect(data?._entities[0]).toEqual({ referralHistory: null, careContactHistory: null, alerts: [] });
    expect(codes(errors).sort()).toEqual(['SOURCE_UNAVAILABLE', 'UNSUPPORTED']);
  });
});

describe('asking the source', () => {
  it('happens once per record type and "since" for 200 patients, whatever the aliases and arguments', async () => {
    const patients = testNumbers(200);
    const source = memorySource(
      Object.fromEntries([['alerts', Object.fromEntries(patients.map((number) => [number, [alert({ id: '1' })]]))]]),
    );
    const trust = await serve(source);
    const { data, errors } = await trust.ask(
      patients,
      `nhsNumber ${everything} old: alerts(status: [INACTIVE]) { id } few: careContacts(first: 1) { id }
       late: careContacts(since: "2026-01-01") { id } later: careContacts(since: "2026-02-01", first: 3) { id }`,
    );
    expect(errors).toEqual([]);
    expect(data?._entities.map((patient) => patient?.nhsNumber)).toEqual(patients);
    expect(data?._entities.every((patient) => JSON.stringify(patient?.alerts).includes('"1"'))).toBe(true);
    const asked = source.questions.map(({ type, ask }) => `${type} ${ask.since}`).sort();
    expect(asked).toEqual(
      [...TYPES.map((type) => `${type} null`), 'careContacts 2026-01-01', 'careContacts 2026-02-01'].sort(),
    );
    expect(source.questions.every(({ nhsNumbers }) => nhsNumbers.length === 200)).toBe(true);
  });

  it('names each patient once, however often the representations do', async () => {
    const source = memorySource({});
    const trust = await serve(source);
    await trust.ask([ANN, BEN, ANN], 'alerts { id }');
    expect(source.questions.map(({ nhsNumbers }) => nhsNumbers)).toEqual([[ANN, BEN]]);
  });

  it('does not happen for what is not asked', async () => {
    const source = memorySource({});
    const trust = await serve(source);
    await trust.ask([ANN], 'nhsNumber');
    expect(source.questions).toEqual([]);
  });

  it('ends when the caller’s deadline has passed, even when the source does not heed it', async () => {
    const seen: AbortSignal[] = [];
    const source: TrustSource = {
      ...memorySource({}),
      alerts: (_numbers, { signal }) => {
        seen.push(signal);
        return new Promise(() => {});
      },
    };
    const trust = await serve(source);
    const { data, errors } = await trust.ask([ANN], 'alerts { id } contacts { id }', { 'caregraph-deadline-ms': '50' });
    expect(codes(errors)).toEqual(['SOURCE_UNAVAILABLE']);
    expect(data?._entities[0]).toEqual({ alerts: null, contacts: [] });
    expect(seen[0]?.aborted).toBe(true);
  });
});

describe('a caller that goes after the source has failed', () => {
  it('does no harm, even to a source that throws at once', async () => {
    const { context } = createTrustSubgraph({
      organisation: { odsCode: 'RW5', name: 'Lancashire Care' },
      source: Object.assign(memorySource({}), {
        alerts: () => {
          throw new Error('at once');
        },
      }),
      log: createLog({ name: 'trust', destination: { write: () => {} } }),
      clock: () => new Date(0),
    });
    const gone = new AbortController();
    await expect(context({ caller: null, signal: gone.signal }).load('alerts', ANN, null)).rejects.toMatchObject({
      extensions: { code: 'SOURCE_UNAVAILABLE' },
    });
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', listener);
    onTestFinished(() => {
      process.off('unhandledRejection', listener);
    });
    gone.abort(new Error('gone'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });
});

describe('a source that fails', () => {
  const failing = (error: unknown): TrustSource => ({
    ...memorySource({ contacts: { [ANN]: [contact({ id: '1' })] } }),
    alerts: async () => {
      throw error;
    },
  });

  it('costs its own fields, which are null and not empty, with SOURCE_UNAVAILABLE for each patient', async () => {
    const trust = await serve(failing(new Error('connection to db-7 refused')));
    const { data, errors } = await trust.ask([ANN, BEN], 'nhsNumber alerts { id } contacts { id }');
    expect(data?._entities).toEqual([
      { nhsNumber: ANN, alerts: null, contacts: [{ id: '1' }] },
      { nhsNumber: BEN, alerts: null, contacts: [] },
    ]);
    expect(codes(errors)).toEqual(['SOURCE_UNAVAILABLE', 'SOURCE_UNAVAILABLE']);
    expect(errors.map(({ path }) => path)).toEqual([
      ['_entities', 0, 'alerts'],
      ['_entities', 1, 'alerts'],
    ]);
  });

  it('has its own words in the log, once and without NHS numbers, and nowhere else', async () => {
    const trust = await serve(failing(new Error(`no row for 999 000 0018 or ${BEN} at db-7`)));
    const answer = await trust.ask([ANN, BEN], 'alerts { id }');
    expect(JSON.stringify(answer)).not.toMatch(/db-7|9990000|999 000/);
    const lines = trust.logged.filter((line) => line.includes('db-7'));
    expect(lines).toHaveLength(1);
    expect(trust.logged.join('')).not.toMatch(/9990000018|999 000 0018|9990000026/);
  });

  it('that throws what is no error, or throws at once, is no different', async () => {
    for (const alerts of [
      () => Promise.reject('a string'),
      () => {
        throw new Error('at once');
      },
    ]) {
      const trust = await serve({ ...memorySource({}), alerts });
      const { data, errors } = await trust.ask([ANN], 'alerts { id } contacts { id }');
      expect(codes(errors)).toEqual(['SOURCE_UNAVAILABLE']);
      expect(data?._entities[0]).toEqual({ alerts: null, contacts: [] });
    }
  });

  it('that does not serve a record type at all is told apart by UNSUPPORTED', async () => {
    const trust = await serve(failing(new UnsupportedRecordType('alerts', 'nobody keeps them')));
    const { data, errors } = await trust.ask([ANN], 'alerts { id } contacts { id }');
    expect(codes(errors)).toEqual(['UNSUPPORTED']);
    expect(data?._entities[0]).toEqual({ alerts: null, contacts: [{ id: '1' }] });
    expect(trust.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it('makes the trust unready when it says that it cannot answer', async () => {
    const trust = await serve({ ...memorySource({}), ready: () => Promise.reject(new Error('no database')) });
    const answer = await fetch(`${trust.url}/health/ready`);
    expect(answer.status).toBe(503);
  });

  it('tells at /health/ready how many records it left out, by reason', async () => {
    const trust = await serve({ ...memorySource({}), unmapped: () => new Map([['alerts.text: missing', 3]]) });
    const answer = await fetch(`${trust.url}/health/ready`);
    expect(await answer.json()).toMatchObject({ status: 'ready', detail: { unmapped: { 'alerts.text: missing': 3 } } });
  });
});

describe('a source that hands over what the contract does not allow', () => {
  const handing = (alerts: unknown): TrustSource => {
    const source = memorySource({ contacts: { [ANN]: [contact({ id: '1' })] } });
    return Object.assign(source, { alerts: async () => alerts });
  };

  it('has that patient’s field refused with INVALID_RECORD and a count, and nobody else’s', async () => {
    const bad = { ...alert({ id: '2' }), status: 'On hold since Friday' };
    const trust = await serve(
      handing(
        new Map([
          [ANN, [alert({ id: '1' }), bad]],
          [BEN, [alert({ id: '3' })]],
        ]),
      ),
    );
    const { data, errors } = await trust.ask([ANN, BEN], 'alerts { id } contacts { id }');
    expect(data?._entities).toEqual([
      { alerts: null, contacts: [{ id: '1' }] },
      { alerts: [{ id: '3' }], contacts: [] },
    ]);
    expect(errors[0]?.extensions).toEqual({ code: 'INVALID_RECORD', count: 1 });
    expect(errors).toHaveLength(1);
    expect(JSON.stringify([errors, trust.logged])).not.toContain('Friday');
    expect(trust.logged.join('')).toContain('status: none of the values of AlertStatus');
  });

  it('has two records with one id refused: one of them may be another patient’s', async () => {
    const trust = await serve(handing(new Map([[ANN, [alert({ id: '1' }), alert({ id: '1', text: 'Other' })]]])));
    const { errors } = await trust.ask([ANN], 'alerts { id }');
    expect(codes(errors)).toEqual(['INVALID_RECORD']);
  });

  it('never has records of a patient who was not asked for shown', async () => {
    const trust = await serve(handing(new Map([[BEN, [alert({ id: '3' })]]])));
    const { data, errors } = await trust.ask([ANN], 'alerts { id }');
    expect(errors).toEqual([]);
    expect(data?._entities).toEqual([{ alerts: [] }]);
  });

  it.each([null, undefined, {}, [], 'none', new Map([[ANN, {}]]), new Map([[ANN, 'x']])])(
    'is taken as a fault when it is no batch at all: %j',
    async (batch) => {
      const trust = await serve(handing(batch));
      const { data, errors } = await trust.ask([ANN], 'alerts { id } contacts { id }');
      expect(codes(errors)).toEqual(['SOURCE_UNAVAILABLE']);
      expect(data?._entities[0]).toEqual({ alerts: null, contacts: [{ id: '1' }] });
    },
  );
});

describe('what the gateway asks about', () => {
  it.each([
    [{ __typename: 'Patient' }, 'INVALID_NHS_NUMBER'],
    [{ __typename: 'Patient', nhsNumber: null }, 'INVALID_NHS_NUMBER'],
    [{ __typename: 'Patient', nhsNumber: 9990000018 }, 'INVALID_NHS_NUMBER'],
    [{ __typename: 'Patient', nhsNumber: ['9990000018'] }, 'INVALID_NHS_NUMBER'],
    [{ __typename: 'Patient', nhsNumber: { toString: 'x' } }, 'INVALID_NHS_NUMBER'],
    [{ __typename: 'Patient', nhsNumber: '9990000019' }, 'INVALID_NHS_NUMBER'],
    [{ __typename: 'Patient', nhsNumber: "9990000018' or 1=1 --" }, 'INVALID_NHS_NUMBER'],
    [{ __typename: 'Organisation', odsCode: 'RW5' }, 'INVALID_PARAMETER'],
    [{ __typename: 'CrisisPlan', id: '1' }, 'INVALID_PARAMETER'],
    [{ __typename: '__proto__' }, 'INVALID_PARAMETER'],
    [{ nhsNumber: ANN }, 'INVALID_PARAMETER'],
    [[], 'INVALID_PARAMETER'],
    [7, 'INVALID_PARAMETER'],
  ])('is null with an error when it is no patient, and the others are answered: %j', async (representation, code) => {
    const trust = await serve(memorySource({}));
    const good = { __typename: 'Patient', nhsNumber: ANN };
    const { data, errors } = await trust.askAbout([representation, good], 'nhsNumber alerts { id }');
    expect(data?._entities).toEqual([null, { nhsNumber: ANN, alerts: [] }]);
    expect(codes(errors)).toEqual([code]);
    expect(errors[0]?.path).toEqual(['_entities', 0]);
    expect(JSON.stringify(errors)).not.toContain('999000001');
  });

  it('does not reach a prototype by the keys of a representation', async () => {
    const trust = await serve(memorySource({}));
    const hostile = '__proto__: { alerts: [{ id: "x" }] }, constructor: { prototype: { polluted: 1 } }';
    const { data } = await trust.post(
      `{ _entities(representations: [{ __typename: "Patient", nhsNumber: "${ANN}", ${hostile} }]) { ... on Patient { nhsNumber alerts { id } } } }`,
    );
    expect(data?._entities).toEqual([{ nhsNumber: ANN, alerts: [] }]);
    expect(Reflect.get({}, 'alerts')).toBeUndefined();
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    const refused = await fetch(`${trust.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":"{__typename}","variables":{"r":{"__proto__":{"polluted":1}}}}`,
    });
    expect(refused.status).toBe(400);
  });

  it('can be a thousand patients, and is refused with the number that would be right when it is more', async () => {
    const source = memorySource({});
    const trust = await serve(source);
    const many = testNumbers(MOST_PATIENTS + 1);
    const { data } = await trust.ask(many.slice(1), 'nhsNumber alerts { id }');
    expect(data?._entities).toHaveLength(MOST_PATIENTS);
    const before = source.questions.length;
    const refused = await trust.ask(many, 'nhsNumber alerts { id }');
    expect(codes(refused.errors)).toEqual(['INVALID_PARAMETER']);
    expect(refused.errors[0]?.message).toContain('1000');
    expect(source.questions.length).toBe(before);
  });

  it('may carry the custodians that the gateway’s planner adds', async () => {
    const trust = await serve(memorySource({}));
    const { data, errors } = await trust.askAbout(
      [{ __typename: 'Patient', nhsNumber: ANN, custodians: ['RW5', 'RXT'] }],
      'nhsNumber',
    );
    expect(errors).toEqual([]);
    expect(data?._entities).toEqual([{ nhsNumber: ANN }]);
  });
});

describe('on whose behalf the gateway asks', () => {
  it('is told to the source, which may decide by it', async () => {
    const gateway = createTestSigner();
    onTestFinished(() => gateway.close());
    const source = memorySource({ alerts: { [ANN]: [alert({ id: '1' })] } });
    const careful: TrustSource = {
      ...source,
      alerts: async (nhsNumbers, ask) =>
        ask.caller?.role === 'paramedic' ? source.alerts(nhsNumbers, ask) : new Map<string, never>(),
    };
    const guard = createOnwardGuard({ ...gateway, audience: 'RW5', now: () => new Date() });
    const trust = await serve(careful, { guard });
    const query = `{ _entities(representations: [{ __typename: "Patient", nhsNumber: "${ANN}" }]) { ... on Patient { alerts { id } } } }`;
    const askAs = async (role: string) =>
      (await postSigned(gateway, 'RW5', `${trust.url}/graphql`, { query }, { ...PARAMEDIC, role })).json();
    expect(await askAs('paramedic')).toEqual({ data: { _entities: [{ alerts: [{ id: '1' }] }] } });
    expect(await askAs('midwife')).toEqual({ data: { _entities: [{ alerts: [] }] } });
    expect(source.questions.map(({ ask }) => ask.caller)).toEqual([PARAMEDIC]);
  });

  it('is nobody’s where everybody is let in', async () => {
    const source = memorySource({});
    const trust = await serve(source);
    await trust.ask([ANN], 'alerts { id }');
    expect(source.questions.map(({ ask }) => ask.caller)).toEqual([null]);
  });
});

describe('one request', () => {
  it('does not see what another one loaded', async () => {
    const source = memorySource({ hospitalSpells: { [ANN]: [hospitalSpell({ id: '1' })] } });
    const subgraph = createTrustSubgraph({
      organisation: { odsCode: 'RW5', name: 'Lancashire Care' },
      source,
      log: createLog({ name: 'trust', destination: { write: () => {} } }),
      clock: () => new Date(0),
    });
    const aborts = new AbortController();
    onTestFinished(() => aborts.abort());
    for (let i = 0; i < 2; i += 1) {
      const { load } = subgraph.context({ caller: null, signal: aborts.signal });
      expect(await load('hospitalSpells', ANN, null)).toHaveLength(1);
      expect(await load('hospitalSpells', ANN, null)).toHaveLength(1);
    }
    expect(source.questions).toHaveLength(2);
  });
});

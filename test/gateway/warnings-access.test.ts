import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memorySource } from '../subgraphs/trust/memory-source.ts';
import { careContact, plan } from '../support/records.ts';
import { type Answer, type Consortium, type Data, STARTING_MS, startConsortium, type Who } from './consortium.ts';

/*
 * Who may see warnings, and what stands on record of it: over the whole consortium, with the agreements of the demo.
 */

const PATIENT = '9990200025';
const DAY_MS = 86_400_000;
const ago = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();

const met = (id: string, days: number) =>
  careContact(id, ago(days), {
    lastUpdated: ago(days),
    attendStatus: 'ATTENDED',
    planned: false,
    reason: 'Something said in confidence.',
    team: { name: 'Liaison', type: { system: null, code: 'A11', display: null } },
  });

const pointer = {
  key: 'summary',
  subject: PATIENT,
  type: '824321000000109',
  content: [
    {
      url: 'https://records.example/contact',
      contentType: 'text/html',
      format: 'urn:nhs-ic:record-contact',
      created: null,
    },
  ],
  practiceSetting: null,
  periodStart: null,
  periodEnd: null,
};

const WARNINGS = `query Warnings($n: NHSNumber!) { patient(nhsNumber: $n) { nhsNumber warningsStatus
  warnings { rule status severity text since events { id } window evaluatedOver { odsCode } missing } } }`;

const NURSE: Who = { organisation: 'RXT', role: 'crisis-clinician' };
const MIDWIFE: Who = { organisation: 'RXT', role: 'midwife' };
const LONDON: Who = { organisation: 'RRU', role: 'paramedic' };
const OFFICER: Who = { organisation: 'RXT', role: 'privacy-officer' };

let consortium: Consortium;
beforeAll(async () => {
  consortium = await startConsortium({
    custodians: [
      {
        odsCode: 'RXT',
        source: memorySource(
          { careContacts: { [PATIENT]: [met('1', 2), met('2', 400)] }, crisisPlans: { [PATIENT]: [plan('p')] } },
          [pointer],
        ),
      },
      { odsCode: 'TAJ', source: memorySource({ careContacts: { [PATIENT]: [met('3', 8)] } }, [pointer]) },
    ],
  });
}, STARTING_MS);
afterAll(() => consortium[Symbol.asyncDispose]());

const ask = (who: Who, query = WARNINGS): Promise<Answer> => consortium.ask(who, query, { n: PATIENT });

const warning = (answer: Answer, rule: string): Data =>
  answer.data.patient.warnings.find((each: { rule: string }) => each.rule === rule);

describe('a role', () => {
  test('that may see the contacts sees a warning with the contacts behind it', async () => {
    const answer = await ask(NURSE);
    expect(answer.errors).toEqual([]);
    expect(warning(answer, 'MULTI_TRUST')).toMatchObject({
      status: 'RAISED',
      events: [{ id: 'TAJ:3' }, { id: 'RXT:1' }],
    });
  });

  test('that may see warnings and not the contacts behind them sees rule and text, and not the events', async () => {
    const answer = await ask(MIDWIFE);
    const { rule, status, text, events } = warning(answer, 'MULTI_TRUST');
    expect({ rule, status, events }).toEqual({ rule: 'MULTI_TRUST', status: 'RAISED', events: null });
    expect(text).toMatch(/^2 trusts met this patient unplanned in the last 28 days/);
    expect(answer.text).not.toMatch(/TAJ:3|RXT:1|in confidence/);
    expect(new Set(answer.errors.map(({ extensions }) => extensions?.code))).toEqual(new Set(['FORBIDDEN']));
    const contacts = await ask(MIDWIFE, 'query ($n: NHSNumber!) { patient(nhsNumber: $n) { careContacts { id } } }');
    expect(contacts.data.patient.careContacts).toBeNull();
    expect(contacts.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  test('that looks after nobody sees no warnings at all', async () => {
    const answer = await ask(OFFICER);
    expect(answer.data.patient).toMatchObject({ warnings: null, warningsStatus: null });
    expect(answer.text).not.toContain('MULTI_TRUST');
  });

  test('may know the rules, whatever it is', async () => {
    const { data, errors } = await ask(OFFICER, '{ warningRules { id says parameters { name value } } }');
    expect(errors).toEqual([]);
    expect(data.warningRules).toHaveLength(11);
  });
});

describe('a caller', () => {
  test('with whom nothing is shared is warned of nothing, and cannot tell that there is anything', async () => {
    const answer = await ask(LONDON);
    expect(answer.errors).toEqual([]);
    expect(answer.data.patient).toEqual({ nhsNumber: PATIENT, warningsStatus: 'NONE_RAISED', warnings: [] });
    expect(answer.text).not.toMatch(/RXT|TAJ/);
  });

  test('who has broken the glass is warned by what the glass had kept', async () => {
    const glass = await consortium.ask(
      LONDON,
      'mutation ($n: NHSNumber!, $why: String!) { breakGlass(nhsNumber: $n, reason: $why) { id } }',
      { n: PATIENT, why: 'Found on a bridge at night, silent, and alone; we must know his history.' },
    );
    expect(glass.errors).toEqual([]);
    const answer = await ask({ ...LONDON });
    expect(warning(answer, 'MULTI_TRUST')).toMatchObject({
      status: 'RAISED',
      events: [{ id: 'TAJ:3' }, { id: 'RXT:1' }],
    });
  });
});

describe('the audit', () => {
  test('knows which records were read for a warning, of whom, and that they were not shown', async () => {
    const before = consortium.gateway.entries().length;
    await ask(MIDWIFE);
    const [entry, ...more] = consortium.gateway.entries().slice(before);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      caller: { role: 'midwife' },
      patients: [PATIENT],
      custodians: [
        { custodian: 'RXT', outcome: 'ANSWERED', records: 0, read: 3 },
        { custodian: 'TAJ', outcome: 'ANSWERED', records: 0, read: 1 },
      ],
    });
    expect(entry?.recordTypes).toEqual(
      expect.arrayContaining([
        'warnings',
        'warningsStatus',
        'careContacts',
        'crisisPlans',
        'demographics',
        'hospitalSpells',
        'legalStatuses',
        'referrals',
      ]),
    );
    expect(JSON.stringify(entry)).not.toContain('History');
  });

  test('tells a privacy officer the same', async () => {
    const { data, errors } = await ask(
      OFFICER,
      `query ($n: NHSNumber!) { accessLog(nhsNumber: $n) { entries { role recordTypes sources { custodian { odsCode } records read } } } }`,
    );
    expect(errors).toEqual([]);
    const looks = data.accessLog.entries.filter(({ role }: { role: string }) => role === 'midwife');
    expect(looks).toContainEqual({
      role: 'midwife',
      recordTypes: expect.arrayContaining(['warnings', 'careContacts']),
      sources: [
        { custodian: { odsCode: 'RXT' }, records: 0, read: 3 },
        { custodian: { odsCode: 'TAJ' }, records: 0, read: 1 },
      ],
    });
  });

  test('has each call to the early-warning subgraph made on behalf of the user, and for this look', async () => {
    const before = consortium.earlyWarning.calls.length;
    const entries = consortium.gateway.entries().length;
    await ask(NURSE);
    const [call, ...more] = consortium.earlyWarning.calls.slice(before);
    expect(more).toEqual([]);
    const [entry] = consortium.gateway.entries().slice(entries);
    expect(call?.caller).toMatchObject({ organisation: 'RXT', role: 'crisis-clinician', accessId: entry?.id });
  });
});

test('the early-warning subgraph answers nobody but its gateway', async () => {
  const body = JSON.stringify({ query: '{ warningRules { id } }' });
  const headers = { 'content-type': 'application/json' };
  for (const authorization of [undefined, 'Bearer nothing', await consortium.authorization(NURSE)]) {
    const response = await fetch(`${consortium.earlyWarning.url}/graphql`, {
      method: 'POST',
      body,
      headers: { ...headers, ...(authorization && { authorization }) },
    });
    expect(response.status).toBe(401);
  }
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { type Answer, type Consortium, everythingOf, STARTING_MS, startConsortium, type Who } from './consortium.ts';

const numbers = nhsNumbers(40);
const newPatient = (): string => numbers.shift() ?? '';

/** RXT and RYG share in an emergency, RYG crisis plans alone; TAJ shares with its own region only; RW5 shares contacts, and more in an emergency. */
const AGREEMENTS = {
  'emergency.yaml': `
id: emergency
name: Emergencies
from: 2020-01-01
custodians: [RXT, RW5]
shares:
  - { level: CONTENT, emergency: true, recordTypes: all, consumers: [RRU, RX6], roles: [paramedic], purposes: [directcare] }
`,
  'emergency-plans.yaml': `
id: emergency-plans
name: Crisis plans in emergencies
from: 2020-01-01
custodians: [RYG]
shares:
  - { level: CONTENT, emergency: true, recordTypes: [crisisPlans], consumers: [RRU], roles: [paramedic], purposes: [directcare] }
`,
  'region.yaml': `
id: region
name: The region
from: 2020-01-01
custodians: [TAJ]
shares:
  - { level: CONTENT, recordTypes: all, consumers: [RXT], roles: clinicians, purposes: [directcare] }
`,
  'contacts.yaml': `
id: contacts
name: Whom to ring
from: 2020-01-01
custodians: [RW5]
shares:
  - { level: CONTENT, recordTypes: [contacts], consumers: everybody, roles: clinicians, purposes: [directcare] }
`,
};

const PATIENTS = [...numbers];
const CUSTODIANS = ['RW5', 'RXT', 'RYG', 'TAJ'];
const MINUTES = 60_000;

let consortium: Consortium;
beforeAll(async () => {
  consortium = await startConsortium({
    custodians: CUSTODIANS.map((odsCode) => everythingOf(odsCode, PATIENTS)),
    agreements: AGREEMENTS,
    gateways: 2,
    lasting: true,
    segmentBytes: 1_000_000,
    glassMinutes: 30,
  });
}, STARTING_MS);
afterAll(() => consortium[Symbol.asyncDispose]());

let users = 0;
/** A paramedic who has not been here before. */
const newParamedic = (organisation = 'RRU'): Who & { user: string } => ({
  organisation,
  role: 'paramedic',
  user: `paramedic ${++users}`,
});
const officer = (organisation: string): Who => ({ organisation, role: 'privacy-officer' });

const REASON = 'Found unconscious on the platform; we must know what she has taken and whom to ring.';
const BREAK_GLASS = `mutation Break($n: NHSNumber!, $reason: String!) { breakGlass(nhsNumber: $n, reason: $reason) { id until } }`;
const LOOK = `query Look($n: NHSNumber!) { patient(nhsNumber: $n) {
  sources { custodian { odsCode } status } crisisPlans { id } alerts { id } contacts { id } } }`;
const REVIEWS = `query ($state: ReviewState) { reviews(state: $state, first: 500) {
  id user organisation { odsCode } role reason nhsNumber at until state finding closedBy } }`;

async function breakGlass(who: Who, nhsNumber: string, reason = REASON): Promise<string> {
  const { data, errors } = await consortium.ask(who, BREAK_GLASS, { n: nhsNumber, reason });
  expect(errors).toEqual([]);
  return data.breakGlass.id;
}

const look = (who: Who, nhsNumber: string, gateway = consortium.gateway): Promise<Answer> =>
  gateway.ask(who, LOOK, { n: nhsNumber });

/** What an answer gave, list by list; and whether it was given with all the broken glass, or without. */
function given({ data }: Answer) {
  const { crisisPlans, alerts, contacts } = data.patient;
  const custodians = (list: { id: string }[] | null) => list?.map(({ id }) => id.split(':')[0]).sort() ?? null;
  return { crisisPlans: custodians(crisisPlans), alerts: custodians(alerts), contacts: custodians(contacts) };
}
const WITHOUT = { crisisPlans: null, alerts: null, contacts: ['RW5'] };
const WITH = { crisisPlans: ['RW5', 'RXT', 'RYG'], alerts: ['RW5', 'RXT'], contacts: ['RW5', 'RXT'] };

async function reviewsOf(organisation: string, state = 'OPEN'): Promise<Review[]> {
  const { data, errors } = await consortium.ask(officer(organisation), REVIEWS, { state });
  expect(errors).toEqual([]);
  return data.reviews;
}
interface Review {
  readonly id: string;
  readonly user: string;
  readonly nhsNumber: string;
}

describe('the glass is broken', () => {
  test.each([
    ['in another role', { organisation: 'RRU', role: 'midwife' }],
    ['at another organisation', { organisation: 'RJ1', role: 'paramedic' }],
    ['for another purpose', { organisation: 'RRU', role: 'paramedic', purpose: 'patientaccess' }],
    ['by those with whom there is an ordinary agreement', { organisation: 'RXT', role: 'crisis-clinician' }],
    ['by a privacy officer', { organisation: 'RRU', role: 'privacy-officer' }],
  ] as const)('by nobody with whom no agreement says so: not %s, and nothing is stored', async (_what, asked) => {
    const who: Who = { ...asked, user: `refused ${++users}` };
    const patient = newPatient();
    const events = consortium.events.length;
    const { data, errors, status } = await consortium.ask(who, BREAK_GLASS, { n: patient, reason: REASON });
    expect({ status, code: errors.map(({ extensions }) => extensions?.code) }).toEqual({
      status: 200,
      code: ['FORBIDDEN'],
    });
    expect(data?.breakGlass ?? null).toBeNull();
    expect((await reviewsOf(who.organisation)).filter(({ user }) => user === who.user)).toEqual([]);
    expect(consortium.events).toHaveLength(events);
  });

  test.each([
    ['none', ''],
    ['blanks', '                         '],
    ['one word', 'Emergency'],
    ['keys leant upon', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
    ['the same word again and again', 'urgent urgent urgent urgent urgent urgent'],
    ['a book', 'The patient was found here. '.repeat(40)],
  ])('with a reason of substance: %s is refused, and nothing is stored', async (_what, reason) => {
    const who = newParamedic();
    const patient = newPatient();
    const { data, errors } = await consortium.ask(who, BREAK_GLASS, { n: patient, reason });
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['INVALID_PARAMETER']);
    expect(data.breakGlass).toBeNull();
    expect((await reviewsOf('RRU')).filter(({ user }) => user === who.user)).toEqual([]);
    expect(given(await look(who, patient))).toEqual(WITHOUT);
  });

  test('and gives content at once, from those custodians who allow it, and no others', async () => {
    const who = newParamedic();
    const patient = newPatient();
    const before = await look(who, patient);
    expect(given(before)).toEqual(WITHOUT);
    expect(before.text).not.toMatch(/RXT|RYG|TAJ/);
    await breakGlass(who, patient);
    const after = await look(who, patient);
    expect(given(after)).toEqual(WITH);
    expect(after.data.patient.sources.map(({ custodian, status }: Sourced) => [custodian.odsCode, status])).toEqual([
      ['RW5', 'ANSWERED'],
      ['RXT', 'ANSWERED'],
      ['RYG', 'PARTIAL'],
    ]);
    expect(after.text).not.toContain('TAJ');
  });

  test('for this user, at this organisation, for this patient, and in no other case', async () => {
    const who = newParamedic();
    const patient = newPatient();
    await breakGlass(who, patient);
    expect(given(await look(newParamedic(), patient))).toEqual(WITHOUT);
    expect(given(await look({ ...who, organisation: 'RX6' }, patient))).toEqual(WITHOUT);
    expect(given(await look({ ...who, role: 'midwife' }, patient))).toEqual(WITHOUT);
    expect(given(await look(who, newPatient()))).toEqual(WITHOUT);
    expect(given(await look(who, patient))).toEqual(WITH);
  });

  test('for one patient of a caseload, and not for those beside', async () => {
    const who = newParamedic();
    const [one = '', other = ''] = [newPatient(), newPatient()];
    await breakGlass(who, other);
    const { data } = await consortium.ask(
      who,
      'query ($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { nhsNumber alerts { id } pointers { custodian { odsCode } } } }',
      { n: [one, other, one] },
    );
    const [first, second, third] = data.patients;
    const pointing = (patient: { pointers: { custodian: { odsCode: string } }[] }) =>
      [...new Set(patient.pointers.map(({ custodian }) => custodian.odsCode))].sort();
    expect([first.alerts, third.alerts]).toEqual([null, null]);
    expect(second.alerts).toHaveLength(2);
    expect([pointing(first), pointing(second), pointing(third)]).toEqual([[], ['RW5', 'RXT', 'RYG'], []]);
  });

  test('for the time that it is given, and not a moment after', async () => {
    const who = newParamedic();
    const patient = newPatient();
    await breakGlass(who, patient);
    consortium.pass(29 * MINUTES);
    expect(given(await look(who, patient))).toEqual(WITH);
    consortium.pass(1 * MINUTES);
    const after = await look(who, patient);
    expect(given(after)).toEqual(WITHOUT);
    expect(after.text).not.toMatch(/RXT|RYG|TAJ/);
  });

  test('in words that any client may choose: aliases, literals, fragments, several at once', async () => {
    const who = newParamedic();
    const [one = '', other = ''] = [newPatient(), newPatient()];
    const { data, errors } = await consortium.ask(
      who,
      `mutation { first: breakGlass(nhsNumber: "${one}", reason: "${REASON}") { id } ...more }
       fragment more on Mutation { second: breakGlass(nhsNumber: "${other}", reason: "${REASON}") { id } }`,
    );
    expect(errors).toEqual([]);
    expect(data.first.id).not.toBe(data.second.id);
    expect(given(await look(who, one))).toEqual(WITH);
    expect(given(await look(who, other))).toEqual(WITH);
    const refused = await consortium.ask(
      { organisation: 'RJ1', role: 'paramedic' },
      `mutation { __typename ...more } fragment more on Mutation { x: breakGlass(nhsNumber: "${one}", reason: "${REASON}") { id } }`,
    );
    expect(refused.errors.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN']);
    expect(await reviewsOf('RJ1')).toEqual([]);
  });
});

interface Sourced {
  readonly custodian: { readonly odsCode: string };
  readonly status: string;
}

describe('a privacy officer', () => {
  test('of the user’s organisation is told at once, without a word of the patient', async () => {
    const who = newParamedic();
    const patient = newPatient();
    const came = consortium.events.length;
    const id = await breakGlass(who, patient, `${REASON} Her number is ${patient}.`);
    await consortium.eventsCame(came + 1);
    const text = consortium.events.find((event) => event.includes(id)) ?? '';
    expect(JSON.parse(text)).toMatchObject({
      specversion: '1.0',
      id,
      data: { review: id, user: who.user, organisation: 'RRU', role: 'paramedic' },
    });
    expect(text).not.toContain('unconscious');
    expect(text.replace(/[^0-9]/g, '')).not.toContain(patient);
  });

  test('of the user’s organisation has it to review, and of another has not', async () => {
    const who = newParamedic();
    const patient = newPatient();
    const id = await breakGlass(who, patient);
    const mine = (reviews: Review[]) => reviews.filter((review) => review.id === id);
    expect(mine(await reviewsOf('RRU'))).toEqual([
      expect.objectContaining({
        user: who.user,
        organisation: { odsCode: 'RRU' },
        role: 'paramedic',
        reason: REASON,
        nhsNumber: patient,
        state: 'OPEN',
        finding: null,
      }),
    ]);
    expect(mine(await reviewsOf('RX6'))).toEqual([]);
    const CLOSE = 'mutation ($id: ID!) { closeReview(id: $id, finding: JUSTIFIED) { state finding closedBy } }';
    const foreign = await consortium.ask(officer('RX6'), CLOSE, { id });
    expect(foreign.data.closeReview).toBeNull();
    expect(foreign.errors.map(({ extensions }) => extensions?.code)).toEqual(['NO_RECORD_FOUND']);
    const paramedic = await consortium.ask(who, CLOSE, { id });
    expect(paramedic.errors.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN']);
    expect(mine(await reviewsOf('RRU'))).toHaveLength(1);
    const closed = await consortium.ask(officer('RRU'), CLOSE, { id });
    expect(closed.data.closeReview).toEqual({
      state: 'CLOSED',
      finding: 'JUSTIFIED',
      closedBy: 'privacy-officer-RRU',
    });
    expect(mine(await reviewsOf('RRU'))).toEqual([]);
    expect(mine(await reviewsOf('RRU', 'CLOSED'))).toHaveLength(1);
    // A review is about what was done. It takes nothing from whoever is still with the patient.
    expect(given(await look(who, patient))).toEqual(WITH);
  });
});

describe('the audit', () => {
  test('names the grants that a look relied on, and none where none was', async () => {
    const who = newParamedic();
    const [patient = '', other = ''] = [newPatient(), newPatient()];
    await look(who, patient);
    const id = await breakGlass(who, patient);
    await look(who, patient);
    await look(who, other);
    await look(newParamedic(), patient);
    const entries = consortium.gateway.entries().slice(-5);
    expect(entries.map(({ operation, breakGlass }) => [operation.fields, breakGlass])).toEqual([
      [['patient'], []],
      [['breakGlass'], []],
      [['patient'], [id]],
      [['patient'], []],
      [['patient'], []],
    ]);
    expect(entries.map(({ patients }) => patients)).toEqual([[patient], [patient], [patient], [other], [patient]]);
  });
});

describe('broken glass', () => {
  test('holds at once on every gateway, and when all of them and the access subgraph have begun anew', async () => {
    const [first, second] = consortium.gateways;
    if (!first || !second) throw new Error('There are two gateways.');
    const who = newParamedic();
    const patient = newPatient();
    await breakGlass(who, patient);
    expect(given(await look(who, patient, second))).toEqual(WITH);
    await Promise.all([first.stop(), second.stop()]);
    await consortium.access.stop();
    await consortium.access.start();
    await Promise.all([first.start(), second.start()]);
    expect(given(await look(who, patient, first))).toEqual(WITH);
    expect(given(await look(who, patient, second))).toEqual(WITH);
    expect(given(await look(newParamedic(), patient, second))).toEqual(WITHOUT);
    expect((await reviewsOf('RRU')).filter(({ user }) => user === who.user)).toHaveLength(1);
    for (const gateway of consortium.gateways) expect(gateway.findings()).toEqual([]);
  });

  test('that cannot be asked after does not stop care: the rest is given, and it is said that this is not all', async () => {
    const who = newParamedic();
    const patient = newPatient();
    await breakGlass(who, patient);
    await consortium.access.stop();
    try {
      const { status, errors, ...answer } = await look(who, patient);
      expect(status).toBe(200);
      expect(given({ status, errors, ...answer })).toEqual(WITHOUT);
      expect(errors.map(({ extensions }) => extensions?.code)).toContain('BREAK_GLASS_UNAVAILABLE');
      // Of those to whom it could make no difference, nobody asks, and nobody is told.
      const midwife = await look({ organisation: 'RRU', role: 'midwife' }, patient);
      expect(given(midwife)).toEqual(WITHOUT);
      expect(midwife.text).not.toContain('BREAK_GLASS_UNAVAILABLE');
      const breaking = await consortium.ask(newParamedic(), BREAK_GLASS, { n: patient, reason: REASON });
      expect(breaking.data.breakGlass).toBeNull();
      expect(breaking.errors.map(({ extensions }) => extensions?.code)).toEqual(
        expect.arrayContaining(['UNAVAILABLE']),
      );
    } finally {
      await consortium.access.start();
    }
    expect(given(await look(who, patient))).toEqual(WITH);
  });
});

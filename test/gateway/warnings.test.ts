import { describe, expect, test } from 'vitest';
import type { Holdings } from '../subgraphs/trust/memory-source.ts';
import type { Answer, Data } from '../support/gateway.ts';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { careContact, plan, referral } from '../support/records.ts';
import { agreement, inForce, term } from './agreements.ts';
import { type World, world } from './world.ts';

const [patient, other, ...many] = nhsNumbers(202) as [string, string, ...string[]];

const DAY_MS = 86_400_000;
const ago = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();

/** A meeting that nobody had planned, with a team of a crisis type. */
const met = (id: string, days: number, more: Parameters<typeof careContact>[2] = {}) =>
  careContact(id, ago(days), {
    lastUpdated: ago(days),
    attendStatus: 'ATTENDED_ON_TIME',
    planned: false,
    consultationMechanism: { system: null, code: '01', display: null },
    team: { name: 'Liaison', type: { system: null, code: 'A11', display: null } },
    ...more,
  });

const WARNINGS = `warningsStatus warnings { rule status severity text since window thresholds missing
  events { kind date id custodian { odsCode name } } evaluatedOver { odsCode name } }`;

const ask = (w: World<string>, fields: string, n = patient): Promise<Answer> =>
  w.gateway.ask(`query Warnings($n: NHSNumber!) { patient(nhsNumber: $n) { ${fields} } }`, { n });

/** Two trusts that have each met the patient this month, of whom one holds a plan that is in force. */
const twoTrusts = (options: Parameters<typeof world>[2] = {}): Promise<World<'RXT' | 'TAJ'>> =>
  world(
    {
      RXT: { careContacts: { [patient]: [met('1', 3)] }, crisisPlans: { [patient]: [plan('p')] } },
      TAJ: { careContacts: { [patient]: [met('2', 9)] } },
    },
    { [patient]: ['RXT', 'TAJ'] },
    options,
  );

const rules = (answer: Answer): Record<string, Data> =>
  Object.fromEntries(answer.data.patient.warnings.map((warning: { rule: string }) => [warning.rule, warning]));

describe('warnings', () => {
  test('are worked out over what all trusts hold together, which none of them could see alone', async () => {
    await using w = await twoTrusts();
    const answer = await ask(w, WARNINGS);
    expect(answer.errors).toEqual([]);
    expect(answer.data.patient.warningsStatus).toBe('RAISED');
    expect(rules(answer).MULTI_TRUST).toMatchObject({
      status: 'RAISED',
      severity: 'HIGH',
      text: '2 trusts met this patient unplanned in the last 28 days: Trust RXT and Trust TAJ. Each may not know of the others.',
      events: [
        { kind: 'CARE_CONTACT', id: 'TAJ:2', custodian: { odsCode: 'TAJ', name: 'Trust TAJ' } },
        { kind: 'CARE_CONTACT', id: 'RXT:1', custodian: { odsCode: 'RXT', name: 'Trust RXT' } },
      ],
      thresholds: ['trusts: 2 trusts', 'days: 28 days'],
      evaluatedOver: [
        { odsCode: 'RXT', name: 'Trust RXT' },
        { odsCode: 'TAJ', name: 'Trust TAJ' },
      ],
      missing: [],
    });
  });

  test('are none, and every rule settled, for a patient of whom everybody has answered and nothing speaks', async () => {
    await using w = await world({ RXT: {} }, { [patient]: ['RXT'] });
    const { data, errors } = await ask(w, WARNINGS);
    expect(errors).toEqual([]);
    expect(data.patient).toEqual({ warningsStatus: 'NONE_RAISED', warnings: [] });
  });

  test('that depend on a trust that is stopped are UNDETERMINED, and others still speak', async () => {
    await using w = await world(
      {
        RXT: { careContacts: { [patient]: [met('1', 3)] } },
        TAJ: { careContacts: { [patient]: [met('2', 9)] } },
        RYG: {},
      },
      { [patient]: ['RXT', 'TAJ', 'RYG'] },
    );
    const whole = await ask(w, WARNINGS);
    expect(rules(whole).NO_CURRENT_PLAN.status).toBe('RAISED');
    await w.trusts.RYG.stop();
    const answer = await ask(w, WARNINGS);
    // Two trusts have met the patient, whatever the third knows.
    expect(rules(answer).MULTI_TRUST).toMatchObject({
      status: 'RAISED',
      evaluatedOver: [{ odsCode: 'RXT' }, { odsCode: 'TAJ' }],
      missing: ['RYG careContacts UNAVAILABLE'],
    });
    // The third may hold a plan.
    expect(rules(answer).NO_CURRENT_PLAN).toMatchObject({
      status: 'UNDETERMINED',
      missing: ['RYG careContacts UNAVAILABLE', 'RYG crisisPlans UNAVAILABLE'],
    });
    expect(rules(answer).DETAINED).toMatchObject({ status: 'UNDETERMINED', since: null, events: [] });
    expect(answer.data.patient.warningsStatus).toBe('RAISED');
  });

  test('are UNDETERMINED, all that might speak, when nobody answers: never none', async () => {
    await using w = await twoTrusts();
    await Promise.all([w.trusts.RXT.stop(), w.trusts.TAJ.stop()]);
    const answer = await ask(w, WARNINGS);
    expect(answer.data.patient.warningsStatus).toBe('UNDETERMINED');
    expect(Object.values(rules(answer)).map(({ status }) => status)).toEqual(Array(11).fill('UNDETERMINED'));
  });

  test('come in time although a trust hangs until the time is over', async () => {
    await using w = await twoTrusts({ deadlineMs: 2_000 });
    // Once, so that everything is planned and connected.
    await ask(w, WARNINGS);
    const { promise, resolve } = Promise.withResolvers<void>();
    w.trusts.TAJ.hold = () => promise;
    try {
      const answer = await ask(w, WARNINGS);
      expect(rules(answer).MULTI_TRUST).toMatchObject({
        status: 'UNDETERMINED',
        missing: ['TAJ careContacts TIMED_OUT'],
      });
    } finally {
      resolve();
    }
  });

  test('are null, with an error, when the subgraph that works them out is away: records come all the same', async () => {
    await using w = await twoTrusts();
    await w.earlyWarning.stop();
    const { data, errors } = await ask(w, `${WARNINGS} careContacts { id }`);
    expect(data.patient).toMatchObject({
      warnings: null,
      warningsStatus: null,
      careContacts: [{ id: 'RXT:1' }, { id: 'TAJ:2' }],
    });
    expect(errors.map(({ extensions }) => extensions?.code)).toContain('UNAVAILABLE');
    expect(JSON.stringify(errors)).not.toContain('History');
  });

  test('say that somebody else may hold something when the index is lost', async () => {
    await using w = await twoTrusts();
    await w.locator.stop();
    const answer = await ask(w, WARNINGS);
    expect(rules(answer).MULTI_TRUST.status).toBe('RAISED');
    expect(rules(answer).CONFLICTING_PLANS).toMatchObject({
      status: 'UNDETERMINED',
      missing: ['* crisisPlans INDEX_UNAVAILABLE'],
    });
  });

  test('are as of a moment what would have been said then', async () => {
    await using w = await twoTrusts();
    const answer = await w.gateway.ask(
      `query ($n: NHSNumber!, $early: DateTime!, $later: DateTime!) { patient(nhsNumber: $n) {
        early: warnings(asOf: $early) { rule status } later: warnings(asOf: $later) { rule status }
        status: warningsStatus(asOf: $early) } }`,
      { n: patient, early: ago(5), later: ago(1) },
    );
    const { patient: told } = answer.data;
    expect(told.early).not.toContainEqual({ rule: 'MULTI_TRUST', status: 'RAISED' });
    expect(told.later).toContainEqual({ rule: 'MULTI_TRUST', status: 'RAISED' });
    expect(w.earlyWarning.received).toHaveLength(1);
  });

  test('refuse a moment that is none, without repeating it', async () => {
    await using w = await twoTrusts();
    const { status, errors } = await ask(w, 'warnings(asOf: "yesterday") { rule }');
    expect(status).toBe(400);
    expect(errors[0]?.message).toContain('YYYY-MM-DDThh:mm:ssZ');
  });
});

describe('what warnings are worked out from', () => {
  test('costs one request to the early-warning subgraph, and one to each trust, whatever else is asked of it', async () => {
    const queries = [
      `patient(nhsNumber: $n) { ${WARNINGS} }`,
      `patient(nhsNumber: $n) { ${WARNINGS} careContacts(first: 1) { id } crisisPlans { id } sources { status } completeness }`,
      `patient(nhsNumber: $n) { warningsStatus careContacts { id } ... on Patient @include(if: $yes) { warnings { rule } } }`,
      `patient(nhsNumber: $n) { careContacts { id } ...Later @include(if: $yes) }`,
      `patient(nhsNumber: $n) { a: warnings { rule } b: warnings(asOf: "2026-01-01T00:00:00Z") { rule } attention }`,
      `patients(nhsNumbers: [$n, $other], orderBy: ATTENTION) { attention warnings { rule } alerts { id } }`,
    ];
    for (const query of queries) {
      await using w = await world(
        { RXT: { careContacts: { [patient]: [met('1', 3)] } }, TAJ: { careContacts: { [other]: [met('2', 3)] } } },
        { [patient]: ['RXT', 'TAJ'], [other]: ['RXT', 'TAJ'] },
      );
      const used = ['n', 'other', 'yes'].filter((name) => query.includes(`$${name}`) || name === 'n');
      const types: Record<string, string> = { n: 'NHSNumber!', other: 'NHSNumber!', yes: 'Boolean!' };
      const { data, errors } = await w.gateway.ask(
        `query (${used.map((name) => `$${name}: ${types[name]}`).join(' ')}) { ${query} }
        ${query.includes('...Later') ? 'fragment Later on Patient { warnings { rule } }' : ''}`,
        { n: patient, other, yes: true },
      );
      expect(errors, query).toEqual([]);
      expect(JSON.stringify(data), query).toMatch(/"rule":|"attention":/);
      expect([w.trusts.RXT.received.length, w.trusts.TAJ.received.length], query).toEqual([1, 1]);
      expect(w.earlyWarning.received, query).toHaveLength(1);
      expect(w.locator.received, query).toHaveLength(1);
    }
  });

  test('is asked of a trust once, where the planner asks it twice: of two root fields that find the same patient', async () => {
    await using w = await twoTrusts();
    const { errors } = await w.gateway.ask(
      `query ($n: NHSNumber!) {
        one: patient(nhsNumber: $n) { warnings { rule } careContacts { id } }
        two: patients(nhsNumbers: [$n]) { warnings { rule } crisisPlans { id } }
      }`,
      { n: patient },
    );
    expect(errors).toEqual([]);
    expect([w.trusts.RXT.received.length, w.trusts.TAJ.received.length]).toEqual([1, 1]);
  });

  test('is all there is, whatever a client asks of the same records', async () => {
    const contacts = [1, 2, 3].map((days) => met(`${days}`, days));
    await using w = await world({ RXT: { careContacts: { [patient]: contacts } } }, { [patient]: ['RXT'] });
    const answer = await ask(w, `${WARNINGS} careContacts(first: 1) { id }`);
    expect(answer.data.patient.careContacts).toEqual([{ id: 'RXT:1' }]);
    expect(rules(answer).REPEAT_CRISIS.events).toHaveLength(3);
  });

  test('is not asked for by those who ask for no warnings', async () => {
    await using w = await twoTrusts();
    await ask(w, 'careContacts { id } crisisPlans { id } sources { status }');
    expect(w.trusts.RXT.received[0]?.query).not.toContain('History');
    expect(w.earlyWarning.received).toEqual([]);
  });

  test('has names that no client meets: not in sources, not in errors, and not as fields', async () => {
    await using w = await twoTrusts();
    await w.trusts.TAJ.stop();
    const answer = await ask(
      w,
      `${WARNINGS} careContacts { id } sources { custodian { odsCode } status missing reason }`,
    );
    expect(answer.text).not.toContain('History');
    expect(answer.data.patient.sources[1]).toMatchObject({
      custodian: { odsCode: 'TAJ' },
      status: 'UNAVAILABLE',
      missing: ['careContacts', 'crisisPlans', 'demographics', 'hospitalSpells', 'legalStatuses', 'referrals'],
    });
    for (const field of ['careContactHistory { id }', 'historySources { status }', 'historyLocated']) {
      const { status, errors } = await ask(w, field);
      expect(status).toBe(400);
      expect(errors[0]?.message).toContain('Cannot query field');
    }
  });

  test('is UNSUPPORTED of a trust that serves an older contract, which goes on serving the rest', async () => {
    await using w = await twoTrusts();
    // An older kit refuses a request that names a field that it does not know.
    w.trusts.TAJ.tamper = (body) => {
      const query = w.trusts.TAJ.received.at(-1)?.query ?? '';
      if (query.includes('_service')) return { data: { _service: { sdl: OLDER_CONTRACT } } };
      return query.includes('History')
        ? { errors: [{ message: 'Cannot query', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] }
        : body;
    };
    const answer = await ask(w, `${WARNINGS} careContacts { id } sources { custodian { odsCode } status missing }`);
    expect(answer.data.patient.careContacts).toEqual([{ id: 'RXT:1' }, { id: 'TAJ:2' }]);
    expect(rules(answer).MULTI_TRUST).toMatchObject({
      status: 'UNDETERMINED',
      missing: ['TAJ careContacts UNSUPPORTED'],
    });
    // What a client asked was answered; that something else of it was not is no lack of it.
    expect(answer.data.patient.sources[1]).toMatchObject({ status: 'UNSUPPORTED' });
    expect(answer.data.patient.sources[1].missing).not.toContain('careContacts');
  });
});

/** Of an earlier version: no histories. */
const OLDER_CONTRACT = `
  type Query { _service: String }
  type Patient @key(fields: "nhsNumber") { nhsNumber: String! careContacts(since: String, first: Int): [CareContact!] }
  type CareContact { id: ID! start: String! lastUpdated: String! }
`;

describe('who may see', () => {
  const CONTENT = term({ roles: new Set(['paramedic', 'midwife']) });

  test('gets no warning out of records that were not shared with them, and is told that something is missing', async () => {
    await using w = await twoTrusts({
      agreements: inForce(
        agreement(['RXT'], CONTENT),
        agreement(['TAJ'], term({ recordTypes: new Set(['crisisPlans']) })),
      ),
    });
    const answer = await ask(w, WARNINGS);
    expect(w.trusts.TAJ.received[0]?.query).toContain('crisisPlanHistory');
    expect(w.trusts.TAJ.received[0]?.query).not.toContain('careContactHistory');
    expect(rules(answer).MULTI_TRUST).toMatchObject({ status: 'UNDETERMINED' });
    expect(rules(answer).MULTI_TRUST.missing).toEqual(['TAJ careContacts NOT_SHARED']);
    expect(JSON.stringify(answer.data)).not.toContain('TAJ:2');
  });

  test('is told nothing of one who shares nothing with them, not by a warning either', async () => {
    await using w = await twoTrusts({ agreements: inForce(agreement(['RXT'], CONTENT)) });
    const answer = await ask(w, WARNINGS);
    expect(answer.text).not.toContain('TAJ');
    expect(w.trusts.TAJ.received).toEqual([]);
    expect(rules(answer).MULTI_TRUST).toBeUndefined();
  });
});

describe('a caseload', () => {
  const numbers = [patient, other, ...many].slice(0, 200);
  const contacts = (count: (i: number) => number): NonNullable<Holdings['careContacts']> =>
    Object.fromEntries(
      numbers.map((n, i) => [n, Array.from({ length: count(i) }, (_, day) => met(`${i}-${day}`, day + 1))]),
    );
  const CASELOAD = `query ($ns: [NHSNumber!]!) { patients(nhsNumbers: $ns, orderBy: ATTENTION) {
    nhsNumber attention warningsStatus warnings { rule status severity } careContacts(first: 1) { id } } }`;

  test('of 200 comes in the order of what needs attention first, and those alike in the order asked', async () => {
    // A third have been seen in crisis three times, and so REPEAT_CRISIS speaks.
    await using w = await world(
      { RXT: { careContacts: contacts((i) => (i % 3 === 1 ? 3 : 0)) } },
      Object.fromEntries(numbers.map((n) => [n, ['RXT']])),
    );
    const { data, errors } = await w.gateway.ask(CASELOAD, { ns: numbers });
    expect(errors).toEqual([]);
    const got = data.patients.map(({ nhsNumber }: { nhsNumber: string }) => nhsNumber);
    const first = numbers.filter((_, i) => i % 3 === 1);
    expect(got).toEqual([...first, ...numbers.filter((n) => !first.includes(n))]);
    expect(w.trusts.RXT.received).toHaveLength(1);
    expect(w.earlyWarning.received).toHaveLength(1);
    const attention = data.patients.map((each: { attention: number }) => each.attention);
    expect(attention).toEqual(attention.toSorted((one: number, another: number) => another - one));
  });

  test('takes its errors along, to where the patient stands now', async () => {
    await using w = await world(
      {
        RXT: { careContacts: { [patient]: [] } },
        TAJ: { careContacts: { [other]: [1, 2, 3].map((day) => met(`${day}`, day)) } },
      },
      { [patient]: ['RXT'], [other]: ['TAJ'] },
    );
    await w.trusts.RXT.stop();
    const { data, errors } = await w.gateway.ask(CASELOAD, { ns: [patient, other] });
    expect(data.patients.map((each: { nhsNumber: string }) => each.nhsNumber)).toEqual([other, patient]);
    expect(errors).toMatchObject([
      { path: ['patients', 1, 'careContacts'], extensions: { code: 'UNAVAILABLE', custodian: 'RXT' } },
    ]);
  });

  test('puts last whom nobody could work it out for, and is in the order asked when nobody says otherwise', async () => {
    await using w = await twoTrusts();
    const query = (order: string) =>
      `query ($ns: [NHSNumber!]!) { patients(nhsNumbers: $ns ${order}) { nhsNumber attention } }`;
    const order = async (text: string): Promise<string[]> => {
      const { data } = await w.gateway.ask(query(text), { ns: [other, patient] });
      return data.patients.map(({ nhsNumber }: { nhsNumber: string }) => nhsNumber);
    };
    expect(await order('')).toEqual([other, patient]);
    expect(await order('orderBy: AS_ASKED')).toEqual([other, patient]);
    expect(await order('orderBy: ATTENTION')).toEqual([patient, other]);
  });

  test('cannot be ordered by what is not asked for, and says what to ask', async () => {
    await using w = await twoTrusts();
    const { errors } = await w.gateway.ask(
      'query ($ns: [NHSNumber!]!) { list: patients(nhsNumbers: $ns, orderBy: ATTENTION) { nhsNumber } }',
      { ns: [patient] },
    );
    expect(errors).toMatchObject([
      {
        message: 'Ask for "attention" of each of "list", since they are to be ordered by it.',
        extensions: { code: 'INVALID_PARAMETER' },
      },
    ]);
    expect(w.trusts.RXT.received).toEqual([]);
  });

  test('is ordered by an alias as well, and through a variable and a fragment', async () => {
    await using w = await twoTrusts();
    const { data, errors } = await w.gateway.ask(
      `query ($ns: [NHSNumber!]!, $order: PatientOrder!) {
        patients(nhsNumbers: $ns, orderBy: $order) { nhsNumber ...Line } }
      fragment Line on Patient { rank: attention }`,
      { ns: [other, patient], order: 'ATTENTION' },
    );
    expect(errors).toEqual([]);
    expect(data.patients.map(({ nhsNumber }: { nhsNumber: string }) => nhsNumber)).toEqual([patient, other]);
  });
});

test('a referral is gathered like any other record, and by the day on which it was closed', async () => {
  await using w = await world(
    {
      RXT: {
        referrals: {
          [patient]: [
            referral('open', '2020-01-01T09:00:00Z', {
              onwardReferrals: [{ date: '2020-02-01T09:00:00Z', to: 'TAJ' }],
            }),
            referral('closed', '2020-01-02T09:00:00Z', { end: '2020-03-01T09:00:00Z' }),
          ],
        },
      },
    },
    { [patient]: ['RXT'] },
  );
  const { data, errors } = await ask(
    w,
    'referrals(since: "2021-01-01") { id onwardReferrals { date to } } all: referrals { id }',
  );
  expect(errors).toEqual([]);
  expect(data.patient).toEqual({
    referrals: [{ id: 'RXT:open', onwardReferrals: [{ date: '2020-02-01T09:00:00Z', to: 'TAJ' }] }],
    all: [{ id: 'RXT:closed' }, { id: 'RXT:open' }],
  });
});

import { createEarlyWarning } from '@caregraph/early-warning/early-warning.ts';
import { attentionOf, statusOf, type Warning, type WarningStatus } from '@caregraph/early-warning/evaluate.ts';
import type { Severity } from '@caregraph/early-warning/rule.ts';
import { inForce } from '@caregraph/early-warning/rules.ts';
import fc from 'fast-check';
import { graphql } from 'graphql';
import { describe, expect, test } from 'vitest';
import {
  contact,
  detention,
  type Entry,
  inCrisis,
  type Knowledge,
  NHS_NUMBER,
  patient,
  plan,
  spell,
  unplanned,
} from './patients.ts';
import { warningsOf } from './verdicts.ts';

const NOW = '2026-06-15T12:00:00+01:00';
const on = (day: number): string => `2026-06-${String(day).padStart(2, '0')}T09:00:00+01:00`;

const warned = (status: WarningStatus, severity: Severity, rule = 'SOME_RULE'): Warning => ({
  rule,
  status,
  severity,
  text: '',
  since: null,
  events: [],
  window: null,
  thresholds: [],
  evaluatedOver: [],
  missing: [],
});

const STATUSES = ['RAISED', 'UNDETERMINED'] as const;
const SEVERITIES = ['HIGH', 'MEDIUM', 'LOW'] as const;

describe('the warnings of a patient', () => {
  test('come with those first that speak, the severest of them first, then by name', () => {
    const entries = [
      ...[1, 2, 3].map((day) => inCrisis('RXT', on(day))),
      unplanned('TAJ', on(4)),
      detention('RXT', on(1), on(2)),
      spell('RXT', on(1), on(8)),
      contact('RW5', on(1)),
    ];
    const missing = { RYG: ['crisisPlans', 'careContacts', 'referrals'] } as const;
    expect(
      warningsOf(patient(entries, { missing }), { now: NOW }).map(
        ({ status, severity, rule }) => `${status} ${severity} ${rule}`,
      ),
    ).toEqual([
      'RAISED HIGH DETAINED',
      'RAISED HIGH MULTI_TRUST',
      'RAISED HIGH NEW_CRISIS_CARE',
      'RAISED HIGH REPEAT_CRISIS',
      'RAISED LOW OUT_OF_AREA',
      'UNDETERMINED HIGH NO_72H_FOLLOW_UP',
      'UNDETERMINED MEDIUM DISCHARGED_AFTER_MISSED',
      'UNDETERMINED MEDIUM MISSED_CONTACTS',
      'UNDETERMINED MEDIUM NO_CURRENT_PLAN',
    ]);
  });

  test('name everything that was not read, each once, and only of what the rule reads', () => {
    const missing = { TAJ: ['careContacts', 'crisisPlans', 'hospitalSpells'], RYG: ['crisisPlans'] } as const;
    const [plans] = warningsOf(patient([inCrisis('RXT', on(1))], { missing }), { now: NOW }).filter(
      ({ rule }) => rule === 'NO_CURRENT_PLAN',
    );
    expect(plans?.missing).toEqual([
      { custodian: 'RYG', recordType: 'crisisPlans', why: 'NOT_ANSWERED' },
      { custodian: 'TAJ', recordType: 'careContacts', why: 'NOT_ANSWERED' },
      { custodian: 'TAJ', recordType: 'crisisPlans', why: 'NOT_ANSWERED' },
    ]);
    const open = [1, 2, 3].map((day) => inCrisis('RXT', on(day), { team: null }));
    const [repeated] = warningsOf(patient(open), { now: NOW }).filter(({ rule }) => rule === 'REPEAT_CRISIS');
    expect(repeated?.missing).toHaveLength(1);
  });

  test('were evaluated over whoever answered everything that the rule reads, also without holding anything', () => {
    const missing = { TAJ: ['crisisPlans'], RYG: ['hospitalSpells'] } as const;
    const over = Object.fromEntries(
      warningsOf(patient([inCrisis('RXT', on(1))], { asked: ['RW5'], missing }), { now: NOW }).map(
        ({ rule, evaluatedOver }) => [rule, evaluatedOver],
      ),
    );
    expect(over.NO_CURRENT_PLAN).toEqual(['RW5', 'RXT', 'RYG']);
    expect(over.ABSENT).toEqual(['RW5', 'RXT', 'TAJ']);
  });

  test('name a custodian in full where anybody has said its name, and else by its code', () => {
    const text = (custodian: string) =>
      warningsOf(patient([detention(custodian, on(1), on(2))]), { now: NOW }).find(({ rule }) => rule === 'DETAINED')
        ?.text;
    expect(text('RW5')).toContain('recorded by Lancashire Care.');
    expect(text('RHA')).toContain('recorded by RHA.');
  });

  test('are not settled of a patient of whom nothing could be found out', () => {
    const nothing = { nhsNumber: NHS_NUMBER };
    const warnings = warningsOf(
      { ...nothing, historySources: null, historyLocated: null, pointers: null },
      { now: NOW },
    );
    expect(warnings.map(({ status }) => status)).toEqual(inForce().map(() => 'UNDETERMINED'));
    expect(
      warningsOf({ nhsNumber: NHS_NUMBER, historySources: [], pointers: [], historyLocated: false }, { now: NOW }),
    ).toHaveLength(11);
  });

  test('are none of a patient of whom everybody answered that they hold nothing', () => {
    expect(warningsOf(patient([]), { now: NOW })).toEqual([]);
    const nobody = { ...patient([]), historySources: [] };
    expect(warningsOf(nobody, { now: NOW })).toEqual([]);
  });

  test('name whoever else may hold something, besides who did not answer, when the index did not either', () => {
    const missing = { TAJ: ['careContacts'] } as const;
    const [repeated] = warningsOf(patient([], { missing, indexLost: true }), { now: NOW }).filter(
      ({ rule }) => rule === 'REPEAT_CRISIS',
    );
    expect(repeated?.missing.map(({ custodian }) => custodian)).toEqual([null, 'TAJ']);
  });

  test('are not settled when somebody left unanswered what is not named', () => {
    const [source] = patient([]).historySources ?? [];
    if (!source) throw new Error('Somebody was asked.');
    const unnamed = { ...patient([]), historySources: [{ ...source, status: 'INVALID' }] };
    const silent = inForce().filter(
      ({ rule }) => !warningsOf(unnamed, { now: NOW }).some((each) => each.rule === rule.id),
    );
    // Two trusts, two plans of two, or one away from home can never be made of one.
    expect(silent.map(({ rule }) => rule.id)).toEqual(['CONFLICTING_PLANS', 'MULTI_TRUST', 'OUT_OF_AREA']);
  });

  test('are not settled by one trust that did not answer, nor by an index that did not, each apart from the other', () => {
    const missing = { TAJ: ['legalStatuses'] } as const;
    const unlocated = { ...patient([], { missing }), historyLocated: false };
    const [repeated] = warningsOf(unlocated, { now: NOW }).filter(({ rule }) => rule === 'REPEAT_CRISIS');
    expect(repeated?.missing.map(({ custodian }) => custodian)).toEqual([null]);
  });

  test('do not say that there is no plan where the index did not say who has published one', () => {
    const met = inCrisis('RXT', on(3));
    const unpointed = { ...patient([met]), pointers: null };
    const [plan] = warningsOf(unpointed, { now: NOW }).filter(({ rule }) => rule === 'NO_CURRENT_PLAN');
    expect(plan).toMatchObject({ status: 'UNDETERMINED', missing: [{ custodian: null, why: 'INDEX_UNAVAILABLE' }] });
  });
});

describe('the warnings in one word', () => {
  test('are raised when one is, undetermined when none is and one is not settled, and otherwise none', () => {
    expect(statusOf([])).toBe('NONE_RAISED');
    expect(statusOf([warned('UNDETERMINED', 'HIGH')])).toBe('UNDETERMINED');
    expect(statusOf([warned('RAISED', 'LOW')])).toBe('RAISED');
    expect(statusOf([warned('UNDETERMINED', 'HIGH'), warned('RAISED', 'LOW')])).toBe('RAISED');
  });
});

describe('attention', () => {
  const counts = fc.tuple(...Array.from({ length: 6 }, () => fc.nat(31)));
  const warningsWith = (numbers: readonly number[]): Warning[] =>
    STATUSES.flatMap((status, i) =>
      SEVERITIES.flatMap((severity, j) =>
        Array.from({ length: numbers[i * SEVERITIES.length + j] ?? 0 }, () => warned(status, severity)),
      ),
    );

  test('is 0 of no warning, and more of any', () => {
    expect(attentionOf([])).toBe(0);
    expect(attentionOf([warned('UNDETERMINED', 'LOW')])).toBeGreaterThan(0);
  });

  test('goes by the severest that were raised, and never by any number of lesser ones', () => {
    fc.assert(
      fc.property(counts, counts, (one, other) => {
        const first = one.findIndex((count, i) => count !== other[i]);
        const expected = first === -1 ? 0 : Math.sign((one[first] ?? 0) - (other[first] ?? 0));
        expect(Math.sign(attentionOf(warningsWith(one)) - attentionOf(warningsWith(other)))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('is a whole number that GraphQL has, of any number of warnings, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { minLength: 6, maxLength: 6 }), (numbers) => {
        const attention = attentionOf(warningsWith(numbers));
        expect(Number.isInteger(attention)).toBe(true);
        expect(attention).toBeLessThan(2 ** 31);
        expect(attentionOf(warningsWith(numbers).reverse())).toBe(attention);
      }),
      { numRuns: 100 },
    );
  });
});

const schema = createEarlyWarning(inForce({ MULTI_TRUST: { days: 14 } }));

async function ask(representations: readonly object[], selection: string) {
  const result = await graphql({
    schema,
    source: `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Patient { ${selection} } } }`,
    variableValues: { of: representations.map((each) => ({ __typename: 'Patient', ...each })) },
    contextValue: { now: new Date(NOW) },
  });
  // As it goes over the wire.
  return JSON.parse(JSON.stringify(result));
}

const asked = async (entries: readonly Entry[], knowledge: Knowledge, selection: string) => {
  const { data, errors } = await ask([patient(entries, knowledge)], selection);
  expect(errors).toBeUndefined();
  return data._entities[0];
};

describe('the subgraph', () => {
  const two = [unplanned('RXT', on(5), { id: 'one' }), unplanned('TAJ', on(10), { id: 'other' })];

  test('shows a warning with its moments, window, thresholds and custodians', async () => {
    const { warnings } = await asked(
      two,
      { missing: { RYG: ['careContacts'] }, status: 'TIMED_OUT' },
      `warnings {
        rule status severity text since window thresholds missing
        events { kind date id custodian { odsCode name } }
        evaluatedOver { odsCode name }
      }`,
    );
    expect(warnings[0]).toEqual({
      rule: 'MULTI_TRUST',
      status: 'RAISED',
      severity: 'HIGH',
      text: '2 trusts met this patient unplanned in the last 14 days: Birmingham and Solihull and Black Country. Each may not know of the others.',
      since: '2026-06-10T08:00:00.000Z',
      window: '2026-06-01T11:00:00.000Z/2026-06-15T11:00:00.000Z',
      thresholds: ['trusts: 2 trusts', 'days: 14 days'],
      missing: ['RYG careContacts TIMED_OUT'],
      events: [
        {
          kind: 'CARE_CONTACT',
          date: '2026-06-05T08:00:00.000Z',
          id: 'RXT:one',
          custodian: { odsCode: 'RXT', name: 'Birmingham and Solihull' },
        },
        {
          kind: 'CARE_CONTACT',
          date: '2026-06-10T08:00:00.000Z',
          id: 'TAJ:other',
          custodian: { odsCode: 'TAJ', name: 'Black Country' },
        },
      ],
      evaluatedOver: [
        { odsCode: 'RXT', name: 'Birmingham and Solihull' },
        { odsCode: 'TAJ', name: 'Black Country' },
      ],
    });
  });

  test('shows no window of a rule of the present state, and no beginning of one that is not settled', async () => {
    const { warnings } = await asked(
      [plan('RXT', on(1))],
      { missing: { TAJ: ['crisisPlans'] } },
      'warnings { rule since window missing }',
    );
    expect(warnings).toEqual([
      { rule: 'CONFLICTING_PLANS', since: null, window: null, missing: ['TAJ crisisPlans NOT_ANSWERED'] },
    ]);
  });

  test('says the warnings in one word, and by how much they ask for attention, now and as of a moment', async () => {
    const answer = await asked(
      [...two, detention('RXT', on(1), on(2))],
      {},
      `now: warningsStatus before: warningsStatus(asOf: "2026-05-01T00:00:00Z") present: warningsStatus(asOf: null)
       much: attention none: attention(asOf: "2026-05-01T00:00:00Z")
       warnings(asOf: "2026-06-04T12:00:00+01:00") { rule }`,
    );
    expect(answer).toEqual({
      now: 'RAISED',
      before: 'NONE_RAISED',
      present: 'RAISED',
      much: 2 * 32 ** 5,
      none: 0,
      warnings: [{ rule: 'DETAINED' }],
    });
  });

  test('answers for many patients at once, each in its place, and whatever else was handed over', async () => {
    const { data } = await ask(
      [patient(two), patient([]), { ...patient(two), gender: 'not read' }],
      'nhsNumber warnings { rule }',
    );
    expect(data._entities.map(({ warnings }: { warnings: object[] }) => warnings)).toEqual([
      [{ rule: 'MULTI_TRUST' }],
      [],
      [{ rule: 'MULTI_TRUST' }],
    ]);
  });

  const SECRET = 'Jean Roe, of 12 Acacia Avenue';
  const whole = patient(two);
  const [record] = whole.careContactHistory ?? [];
  test.each([
    ['a start that is no moment', 'careContactHistory.start', { careContactHistory: [{ ...record, start: SECRET }] }],
    [
      'a start on a day that does not exist',
      'careContactHistory.start',
      { careContactHistory: [{ ...record, start: '2026-02-30T00:00:00Z' }] },
    ],
    [
      'a moment of no offset',
      'careContactHistory.lastUpdated',
      { careContactHistory: [{ ...record, lastUpdated: '2026-02-20T00:00:00' }] },
    ],
    [
      'a record without a custodian',
      'careContactHistory.custodian',
      { careContactHistory: [{ ...record, custodian: null }] },
    ],
    ['a list that is none', 'hospitalSpellHistory', { hospitalSpellHistory: SECRET }],
    [
      'a stay without its absences',
      'hospitalSpellHistory.absences',
      { hospitalSpellHistory: [{ id: 'a', custodian: { odsCode: 'RXT' }, lastUpdated: on(1), start: on(1) }] },
    ],
    [
      'a day that is none',
      'demographicsHistory.deceasedDate',
      {
        demographicsHistory: [
          { id: 'a', custodian: { odsCode: 'RXT' }, lastUpdated: on(1), deceased: true, deceasedDate: SECRET },
        ],
      },
    ],
    [
      'a review due on no day',
      'crisisPlanHistory.reviewDue',
      {
        crisisPlanHistory: [
          { id: 'a', custodian: { odsCode: 'RXT' }, lastUpdated: on(1), status: 'ACTIVE', reviewDue: SECRET },
        ],
      },
    ],
    [
      'sources that do not say what is missing',
      'historySources.missing',
      { historySources: [{ custodian: { odsCode: 'RXT' }, status: 'PARTIAL', missing: SECRET }] },
    ],
    ['no NHS number', 'nhsNumber', { nhsNumber: { [SECRET]: SECRET } }],
  ])('refuses %s, says where it stands and not what, and answers for others', async (_, where, wrong) => {
    const { data, errors } = await ask([whole, { ...whole, ...wrong }], 'warningsStatus');
    expect(data._entities).toEqual([{ warningsStatus: 'RAISED' }, null]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: ['_entities', 1], extensions: { code: 'INVALID_PARAMETER' } });
    expect(errors[0].message).toBe(`A patient was not handed over as the schema requires: see "${where}".`);
    for (const value of [SECRET, NHS_NUMBER, '2026']) expect(JSON.stringify(errors)).not.toContain(value);
  });

  test('refuses a moment that is none', async () => {
    const { errors } = await ask([whole], 'warnings(asOf: "yesterday") { rule }');
    expect(errors[0].message).toContain('A moment is written');
    expect(errors[0].message).not.toContain('yesterday');
  });

  test('tells its rules, with the thresholds that are in force', async () => {
    const { data } = await graphql({
      schema,
      source:
        '{ warningRules { id severity says evidence source reads parameters { name unit description default value } } }',
      contextValue: { now: new Date(NOW) },
    });
    const rules = JSON.parse(JSON.stringify(data?.warningRules));
    expect(rules).toHaveLength(11);
    const [rule] = rules.filter(({ id }: { id: string }) => id === 'MULTI_TRUST');
    expect(rule).toMatchObject({
      severity: 'HIGH',
      reads: ['careContacts'],
      parameters: [
        { name: 'trusts', unit: 'trusts', default: 2, value: 2 },
        { name: 'days', unit: 'days', default: 28, value: 14 },
      ],
    });
  });
});

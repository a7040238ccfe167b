import { fileURLToPath } from 'node:url';
import { readAgreements } from '@caregraph/gateway/access/agreement-files.ts';
import {
  type Agreement,
  type Level,
  recordTypesOf,
  type Shares,
  sharesOf,
  type Term,
} from '@caregraph/gateway/access/agreements.ts';
import { type RoleName, roleName } from '@caregraph/gateway/access/roles.ts';
import type { ListRule } from '@caregraph/gateway/gather/rules.ts';
import organisations from '@caregraph/locator/organisations.json' with { type: 'json' };
import { GraphQLString } from 'graphql';
import { describe, expect, test } from 'vitest';

const RECORD_TYPES = [
  'demographics',
  'crisisPlans',
  'contacts',
  'alerts',
  'careContacts',
  'hospitalSpells',
  'legalStatuses',
];
const TODAY = '2026-11-21';
const WHOLE = { glassBroken: false };
const BROKEN = { glassBroken: true };
const PARAMEDIC = { organisation: 'RRU', role: 'paramedic', purpose: 'directcare' } as const;

const term = (changed: Partial<Term> = {}): Term => ({
  level: 'CONTENT',
  emergency: false,
  recordTypes: new Set(['crisisPlans']),
  consumers: new Set(['RRU']),
  roles: new Set(['paramedic']),
  purposes: new Set(['directcare']),
  ...changed,
});
const agreement = (terms: readonly Term[], changed: Partial<Agreement> = {}): Agreement => ({
  id: 'an-agreement',
  from: '2020-01-01',
  until: null,
  custodians: new Set(['RW5']),
  terms,
  ...changed,
});
const level = (agreements: readonly Agreement[], glass = WHOLE, on = TODAY): Level | null =>
  sharesOf(agreements, PARAMEDIC, on).levelOf('RW5', 'crisisPlans', glass);

describe('a consumer in no agreement', () => {
  const none: Shares = sharesOf([agreement([term()])], { ...PARAMEDIC, organisation: 'X26' }, TODAY);

  test('sees nothing and learns nothing', () => {
    for (const glass of [WHOLE, BROKEN]) {
      expect(none.visible(glass)).toEqual({ custodians: [], sharing: [] });
      expect(none.levelOf('RW5', 'crisisPlans', glass)).toBeNull();
    }
  });

  test('may not break the glass', () => {
    expect(none).toMatchObject({ mayBreakGlass: false, glassMatters: false });
  });
});

describe('what is shared', () => {
  test('is what an agreement says', () => {
    expect(level([agreement([term()])])).toBe('CONTENT');
    expect(level([agreement([term({ level: 'POINTER' })])])).toBe('POINTER');
  });

  test.each<[string, Partial<Term>, Partial<Agreement>]>([
    ['organisation', { consumers: new Set(['RYA']) }, {}],
    ['role', { roles: new Set(['midwife']) }, {}],
    ['purpose', { purposes: new Set(['patientaccess']) }, {}],
    ['record type', { recordTypes: new Set(['contacts']) }, {}],
    ['custodian', {}, { custodians: new Set(['RXA']) }],
  ])('is nothing when it is for another %s', (_what, another, elsewhere) => {
    expect(level([agreement([term(another)], elsewhere)])).toBeNull();
  });

  test('is shared with everybody when the agreement says so', () => {
    expect(level([agreement([term({ consumers: 'everybody' })])])).toBe('CONTENT');
  });

  test('is the content rather than the pointer, in whatever order they stand', () => {
    const pointer = term({ level: 'POINTER' });
    expect(level([agreement([term(), pointer])])).toBe('CONTENT');
    expect(level([agreement([pointer, term()])])).toBe('CONTENT');
    expect(level([agreement([pointer]), agreement([term()])])).toBe('CONTENT');
    expect(level([agreement([term()]), agreement([pointer])])).toBe('CONTENT');
  });

  test('begins with the first day and ends with the last', () => {
    const agreements = [agreement([term()], { from: '2026-03-29', until: '2026-10-25' })];
    const on = (day: string) => level(agreements, WHOLE, day);
    expect([on('2026-03-28'), on('2026-03-29'), on('2026-10-25'), on('2026-10-26')]).toEqual([
      null,
      'CONTENT',
      'CONTENT',
      null,
    ]);
  });

  test('may be for one day', () => {
    const agreements = [agreement([term()], { from: TODAY, until: TODAY })];
    expect(['2026-11-20', TODAY, '2026-11-22'].map((day) => level(agreements, WHOLE, day))).toEqual([
      null,
      'CONTENT',
      null,
    ]);
  });

  test('does not end when no last day is set', () => {
    expect(level([agreement([term()])], WHOLE, '9999-12-31')).toBe('CONTENT');
  });
});

describe('broken glass', () => {
  const emergency = term({ emergency: true });

  test('shows what is shared in an emergency, and nothing else does', () => {
    expect(level([agreement([emergency])], WHOLE)).toBeNull();
    expect(level([agreement([emergency])], BROKEN)).toBe('CONTENT');
  });

  test('shows no less than whole glass', () => {
    expect(level([agreement([term(), term({ level: 'POINTER', emergency: true })])], BROKEN)).toBe('CONTENT');
    expect(level([agreement([term({ level: 'POINTER' })])], BROKEN)).toBe('POINTER');
  });

  test('opens nothing of a custodian whose agreement has no emergency share', () => {
    const shares = sharesOf(
      [agreement([term()], { custodians: new Set(['RW5']) }), agreement([emergency], { custodians: new Set(['RXA']) })],
      PARAMEDIC,
      TODAY,
    );
    expect(shares.levelOf('RW5', 'contacts', BROKEN)).toBeNull();
    expect(shares.levelOf('RXA', 'crisisPlans', BROKEN)).toBe('CONTENT');
  });

  test('may be broken by those for whom there is an emergency share in force', () => {
    const may = (agreements: readonly Agreement[]) => sharesOf(agreements, PARAMEDIC, TODAY).mayBreakGlass;
    expect(may([agreement([emergency])])).toBe(true);
    expect(may([agreement([term()])])).toBe(false);
    expect(may([agreement([{ ...emergency, roles: new Set(['midwife']) }])])).toBe(false);
    expect(may([agreement([emergency], { until: '2026-11-20' })])).toBe(false);
  });

  test('matters only where it shows more', () => {
    const matters = (...terms: Term[]) => sharesOf([agreement(terms)], PARAMEDIC, TODAY).glassMatters;
    expect(matters(emergency)).toBe(true);
    expect(matters(emergency, term({ level: 'POINTER' }))).toBe(true);
    expect(matters(emergency, term())).toBe(false);
    expect(matters({ ...emergency, level: 'POINTER' }, term())).toBe(false);
    expect(matters(term())).toBe(false);
  });
});

describe('who can be seen', () => {
  test('is told once for each custodian, those of whom the same can be seen together', () => {
    const shares = sharesOf(
      [
        agreement([term()], { custodians: new Set(['RXA', 'RW5']) }),
        agreement([term({ recordTypes: new Set(['contacts', 'alerts']) })], { custodians: new Set(['RV5']) }),
        agreement([term({ level: 'POINTER', recordTypes: new Set(['alerts']) })], { custodians: new Set(['RW5']) }),
        agreement([term({ level: 'POINTER', recordTypes: new Set(['crisisPlans']) })], {
          custodians: new Set(['RHA']),
        }),
      ],
      PARAMEDIC,
      TODAY,
    );
    expect(shares.visible(WHOLE)).toEqual({
      custodians: ['RHA', 'RV5', 'RW5', 'RXA'],
      sharing: [
        { custodians: ['RHA', 'RXA'], recordTypes: ['crisisPlans'] },
        { custodians: ['RV5'], recordTypes: ['alerts', 'contacts'] },
        { custodians: ['RW5'], recordTypes: ['alerts', 'crisisPlans'] },
      ],
    });
  });

  test('grows with broken glass', () => {
    const shares = sharesOf([agreement([term({ emergency: true })])], PARAMEDIC, TODAY);
    expect(shares.visible(WHOLE)).toEqual({ custodians: [], sharing: [] });
    expect(shares.visible(BROKEN)).toEqual({
      custodians: ['RW5'],
      sharing: [{ custodians: ['RW5'], recordTypes: ['crisisPlans'] }],
    });
  });
});

describe('what agreements come to', () => {
  test('is not worked out at every request', () => {
    let looked = 0;
    const { terms, ...rest } = agreement([term()]);
    const agreements: Agreement[] = [
      {
        ...rest,
        get terms() {
          looked++;
          return terms;
        },
      },
    ];
    for (let i = 0; i < 10; i++) sharesOf(agreements, PARAMEDIC, TODAY);
    expect(looked).toBe(1);
    sharesOf(agreements, { ...PARAMEDIC, organisation: 'RYA' }, TODAY);
    expect(looked).toBe(2);
  });

  test('is kept apart where different agreements fit', () => {
    const agreements = ['RRU', 'RYA'].map((consumer, i) =>
      agreement([term({ consumers: new Set([consumer]) })], { custodians: new Set([['RW5', 'RXT'][i] ?? '']) }),
    );
    const seen = ['RRU', 'RYA'].map((organisation) => sharesOf(agreements, { ...PARAMEDIC, organisation }, TODAY));
    expect(seen.map((shares) => shares.visible(WHOLE).custodians)).toEqual([['RW5'], ['RXT']]);
  });

  test('is worked out once for all callers of a kind on a day', () => {
    const agreements = [agreement([term({ consumers: 'everybody' })])];
    const first = sharesOf(agreements, PARAMEDIC, TODAY);
    expect(sharesOf(agreements, { ...PARAMEDIC }, TODAY)).toBe(first);
    // Thousands of organisations may ask: those with whom the same is shared have one answer between them.
    expect(sharesOf(agreements, { ...PARAMEDIC, organisation: 'RYA' }, TODAY)).toBe(first);
  });

  test('is worked out anew when another day begins', () => {
    const agreements = [agreement([term()], { until: TODAY }), agreement([term({ level: 'POINTER' })])];
    const days = [TODAY, '2026-11-22', TODAY];
    expect(days.map((day) => level(agreements, WHOLE, day))).toEqual(['CONTENT', 'POINTER', 'CONTENT']);
  });

  test('is worked out anew from other agreements', () => {
    expect(level([agreement([term()])])).toBe('CONTENT');
    expect(level([agreement([term({ level: 'POINTER' })])])).toBe('POINTER');
  });

  test('differs for callers that differ in one thing', () => {
    const agreements = [agreement([term()])];
    const seen = (caller: Parameters<typeof sharesOf>[1]) =>
      sharesOf(agreements, caller, TODAY).visible(WHOLE).custodians;
    expect(seen(PARAMEDIC)).toEqual(['RW5']);
    expect(seen({ ...PARAMEDIC, organisation: 'RYA' })).toEqual([]);
    expect(seen({ ...PARAMEDIC, role: 'midwife' })).toEqual([]);
    expect(seen({ ...PARAMEDIC, purpose: 'patientaccess' })).toEqual([]);
  });
});

test('the record types are the gathered lists that clients may know of', () => {
  const list = (field: string, visible: boolean): [string, ListRule] => [
    field,
    { field, visible, orderBy: 'id', descending: false, limit: null, atMost: null, sharedAs: field },
  ];
  const entity = {
    type: 'Patient',
    key: 'nhsNumber',
    keyType: GraphQLString,
    routing: 'custodians',
    codeType: GraphQLString,
    lists: new Map([list('crisisPlans', true), list('careContactHistory', false), list('alerts', true)]),
    manifest: new Map(),
    required: new Map(),
  };
  expect(recordTypesOf({ entities: new Map([['Patient', entity]]) })).toEqual(['crisisPlans', 'alerts']);
});

describe("the demo's agreements", () => {
  const agreements = readAgreements(fileURLToPath(import.meta.resolve('@caregraph/demo/agreements')), RECORD_TYPES);
  const known = organisations.map(({ odsCode }) => odsCode);
  const of = (kind: string) => organisations.filter((each) => each.kind === kind).map(({ odsCode }) => odsCode);
  const ambulances = of('AMBULANCE_TRUST');
  const five = ['RXT', 'TAJ', 'RYK', 'RYG', 'RQ3'];
  const eight = of('MENTAL_HEALTH_TRUST').filter((code) => !five.includes(code));
  const clinicians = roleName.options.filter((role) => role !== 'privacy-officer');
  const shares = (organisation: string, role: RoleName) =>
    sharesOf(agreements, { organisation, role, purpose: 'directcare' }, TODAY);
  const levels = (from: Shares, custodian: string, glass = WHOLE) =>
    Object.fromEntries(RECORD_TYPES.map((type) => [type, from.levelOf(custodian, type, glass)]));
  const all = (each: Level | null) => Object.fromEntries(RECORD_TYPES.map((type) => [type, each]));

  test('name only organisations that the demo knows', () => {
    for (const { custodians, terms } of agreements) {
      for (const code of custodians) expect(known).toContain(code);
      for (const { consumers } of terms) {
        for (const code of consumers === 'everybody' ? [] : consumers) expect(known).toContain(code);
      }
    }
    expect({ ambulances: ambulances.length, eight: eight.length }).toEqual({ ambulances: 5, eight: 8 });
  });

  test("show an ambulance service's paramedics the pilot's crisis plans, contacts and alerts, and pointers to the rest", () => {
    const expected = { ...all('POINTER'), crisisPlans: 'CONTENT', contacts: 'CONTENT', alerts: 'CONTENT' };
    for (const consumer of ambulances) {
      for (const custodian of eight) expect(levels(shares(consumer, 'paramedic'), custodian)).toEqual(expected);
    }
  });

  test("show everybody else in direct care the pilot's pointers, and whom to ring", () => {
    const expected = { ...all('POINTER'), contacts: 'CONTENT' };
    for (const role of clinicians) {
      for (const custodian of eight) {
        expect(levels(shares('X26', role), custodian)).toEqual(expected);
        expect(levels(shares('RXT', role), custodian)).toEqual(expected);
      }
    }
  });

  test("show the West Midlands five's clinicians everything of each other, and nobody else a thing", () => {
    for (const custodian of five) {
      for (const role of clinicians) {
        for (const consumer of five) expect(levels(shares(consumer, role), custodian)).toEqual(all('CONTENT'));
        for (const consumer of ['X26', ...ambulances, ...eight]) {
          expect(levels(shares(consumer, role), custodian)).toEqual(all(null));
        }
      }
    }
  });

  test('let those who meet patients in crisis break the glass', () => {
    const mayBreak = (organisation: string) => clinicians.filter((role) => shares(organisation, role).mayBreakGlass);
    for (const organisation of ['X26', ...known]) {
      expect(mayBreak(organisation)).toEqual(['paramedic', 'crisis-clinician', 'liaison-clinician']);
    }
    for (const custodian of eight) {
      expect(levels(shares('X26', 'liaison-clinician'), custodian, BROKEN)).toEqual(all('CONTENT'));
    }
    for (const custodian of five) {
      expect(levels(shares('RRU', 'paramedic'), custodian, BROKEN)).toEqual(all('CONTENT'));
      expect(levels(shares('RW5', 'crisis-clinician'), custodian, BROKEN)).toEqual(all('CONTENT'));
      expect(levels(shares('RW5', 'paramedic'), custodian, BROKEN)).toEqual(all(null));
      expect(levels(shares('X26', 'crisis-clinician'), custodian, BROKEN)).toEqual(all(null));
    }
  });

  test('share nothing with privacy officers, and nothing outside direct care', () => {
    for (const organisation of ['X26', ...known]) {
      for (const role of roleName.options) {
        for (const purpose of ['directcare', 'patientaccess'] as const) {
          if (role !== 'privacy-officer' && purpose === 'directcare') continue;
          const none = sharesOf(agreements, { organisation, role, purpose }, TODAY);
          expect(none.visible(BROKEN)).toEqual({ custodians: [], sharing: [] });
          expect(none.mayBreakGlass).toBe(false);
        }
      }
    }
  });
});

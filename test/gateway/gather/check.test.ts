import { readFileSync } from 'node:fs';
import { OWN_SUPERGRAPH } from '@caregraph/gateway/config.ts';
import { type Question, questionId, writeRequest } from '@caregraph/gateway/gather/ask.ts';
import { checkAnswer } from '@caregraph/gateway/gather/check.ts';
import { Completed } from '@caregraph/gateway/gather/complete.ts';
import { readFetch } from '@caregraph/gateway/gather/fetch.ts';
import { type Answered, completenessOf, sourceOf } from '@caregraph/gateway/gather/manifest.ts';
import type { FaultKind } from '@caregraph/gateway/gather/outcome.ts';
import { readGatherRules } from '@caregraph/gateway/gather/rules.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import fc from 'fast-check';
import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { nhsNumbers } from '../../support/nhs-numbers.ts';

const rules = readGatherRules(readFileSync(OWN_SUPERGRAPH, 'utf8'), scalars);
if (!rules) throw new Error('The supergraph gathers nothing.');

const keys = nhsNumbers(3);
const [entity] = readFetch(
  rules,
  parse(`query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Patient {
    crisisPlans { id title documents { url } patientAgreement }
    careContacts(first: 2) { id start team { name } }
  } } }`),
  { representations: [{ __typename: 'Patient', nhsNumber: keys[0], custodians: [] }] },
);
const units = entity?.fields.flatMap((field) => (field.kind === 'list' ? [field.unit] : [])) ?? [];
const questions: Question[] = keys.flatMap((key) => units.map((unit) => ({ unit, key })));
const request = writeRequest(questions);

const plan = (n: number) => ({
  gatherId: `p${n}`,
  gatherOrder: '2026-01-01T00:00:00Z',
  title: `Plan ${n}`,
  documents: [{ url: 'https://records.example/1' }],
  patientAgreement: 'AGREES',
});
const met = (n: number) => ({
  gatherId: `c${n}`,
  gatherOrder: '2026-01-01T00:00:00Z',
  start: '2026-01-01T00:00:00Z',
  team: null,
});
const right = () => ({
  data: { g0: keys.map((key, k) => ({ gatherKey: key, f0: [plan(k)], f1: [met(k), met(k + 10)] })) },
});

/** Every place in a value. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...below.flatMap(([key, each]) => places(each, [...path, Array.isArray(value) ? Number(key) : key]))];
}

function put(value: unknown, [head, ...rest]: readonly (string | number)[], what: unknown): unknown {
  if (head === undefined) return what;
  if (Array.isArray(value)) return value.map((each, i) => (i === head ? put(each, rest, what) : each));
  return Object.fromEntries(
    Object.entries(value as object).map(([key, each]) => [key, key === head ? put(each, rest, what) : each]),
  );
}

test('a fetch is read whole: what two occurrences of a field select comes together, at every depth', () => {
  const [twice] = readFetch(
    rules,
    parse(`query($representations: [_Any!]!) { _entities(representations: $representations) { ...on Patient {
      crisisPlans { author { name } } ...More crisisPlans { author { organisation } }
    } } } fragment More on Patient { crisisPlans { id author { jobTitle } } }`),
    { representations: [{ __typename: 'Patient', nhsNumber: keys[0], custodians: [] }] },
  );
  const [plans, ...more] = twice?.fields ?? [];
  expect(more).toEqual([]);
  const text = plans?.kind === 'list' ? plans.unit.write('f0', () => '') : '';
  expect(text).toContain('author { name jobTitle organisation }');
});

describe('checking an answer', () => {
  test('lets a right one through whole', () => {
    const outcomes = checkAnswer(rules, request, right());
    for (const [i, question] of questions.entries()) {
      const { fault, records } = outcomes.get(questionId(question)) ?? {};
      expect(fault).toBeNull();
      expect(records).toHaveLength(i % 2 === 0 ? 1 : 2);
    }
  });

  test('never throws, whatever comes, and always says something of every question', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 6, withNullPrototype: true }), (body) => {
        const outcomes = checkAnswer(rules, request, body);
        expect([...outcomes.keys()].sort()).toEqual([...new Set(questions.map(questionId))].sort());
        for (const { fault } of outcomes.values()) expect(fault).not.toBeNull();
      }),
    );
  });

  test('of a right answer with one thing wrong, what does not fit is a fault, and nothing but right values comes through', () => {
    const whole = right();
    const everywhere = places(whole).filter((path) => path.length > 0);
    fc.assert(
      fc.property(fc.constantFrom(...everywhere), fc.json({ maxDepth: 2 }), (path, text) => {
        const outcomes = checkAnswer(rules, request, put(whole, path, JSON.parse(text)));
        for (const [i, question] of questions.entries()) {
          const { records = [], fault } = outcomes.get(questionId(question)) ?? {};
          const expected = i % 2 === 0 ? 1 : 2;
          // A trust may say that it holds less; nothing else may come to that without a fault.
          const isList = path.length === 4 && path[3] === (i % 2 === 0 ? 'f0' : 'f1') && text.startsWith('[');
          if (records.length < expected && !isList) expect(fault).not.toBeNull();
          for (const { id, order } of records) {
            expect(typeof id).toBe('string');
            expect(Date.parse(String(order))).not.toBeNaN();
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('never gives one patient what was said of another, however the entities are arranged', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2), { maxLength: 4 }), (order) => {
        const { g0 } = right().data;
        const outcomes = checkAnswer(rules, request, { data: { g0: order.map((i) => g0[i]) } });
        for (const [k, key] of keys.entries()) {
          const outcome = outcomes.get(questionId({ unit: units[0] as (typeof units)[number], key }));
          for (const { id } of outcome?.records ?? []) expect(id).toBe(`p${k}`);
        }
      }),
    );
  });

  const faultsOf = (body: unknown) => {
    const outcomes = checkAnswer(rules, request, body);
    return questions.map((question) => outcomes.get(questionId(question))?.fault?.kind ?? null);
  };

  test.each([
    ['FORBIDDEN', 'REFUSED'],
    ['UNAUTHENTICATED', 'REFUSED'],
    ['ACCESS_DENIED', 'REFUSED'],
    ['UNSUPPORTED', 'UNSUPPORTED'],
    ['GRAPHQL_VALIDATION_FAILED', 'UNSUPPORTED'],
    ['INVALID_RECORD', 'INVALID'],
    ['TIMED_OUT', 'TIMED_OUT'],
    ['ANYTHING_ELSE', 'UNAVAILABLE'],
    [undefined, 'UNAVAILABLE'],
  ])('takes the code %s to mean %s', (code, kind) => {
    const errors = [{ message: '', path: ['g0', 1, 'f0'], extensions: { code } }];
    expect(faultsOf({ ...right(), errors })).toEqual([null, null, kind, null, null, null]);
  });

  const refused = (path: unknown) => [{ message: '', path, extensions: { code: 'FORBIDDEN' } }];

  test.each<[string, unknown, (string | null)[]]>([
    ['a list', ['g0', 1, 'f1'], [null, null, null, 'REFUSED', null, null]],
    ['below a list', ['g0', 1, 'f1', 0, 'team'], [null, null, null, 'REFUSED', null, null]],
    ['an entity', ['g0', 1], [null, null, 'REFUSED', 'REFUSED', null, null]],
    ['a key', ['g0', 1, 'gatherKey'], [null, null, 'REFUSED', 'REFUSED', null, null]],
    ['all entities', ['g0'], questions.map(() => 'REFUSED')],
    ['a place among them that is none', ['g0', 3, 'f0'], questions.map(() => 'REFUSED')],
    ['a place by a name', ['g0', 'length', 'f0'], questions.map(() => 'REFUSED')],
    ['everything', [], questions.map(() => 'REFUSED')],
    ['nowhere', 'g0.1', questions.map(() => 'REFUSED')],
  ])('takes an error at %s to be about what stands there', (_name, path, expected) => {
    expect(faultsOf({ ...right(), errors: refused(path) })).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['at it', ['g0', 1]],
    ['below it, from where the null has come up', ['g0', 1, 'f0', 0, 'title']],
    ['above it', ['g0']],
    ['nowhere', undefined],
  ])('takes the reason for an entity that is null from an error %s', (_name, path) => {
    const { g0 } = right().data;
    const faults = faultsOf({ data: { g0: [g0[0], null, g0[2]] }, errors: refused(path) });
    expect(faults.slice(2, 4)).toEqual(['REFUSED', 'REFUSED']);
  });

  test.each<[string, Record<string, unknown>]>([
    ['no id', { gatherId: '' }],
    ['a value of no enum', { patientAgreement: 'PERHAPS' }],
    ['a value of an enum by another type', { patientAgreement: 1 }],
    ['null in a list where null may not be', { documents: [null] }],
    ['an object in place of a list', { documents: {} }],
    ['a list in place of an object', { documents: [[]] }],
    ['less than was asked for', { documents: [{}] }],
    ['less than was asked for, by a prototype', { documents: [Object.create({ url: 'https://records.example/1' })] }],
  ])('sets a record aside that has %s', (_name, spoilt) => {
    const body = right();
    Object.assign(body.data.g0[0]?.f0[0] ?? {}, spoilt);
    expect(faultsOf(body)).toEqual(['INVALID', null, null, null, null, null]);
  });

  test('leaves prototypes clean', () => {
    const poison = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}');
    const body = right();
    for (const each of body.data.g0) Object.assign(each.f0[0] as object, poison);
    checkAnswer(rules, request, {
      ...body,
      ...poison,
      errors: [{ message: '', path: ['__proto__'], extensions: poison }],
    });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

const answered: fc.Arbitrary<Answered> = fc.record({
  rule: fc.record({ field: fc.constantFrom('a', 'b'), visible: fc.boolean() }).map(({ field, visible }) => ({
    field: visible ? field : `${field}History`,
    orderBy: 'when',
    descending: false,
    limit: null,
    atMost: null,
    visible,
    sharedAs: field,
  })),
  outcome: fc.record({
    records: fc.array(fc.constant({ id: '1', order: null, object: new Completed('Thing', {}) }), { maxLength: 1 }),
    fault: fc.option(
      fc.record({
        kind: fc.constantFrom('TIMED_OUT', 'UNAVAILABLE', 'INVALID', 'REFUSED', 'UNSUPPORTED'),
        reason: fc.constant('why'),
      }),
    ),
    askedAt: fc.constant(new Date(0)),
    elapsedMs: fc.nat(),
  }),
});
const answers = fc.array(answered, { minLength: 1, maxLength: 4 });

describe('the manifest', () => {
  const said = (kind: FaultKind | null, ms = 1): Answered => ({
    rule: { field: 'a', orderBy: 'when', descending: false, limit: null, atMost: null, visible: true, sharedAs: 'a' },
    outcome: { records: [], fault: kind && { kind, reason: kind }, askedAt: new Date(ms), elapsedMs: ms },
  });

  test('says when a custodian was first asked, and how long its slowest answer took', () => {
    const { askedAt, elapsedMs } = sourceOf('RA1', [said(null, 20), said(null, 10), said(null, 30)]);
    expect([askedAt?.getTime(), elapsedMs]).toEqual([10, 30]);
  });

  test('of several faults names the one that a clinician should read first', () => {
    const kinds: FaultKind[] = ['UNSUPPORTED', 'REFUSED', 'INVALID', 'UNAVAILABLE', 'TIMED_OUT'];
    for (const [i, kind] of kinds.entries()) {
      expect(
        sourceOf(
          'RA1',
          kinds.slice(0, i + 1).map((each) => said(each)),
        ).status,
      ).toBe(kind);
    }
  });

  test('says ANSWERED or ANSWERED_NONE if and only if there was no fault, and otherwise why', () => {
    fc.assert(
      fc.property(answers, (said) => {
        const { status, reason, missing } = sourceOf('RA1', said);
        const whole = said.every(({ outcome: { fault } }) => fault === null);
        expect(['ANSWERED', 'ANSWERED_NONE'].includes(status)).toBe(whole);
        expect(reason === null).toBe(whole);
        if (status === 'ANSWERED_NONE') expect(said.flatMap(({ outcome: { records } }) => records)).toEqual([]);
        // Of a list that clients do not see they are told by the name of the one that they do, unless that one was answered.
        const failed = said.filter(({ outcome: { fault } }) => fault);
        const answered = said.filter(({ rule, outcome: { fault } }) => !fault && rule.visible);
        const shown = failed.filter(({ rule }) => rule.visible).map(({ rule }) => rule.field);
        const hidden = failed
          .filter(({ rule }) => !rule.visible && !answered.some(({ rule: { field } }) => field === rule.sharedAs))
          .map(({ rule }) => rule.sharedAs);
        expect(missing).toEqual([...new Set([...shown, ...hidden])].sort());
      }),
    );
  });

  test('says COMPLETE only when every custodian answered all and all are known, UNKNOWN only when nobody said anything', () => {
    fc.assert(
      fc.property(fc.array(answers, { maxLength: 4 }), fc.boolean(), (all, located) => {
        const sources = all.map((said, i) => sourceOf(`RA${i}`, said));
        const completeness = completenessOf(sources, located, all.flat());
        const whole = all.flat().every(({ outcome: { fault } }) => fault === null);
        expect(completeness === 'COMPLETE').toBe(whole && located);
        const said = all.flat().some(({ outcome: { fault, records } }) => fault === null || records.length > 0);
        if (completeness === 'UNKNOWN') expect(said).toBe(false);
        if (completeness === 'PARTIAL') expect(said).toBe(true);
      }),
    );
  });
});

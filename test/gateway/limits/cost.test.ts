import { readFileSync } from 'node:fs';
import { sharesOf } from '@caregraph/gateway/access/agreements.ts';
import { OWN_SUPERGRAPH } from '@caregraph/gateway/config.ts';
import { readGatherRules } from '@caregraph/gateway/gather/rules.ts';
import { excessOfCost } from '@caregraph/gateway/limits/cost.ts';
import { MOST } from '@caregraph/gateway/limits/most.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import { getVariableValues, Kind, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { everythingWithEverybody } from '../../support/gateway.ts';
import { nhsNumbers } from '../../support/nhs-numbers.ts';
import { world } from '../world.ts';

const supergraphSdl = readFileSync(OWN_SUPERGRAPH, 'utf8');
const rules = readGatherRules(supergraphSdl, scalars);
if (!rules) throw new Error('Nothing is gathered.');

const CALLER = { organisation: 'RRU', role: 'paramedic', purpose: 'directcare' } as const;
const LISTS = ['demographics', 'crisisPlans', 'contacts', 'alerts', 'careContacts', 'hospitalSpells', 'legalStatuses'];

/** What is too much of an operation that a caller asks with whom so many trusts share everything. */
function excess(text: string, { trusts, n = [], more = [] }: { trusts: number; n?: string[]; more?: string[] }) {
  const document = parse(text);
  const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  if (!rules || operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('There is no operation.');
  const { schema } = rules;
  const agreements = everythingWithEverybody(
    supergraphSdl,
    Array.from({ length: trusts }, (_, i) => ({ odsCode: `R${i + 100}` })),
  );
  const values = getVariableValues(schema, operation.variableDefinitions ?? [], { n, more }).coerced ?? {};
  const patients = [...new Set([...n, ...more])];
  return excessOfCost(rules, {
    schema,
    document,
    operation,
    values,
    patients,
    shares: sharesOf(agreements, CALLER, '2026-03-01'),
  });
}

const caseload = (selected: string, rest = ''): string =>
  `query ($n: [NHSNumber!]!, $more: [NHSNumber!]! = []) { patients(nhsNumbers: $n) { ${selected} } ${rest} }`;

describe('an operation costs patients × custodians × lists', () => {
  const NUMBERS = nhsNumbers(300);
  const of = (count: number): string[] => NUMBERS.slice(0, count);

  test('and 200 patients over 60 trusts and 8 lists are not too many', () => {
    const eight = [...LISTS, 'again: alerts'].map((list) => `${list} { id }`).join(' ');
    expect(excess(caseload(eight), { trusts: 60, n: of(200) })).toBeNull();
    expect(excess(caseload(eight), { trusts: 63, n: of(200) })).toEqual({ limit: 'cost', sent: 200 * 63 * 8 });
  });

  test('just the most is taken, and no more', () => {
    expect(excess(caseload('alerts { id }'), { trusts: 500, n: of(200) })).toBeNull();
    expect(excess(caseload('alerts { id }'), { trusts: 501, n: of(200) })).toEqual({
      limit: 'cost',
      sent: MOST.cost + 200,
    });
  });

  test('and a list under another name is another list, wherever it is spread', () => {
    const spread = `${caseload('...a ...a ... on Patient { b: alerts { id } }')} fragment a on Patient { alerts { id } c: alerts { id } }`;
    expect(excess(spread, { trusts: 101, n: of(200) })).toEqual({ limit: 'cost', sent: 200 * 101 * 5 });
  });

  test('and what warnings are worked out from is six lists, however many of their fields are asked', () => {
    const warnings = 'warnings { rule } ... on Patient { old: warnings { rule } warningsStatus attention }';
    expect(excess(caseload(warnings), { trusts: 83, n: of(200) })).toBeNull();
    expect(excess(caseload(`${warnings} alerts { id }`), { trusts: 83, n: of(200) })).toEqual({
      limit: 'cost',
      sent: 200 * 83 * 7,
    });
  });

  test('of all its root fields together, each with its own patients and lists', () => {
    const two = caseload('alerts { id } contacts { id }', 'b: patients(nhsNumbers: $more) { alerts { id } }');
    expect(excess(two, { trusts: 201, n: of(150), more: of(200).slice(150) })).toBeNull();
    expect(excess(two, { trusts: 300, n: of(150), more: of(200).slice(150) })).toEqual({
      limit: 'cost',
      sent: 300 * (150 * 2 + 50),
    });
  });

  test('of whom it asks nothing but who has answered, as if it asked for one list', () => {
    expect(excess(caseload('sources { status } completeness'), { trusts: 501, n: of(200) })).toEqual({
      limit: 'cost',
      sent: 200 * 501,
    });
  });

  test('and names at most 200 patients, by all its root fields together', () => {
    const two = caseload('nhsNumber', 'b: patients(nhsNumbers: $more) { nhsNumber }');
    expect(excess(two, { trusts: 1, n: of(150), more: of(200).slice(150) })).toBeNull();
    expect(excess(two, { trusts: 1, n: of(150), more: of(201).slice(150) })).toEqual({ limit: 'patients', sent: 201 });
  });

  test('and nothing where no patient is named', () => {
    expect(excess('{ organisations { odsCode } }', { trusts: 10_000 })).toBeNull();
    expect(
      excess('mutation ($n: [NHSNumber!]) { closeReview(id: 1, finding: APPROPRIATE) { id } }', { trusts: 10_000 }),
    ).toBeNull();
  });
});

test('what costs too much is refused before anybody is asked, and stands on record as what was not answered', async () => {
  const [ann = '', ...others] = nhsNumbers(201);
  const recorded: unknown[] = [];
  await using w = await world(
    { RW5: {} },
    { [ann]: ['RW5'] },
    {
      audit: {
        record: async (entry) => void recorded.push(entry),
        ready: async () => ({ writing: 'journal', unshipped: 0 }),
        close: async () => {},
      },
    },
  );
  const { status, data, errors, text } = await w.gateway.ask(
    'query ($a: NHSNumber!, $n: [NHSNumber!]!) { patient(nhsNumber: $a) { alerts { id } pointers { id } } patients(nhsNumbers: $n) { alerts { id } } }',
    { a: ann, n: others },
  );
  expect({ status, data }).toEqual({ status: 400, data: undefined });
  expect(errors).toEqual([
    {
      message: 'This operation names 201 patients; the most is 200. Ask in several requests.',
      extensions: { code: 'TOO_COSTLY', limit: 'patients', sent: 201, most: 200 },
    },
  ]);
  expect(text).not.toContain(ann);
  expect(w.locator.received).toEqual([]);
  expect(w.trusts.RW5.received).toEqual([]);
  expect(recorded).toMatchObject([{ patients: [ann, ...others], recordTypes: [], custodians: [], result: 'FAILED' }]);
});

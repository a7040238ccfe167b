import { readFileSync } from 'node:fs';
import { OWN_SUPERGRAPH } from '@caregraph/gateway/config.ts';
import { readGatherRules } from '@caregraph/gateway/gather/rules.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import { describe, expect, test } from 'vitest';

const SDL = readFileSync(OWN_SUPERGRAPH, 'utf8');

/** The supergraph with one thing in it written otherwise. */
function changed(from: string, to: string): string {
  expect(SDL).toContain(from);
  return SDL.replace(from, to);
}

describe('the rules of gathering', () => {
  const rules = readGatherRules(SDL, scalars);
  const patient = rules?.entities.get('Patient');

  test('say of each list that clients do not see as which it is shared', () => {
    const hidden = [...(patient?.lists.values() ?? [])].filter(({ visible }) => !visible);
    expect(hidden.map(({ field, sharedAs }) => `${field} as ${sharedAs}`).sort()).toEqual([
      'careContactHistory as careContacts',
      'crisisPlanHistory as crisisPlans',
      'demographicsHistory as demographics',
      'hospitalSpellHistory as hospitalSpells',
      'legalStatusHistory as legalStatuses',
      'referralHistory as referrals',
    ]);
    for (const { field, sharedAs, visible } of patient?.lists.values() ?? []) if (visible) expect(sharedAs).toBe(field);
  });

  test('know which lists a field of another subgraph requires', () => {
    expect(patient?.required.get('warnings')).toHaveLength(6);
    expect(patient?.required.get('warnings')).toEqual(patient?.required.get('attention'));
    expect(patient?.required.get('crisisPlans')).toBeUndefined();
  });

  test('know in which order a list may be wanted', () => {
    expect(rules?.lookups.get('patients')?.sorts).toEqual(
      new Map([['orderBy', new Map([['ATTENTION', { by: 'attention', descending: true }]])]]),
    );
    expect(rules?.lookups.get('patient')?.sorts).toEqual(new Map());
  });
});

test.each([
  [
    'a list shared as one that there is not',
    'sharedAs: "careContacts"',
    'sharedAs: "visits"',
    /careContactHistory: "visits", as which it is shared, is no gathered list/,
  ],
  [
    'a list shared as another that clients do not see',
    'sharedAs: "careContacts"',
    'sharedAs: "referralHistory"',
    /careContactHistory: "referralHistory".* no gathered list that clients may know of/,
  ],
  [
    'a list that clients see, shared as another',
    'limit: "first", atMost: 500',
    'limit: "first", atMost: 500, sharedAs: "alerts"',
    /careContacts: only an @inaccessible list is shared as another/,
  ],
  [
    'an order by what is no number',
    '@sort(by: "attention"',
    '@sort(by: "nhsNumber"',
    /@sort on PatientOrder.ATTENTION: Patient.nhsNumber is no whole number/,
  ],
  [
    'an order by what there is not',
    '@sort(by: "attention"',
    '@sort(by: "need"',
    /@sort on PatientOrder.ATTENTION: Patient.need is no whole number/,
  ],
] as const)('%s is refused, and it is said where', (_what, from, to, message) => {
  expect(() => readGatherRules(changed(from, to), scalars)).toThrow(message);
});

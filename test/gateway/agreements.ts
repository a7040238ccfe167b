import type { Agreement, Agreements, Term } from '@caregraph/gateway/access/agreements.ts';

/** A term of an agreement for a test: content of everything, to everybody who cares directly, but for what it says. */
export const term = (more: Partial<Term> = {}): Term => ({
  level: 'CONTENT',
  emergency: false,
  recordTypes: new Set(RECORD_TYPES),
  consumers: 'everybody',
  roles: new Set(['paramedic', 'crisis-clinician', 'community-nurse']),
  purposes: new Set(['directcare']),
  ...more,
});

export const RECORD_TYPES = [
  'demographics',
  'crisisPlans',
  'contacts',
  'alerts',
  'careContacts',
  'hospitalSpells',
  'legalStatuses',
  'referrals',
];

/** An agreement of these custodians, on these terms. */
export const agreement = (custodians: readonly string[], ...terms: readonly Term[]): Agreement => ({
  id: `of ${custodians.join(' and ')}`,
  from: '2000-01-01',
  until: null,
  custodians: new Set(custodians),
  terms,
});

/** Agreements as the gateway takes them. */
export const inForce =
  (...agreements: readonly Agreement[]): (() => Agreements) =>
  () =>
    agreements;

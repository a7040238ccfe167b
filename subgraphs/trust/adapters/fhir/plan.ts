import type { Coding, CrisisPlan } from '../../records.ts';
import { CRISIS_PLAN, PLAN_TYPES, SNOMED } from './codes.ts';
import type { Concept } from './datatypes.ts';

/** The heading of a crisis plan, none of which FHIR R4 has a place for: such a plan is read in its documents. */
export const NO_HEADINGS = {
  earlyWarningSigns: null,
  possibleTriggers: null,
  copingStrategies: null,
  whatHelps: null,
  whatDoesNotHelp: null,
  supportToPreventAdmission: null,
  whereToBeTaken: null,
  preferredPlaceOfAdmission: null,
  dependants: null,
  pets: null,
  practicalNeeds: null,
  advanceStatements: null,
  advanceDecisions: null,
  familyInvolvement: null,
  access24Hour: null,
  namedContacts: null,
  patientAgreement: 'NOT_RECORDED',
  reviewDue: null,
} as const satisfies Partial<CrisisPlan>;

/**
 * What kind of crisis plan the concepts say that something is: of several kinds a mental health crisis plan before all
 * others, then the first that is named; `null` when they say no such thing.
 */
export function planType(concepts: readonly Concept[]): Coding | null {
  const codes = concepts
    .flatMap((each) => each.codings)
    .flatMap(({ system, code }) => (system === SNOMED && PLAN_TYPES.has(code) ? [code] : []));
  const code = codes.includes(CRISIS_PLAN) ? CRISIS_PLAN : codes[0];
  return code === undefined ? null : { system: SNOMED, code, display: PLAN_TYPES.get(code) ?? null };
}

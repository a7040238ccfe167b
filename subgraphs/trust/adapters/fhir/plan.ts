import type { Coding, CrisisPlan } from '../../records.ts';
import { PLAN_TYPES, SNOMED } from './codes.ts';
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

/** What kind of crisis plan the concepts say that something is; `null` when they say no such thing. */
export function planType(concepts: readonly Concept[]): Coding | null {
  const codings = concepts.flatMap((each) => each.codings).filter(({ system }) => system === SNOMED);
  for (const [code, display] of PLAN_TYPES) {
    if (codings.some((coding) => coding.code === code)) return { system: SNOMED, code, display };
  }
  return null;
}

import type { CrisisPlan } from './records.ts';

/** The headings of a crisis plan, none of them filled: for plans that are documents, and for those that fill only some. */
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
} as const satisfies Partial<CrisisPlan>;

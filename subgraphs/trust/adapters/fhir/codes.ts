import pointerTypes from '@caregraph/schema/codes/pointer-types.json' with { type: 'json' };
import type { AlertPriority, ContactKind } from '../../records.ts';

/*
 * The code systems that the mappings read, as data. Rows marked † are from general knowledge and were not checked
 * against their publisher's list.
 */

/** SNOMED CT. */
export const SNOMED = 'http://snomed.info/sct';

/** The identifier system of NHS numbers in FHIR UK Core. */
export const NHS_NUMBER_SYSTEM = 'https://fhir.nhs.uk/Id/nhs-number';

/** The category of care plans among the NRL pointer types (SNOMED CT). */
const CARE_PLAN = '734163000';

/** What a plan must be typed as to be a crisis plan: the care plans among the NRL pointer types (SNOMED CT). */
export const PLAN_TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries(pointerTypes.codes).flatMap(([code, { display, category }]) =>
    category === CARE_PLAN ? [[code, display]] : [],
  ),
);

/** The type of a mental health crisis plan (SNOMED CT). */
export const CRISIS_PLAN = '736253002';

/** The NRL pointer type that says only that the trust holds something (SNOMED CT). */
export const SUMMARY_RECORD = '824321000000109';

/** Teams by SNOMED CT concept or MHSDS service or team type. */
export const TEAM_KINDS: ReadonlyMap<string, ContactKind> = new Map([
  ['92151000000102', 'CRISIS_TEAM'],
  ['92221000000103', 'CRISIS_TEAM'],
  ['A02', 'CRISIS_TEAM'],
  ['A19', 'CRISIS_LINE'],
  ['310119000', 'LIAISON_TEAM'],
  ['A11', 'LIAISON_TEAM'],
  ['89301000000108', 'COMMUNITY_TEAM'],
  ['91901000000109', 'COMMUNITY_TEAM'],
  ['92191000000105', 'COMMUNITY_TEAM'],
]);

/** Whoever coordinates care, by role in a care team: SNOMED CT †. */
export const CARE_COORDINATOR_ROLES: ReadonlySet<string> = new Set(['768820003']);

/** What a relationship says beside kinship, by `system|code`. */
export const RELATIONSHIP_KINDS: ReadonlyMap<string, ContactKind> = new Map([
  ['http://terminology.hl7.org/CodeSystem/v2-0131|N', 'NEXT_OF_KIN'],
  ['http://terminology.hl7.org/CodeSystem/v3-RoleCode|NOK', 'NEXT_OF_KIN'],
  [`${SNOMED}|184142008`, 'NEXT_OF_KIN'], // †
  ['http://terminology.hl7.org/CodeSystem/v3-RoleClass|CAREGIVER', 'CARER'],
  [`${SNOMED}|133932002`, 'CARER'], // †
]);

/** Contacts of a patient that are no persons in the patient's life: employers, agencies, insurers, whoever pays (HL7 v2-0131). */
export const ORGANISATION_RELATIONSHIPS: ReadonlySet<string> = new Set(['E', 'F', 'I', 'S', 'BP']);

/** Words for relationships that are often sent as a bare code (HL7 v2-0131, v3-RoleCode). */
export const RELATIONSHIP_WORDS: ReadonlyMap<string, string> = new Map([
  ['C', 'emergency contact'],
  ['EP', 'emergency contact'],
  ['BRO', 'brother'],
  ['CHILD', 'child'],
  ['DAU', 'daughter'],
  ['DAUC', 'daughter'],
  ['DOMPART', 'domestic partner'],
  ['FRND', 'friend'],
  ['FTH', 'father'],
  ['GRFTH', 'grandfather'],
  ['GRMTH', 'grandmother'],
  ['GRPRN', 'grandparent'],
  ['HUSB', 'husband'],
  ['MTH', 'mother'],
  ['NBOR', 'neighbour'],
  ['NMTH', 'natural mother'],
  ['NFTH', 'natural father'],
  ['PRN', 'parent'],
  ['SIB', 'sibling'],
  ['SIGOTHR', 'significant other'],
  ['SIS', 'sister'],
  ['SON', 'son'],
  ['SONC', 'son'],
  ['SPS', 'spouse'],
  ['WIFE', 'wife'],
]);

/** The order in which to ring contacts of each kind. FHIR holds none, so it is the same for every patient. */
export const PRIORITIES: Readonly<Record<ContactKind, number>> = {
  CRISIS_TEAM: 1,
  CRISIS_LINE: 2,
  CARE_COORDINATOR: 3,
  COMMUNITY_TEAM: 4,
  LIAISON_TEAM: 5,
  PROFESSIONAL: 6,
  GENERAL_PRACTICE: 7,
  NEXT_OF_KIN: 8,
  CARER: 9,
  OTHER_PERSON: 10,
};

/** HL7's flag priorities; "no alarm" says nothing of a priority. */
export const FLAG_PRIORITIES: ReadonlyMap<string, AlertPriority> = new Map([
  ['PH', 'HIGH'],
  ['PM', 'MEDIUM'],
  ['PL', 'LOW'],
]);

/** Encounter classes that are stays in hospital (HL7 v3-ActCode). */
export const STAY_CLASSES: ReadonlySet<string> = new Set(['IMP', 'ACUTE', 'NONAC']);

/** Encounter classes that are meetings (HL7 v3-ActCode). */
export const MEETING_CLASSES: ReadonlySet<string> = new Set(['AMB', 'EMER', 'FLD', 'HH', 'VR']);

/** Appointment types that say whether the meeting was planned (HL7 v2-0276). */
export const PLANNED_APPOINTMENTS: ReadonlyMap<string, boolean> = new Map([
  ['CHECKUP', true],
  ['FOLLOWUP', true],
  ['ROUTINE', true],
  ['WALKIN', false],
]);

import type { Coding } from '@caregraph/trust/records.ts';

/*
 * The codes that made-up records use, with their words. Rows marked † are from general knowledge and were not checked
 * against the NHS Data Dictionary.
 */

const DICTIONARY = 'https://www.datadictionary.nhs.uk/attributes';

function table<Code extends string>(system: string, words: Readonly<Record<Code, string>>): (code: Code) => Coding {
  return (code) => ({ system, code, display: words[code] });
}

/** Types of plan: SNOMED CT concepts among the NRL pointer types. */
export const planType = table('http://snomed.info/sct', {
  '736253002': 'Mental health crisis plan',
  '325691000000100': 'Contingency plan',
  '2181441000000107': 'Personalised care and support plan',
});

/** The SNOMED CT concept of a pointer that says only that a trust holds something (NRL pointer types). */
export const SUMMARY_RECORD = '824321000000109';

/** MHSDS SERVICE OR TEAM TYPE REFERRED TO. */
export const teamType = table(`${DICTIONARY}/service_or_team_type_referred_to_for_mental_health.html`, {
  A02: 'Crisis Resolution Team/Home Treatment Service',
  A06: 'Community Mental Health Team - Functional', // †
  A07: 'Community Mental Health Team - Organic', // †
  A11: 'Psychiatric Liaison Service',
  A14: 'Early Intervention Team for Psychosis', // †
  A19: '24/7 Crisis Response Line',
  A20: 'Health Based Place of Safety Service',
  A21: 'Crisis Café/Safe Haven Service',
  A23: 'Psychiatric Decision Unit',
  A25: 'Crisis House Service',
  C02: 'Specialist Perinatal Mental Health Community Service', // †
  C10: 'Community Eating Disorder Service', // †
});

/** A type of team. */
export type TeamType = Parameters<typeof teamType>[0];

/** MHSDS CONSULTATION MECHANISM. */
export const mechanism = table(`${DICTIONARY}/consultation_mechanism.html`, {
  '01': 'Face to face',
  '02': 'Telephone',
  '04': 'Talk type for a person unable to speak',
  '11': 'Video consultation',
});

/** A means by which a meeting takes place. */
export type Mechanism = Parameters<typeof mechanism>[0];

/** MHSDS MENTAL HEALTH ADMITTED PATIENT CLASSIFICATION. */
export const bedClass = table(`${DICTIONARY}/mental_health_admitted_patient_classification.html`, {
  '200': 'Acute adult mental health care',
  '201': 'Acute older adult mental health care (organic and functional)',
  '202': 'Adult psychiatric intensive care unit (acute mental health care)',
  '203': 'Adult eating disorders', // †
  '204': 'Mother and baby', // †
});

/** NHS Data Dictionary, METHOD OF ADMISSION. */
export const admissionMethod = table(`${DICTIONARY}/method_of_admission.html`, {
  '11': 'Elective admission: waiting list', // †
  '21': 'Emergency admission: emergency care department', // †
  '28': 'Emergency admission: other means', // †
});

/** NHS Data Dictionary, METHOD OF DISCHARGE. */
export const dischargeMethod = table(`${DICTIONARY}/method_of_discharge.html`, {
  '1': 'Discharged on clinical advice or with clinical consent', // †
  '2': 'Discharged themself, or by a relative or advocate', // †
  '3': 'Discharged by a mental health review tribunal, the Home Secretary or a court', // †
  '4': 'Died',
});

/** NHS Data Dictionary, DISCHARGE DESTINATION. */
export const dischargeDestination = table(`${DICTIONARY}/discharge_destination.html`, {
  '19': 'Usual place of residence', // †
  '29': 'Temporary place of residence', // †
  '51': 'NHS hospital: ward for general patients', // †
  '79': 'Not applicable: the patient died', // †
});

/** MHSDS MENTAL HEALTH ACT LEGAL STATUS CLASSIFICATION CODE. */
export const legalStatus = table(`${DICTIONARY}/mental_health_act_legal_status_classification_code.html`, {
  '01': 'Informal',
  '02': 'Section 2',
  '03': 'Section 3',
  '19': 'Section 135',
  '20': 'Section 136',
});

/** A code of a legal status. */
export type LegalStatusCode = Parameters<typeof legalStatus>[0];

/** A trust's own code for an alert, of no wider system. */
export const localCode = (code: string, display: string): Coding => ({ system: null, code, display });

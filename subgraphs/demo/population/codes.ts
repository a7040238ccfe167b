import bedClasses from '@caregraph/schema/codes/bed-classes.json' with { type: 'json' };
import mechanisms from '@caregraph/schema/codes/consultation-mechanisms.json' with { type: 'json' };
import dischargeDestinations from '@caregraph/schema/codes/discharge-destinations.json' with { type: 'json' };
import legalStatuses from '@caregraph/schema/codes/legal-statuses.json' with { type: 'json' };
import pointerTypes from '@caregraph/schema/codes/pointer-types.json' with { type: 'json' };
import teamTypes from '@caregraph/schema/codes/team-types.json' with { type: 'json' };
import type { Coding } from '@caregraph/trust/records.ts';

/*
 * The codes that made-up records use, with their words. Rows marked † are from general knowledge and were not checked
 * against the NHS Data Dictionary.
 */

/** A list of codes, in the form of `schema/codes`. */
interface CodeTable<Code extends string> {
  readonly system: string;
  readonly codes: Readonly<Record<Code, { readonly display: string }>>;
}

function table<Code extends string>({ system, codes }: CodeTable<Code>): (code: Code) => Coding {
  return (code) => ({ system, code, display: codes[code].display });
}

function ownTable<Code extends string>(name: string, words: Readonly<Record<Code, string>>): (code: Code) => Coding {
  return (code) => ({
    system: `https://www.datadictionary.nhs.uk/attributes/${name}.html`,
    code,
    display: words[code],
  });
}

/** Types of plan: SNOMED CT concepts among the NRL pointer types. */
export const planType = table(pointerTypes);

/** The SNOMED CT concept of a pointer that says only that a trust holds something (NRL pointer types). */
export const SUMMARY_RECORD = '824321000000109';

/** MHSDS SERVICE OR TEAM TYPE REFERRED TO. */
export const teamType = table(teamTypes);

/** A type of team. */
export type TeamType = Parameters<typeof teamType>[0];

/** MHSDS CONSULTATION MECHANISM. */
export const mechanism = table(mechanisms);

/** A means by which a meeting takes place. */
export type Mechanism = Parameters<typeof mechanism>[0];

/** MHSDS MENTAL HEALTH ADMITTED PATIENT CLASSIFICATION. */
export const bedClass = table(bedClasses);

/** NHS Data Dictionary, METHOD OF ADMISSION. */
export const admissionMethod = ownTable('method_of_admission', {
  '11': 'Elective admission: waiting list', // †
  '21': 'Emergency admission: emergency care department', // †
  '28': 'Emergency admission: other means', // †
});

/** NHS Data Dictionary, METHOD OF DISCHARGE. */
export const dischargeMethod = ownTable('method_of_discharge', {
  '1': 'Discharged on clinical advice or with clinical consent', // †
  '2': 'Discharged themself, or by a relative or advocate', // †
  '3': 'Discharged by a mental health review tribunal, the Home Secretary or a court', // †
  '4': 'Died',
});

/** NHS Data Dictionary, DISCHARGE DESTINATION. */
export const dischargeDestination = table(dischargeDestinations);

const REFERRAL_CLOSURES = {
  advised: { code: '02', display: 'Finished on professional advice' }, // †
  moved: { code: '04', display: 'The patient moved out of the area' }, // †
  notAppropriate: { code: '05', display: 'No further treatment appropriate' }, // †
  didNotAttend: { code: '06', display: 'The patient did not attend' }, // †
  died: { code: '07', display: 'The patient died' }, // †
} as const;

/** Why a referral was closed. */
export type ReferralClosure = keyof typeof REFERRAL_CLOSURES;

/** MHSDS REFERRAL CLOSURE REASON. */
export const referralClosure = (reason: ReferralClosure): Coding => ({
  system: 'https://www.datadictionary.nhs.uk/attributes/referral_closure_reason.html',
  ...REFERRAL_CLOSURES[reason],
});

/** MHSDS MENTAL HEALTH ACT LEGAL STATUS CLASSIFICATION CODE. */
export const legalStatus = table(legalStatuses);

/** A code of a legal status. */
export type LegalStatusCode = Parameters<typeof legalStatus>[0];

/** A trust's own code for an alert, of no wider system. */
export const localCode = (code: string, display: string): Coding => ({ system: null, code, display });

import type { DayOfWeek } from '@caregraph/service/uk-time.ts';

/**
 * The records of the contract (`schema/trust.graphql`) as a source hands them over: the same fields and values, less
 * what the kit adds (`custodian`, `answersNow`, `shortcomings`). What each field means stands in the contract.
 *
 * Dates are `YYYY-MM-DD`, moments RFC 3339 with an offset, times of day `hh:mm` of the UK clock.
 */

/** Ten digits, checked. */
export type NHSNumber = string;
export type ODSCode = string;
export type LocalDate = string;
export type Instant = string;
export type LocalTime = string;

export interface Record {
  /** The id by which the custodian knows the record, without the custodian's code. */
  readonly id: string;
  readonly lastUpdated: Instant;
}

export interface Coding {
  readonly system: string | null;
  readonly code: string;
  readonly display: string | null;
}

export interface Author {
  readonly name: string | null;
  readonly jobTitle: string | null;
  readonly organisation: string | null;
}

export interface Document {
  readonly title: string | null;
  readonly contentType: string;
  readonly url: string | null;
  readonly format: string | null;
  readonly created: Instant | null;
  readonly text: string | null;
}

export type PlanStatus = 'DRAFT' | 'ACTIVE' | 'ON_HOLD' | 'REVOKED' | 'COMPLETED' | 'ENTERED_IN_ERROR' | 'UNKNOWN';
export type PatientAgreement = 'AGREES' | 'AGREES_IN_PART' | 'DISAGREES' | 'NOT_RECORDED';

export interface CrisisPlan extends Record {
  readonly status: PlanStatus;
  readonly type: Coding;
  readonly title: string | null;
  readonly earlyWarningSigns: readonly string[] | null;
  readonly possibleTriggers: readonly string[] | null;
  readonly copingStrategies: readonly string[] | null;
  readonly whatHelps: readonly string[] | null;
  readonly whatDoesNotHelp: readonly string[] | null;
  readonly supportToPreventAdmission: readonly string[] | null;
  readonly whereToBeTaken: string | null;
  readonly preferredPlaceOfAdmission: string | null;
  readonly dependants: readonly string[] | null;
  readonly pets: readonly string[] | null;
  readonly practicalNeeds: readonly string[] | null;
  readonly advanceStatements: readonly string[] | null;
  readonly advanceDecisions: readonly string[] | null;
  readonly familyInvolvement: string | null;
  readonly access24Hour: string | null;
  readonly namedContacts: readonly NamedContact[] | null;
  readonly patientAgreement: PatientAgreement;
  readonly author: Author | null;
  readonly created: Instant | null;
  readonly reviewDue: LocalDate | null;
  readonly documents: readonly Document[];
}

export interface NamedContact {
  readonly name: string;
  readonly role: string | null;
  readonly telecoms: readonly Telecom[];
}

export type TelecomSystem = 'PHONE' | 'SMS' | 'EMAIL' | 'FAX' | 'PAGER' | 'URL' | 'OTHER';
export type TelecomUse = 'WORK' | 'HOME' | 'MOBILE' | 'TEMP' | 'OLD';

export interface Telecom {
  readonly system: TelecomSystem;
  readonly value: string;
  readonly use: TelecomUse | null;
  readonly rank: number | null;
  readonly voicemail: boolean | null;
}

export type { DayOfWeek };

export type ContactKind =
  | 'CRISIS_TEAM'
  | 'CRISIS_LINE'
  | 'CARE_COORDINATOR'
  | 'COMMUNITY_TEAM'
  | 'LIAISON_TEAM'
  | 'PROFESSIONAL'
  | 'GENERAL_PRACTICE'
  | 'NEXT_OF_KIN'
  | 'CARER'
  | 'OTHER_PERSON';

export interface Contact extends Record {
  readonly kind: ContactKind;
  readonly priority: number;
  readonly name: string;
  readonly role: string | null;
  readonly team: Team | null;
  readonly telecoms: readonly Telecom[];
  readonly hours: readonly OpeningHours[];
  readonly gaps: readonly CoverGap[];
  readonly outOfHours: string | null;
}

export interface Team {
  readonly name: string;
  readonly type: Coding | null;
}

export interface OpeningHours {
  readonly days: readonly DayOfWeek[];
  readonly allDay: boolean;
  readonly opens: LocalTime | null;
  readonly closes: LocalTime | null;
}

export interface CoverGap {
  readonly description: string;
  readonly start: LocalDate;
  readonly end: LocalDate;
}

export type AlertStatus = 'ACTIVE' | 'INACTIVE' | 'ENTERED_IN_ERROR';
export type AlertCategory =
  | 'SAFEGUARDING'
  | 'SCENE_SAFETY'
  | 'PSYCHOLOGICAL_SOCIAL'
  | 'REASONABLE_ADJUSTMENT'
  | 'REPEAT_CALLER'
  | 'RISK_TO_SELF'
  | 'RISK_TO_OTHERS'
  | 'LEGAL_STATUS'
  | 'MISSING_PERSON'
  | 'OTHER';
export type AlertPriority = 'HIGH' | 'MEDIUM' | 'LOW';

export interface Alert extends Record {
  readonly status: AlertStatus;
  readonly category: AlertCategory;
  readonly code: Coding | null;
  readonly text: string;
  readonly priority: AlertPriority | null;
  readonly start: Instant | null;
  readonly end: Instant | null;
  readonly author: Author | null;
}

export type AttendStatus =
  | 'ATTENDED_ON_TIME'
  | 'ATTENDED_LATE'
  | 'ATTENDED'
  | 'LATE_NOT_SEEN'
  | 'CANCELLED_BY_PATIENT'
  | 'DID_NOT_ATTEND'
  | 'CANCELLED_BY_PROVIDER';

export interface CareContact extends Record {
  readonly start: Instant;
  readonly end: Instant | null;
  readonly attendStatus: AttendStatus | null;
  readonly planned: boolean | null;
  readonly consultationMechanism: Coding | null;
  readonly team: Team | null;
  readonly place: string | null;
  readonly reason: string | null;
  readonly outcome: string | null;
}

export interface HospitalSpell extends Record {
  readonly start: Instant;
  readonly end: Instant | null;
  readonly hospital: string | null;
  readonly ward: string | null;
  readonly bedClass: Coding | null;
  readonly admissionMethod: Coding | null;
  readonly dischargeMethod: Coding | null;
  readonly dischargeDestination: Coding | null;
  readonly absences: readonly Absence[];
}

export interface Absence {
  readonly start: Instant;
  readonly end: Instant | null;
}

export interface LegalStatus extends Record {
  readonly status: Coding;
  readonly start: Instant;
  readonly end: Instant | null;
  readonly expires: Instant | null;
}

export interface Referral extends Record {
  readonly start: Instant;
  readonly end: Instant | null;
  readonly team: Team | null;
  readonly closeReason: Coding | null;
  readonly onwardReferrals: readonly OnwardReferral[];
}

export interface OnwardReferral {
  readonly date: Instant;
  readonly to: ODSCode;
}

export type AdministrativeGender = 'MALE' | 'FEMALE' | 'OTHER' | 'UNKNOWN';

export interface Demographics extends Record {
  readonly name: HumanName | null;
  readonly birthDate: LocalDate | null;
  readonly gender: AdministrativeGender | null;
  /** With a `deceasedDate`, the kit answers `true` whatever stands here. */
  readonly deceased: boolean | null;
  readonly deceasedDate: LocalDate | null;
  readonly address: Address | null;
  readonly telecoms: readonly Telecom[];
  readonly language: string | null;
  readonly interpreterNeeded: boolean | null;
  readonly generalPractice: string | null;
}

export interface HumanName {
  readonly text: string;
  readonly prefix: string | null;
  readonly given: readonly string[];
  readonly family: string | null;
}

export interface Address {
  readonly lines: readonly string[];
  readonly city: string | null;
  readonly postalCode: string | null;
}

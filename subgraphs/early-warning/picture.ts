import type { Maybe } from './maybe.ts';

/**
 * What is known of one patient at one moment, out of all that custodians hold, in the form in which rules read it. Moments are
 * milliseconds since 1970. Lists are in the order of time.
 */
export interface Picture {
  /** The moment at which the patient is looked at. */
  readonly at: number;
  /** The first to have been begun, or to be about to, first. */
  readonly careContacts: readonly CareContact[];
  readonly hospitalSpells: readonly HospitalSpell[];
  readonly legalStatuses: readonly LegalStatus[];
  readonly crisisPlans: readonly CrisisPlan[];
  readonly referrals: readonly Referral[];
  readonly deaths: readonly Death[];
  /** Custodians that have published that they hold a plan for a crisis. */
  readonly planPointers: ReadonlySet<string>;
  /** Who may hold more than is here. */
  readonly gaps: readonly Gap[];
  /** Everybody who was asked, by ODS code, in their order. */
  readonly asked: readonly string[];
  /** What an organisation is called; its code, when that is not known. */
  readonly nameOf: (odsCode: string) => string;
}

/** The lists of a patient that rules read, by the names of their fields. */
export type RecordType =
  | 'careContacts'
  | 'hospitalSpells'
  | 'legalStatuses'
  | 'crisisPlans'
  | 'referrals'
  | 'demographics';

/** Something that is not known, and may matter. */
export interface Gap {
  /** Whose records it is about; `null` when it is not even known who holds some. */
  readonly custodian: string | null;
  readonly recordType: RecordType;
  readonly why: Why;
}

/** Why something is not known. */
export type Why =
  /** What became of asking its custodian (contract: `SourceStatus`). */
  | 'TIMED_OUT'
  | 'UNAVAILABLE'
  | 'INVALID'
  | 'REFUSED'
  | 'NOT_SHARED'
  | 'UNSUPPORTED'
  /** The custodian answered other things. */
  | 'NOT_ANSWERED'
  /** It could not be found out who holds something. */
  | 'INDEX_UNAVAILABLE'
  /** A record does not say what the rule asks. */
  | 'NOT_RECORDED'
  /** A record was changed after the moment that is looked at: what it said then, or whether it was there, is not known. */
  | 'CHANGED_SINCE'
  /** The custodian has published that there is something, which it did not give as a record. */
  | 'ON_PAPER';

interface Known {
  readonly id: string;
  readonly custodian: string;
  /** Whether it said this by the moment that is looked at: `false` for a record that was changed later. */
  readonly certain: boolean;
}

/** A meeting, kept, missed, or still to come (MHSDS MHS201). */
export interface CareContact extends Known {
  readonly start: number;
  readonly attendance: Attendance;
  readonly planned: Maybe;
  /** MHSDS CONSULTATION MECHANISM; `null` when not known. */
  readonly mechanism: string | null;
  /** MHSDS SERVICE OR TEAM TYPE REFERRED TO; `null` when not known. */
  readonly team: string | null;
}

/** What became of a meeting; `UNKNOWN` of one in the past of which nobody has said. */
export type Attendance = 'SEEN' | 'MISSED' | 'CANCELLED' | 'TO_COME' | 'UNKNOWN';

/** A stay in hospital (MHSDS MHS501). */
export interface HospitalSpell extends Known {
  readonly start: number;
  /** `null` while it lasts. */
  readonly end: number | null;
  /** MHSDS MENTAL HEALTH ADMITTED PATIENT CLASSIFICATION; `null` when not known. */
  readonly bedClass: string | null;
  /** Whether it ended with the patient's death. Where nobody has said how it ended, it did not. */
  readonly endedByDeath: Maybe;
  /** Whether the patient went on to another hospital, a court, a prison or the like. Where nobody has said where to, not. */
  readonly wentElsewhere: Maybe;
  /** Times away without leave that had begun. */
  readonly absences: readonly { readonly start: number; readonly end: number | null }[];
}

/** A period under the Mental Health Act (MHSDS MHS401). */
export interface LegalStatus extends Known {
  readonly start: number;
  readonly end: number | null;
  /** MHSDS MENTAL HEALTH ACT LEGAL STATUS CLASSIFICATION CODE; `null` when not known. */
  readonly status: string | null;
}

/** A plan for a crisis (MHSDS MHS008, type 12). */
export interface CrisisPlan extends Known {
  /** When it was last changed. */
  readonly changed: number;
  readonly active: Maybe;
  /** The day by which it is to be reviewed; `null` for none. */
  readonly reviewDue: string | null;
}

/** A referral, with the care under it (MHSDS MHS101). */
export interface Referral extends Known {
  readonly start: number;
  /** `null` while it is open. */
  readonly end: number | null;
  readonly team: string | null;
  readonly onward: readonly { readonly at: number; readonly to: string }[];
}

/** That a custodian knows a patient to have died. */
export interface Death extends Known {
  /** The day, `YYYY-MM-DD`; `null` when it is not known. */
  readonly day: string | null;
}

/** Who may hold more of some record types. */
export function gapsIn({ gaps }: Picture, ...recordTypes: readonly RecordType[]): readonly Gap[] {
  return gaps.filter(({ recordType }) => recordTypes.includes(recordType));
}

/** What records leave open that may say what a rule asks, or may not. */
export function doubtsOf(recordType: RecordType, records: readonly Known[]): readonly Gap[] {
  return records.map(({ custodian, certain }) => ({
    custodian,
    recordType,
    why: certain ? 'NOT_RECORDED' : 'CHANGED_SINCE',
  }));
}

/** Plans that are only known to exist: of those who have published one, and given none that may be in force as a record. */
export function onPaper({ planPointers, crisisPlans }: Picture): readonly Gap[] {
  const given = new Set(crisisPlans.flatMap(({ active, custodian }) => (active === false ? [] : [custodian])));
  return [...planPointers]
    .filter((custodian) => !given.has(custodian))
    .map((custodian) => ({ custodian, recordType: 'crisisPlans', why: 'ON_PAPER' }));
}

import destinations from '@caregraph/schema/codes/discharge-destinations.json' with { type: 'json' };
import pointerTypes from '@caregraph/schema/codes/pointer-types.json' with { type: 'json' };
import { ukDate } from '@caregraph/service/uk-time.ts';
import { codeOf, teamTypeOf } from './codes.ts';
import type { HandedOver } from './handed-over.ts';
import type { Maybe } from './maybe.ts';
import type { Attendance, Gap, Picture, RecordType, Why } from './picture.ts';

/** The lists that rules read, by the names of their fields. */
export const RECORD_TYPES: readonly RecordType[] = [
  'demographics',
  'crisisPlans',
  'careContacts',
  'hospitalSpells',
  'legalStatuses',
  'referrals',
];

/**
 * What was known of a patient at a moment.
 *
 * Of the past only what had happened by then is told; and a record that was changed later is not certain, since nobody keeps what
 * it said before. Of the present everything is, even what a custodian's clock dates into the future.
 *
 * @param asOf the moment, in milliseconds since 1970; `null` for the present.
 */
export function readPicture(patient: HandedOver, asOf: number | null, now: number): Picture {
  const at = asOf ?? now;
  const known = <R extends { id: string; custodian: { odsCode: string }; lastUpdated: string }>(record: R) => ({
    id: record.id,
    custodian: record.custodian.odsCode,
    certain: asOf === null || momentOf(record.lastUpdated) <= asOf,
  });
  /** Of what was to end later, or is to, the end was not known, or has not come. */
  const ended = (end: string | null | undefined): number | null => {
    const moment = end ? momentOf(end) : null;
    return moment !== null && moment <= at ? moment : null;
  };
  const hasBegun = ({ start }: { readonly start: number }): boolean => start <= at;
  const begun = <R extends { readonly start: number; readonly custodian: string; readonly id: string }>(
    records: readonly R[],
  ): R[] => byTime(records.filter(hasBegun), ({ start }) => start);
  const names = namesIn(patient);

  return {
    at,
    careContacts: byTime(
      (patient.careContactHistory ?? []).map((contact) => {
        const start = momentOf(contact.start);
        return {
          ...known(contact),
          start,
          attendance: start > at ? 'TO_COME' : attendanceOf(contact.attendStatus),
          planned: contact.planned ?? null,
          mechanism: codeOf(contact.consultationMechanism),
          team: teamTypeOf(contact.team?.type),
        };
      }),
      ({ start }) => start,
    ),
    hospitalSpells: begun(
      (patient.hospitalSpellHistory ?? []).map((spell) => ({
        ...known(spell),
        start: momentOf(spell.start),
        end: ended(spell.end),
        bedClass: codeOf(spell.bedClass),
        endedByDeath: isAmong(DIED, spell.dischargeMethod),
        wentElsewhere: isAmong(ELSEWHERE, spell.dischargeDestination),
        absences: spell.absences
          .map(({ start, end }) => ({ start: momentOf(start), end: ended(end) }))
          .filter(hasBegun)
          .sort((one, other) => one.start - other.start),
      })),
    ),
    legalStatuses: begun(
      (patient.legalStatusHistory ?? []).map((period) => ({
        ...known(period),
        start: momentOf(period.start),
        end: ended(period.end),
        status: codeOf(period.status),
      })),
    ),
    crisisPlans: byTime(
      (patient.crisisPlanHistory ?? [])
        .filter(({ created }) => asOf === null || !created || momentOf(created) <= asOf)
        .map((plan) => ({
          ...known(plan),
          changed: momentOf(plan.lastUpdated),
          active: plan.status === 'UNKNOWN' ? null : plan.status === 'ACTIVE',
          reviewDue: plan.reviewDue ?? null,
        })),
      ({ changed }) => changed,
    ),
    referrals: begun(
      (patient.referralHistory ?? []).map((referral) => ({
        ...known(referral),
        start: momentOf(referral.start),
        end: ended(referral.end),
        team: teamTypeOf(referral.team?.type),
        onward: referral.onwardReferrals.map(({ date, to }) => ({ at: momentOf(date), to })),
      })),
    ),
    deaths: (patient.demographicsHistory ?? [])
      .filter(({ deceased, deceasedDate }) => deceased === true || deceasedDate)
      .filter(({ deceasedDate }) => !deceasedDate || deceasedDate <= ukDate(new Date(at)))
      .map((person) => ({ ...known(person), day: person.deceasedDate ?? null })),
    planPointers: new Set(
      (patient.pointers ?? []).filter(({ type }) => PLANS.has(type.code)).map(({ custodian }) => custodian.odsCode),
    ),
    gaps: gapsOf(patient),
    asked: [...new Set((patient.historySources ?? []).map(({ custodian }) => custodian.odsCode))].sort(),
    nameOf: (odsCode) => names.get(odsCode) ?? odsCode,
  };
}

/** SNOMED CT concepts of pointers that lead to plans for a crisis (NRL pointer types). */
const PLANS: ReadonlySet<string> = new Set(
  ['736253002', '325691000000100'].filter((code) => code in pointerTypes.codes),
);

/** NHS Data Dictionary, METHOD OF DISCHARGE: died, stillbirth. */
const DIED: ReadonlySet<string> = new Set(['4', '5']);

/** NHS Data Dictionary, DISCHARGE DESTINATION: where national reporting asks for no follow-up. */
const ELSEWHERE: ReadonlySet<string> = new Set(
  Object.entries(destinations.codes).flatMap(([code, each]) => ('elsewhere' in each ? [code] : [])),
);

/** Whether a code is among some; not, where there is none; not known, where it is of another system. */
function isAmong(codes: ReadonlySet<string>, coding: Parameters<typeof codeOf>[0]): Maybe {
  if (!coding) return false;
  const code = codeOf(coding);
  return code === null ? null : codes.has(code);
}

/** Milliseconds since 1970. `Date.parse` knows no leap seconds. */
export const momentOf = (text: string): number => Date.parse(text.replace(/:60(?=[.Z+-])/, ':59'));

/** In the order of time; what happened at once by custodian and id, so that the order in which it came never matters. */
function byTime<R extends { readonly custodian: string; readonly id: string }>(
  records: readonly R[],
  time: (record: R) => number,
): R[] {
  return records.toSorted(
    (one, other) => time(one) - time(other) || byText(one.custodian, other.custodian) || byText(one.id, other.id),
  );
}

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** What became of a meeting in the past (contract: `AttendStatus`). */
export function attendanceOf(status: string | null | undefined): Attendance {
  switch (status) {
    case 'ATTENDED_ON_TIME':
    case 'ATTENDED_LATE':
    case 'ATTENDED':
      return 'SEEN';
    case 'DID_NOT_ATTEND':
    case 'LATE_NOT_SEEN':
      return 'MISSED';
    case 'CANCELLED_BY_PATIENT':
    case 'CANCELLED_BY_PROVIDER':
      return 'CANCELLED';
    default:
      return 'UNKNOWN';
  }
}

/** Who may hold more of what: by what became of asking them, and by whether it was known whom to ask. */
function gapsOf({ historySources, historyLocated, pointers }: HandedOver): readonly Gap[] {
  const sources = historySources ?? [];
  const gaps = sources.flatMap(({ custodian, status, missing }) =>
    unanswered(status, missing).map(
      (recordType): Gap => ({
        custodian: custodian.odsCode,
        recordType,
        why: whyOf(status),
      }),
    ),
  );
  if (historySources && historyLocated === true) {
    // Who has published that there is a plan is the index's to say as well.
    return pointers ? gaps : [...gaps, { custodian: null, recordType: 'crisisPlans', why: 'INDEX_UNAVAILABLE' }];
  }
  return [
    ...gaps,
    ...RECORD_TYPES.map((recordType): Gap => ({ custodian: null, recordType, why: 'INDEX_UNAVAILABLE' })),
  ];
}

/** What somebody left unanswered: everything, of one who says that it did and not what. */
function unanswered(status: string, missing: readonly string[]): readonly RecordType[] {
  const named = RECORD_TYPES.filter((recordType) => missing.includes(recordType));
  return named.length > 0 || ANSWERED.has(status) ? named : RECORD_TYPES;
}

const ANSWERED: ReadonlySet<string> = new Set(['ANSWERED', 'ANSWERED_NONE']);

const FAULTS: Readonly<Record<string, Why>> = {
  TIMED_OUT: 'TIMED_OUT',
  UNAVAILABLE: 'UNAVAILABLE',
  INVALID: 'INVALID',
  REFUSED: 'REFUSED',
  NOT_SHARED: 'NOT_SHARED',
  UNSUPPORTED: 'UNSUPPORTED',
};

const whyOf = (status: string): Why => FAULTS[status] ?? 'NOT_ANSWERED';

/** The names of all organisations that anything says. */
function namesIn(patient: HandedOver): ReadonlyMap<string, string> {
  const organisations = [
    ...(patient.historySources ?? []),
    ...(patient.pointers ?? []),
    ...(patient.careContactHistory ?? []),
    ...(patient.hospitalSpellHistory ?? []),
    ...(patient.referralHistory ?? []),
  ].map(({ custodian }) => custodian);
  return new Map(organisations.flatMap(({ odsCode, name }) => (name ? [[odsCode, name]] : [])));
}

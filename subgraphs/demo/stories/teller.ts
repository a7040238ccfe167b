import { WEEK } from '@caregraph/service/uk-time.ts';
import { NO_HEADINGS } from '@caregraph/trust/no-headings.ts';
import type {
  Alert,
  AttendStatus,
  Author,
  CareContact,
  Contact,
  CrisisPlan,
  Demographics,
  HospitalSpell,
  Instant,
  LegalStatus,
  LocalDate,
  NHSNumber,
  ODSCode,
  OpeningHours,
  Referral,
  Telecom,
} from '@caregraph/trust/records.ts';
import { at, daysAgo } from '../population/calendar.ts';
import {
  type LegalStatusCode,
  legalStatus,
  type Mechanism,
  mechanism,
  type ReferralClosure,
  referralClosure,
} from '../population/codes.ts';
import { SEEN } from '../population/journey.ts';
import type { PaperPlan, PatientRecords } from '../population/patient-records.ts';
import { type TeamKind, type Trust, teamNumber, teamOf, trustOf } from '../population/trusts.ts';

/** A named patient's records, as each trust holds them. */
export interface Story {
  readonly nhsNumber: NHSNumber;
  readonly held: ReadonlyMap<ODSCode, Omit<PatientRecords, 'nhsNumber'>>;
}

/** A meeting as a story tells it. */
export interface ToldMeeting {
  readonly ago: number;
  readonly time: string;
  readonly minutes: number;
  readonly team: TeamKind;
  readonly place: string;
  readonly reason: string;
  readonly outcome: string;
  readonly status?: AttendStatus;
  readonly planned?: boolean;
  readonly mechanism?: Mechanism;
}

/** A referral as a story tells it. */
export interface ToldReferral {
  readonly team: TeamKind;
  readonly from: Instant;
  /** Left out while it is open. */
  readonly closed?: { readonly on: Instant; readonly reason: ReferralClosure };
  readonly onward?: Referral['onwardReferrals'];
}

/** What a trust does not hold. */
export const NOTHING_ELSE = {
  restricted: false,
  restrictedRecords: new Set<string>(),
  crisisPlans: [],
  paperPlans: [],
  contacts: [],
  alerts: [],
  careContacts: [],
  hospitalSpells: [],
  legalStatuses: [],
  referrals: [],
} as const satisfies Omit<PatientRecords, 'nhsNumber' | 'demographics'>;

/** A plan without headings and documents, for those that fill only some. */
export const BLANK = { ...NO_HEADINGS, documents: [] } as const satisfies Partial<CrisisPlan>;

/** Day and night. */
export const ALWAYS: readonly OpeningHours[] = [{ days: WEEK, allDay: true, opens: null, closes: null }];

/** The same hours on each of some days. */
export const between = (opens: string, closes: string, days: OpeningHours['days'] = WEEK): readonly OpeningHours[] => [
  { days, allDay: false, opens, closes },
];

/** Monday to Friday. */
export const WORKING_DAYS = WEEK.slice(0, 5);

/** A mobile telephone of somebody in the patient's life. */
export const mobile = (value: string): Telecom => ({ system: 'PHONE', value, use: 'MOBILE', rank: 1, voicemail: null });

/** Writes down what one trust holds of a named patient: days count back from `today`, ids are made as it goes. */
export function teller(odsCode: ODSCode, town: string, name: string, today: LocalDate) {
  const trust: Trust = trustOf(odsCode);
  let last = 0;
  const id = (kind: string): string => {
    last += 1;
    return `${name}-${kind}-${last}`;
  };
  const on = (ago: number, time: string, more = 0): Instant => {
    const [hours = 0, minutes = 0] = time.split(':').map(Number);
    return at(daysAgo(today, ago), hours * 60 + minutes + more);
  };
  const day = (ago: number): LocalDate => daysAgo(today, ago);

  return {
    trust,
    on,
    day,
    /** Somebody of this trust who writes. */
    author: (who: string, jobTitle: string): Author => ({ name: who, jobTitle, organisation: trust.name }),
    /** The number of one of this trust's teams. */
    number: (team: TeamKind): string => teamNumber(trust, team, town).value,
    demographics: (
      ago: number,
      fields: Omit<Demographics, 'id' | 'lastUpdated' | 'deceased' | 'deceasedDate'>,
    ): Demographics => ({
      id: id('person'),
      lastUpdated: on(ago, '10:20'),
      deceased: false,
      deceasedDate: null,
      ...fields,
    }),
    plan: (ago: number, fields: Omit<CrisisPlan, 'id' | 'lastUpdated'>): CrisisPlan => ({
      id: id('plan'),
      lastUpdated: on(ago, '15:40'),
      ...fields,
    }),
    paperPlan: (ago: number, type: PaperPlan['type']): PaperPlan => ({
      id: id('plan'),
      lastUpdated: on(ago, '15:40'),
      type,
    }),
    team: (
      kind: Contact['kind'],
      team: TeamKind,
      fields: Pick<Contact, 'priority' | 'hours' | 'outOfHours'> & Partial<Contact> & { ago: number },
    ): Contact => {
      const { ago, ...rest } = fields;
      const ours = teamOf(trust, team, town);
      return {
        id: id('contact'),
        lastUpdated: on(ago, '11:05'),
        kind,
        name: ours.name,
        role: null,
        team: ours,
        telecoms: [teamNumber(trust, team, town)],
        gaps: [],
        ...rest,
      };
    },
    person: (
      kind: Contact['kind'],
      fields: Pick<Contact, 'priority' | 'name' | 'role' | 'telecoms'> & Partial<Contact> & { ago: number },
    ): Contact => {
      const { ago, ...rest } = fields;
      return {
        id: id('contact'),
        lastUpdated: on(ago, '11:05'),
        kind,
        team: null,
        hours: [],
        gaps: [],
        outOfHours: null,
        ...rest,
      };
    },
    alert: (
      ago: number,
      fields: Omit<Alert, 'id' | 'lastUpdated' | 'status' | 'start' | 'end'> & Partial<Alert>,
    ): Alert => ({
      id: id('alert'),
      lastUpdated: on(ago, '12:15'),
      status: 'ACTIVE',
      start: on(ago, '12:15'),
      end: null,
      ...fields,
    }),
    meeting: ({ ago, time, minutes, team, ...told }: ToldMeeting): CareContact => {
      const status = told.status ?? 'ATTENDED_ON_TIME';
      return {
        id: id('meeting'),
        lastUpdated: on(ago, time, minutes + 35),
        start: on(ago, time),
        end: SEEN.has(status) ? on(ago, time, minutes) : null,
        attendStatus: status,
        planned: told.planned ?? false,
        consultationMechanism: mechanism(told.mechanism ?? '01'),
        team: teamOf(trust, team, town),
        place: told.place,
        reason: told.reason,
        outcome: told.outcome,
      };
    },
    spell: (fields: Omit<HospitalSpell, 'id' | 'lastUpdated' | 'hospital'>): HospitalSpell => ({
      id: id('spell'),
      lastUpdated: fields.end ?? fields.start,
      hospital: trust.unit.replace(/^the /, 'The '),
      ...fields,
    }),
    section: (code: LegalStatusCode, start: Instant, end: Instant | null, expires: Instant | null): LegalStatus => ({
      id: id('mha'),
      lastUpdated: end ?? start,
      status: legalStatus(code),
      start,
      end,
      expires,
    }),
    referral: ({ team, from, closed, onward = [] }: ToldReferral): Referral => ({
      id: id('referral'),
      lastUpdated: closed?.on ?? from,
      start: from,
      end: closed?.on ?? null,
      team: teamOf(trust, team, town),
      closeReason: closed ? referralClosure(closed.reason) : null,
      onwardReferrals: onward,
    }),
  };
}

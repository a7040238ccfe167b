import teamTypes from '@caregraph/schema/codes/team-types.json' with { type: 'json' };
import { ukDate } from '@caregraph/service/uk-time.ts';
import { all, type Maybe } from './maybe.ts';
import type { CareContact, HospitalSpell, Picture } from './picture.ts';
import type { Event } from './rule.ts';

/*
 * What several rules ask of records, each in one place. An answer of `null` means that the record does not say.
 */

/** Whether the patient was seen: MHSDS ATTENDANCE STATUS 5 or 6. */
export function wasSeen({ attendance }: CareContact): Maybe {
  return attendance === 'UNKNOWN' ? null : attendance === 'SEEN';
}

/** Whether the patient was seen, and nobody had planned it (MHSDS PLANNED CARE CONTACT INDICATOR). */
export function wasSeenUnplanned(contact: CareContact): Maybe {
  return all(wasSeen(contact), contact.planned === null ? null : !contact.planned);
}

const CRISIS_TEAMS: ReadonlySet<string> = new Set(
  Object.entries(teamTypes.codes).flatMap(([code, type]) => ('crisis' in type ? [code] : [])),
);

/** Whether a team is of a type that meets patients in a crisis: A02, A11, A19 to A25. */
export function isCrisisTeam({ team }: { readonly team: string | null }): Maybe {
  return team === null ? null : CRISIS_TEAMS.has(team);
}

/** Crisis resolution and home treatment. */
export const HOME_TREATMENT = 'A02';

/** Whether the patient was seen by a team of a crisis type. */
export const wasSeenInCrisis = (contact: CareContact): Maybe => all(wasSeen(contact), isCrisisTeam(contact));

/** Whether a stay, or anything else with an end, goes on at a moment. */
export const goesOn = ({ start, end }: Dated, at: number): boolean => start <= at && (end === null || end > at);

interface Dated {
  readonly start: number;
  readonly end: number | null;
}

/** Whether something happened in a time that has its start and its end in it. */
export const within = (moment: number, { from, to }: Span): boolean => from <= moment && moment <= to;

/** A time, both ends included, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A meeting, as an event that raised a warning. */
export const asEvent = ({ start, custodian, id }: CareContact): Event => ({
  kind: 'CARE_CONTACT',
  at: start,
  custodian,
  id,
});

/** A moment of a stay in hospital, as an event. */
export const spellEvent = ({ custodian, id }: HospitalSpell, at: number): Event => ({
  kind: 'HOSPITAL_SPELL',
  at,
  custodian,
  id,
});

/** The same, or, for a record that was changed since, that it may have gone on: its end may have been put in later. */
export const mayGoOn = (record: Dated & { readonly certain: boolean }, at: number): boolean =>
  goesOn(record, at) || (!record.certain && record.start <= at);

/** The day of a moment, by the UK calendar. */
export const dayOf = (moment: number): string => ukDate(new Date(moment));

/** Some organisations by name, in the order of their codes: "A, B and C". */
export function inWords({ nameOf }: Picture, custodians: Iterable<string>): string {
  const names = [...new Set(custodians)].sort().map(nameOf);
  const last = names.pop() ?? '';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}

/** Those who hold some records, by name. */
export const holdersInWords = (picture: Picture, records: readonly { readonly custodian: string }[]): string =>
  inWords(
    picture,
    records.map(({ custodian }) => custodian),
  );

/** A number and what it counts: "1 contact", "2 contacts". */
export const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;

const DAY = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** A day as a clinician writes it, by the UK calendar. */
export const dayInWords = (moment: number): string => DAY.format(moment);

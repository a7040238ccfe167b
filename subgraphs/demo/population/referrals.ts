import type { ODSCode } from '@caregraph/trust/records.ts';
import type { ReferralClosure } from './codes.ts';
import {
  type Acquaintance,
  careTeam,
  type Journey,
  later,
  type Meeting,
  MISSED,
  type Stay,
  type When,
} from './journey.ts';
import type { Person } from './person.ts';
import type { Random } from './random.ts';
import type { TeamKind } from './trusts.ts';

/** A referral to one of a trust's teams, with the care under it. */
export interface MadeReferral {
  readonly trust: ODSCode;
  readonly team: TeamKind;
  readonly from: When;
  /** `null` while it is open. */
  readonly closed: Closed | null;
  readonly onward: readonly { readonly on: When; readonly to: ODSCode }[];
}

interface Closed {
  readonly on: When;
  readonly reason: ReferralClosure;
}

/** A patient, as far as referrals follow from it. */
export interface Referred {
  readonly person: Person;
  readonly trusts: ReadonlyMap<ODSCode, Acquaintance>;
  readonly journey: Journey;
}

/**
 * Makes up the referrals under which a patient was met, from what has happened already: one for the care, one for each run of
 * home treatment, and one for each stay where the patient was met in passing. Nothing is referred or closed after death.
 */
export function makeReferrals({ person, trusts, journey }: Referred, random: Random): MadeReferral[] {
  return [...trusts].flatMap(([trust, how]) => {
    const met = journey.meetings.filter((meeting) => meeting.trust === trust);
    const place: Place = {
      trust,
      how,
      person,
      began: journey.began,
      met: met.filter(({ status }) => status !== null).sort((one, other) => minutesAgo(other) - minutesAgo(one)),
      toCome: met.some(({ status }) => status === null),
      stays: journey.stays.filter((stay) => stay.trust === trust),
      elsewhere: how === 'home' ? sharing(trusts) : [person.trust.odsCode],
      random,
    };
    const under = how === 'passing' ? stayReferrals(place) : careReferral(place);
    return [...under, ...homeTreatmentReferrals(place)];
  });
}

/** What a trust knows of a patient. */
interface Place {
  readonly trust: ODSCode;
  readonly how: Acquaintance;
  readonly person: Person;
  /** When the patient was first met anywhere, in days ago. */
  readonly began: number;
  /** The meetings that were to be, the earliest first. */
  readonly met: readonly Meeting[];
  /** Whether there is a meeting still to come. */
  readonly toCome: boolean;
  readonly stays: readonly Stay[];
  /** The trusts to which the patient may be referred on. */
  readonly elsewhere: readonly ODSCode[];
  readonly random: Random;
}

function careReferral(place: Place): MadeReferral[] {
  const { trust, how, person, began, met, random } = place;
  const first = met[0];
  if (!first && how !== 'home') return [];
  const from = {
    daysAgo: Math.max(began, first?.daysAgo ?? 0) + random.int(1, 14),
    minute: random.int(9 * 60, 17 * 60),
  };
  const onward = place.stays.flatMap((stay) => onwardFrom(place, stay));
  return [{ trust, team: careTeam(person), from, closed: careClosed(place), onward }];
}

/** When and why planned care ended; `null` while it goes on. */
function careClosed(place: Place): Closed | null {
  const { how, person, met, toCome, random } = place;
  const last = met.at(-1);
  const givenUp = last && MISSED.has(last.status) && !toCome && (how === 'former' || random.chance(0.5));
  if (givenUp) {
    const closed = closedDaysAfter(place, last, random.int(5, 14), 'didNotAttend');
    if (closed) return closed;
  }
  if (how === 'former' && last) {
    const reason = random.weighted<ReferralClosure>({ moved: 55, advised: 45 });
    return closedDaysAfter(place, last, random.int(1, 30), reason);
  }
  if (person.diedDaysAgo === null) return null;
  return { on: { daysAgo: person.diedDaysAgo, minute: random.int(9 * 60, 17 * 60) }, reason: 'died' };
}

/** The team that met the patient at the door keeps the referral until the patient leaves the ward. */
function stayReferrals(place: Place): MadeReferral[] {
  return place.stays.flatMap((stay): MadeReferral[] => {
    const door = place.met.findLast((meeting) => minutesAgo(meeting) >= minutesAgo(stay.from));
    if (!door) return [];
    const closed = stay.to && ({ on: stay.to, reason: 'advised' } as const);
    const { trust, team, daysAgo, minute } = door;
    return [{ trust, team, from: { daysAgo, minute }, closed, onward: onwardFrom(place, stay) }];
  });
}

/** On the day before a discharge, if at all. */
function onwardFrom({ how, elsewhere, random }: Place, { to: left }: Stay): MadeReferral['onward'] {
  if (left === null || elsewhere.length === 0 || !random.chance(how === 'home' ? 0.5 : 0.8)) return [];
  const on = { daysAgo: left.daysAgo + 1, minute: random.int(9 * 60, 17 * 60) };
  return [{ on, to: random.pick(elsewhere) }];
}

/** How many days may lie between two visits of one run of home treatment. */
const WITHIN_DAYS = 3;

function homeTreatmentReferrals(place: Place): MadeReferral[] {
  const visits = place.met.filter(({ team, planned }) => team === 'crisis' && planned);
  return runs(visits).map((run): MadeReferral => {
    const [first] = run;
    const { random, trust } = place;
    const from = { daysAgo: first.daysAgo, minute: first.minute - random.int(30, 180) };
    return { trust, team: 'crisis', from, closed: homeTreatmentClosed(place, run.at(-1) ?? first), onward: [] };
  });
}

function homeTreatmentClosed(place: Place, last: Meeting): Closed | null {
  const { person, random } = place;
  if (person.diedDaysAgo === null && last.daysAgo <= WITHIN_DAYS && random.chance(0.7)) return null;
  const next = place.met.find((meeting) => minutesAgo(meeting) < minutesAgo(last));
  const most = next ? Math.min(last.daysAgo - next.daysAgo - 1, 10) : 10;
  // Whoever is met again soon has not been given up.
  if (MISSED.has(last.status) && most >= 2) return closedDaysAfter(place, last, random.int(2, most), 'didNotAttend');
  return { on: later(last, last.minutes + random.int(10, 120)), reason: 'advised' };
}

/** Visits that follow each other, the earliest first, parted where too many days lie between two. */
function runs(visits: readonly Meeting[]): (readonly [Meeting, ...Meeting[]])[] {
  const parted: [Meeting, ...Meeting[]][] = [];
  for (const visit of visits) {
    const run = parted.at(-1);
    const before = run?.at(-1);
    if (run && before && before.daysAgo - visit.daysAgo <= WITHIN_DAYS) run.push(visit);
    else parted.push([visit]);
  }
  return parted;
}

/** `null` when that day has not come yet; no later than the day of death. */
function closedDaysAfter(
  { person, random }: Place,
  { daysAgo }: When,
  days: number,
  reason: ReferralClosure,
): Closed | null {
  const day = Math.max(daysAgo - days, person.diedDaysAgo ?? daysAgo - days);
  return day < 1 ? null : { on: { daysAgo: day, minute: random.int(9 * 60, 17 * 60) }, reason };
}

const sharing = (trusts: ReadonlyMap<ODSCode, Acquaintance>): readonly ODSCode[] =>
  [...trusts].filter(([, how]) => how === 'shared').map(([odsCode]) => odsCode);

const minutesAgo = ({ daysAgo, minute }: When): number => daysAgo * 1_440 - minute;

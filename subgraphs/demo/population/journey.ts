import type { AttendStatus, LocalDate, ODSCode } from '@caregraph/trust/records.ts';
import { fallsOnWeekend } from './calendar.ts';
import type { LegalStatusCode, Mechanism } from './codes.ts';
import { type Person, wardOf } from './person.ts';
import type { Random } from './random.ts';
import { type TeamKind, TRUSTS, type Trust, trustOf } from './trusts.ts';
import { type WordingContext, word } from './wording.ts';
import { FOLLOW_UP_REASONS, OUTCOMES, ROUTINE_REASONS } from './words/themes.ts';

/** How a trust knows a patient. */
export type Acquaintance =
  /** The patient's care is there. */
  | 'home'
  /** The patient's care is there as well. */
  | 'shared'
  /** The patient's care was there once. */
  | 'former'
  /** The patient was met there in a crisis. */
  | 'passing';

/** Days count back from today: 1 is yesterday, and what is still to come is negative. Minutes count from midnight. */
export interface When {
  readonly daysAgo: number;
  readonly minute: number;
}

/** A meeting, kept or missed. */
export interface Meeting extends When {
  readonly trust: ODSCode;
  readonly team: TeamKind;
  readonly minutes: number;
  readonly status: AttendStatus | null;
  readonly planned: boolean;
  readonly mechanism: Mechanism;
  readonly place: string;
  readonly reason: string;
  readonly outcome: string | null;
}

/** A stay in hospital. */
export interface Stay {
  readonly trust: ODSCode;
  readonly from: When;
  /** `null` while the patient is there. */
  readonly to: When | null;
  readonly viaEmergency: boolean;
  readonly intensive: boolean;
  readonly discharge: '1' | '2' | '3' | '4' | null;
  readonly absences: readonly { readonly from: When; readonly to: When | null }[];
}

/** A period under the Mental Health Act. */
export interface Section {
  readonly trust: ODSCode;
  readonly code: LegalStatusCode;
  readonly from: When;
  readonly to: When | null;
  /** After how many hours it lapses unless it is renewed; `null` for never. */
  readonly lapsesAfterHours: number | null;
}

/** What has happened to a patient, over all trusts. */
export interface Journey {
  /** The town of each of those trusts whose teams the patient meets. */
  readonly towns: ReadonlyMap<ODSCode, string>;
  /** When the patient was first met anywhere, in days ago. */
  readonly began: number;
  readonly meetings: readonly Meeting[];
  readonly stays: readonly Stay[];
  readonly sections: readonly Section[];
}

/** Of a meeting at which the patient was seen. */
export const SEEN: ReadonlySet<AttendStatus | null> = new Set<AttendStatus | null>([
  'ATTENDED_ON_TIME',
  'ATTENDED_LATE',
  'ATTENDED',
]);

/** Of a meeting that was missed, without notice or by coming too late. */
export const MISSED: ReadonlySet<AttendStatus | null> = new Set<AttendStatus | null>([
  'DID_NOT_ATTEND',
  'LATE_NOT_SEEN',
]);

/** A time in which nothing else of the kind happens, in days ago: `from` is the earlier day, so the larger number. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Makes up what happened to a patient: routine care with its kept and missed meetings, crises one after the other, each
 * with what came of it, and the trusts where it happened. Nothing happens after death, and no two stays overlap.
 */
export function makeJourney(
  person: Person,
  trusts: ReadonlyMap<ODSCode, Acquaintance>,
  today: LocalDate,
  random: Random,
): Journey {
  const end = person.diedDaysAgo === null ? 1 : person.diedDaysAgo + 1;
  const began = end + random.int(40, 1_600);
  const towns = new Map(
    [...trusts.keys()].map((odsCode) => [
      odsCode,
      odsCode === person.trust.odsCode ? person.home.town : random.pick(trustOf(odsCode).towns),
    ]),
  );
  const travel: Travel = { person, today, random, end, towns, used: new Set(), meetings: [], stays: [], sections: [] };

  for (const span of episodes(began, end, random)) crisis(travel, span, trusts);
  routine(travel, trusts, began);
  for (const [trust, how] of trusts) {
    if (how === 'passing' && !travel.meetings.some((meeting) => meeting.trust === trust)) {
      const daysAgo = freeDay(travel, random.int(end + 2, end + 300));
      if (daysAgo !== null) unplanned(travel, { trust, team: 'liaison', daysAgo, admittedTo: null });
    }
  }
  return { towns, began, meetings: travel.meetings, stays: travel.stays, sections: travel.sections };
}

interface Travel {
  readonly person: Person;
  readonly today: LocalDate;
  readonly random: Random;
  /** The last day on which anything may happen, in days ago. */
  readonly end: number;
  readonly towns: Journey['towns'];
  /** The wordings that this patient has had already. */
  readonly used: Set<string>;
  readonly meetings: Meeting[];
  readonly stays: Stay[];
  readonly sections: Section[];
}

/** Makes up which trusts know somebody whose care is with a trust, and how: one to five, those nearby more than others. */
export function acquaintances(trust: Trust, age: number, random: Random): Map<ODSCode, Acquaintance> {
  const known = new Map<ODSCode, Acquaintance>([[trust.odsCode, 'home']]);
  const close = trust.neighbours.length > 3 && trust.neighbours.includes('RXT');
  const others = Number(random.weighted(close ? { 0: 34, 1: 34, 2: 19, 3: 9, 4: 4 } : { 0: 62, 1: 29, 2: 7, 3: 2 }));
  while (known.size <= others) {
    const near = random.chance(0.8) && trust.neighbours.length > 0;
    const odsCode = near ? random.pick(trust.neighbours) : random.pick(TRUSTS).odsCode;
    // Forward Thinking Birmingham sees people up to 25.
    if (known.has(odsCode) || (odsCode === 'RQ3' && age > 30)) {
      if (near && random.chance(0.7)) continue;
      const left = TRUSTS.filter((one) => !known.has(one.odsCode) && (one.odsCode !== 'RQ3' || age <= 30));
      known.set(random.pick(left).odsCode, random.weighted({ former: 40, passing: 60 }));
    } else {
      known.set(odsCode, random.weighted({ shared: close ? 30 : 8, former: 35, passing: 45 }));
    }
  }
  return known;
}

function* episodes(began: number, end: number, random: Random): Generator<Span> {
  const count = Number(random.weighted({ 0: 22, 1: 42, 2: 25, 3: 11 }));
  // The last months hold more than their share: people are known to crisis services because of them.
  const first = random.chance(0.6) ? Math.min(began, end + 240) : began;
  const room = Math.floor((first - end) / Math.max(1, count));
  for (let i = 0; i < count; i += 1) {
    const from = first - i * room;
    const latest = from - Math.max(1, room - 2);
    // Two days to spare, so that a night's work in a crisis is over before today.
    const to = Math.max(latest, end);
    yield { from: room < 12 ? Math.max(from, end + 2) : random.int(Math.max(latest + 8, end + 2), from), to };
    if (room < 12) return;
  }
}

/** One crisis: the first meeting, and what came of it, between `from` and `to`. */
function crisis(travel: Travel, { from, to }: Span, trusts: ReadonlyMap<ODSCode, Acquaintance>): void {
  const { person, random } = travel;
  const home = person.trust.odsCode;
  const away = [...trusts].filter(([, how]) => how === 'passing' || how === 'shared').map(([odsCode]) => odsCode);
  const door = away.length > 0 && random.chance(0.35) ? random.pick(away) : home;
  const kind = random.weighted<TeamKind>({
    liaison: 44,
    crisis: 28,
    placeOfSafety: person.age < 16 ? 0 : 11,
    decision: 7,
    line: 6,
    cafe: person.age < 18 ? 0 : 4,
  });
  const admit =
    person.age >= 18 && from - to >= 3 && random.chance(kind === 'placeOfSafety' ? 0.55 : kind === 'cafe' ? 0 : 0.2);
  const ward = admit ? trustOf(random.chance(0.88) ? home : door) : null;
  const met = unplanned(travel, { trust: door, team: kind, daysAgo: from, admittedTo: ward });
  if (kind === 'placeOfSafety') {
    const brought = { daysAgo: from, minute: Math.max(0, met.minute - random.int(30, 240)) };
    const released = later({ daysAgo: from, minute: met.minute + met.minutes }, random.int(10, 60));
    travel.sections.push({ trust: door, code: '20', from: brought, to: released, lapsesAfterHours: 24 });
  }
  if (ward) admission(travel, met, { from, to }, ward.odsCode);
  else if (random.chance(0.6)) homeTreatment(travel, home, from - 1, to);
  else if (random.chance(0.35) && from - 2 >= to) {
    meet(travel, {
      trust: home,
      team: careTeam(person),
      daysAgo: from - 2,
      planned: true,
      reasons: ['Seen after a crisis.'],
      kind: 'routine',
    });
  }
}

function unplanned(
  travel: Travel,
  { trust, team, daysAgo, admittedTo }: { trust: ODSCode; team: TeamKind; daysAgo: number; admittedTo: Trust | null },
): Meeting {
  const { person, random } = travel;
  const context = contextOf(person, admittedTo);
  const meeting: Meeting = {
    trust,
    team,
    daysAgo,
    minute: random.chance(0.55) ? random.int(17 * 60, 23 * 60 + 20) : random.int(2 * 60, 17 * 60),
    minutes: team === 'line' ? random.int(10, 50) : random.int(45, 190),
    status: 'ATTENDED_ON_TIME',
    planned: false,
    mechanism: team === 'line' ? (person.traits.has('deaf') ? '04' : '02') : '01',
    place: placeOf(travel, trust, team),
    reason: word(
      fresh(
        travel,
        person.themes.flatMap((theme) => theme.reasons),
      ),
      context,
      random,
    ),
    outcome: word(
      fresh(travel, OUTCOMES[admittedTo ? 'admitted' : team === 'line' ? 'crisisByPhone' : 'crisis']),
      context,
      random,
    ),
  };
  travel.meetings.push(meeting);
  return meeting;
}

function admission(travel: Travel, met: Meeting, { from, to }: Span, trust: ODSCode): void {
  const { person, random, end } = travel;
  const start = later({ daysAgo: from, minute: met.minute + met.minutes }, random.int(60, 300));
  // Nobody leaves the ward on the day on which the admission may still be under way.
  const room = start.daysAgo - Math.max(to, end);
  if (room < 2) return;
  const stillThere = person.diedDaysAgo === null && Math.max(to, end) <= 1 && room < 70 && random.chance(0.5);
  const length = stillThere
    ? room
    : Math.min(room, Math.max(2, Math.round(random.int(2, 34) * (random.chance(0.25) ? 2.2 : 1))));
  const leaves: When | null = stillThere
    ? null
    : { daysAgo: start.daysAgo - length, minute: random.int(10 * 60, 16 * 60) };
  const detained = met.team === 'placeOfSafety' ? random.chance(0.75) : random.chance(0.4);
  const absences = detained && length >= 6 && random.chance(0.15) ? [absence(start, length, leaves, random)] : [];

  travel.stays.push({
    trust,
    from: start,
    to: leaves,
    viaEmergency: met.team === 'liaison',
    intensive: detained && random.chance(0.12),
    discharge:
      leaves === null ? null : random.weighted<'1' | '2' | '3'>({ 1: 88, 2: detained ? 0 : 9, 3: detained ? 3 : 0 }),
    absences,
  });
  legalPeriods(travel, trust, start, leaves, length, detained);
  if (leaves === null) return;
  afterDischarge(travel, trust, leaves.daysAgo, Math.max(to, end));
}

function absence(start: When, length: number, leaves: When | null, random: Random): Stay['absences'][number] {
  const after = random.int(2, length - 3);
  const from = { daysAgo: start.daysAgo - after, minute: random.int(9 * 60, 21 * 60) };
  if (leaves === null && length - after <= 5 && random.chance(0.6)) return { from, to: null };
  return { from, to: { daysAgo: from.daysAgo - random.int(1, 2), minute: random.int(0, 1_380) } };
}

function legalPeriods(
  travel: Travel,
  trust: ODSCode,
  start: When,
  leaves: When | null,
  length: number,
  detained: boolean,
): void {
  const { random, sections } = travel;
  const period = (code: LegalStatusCode, from: When, to: When | null, lapsesAfterHours: number | null): void => {
    sections.push({ trust, code, from, to, lapsesAfterHours });
  };
  if (!detained) {
    period('01', start, leaves, null);
    return;
  }
  const HOURS_OF_SECTION_2 = 28 * 24;
  const HOURS_OF_SECTION_3 = 182 * 24;
  if (length > 26) {
    const change = { daysAgo: start.daysAgo - random.int(18, 25), minute: random.int(9 * 60, 17 * 60) };
    period('02', start, change, HOURS_OF_SECTION_2);
    period('03', change, leaves, HOURS_OF_SECTION_3);
  } else if (length > 8 && random.chance(0.4)) {
    const regraded = { daysAgo: start.daysAgo - random.int(3, length - 2), minute: random.int(9 * 60, 17 * 60) };
    period('02', start, regraded, HOURS_OF_SECTION_2);
    period('01', regraded, leaves, null);
  } else {
    period('02', start, leaves, HOURS_OF_SECTION_2);
  }
}

function afterDischarge(travel: Travel, trust: ODSCode, left: number, to: number): void {
  const { random } = travel;
  const what = random.weighted({ seen: 76, missed: 12, nothing: 12 });
  if (what === 'nothing' || left - 1 < to) return;
  const daysAgo = Math.max(left - random.int(1, 2), to);
  meet(travel, {
    trust,
    team: 'crisis',
    daysAgo,
    planned: true,
    reasons: FOLLOW_UP_REASONS,
    kind: what === 'seen' ? 'followUp' : 'missed',
  });
  if (what === 'seen') homeTreatment(travel, trust, daysAgo - 1, to);
}

function homeTreatment(travel: Travel, trust: ODSCode, from: number, to: number): void {
  const { random } = travel;
  let daysAgo = from;
  for (let visits = random.int(2, 7); visits > 0 && daysAgo >= to; visits -= 1) {
    meet(travel, {
      trust,
      team: 'crisis',
      daysAgo,
      planned: true,
      reasons: ['Home treatment visit.', 'Home treatment call.', 'Home treatment: medicines and a talk.'],
      kind: visits === 1 ? 'lastVisit' : random.chance(0.84) ? 'homeTreatment' : 'missed',
    });
    daysAgo -= random.int(1, 3);
  }
}

/** Planned care at the home trust, at trusts that share it, and where the patient lived before. */
function routine(travel: Travel, trusts: ReadonlyMap<ODSCode, Acquaintance>, began: number): void {
  const { person, random, end } = travel;
  for (const [trust, how] of trusts) {
    if (how === 'passing') continue;
    const until = how === 'former' ? Math.min(began, end + random.int(200, 900)) : end;
    const most = how === 'home' ? random.int(4, 14) : random.int(2, 5);
    let daysAgo = until + random.int(0, 20);
    for (let i = 0; i < most && daysAgo <= began + (how === 'former' ? 600 : 0); i += 1) {
      const free = freeDay(travel, daysAgo);
      if (free !== null) {
        meet(travel, {
          trust,
          team: careTeam(person),
          daysAgo: free,
          planned: true,
          reasons: ROUTINE_REASONS,
          kind: random.weighted({
            routine: 72,
            missed: 10,
            late: 4,
            cancelledByPatient: 8,
            cancelledByProvider: 6,
          }),
        });
      }
      daysAgo += random.int(10, 50);
    }
    if (how === 'home' && person.diedDaysAgo === null && random.chance(0.55)) {
      meet(travel, {
        trust,
        team: careTeam(person),
        daysAgo: comingDay(travel.today, random),
        planned: true,
        reasons: ROUTINE_REASONS,
        kind: 'toCome',
      });
    }
  }
}

function comingDay(today: LocalDate, random: Random): number {
  const days = random.int(1, 30);
  return [days, days + 1, days + 2].map((ahead) => -ahead).find((day) => !fallsOnWeekend(today, day)) ?? -days;
}

/** The nearest earlier working day on which the patient was not in hospital and met nobody else; `null` when there is none within two months. */
function freeDay({ stays, meetings, today }: Travel, daysAgo: number): number | null {
  for (let day = daysAgo; day < daysAgo + 60; day += 1) {
    if (fallsOnWeekend(today, day) || meetings.some((meeting) => meeting.daysAgo === day)) continue;
    if (stays.every(({ from, to }) => day > from.daysAgo || (to !== null && day < to.daysAgo))) return day;
  }
  return null;
}

type Kind =
  | 'routine'
  | 'homeTreatment'
  | 'lastVisit'
  | 'followUp'
  | 'missed'
  | 'late'
  | 'cancelledByPatient'
  | 'cancelledByProvider'
  | 'toCome';

const STATUS: Readonly<Record<Kind, readonly (AttendStatus | null)[]>> = {
  routine: ['ATTENDED_ON_TIME', 'ATTENDED_ON_TIME', 'ATTENDED_ON_TIME', 'ATTENDED', 'ATTENDED_LATE'],
  homeTreatment: ['ATTENDED_ON_TIME', 'ATTENDED_ON_TIME', 'ATTENDED_LATE'],
  lastVisit: ['ATTENDED_ON_TIME'],
  followUp: ['ATTENDED_ON_TIME'],
  missed: ['DID_NOT_ATTEND'],
  late: ['LATE_NOT_SEEN'],
  cancelledByPatient: ['CANCELLED_BY_PATIENT'],
  cancelledByProvider: ['CANCELLED_BY_PROVIDER'],
  toCome: [null],
};

interface PlannedMeeting {
  readonly trust: ODSCode;
  readonly team: TeamKind;
  readonly daysAgo: number;
  readonly planned: boolean;
  readonly reasons: readonly string[];
  readonly kind: Kind;
}

function meet(travel: Travel, { trust, team, daysAgo, planned, reasons, kind }: PlannedMeeting): void {
  const { person, random, end } = travel;
  if (daysAgo < end && kind !== 'toCome') return;
  const context = contextOf(person, null);
  const status = random.pick(STATUS[kind]);
  const mechanism =
    team === 'crisis' || kind === 'toCome'
      ? '01'
      : random.weighted<Mechanism>({ '01': 70, '02': person.traits.has('deaf') ? 0 : 18, '11': 12 });
  const place = mechanism === '01' ? placeOf(travel, trust, team) : mechanism === '11' ? 'By video' : 'By telephone';
  travel.meetings.push({
    trust,
    team,
    daysAgo,
    minute: random.int(9 * 4, 16 * 4) * 15,
    minutes: MISSED.has(status) ? 0 : random.pick([20, 30, 45, 50, 60]),
    status,
    planned,
    mechanism,
    place,
    reason: word(random.pick(reasons), context, random),
    outcome: kind === 'toCome' ? null : word(fresh(travel, outcomesOf(kind, place)), context, random),
  });
}

/** A wording that this patient has not had yet, while there is one. */
function fresh({ random, used }: Travel, wordings: readonly string[]): string {
  const left = wordings.filter((wording) => !used.has(wording));
  const chosen = random.pick(left.length > 0 ? left : wordings);
  used.add(chosen);
  return chosen;
}

function outcomesOf(kind: Exclude<Kind, 'toCome'>, place: string): readonly string[] {
  if (kind === 'missed' && place === 'At home') return OUTCOMES.missedAtHome;
  if (kind === 'routine' && !place.startsWith('By')) return [...OUTCOMES.routine, ...OUTCOMES.inPerson];
  return OUTCOMES[kind];
}

/** The team that answers for a patient's planned care. */
export function careTeam({ condition, age, traits }: Person): TeamKind {
  if (age < 18) return 'young';
  if (condition === 'perinatal') return 'perinatal';
  if (condition === 'eating') return 'eating';
  if (condition === 'psychosis' && age < 35) return 'early';
  return traits.has('older') ? 'older' : 'community';
}

function placeOf({ person, random, towns }: Travel, odsCode: ODSCode, team: TeamKind): string {
  const trust = trustOf(odsCode);
  const town = towns.get(odsCode) ?? person.home.town;
  const housed = !person.traits.has('homeless');
  switch (team) {
    case 'liaison':
      return `Emergency department, ${town}`;
    case 'placeOfSafety':
      return `Place of safety, ${trust.unit}`;
    case 'decision':
      return `Psychiatric decision unit, ${trust.unit}`;
    case 'cafe':
      return trust.cafe;
    case 'house':
      return trust.house;
    case 'line':
      return 'By telephone';
    case 'crisis':
      return housed ? 'At home' : 'Day centre';
    default:
      return housed && random.chance(0.35) ? 'At home' : `${town} clinic`;
  }
}

const contextOf = (person: Person, ward: Trust | null): WordingContext => ({
  voice: person.voice,
  facts: ward ? { ...person.facts, unitWard: `${wardOf(ward, person)}, ${ward.unit}` } : person.facts,
});

/** Some minutes after. */
export function later({ daysAgo, minute }: When, minutes: number): When {
  const sum = minute + minutes;
  return { daysAgo: daysAgo - Math.floor(sum / 1_440), minute: sum % 1_440 };
}

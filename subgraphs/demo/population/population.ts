import type {
  CareContact,
  HospitalSpell,
  LegalStatus,
  LocalDate,
  ODSCode,
  Referral,
} from '@caregraph/trust/records.ts';
import { makeAlerts } from './alerts.ts';
import { at, daysAgo } from './calendar.ts';
import {
  admissionMethod,
  bedClass,
  dischargeDestination,
  dischargeMethod,
  legalStatus,
  mechanism,
  planType,
  referralClosure,
} from './codes.ts';
import { makeContacts } from './contacts.ts';
import { makeDemographics } from './demographics.ts';
import {
  type Acquaintance,
  acquaintances,
  type Journey,
  type Meeting,
  makeJourney,
  SEEN,
  type Section,
  type Stay,
  type When,
} from './journey.ts';
import { madeUpNumbers } from './nhs-number.ts';
import type { PaperPlan, PatientRecords, Population } from './patient-records.ts';
import { ageFor, makePerson, type Person, wardOf } from './person.ts';
import { makePlan } from './plan.ts';
import { createRandom, type Random } from './random.ts';
import { type MadeReferral, makeReferrals } from './referrals.ts';
import { TRUSTS, teamOf, trustOf } from './trusts.ts';

/** What makes a population the one that it is. */
export interface PopulationOptions {
  readonly seed: string;
  /** The day from which everything counts back. Nothing is recorded on it, or after it. */
  readonly today: LocalDate;
  /** How many patients. */
  readonly size: number;
}

/** The made-up patients of one trust, and what it holds of each. */
export function populationOf(odsCode: ODSCode, options: PopulationOptions): PatientRecords[] {
  return [...patients(options, odsCode)].flatMap((patient) => recordsAt(odsCode, patient, options));
}

/** The made-up patients of all trusts. */
export function population(options: PopulationOptions): Population {
  const all = [...patients(options, null)];
  return new Map(
    TRUSTS.map(({ odsCode }) => [odsCode, all.flatMap((patient) => recordsAt(odsCode, patient, options))]),
  );
}

interface Patient {
  readonly trusts: ReadonlyMap<ODSCode, Acquaintance>;
  readonly person: Person;
  readonly journey: Journey;
  readonly referrals: readonly MadeReferral[];
}

/**
 * The patients whom a trust knows, or all. Each has a generator of their own, so that one trust's share comes out the same
 * with and without the others'.
 */
function* patients({ seed, today, size }: PopulationOptions, knownTo: ODSCode | null): Generator<Patient> {
  const shares = Object.fromEntries(TRUSTS.map(({ odsCode, share }) => [odsCode, share]));
  let serial = 0;
  for (const nhsNumber of madeUpNumbers(createRandom(seed).int(0, 799_999))) {
    if (serial === size) return;
    const random = createRandom(`${seed}/${serial}`);
    const trust = trustOf(random.weighted(shares));
    const age = ageFor(trust, random);
    const trusts = acquaintances(trust, age, random);
    if (knownTo === null || trusts.has(knownTo)) {
      const person = makePerson({ nhsNumber, serial, trust, age, today }, random);
      const journey = makeJourney(person, trusts, today, random);
      const referrals = makeReferrals({ person, trusts, journey }, createRandom(`${seed}/${serial}/referrals`));
      yield { trusts, person, journey, referrals };
    }
    serial += 1;
  }
}

function recordsAt(
  odsCode: ODSCode,
  { trusts, person, journey, referrals }: Patient,
  { seed, today }: PopulationOptions,
): PatientRecords[] {
  const how = trusts.get(odsCode);
  if (how === undefined) return [];
  const random = createRandom(`${seed}/${person.serial}/${odsCode}`);
  const trust = trustOf(odsCode);
  const town = journey.towns.get(odsCode) ?? person.home.town;
  const ids = (kind: string): (() => string) => {
    let last = 0;
    return () => {
      last += 1;
      return `${kind}-${(100_000 + person.serial).toString(36)}-${last}`;
    };
  };
  const here = <T extends { readonly trust: ODSCode }>(list: readonly T[]): T[] =>
    list.filter((one) => one.trust === odsCode);
  const contactIds = ids('meeting');
  const spellIds = ids('spell');
  const sectionIds = ids('mha');
  const alerts = makeAlerts(
    person,
    { trust, today, began: journey.began, count: alertCount(how, random) },
    ids('alert'),
    random,
  );
  const { crisisPlans, paperPlans } = makePlans(
    person,
    how,
    { trust, town, today, began: journey.began },
    ids('plan'),
    random,
  );
  const records = {
    nhsNumber: person.nhsNumber,
    demographics: makeDemographics(person, { how, town, today }, ids('person'), random),
    crisisPlans,
    paperPlans,
    contacts: makeContacts(person, { trust, town, how, today }, ids('contact'), random),
    alerts,
    careContacts: here(journey.meetings).map((meeting) => careContact(meeting, contactIds())),
    hospitalSpells: here(journey.stays).map((stay) => hospitalSpell(stay, spellIds())),
    legalStatuses: here(journey.sections).map((section) => legalPeriod(section, sectionIds())),
  };
  // A trust keeps back single records of every type, and now and then everything.
  const { alerts: raised, contacts, careContacts, hospitalSpells, legalStatuses } = records;
  const single = [crisisPlans, paperPlans, raised, contacts, careContacts, hospitalSpells, legalStatuses].flat();
  const restrictedRecords = new Set(single.filter(() => random.chance(0.006)).map(({ id }) => id));
  const restricted = random.chance(0.008);
  // A generator of its own, so that the records before it are what they would be without.
  const ofReferrals = createRandom(`${seed}/${person.serial}/${odsCode}/referrals`);
  const referralIds = ids('referral');
  const referred = here(referrals).map((made) => referral(made, referralIds(), ofReferrals));
  for (const { id } of referred) if (ofReferrals.chance(0.006)) restrictedRecords.add(id);
  return [{ ...records, referrals: referred, restricted, restrictedRecords }];

  function moment({ daysAgo: days, minute }: When): string {
    return at(daysAgo(today, days), minute);
  }

  /** When something was written up: some hours later, and before today. */
  function writtenUp({ daysAgo: days, minute }: When, by = random): string {
    return at(daysAgo(today, days), Math.min(minute + by.int(10, 300), days * 1_440 - 1));
  }

  function careContact(meeting: Meeting, id: string): CareContact {
    const { daysAgo: days, minute, minutes, status } = meeting;
    return {
      id,
      lastUpdated:
        status === null
          ? writtenUp({ daysAgo: random.int(1, 12), minute: 600 })
          : writtenUp({ daysAgo: days, minute: minute + minutes }),
      start: moment(meeting),
      end: SEEN.has(status) ? moment({ daysAgo: days, minute: minute + minutes }) : null,
      attendStatus: status,
      planned: random.chance(0.96) ? meeting.planned : null,
      consultationMechanism: mechanism(meeting.mechanism),
      team: teamOf(trust, meeting.team, town),
      place: meeting.place,
      reason: random.chance(0.95) ? meeting.reason : null,
      outcome: meeting.outcome,
    };
  }

  function hospitalSpell({ from, to, viaEmergency, intensive, discharge, absences }: Stay, id: string): HospitalSpell {
    const older = person.traits.has('older');
    return {
      id,
      lastUpdated: writtenUp(to ?? from),
      start: moment(from),
      end: to && moment(to),
      hospital: trust.unit.replace(/^the /, 'The '),
      ward: intensive && !older ? trust.wards.intensive : wardOf(trust, person),
      bedClass: bedClass(
        older
          ? '201'
          : intensive
            ? '202'
            : person.condition === 'perinatal'
              ? '204'
              : person.condition === 'eating'
                ? '203'
                : '200',
      ),
      admissionMethod: admissionMethod(viaEmergency ? '21' : '28'),
      dischargeMethod: discharge && dischargeMethod(discharge),
      dischargeDestination: discharge && dischargeDestination(person.traits.has('homeless') ? '29' : '19'),
      absences: absences.map((absence) => ({ start: moment(absence.from), end: absence.to && moment(absence.to) })),
    };
  }

  function legalPeriod({ code, from, to, lapsesAfterHours }: Section, id: string): LegalStatus {
    const start = moment(from);
    return {
      id,
      lastUpdated: writtenUp(to ?? from),
      status: legalStatus(code),
      start,
      end: to && moment(to),
      expires:
        lapsesAfterHours === null
          ? null
          : new Date(Date.parse(start) + lapsesAfterHours * 3_600_000).toISOString().replace('.000Z', 'Z'),
    };
  }

  function referral({ team, from, closed, onward }: MadeReferral, id: string, by: Random): Referral {
    return {
      id,
      lastUpdated: writtenUp(closed?.on ?? onward.at(-1)?.on ?? from, by),
      start: moment(from),
      end: closed && moment(closed.on),
      team: teamOf(trust, team, town),
      closeReason: closed && referralClosure(closed.reason),
      onwardReferrals: onward.map(({ on, to }) => ({ date: moment(on), to })),
    };
  }
}

function alertCount(how: Acquaintance, random: Random): number {
  switch (how) {
    case 'home':
      return random.int(0, 3);
    case 'shared':
      return random.int(0, 2);
    case 'former':
    case 'passing':
      return random.chance(0.25) ? 1 : 0;
  }
}

type PlanSituation = 'inForce' | 'overdue' | 'draft' | 'onHold' | 'revoked' | 'mistaken' | 'paper' | 'none';

function planSituation(how: Acquaintance, random: Random): PlanSituation {
  switch (how) {
    case 'home':
      return random.weighted({
        inForce: 60,
        overdue: 9,
        draft: 6,
        onHold: 2,
        revoked: 2,
        mistaken: 3,
        paper: 6,
        none: 12,
      });
    case 'shared':
      return random.weighted({ inForce: 20, overdue: 4, paper: 6, none: 70 });
    case 'former':
      return random.weighted({ overdue: 6, revoked: 4, none: 90 });
    case 'passing':
      return random.weighted({ draft: 2, none: 98 });
  }
}

function makePlans(
  person: Person,
  how: Acquaintance,
  place: { readonly trust: Person['trust']; readonly town: string; readonly today: LocalDate; readonly began: number },
  id: () => string,
  random: Random,
): Pick<PatientRecords, 'crisisPlans' | 'paperPlans'> {
  const { trust, town, today, began } = place;
  const died = person.diedDaysAgo;
  const earliest = died === null ? 2 : died + 1;
  const plan = (status: Parameters<typeof makePlan>[1]['status'], least: number, most: number) =>
    makePlan(person, { id: id(), trust, town, status, changed: earliest + random.int(least, most), today }, random);
  const situation = planSituation(how, random);
  const plans = [];
  const paperPlans: PaperPlan[] = [];
  if (died !== null) {
    if (situation !== 'none') plans.push(plan('COMPLETED', 0, 300));
    return { crisisPlans: plans, paperPlans };
  }
  switch (situation) {
    case 'inForce':
      plans.push(plan('ACTIVE', 0, 170));
      break;
    case 'overdue':
      plans.push(plan('ACTIVE', 370, 900));
      break;
    case 'draft':
      plans.push(plan('DRAFT', 0, 40));
      break;
    case 'onHold':
      plans.push(plan('ON_HOLD', 10, 200));
      break;
    case 'revoked':
      plans.push(plan('REVOKED', 10, 400));
      break;
    case 'mistaken':
      plans.push(plan('ACTIVE', 0, 150), plan('ENTERED_IN_ERROR', 150, 170));
      break;
    case 'paper':
      paperPlans.push({
        id: id(),
        lastUpdated: at(daysAgo(today, earliest + random.int(1, 300)), random.int(9 * 60, 17 * 60)),
        type: planType('736253002'),
      });
      break;
    case 'none':
      break;
  }
  if (situation === 'inForce' && began > 400 && random.chance(0.4)) plans.push(plan('COMPLETED', 380, 900));
  return { crisisPlans: plans, paperPlans };
}

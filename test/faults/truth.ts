import { createRandom, type Random } from '@caregraph/demo/population/random.ts';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { alert, careContact, contact, plan } from '../support/records.ts';
import type { ListName, TrueRecord } from './lists.ts';

/** How many trusts there are. */
export const TRUSTS = 10;

/** The code of the trust of this number, from 0. */
export const trustCode = (n: number): string => `RT${String(n).padStart(2, '0')}`;

/** The codes of all trusts, in order. */
export const TRUST_CODES: readonly string[] = Array.from({ length: TRUSTS }, (_, n) => trustCode(n));

export const trustName = (odsCode: string): string => `Trust ${odsCode}`;

/** Everything that is so: who holds which records of whom. */
export interface Truth {
  readonly patients: readonly string[];
  /** The codes of those who know a patient, in order; nobody knows some. */
  known(nhsNumber: string): readonly string[];
  /** What a trust holds of a patient, in the order in which it was written. */
  records(odsCode: string, nhsNumber: string, list: ListName): readonly TrueRecord[];
}

type Holdings = { readonly [List in ListName]: readonly TrueRecord[] };

const NOTHING: Holdings = {
  demographics: [],
  crisisPlans: [],
  contacts: [],
  alerts: [],
  careContacts: [],
  hospitalSpells: [],
  legalStatuses: [],
  referrals: [],
};

/** The same truth for the same seed, in every process. About three trusts know each patient, and nobody some of them. */
export function makeTruth(seed: string, patients = 400): Truth {
  const numbers = nhsNumbers(patients);
  const random = createRandom(`truth ${seed}`);
  const holdings = new Map(
    numbers.map((nhsNumber, i) => {
      const count = random.weighted({ 0: 6, 1: 12, 2: 20, 3: 30, 4: 20, 5: 12 });
      const codes = random.sample(TRUST_CODES, Number(count)).sort();
      return [nhsNumber, new Map(codes.map((code) => [code, holdingsOf(random, code, i)]))];
    }),
  );
  return {
    patients: numbers,
    known: (nhsNumber) => [...(holdings.get(nhsNumber)?.keys() ?? [])],
    records: (odsCode, nhsNumber, list) => (holdings.get(nhsNumber)?.get(odsCode) ?? NOTHING)[list],
  };
}

/** Ids are small numbers of each trust's own, so that those of two trusts collide all the time. */
function holdingsOf(random: Random, code: string, patient: number): Holdings {
  const of = `patient ${patient} at ${code}`;
  const day = (): string => `2026-0${random.int(1, 9)}-${String(random.int(1, 28)).padStart(2, '0')}`;
  const moment = (): string => `${day()}T${String(random.int(0, 23)).padStart(2, '0')}:${random.int(10, 59)}:00Z`;
  const some = (most: number, make: (n: number) => object & { id: string }): readonly TrueRecord[] =>
    Array.from({ length: random.int(0, most) }, (_, n) => ({ ...make(n) }));
  // One in ten is known there, and has nothing there of what is asked.
  if (random.chance(0.1)) return NOTHING;
  return {
    ...NOTHING,
    crisisPlans: some(2, (n) =>
      plan(String(n), {
        lastUpdated: moment(),
        title: `Plan ${n} of ${of}`,
        whatHelps: [`Being spoken to slowly, ${of}`, 'A quiet room'],
        status: random.chance(0.85) ? 'ACTIVE' : 'COMPLETED',
        reviewDue: day(),
      }),
    ),
    contacts: some(2, (n) => ({
      ...contact(String(n), { name: `Team ${n} of ${of}`, priority: random.int(1, 3), lastUpdated: moment() }),
      answersNow: 'UNKNOWN',
      shortcomings: ['NO_WORK_NUMBER', 'NO_HOURS'],
    })),
    alerts: some(2, (n) =>
      alert(String(n), {
        lastUpdated: moment(),
        text: `Alert ${n} of ${of}`,
        category: random.pick(['RISK_TO_SELF', 'SCENE_SAFETY', 'OTHER']),
        status: random.chance(0.85) ? 'ACTIVE' : 'INACTIVE',
      }),
    ),
    careContacts: some(6, (n) =>
      careContact(String(n), moment(), {
        reason: `Reason ${n} of ${of}`,
        attendStatus: random.pick(['ATTENDED', 'DID_NOT_ATTEND', null]),
      }),
    ),
  };
}

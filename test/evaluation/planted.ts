import type { Held } from '@caregraph/demo/early-warning/hand-over.ts';
import { at, daysAgo } from '@caregraph/demo/population/calendar.ts';
import {
  bedClass,
  dischargeDestination,
  dischargeMethod,
  legalStatus,
  mechanism,
} from '@caregraph/demo/population/codes.ts';
import { population } from '@caregraph/demo/population/population.ts';
import { createRandom, type Random } from '@caregraph/demo/population/random.ts';
import { type TeamKind, TRUSTS, teamOf, trustOf } from '@caregraph/demo/population/trusts.ts';
import { NOTHING_ELSE } from '@caregraph/demo/stories/teller.ts';
import type { AttendStatus, CareContact, LocalDate, NHSNumber, ODSCode } from '@caregraph/trust/records.ts';

/*
 * The made-up population of the demo, with crises planted in the four weeks that follow: some announce themselves, some do not,
 * and as many patients show the same signs for nothing. What rules make of it says whether they find what they are meant to
 * find, and how often they would speak for nothing if the world were like this; of any real patient it says nothing.
 */

/** A patient on the day on which the rules are asked, and what was to come. */
export interface Planted {
  readonly nhsNumber: NHSNumber;
  readonly held: ReadonlyMap<ODSCode, Held>;
  /** Whether a crisis was planted in the 28 days that follow. */
  readonly crisis: boolean;
}

/** How many of each hundred patients have a crisis, how many of those had signs before, and how many had them for nothing. */
export const PLANTED = { crises: 0.08, withSigns: 0.6, forNothing: 0.06 } as const;

/** Plants crises in a population of so many. */
export function plant(options: { seed: string; today: LocalDate; size: number }): Planted[] {
  const patients = new Map<NHSNumber, Map<ODSCode, Held>>();
  for (const [odsCode, records] of population(options)) {
    for (const { nhsNumber, ...held } of records) {
      const all = patients.get(nhsNumber) ?? new Map<ODSCode, Held>();
      patients.set(nhsNumber, all.set(odsCode, held));
    }
  }
  return [...patients]
    .filter(([, held]) => [...held.values()].every(({ demographics }) => !demographics.deceased))
    .map(([nhsNumber, held]) => {
      const random = createRandom(`${options.seed}/${nhsNumber}/planted`);
      const crisis = random.chance(PLANTED.crises);
      const signs = random.chance(crisis ? PLANTED.withSigns : PLANTED.forNothing);
      return { nhsNumber, held: signs ? withSigns(held, options.today, random) : held, crisis };
    });
}

type Sign = (held: Map<ODSCode, Held>, today: LocalDate, random: Random) => void;

/** One to three signs of the last three weeks. */
function withSigns(held: ReadonlyMap<ODSCode, Held>, today: LocalDate, random: Random): Map<ODSCode, Held> {
  const changed = new Map(held);
  for (const sign of random.sample(Object.values(SIGNS), random.int(1, 3))) sign(changed, today, random);
  return changed;
}

const SIGNS = {
  /** Met unplanned by another trust. */
  elsewhere(held, today, random) {
    const [home] = held.keys();
    const near = trustOf(home ?? 'RXT').neighbours.filter((odsCode) => odsCode !== home);
    const where = random.pick(near.length > 0 ? near : TRUSTS.map(({ odsCode }) => odsCode));
    meet(held, where, { today, ago: random.int(1, 20), team: 'liaison', planned: false });
    if (home && random.chance(0.6))
      meet(held, home, { today, ago: random.int(1, 20), team: 'liaison', planned: false });
  },
  /** Seen in a crisis again and again. */
  repeated(held, today, random) {
    const [home = 'RXT'] = held.keys();
    for (let i = random.int(2, 4); i > 0; i--) {
      meet(held, home, { today, ago: random.int(1, 24), team: 'crisis', planned: random.chance(0.5) });
    }
  },
  /** The last meetings missed. */
  missed(held, today, random) {
    const [home = 'RXT'] = held.keys();
    for (let i = random.int(1, 3); i > 0; i--) {
      meet(held, home, { today, ago: random.int(1, 10), team: 'community', planned: true, status: 'DID_NOT_ATTEND' });
    }
  },
  /** Taken to a place of safety. */
  detained(held, today, random) {
    const [home = 'RXT'] = held.keys();
    const ago = random.int(2, 21);
    meet(held, home, { today, ago, team: 'placeOfSafety', planned: false });
    change(held, home, (own) => ({
      ...own,
      legalStatuses: [
        ...own.legalStatuses,
        {
          id: `planted-mha-${ago}`,
          lastUpdated: moment(today, ago - 1, 600),
          status: legalStatus('20'),
          start: moment(today, ago, 300),
          end: moment(today, ago - 1, 540),
          expires: null,
        },
      ],
    }));
  },
  /** Discharged from an acute bed, and followed up in time or not. */
  discharged(held, today, random) {
    const [home = 'RXT'] = held.keys();
    const ago = random.int(5, 12);
    change(held, home, (own) => ({
      ...own,
      hospitalSpells: [
        ...own.hospitalSpells,
        {
          id: `planted-spell-${ago}`,
          lastUpdated: moment(today, ago, 800),
          start: moment(today, ago + 9, 600),
          end: moment(today, ago, 780),
          hospital: null,
          ward: null,
          bedClass: bedClass('200'),
          admissionMethod: null,
          dischargeMethod: dischargeMethod('1'),
          dischargeDestination: dischargeDestination('19'),
          absences: [],
        },
      ],
    }));
    if (random.chance(0.5)) meet(held, home, { today, ago: ago - 2, team: 'crisis', planned: true });
  },
} as const satisfies Record<string, Sign>;

function meet(
  held: Map<ODSCode, Held>,
  odsCode: ODSCode,
  told: { today: LocalDate; ago: number; team: TeamKind; planned: boolean; status?: AttendStatus },
): void {
  const { today, ago, team, planned, status = 'ATTENDED_ON_TIME' } = told;
  change(held, odsCode, (own) => {
    const contact: CareContact = {
      id: `planted-${own.careContacts.length}-${ago}`,
      lastUpdated: moment(today, ago, 800),
      start: moment(today, ago, 700),
      end: null,
      attendStatus: status,
      planned,
      consultationMechanism: mechanism('01'),
      team: teamOf(trustOf(odsCode), team, trustOf(odsCode).towns[0] ?? ''),
      place: null,
      reason: null,
      outcome: null,
    };
    return { ...own, careContacts: [...own.careContacts, contact] };
  });
}

function change(held: Map<ODSCode, Held>, odsCode: ODSCode, how: (own: Held) => Held): void {
  const [anybody] = held.values();
  const own = held.get(odsCode) ?? (anybody && stranger(anybody));
  if (own) held.set(odsCode, how(own));
}

/** What a trust holds that has not met the patient before: a name. */
const stranger = ({ demographics }: Held): Held => ({ ...NOTHING_ELSE, demographics });

const moment = (today: LocalDate, ago: number, minute: number): string => at(daysAgo(today, ago), minute);

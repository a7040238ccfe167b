import type { Demographics, HumanName, LocalDate } from '@caregraph/trust/records.ts';
import { at, daysAgo } from './calendar.ts';
import type { Acquaintance } from './journey.ts';
import type { Person } from './person.ts';
import type { Random } from './random.ts';

/**
 * Who a patient is, as one trust knows them. Where the patient's care is, that is how it is; elsewhere addresses, numbers
 * and names are often those of another time, and a death may not have come through, or without its day.
 */
export function makeDemographics(
  person: Person,
  { how, town, today }: { how: Acquaintance; town: string; today: LocalDate },
  id: () => string,
  random: Random,
): Demographics {
  const current = how === 'home' || (how === 'shared' ? random.chance(0.8) : how === 'passing' && random.chance(0.55));
  const family = current || person.formerFamily === null ? person.family : person.formerFamily;
  const home = current ? person.home : { ...person.formerHome, town };
  const knowsOfDeath = person.diedDaysAgo !== null && (how === 'home' || random.chance(0.4));
  const knowsTheDay = how === 'home' || random.chance(0.6);
  const changed = current ? random.int(1, 300) : random.int(300, 1_500);
  return {
    id: id(),
    lastUpdated: at(
      daysAgo(today, knowsOfDeath ? Math.max(1, (person.diedDaysAgo ?? 1) - 1) : changed),
      random.int(8 * 60, 20 * 60),
    ),
    name: nameOf(person, family, current, random),
    birthDate: how === 'passing' && random.chance(0.03) ? misread(person.birthDate) : person.birthDate,
    gender: random.chance(0.99) ? ({ F: 'FEMALE', M: 'MALE', X: 'OTHER' } as const)[person.sex] : 'UNKNOWN',
    deceased: knowsOfDeath ? true : current ? false : null,
    deceasedDate: knowsOfDeath && knowsTheDay ? daysAgo(today, person.diedDaysAgo ?? 0) : null,
    address:
      how === 'passing' && random.chance(0.06)
        ? null
        : { lines: home.lines, city: home.town, postalCode: home.postalCode },
    telecoms:
      how !== 'home' && random.chance(0.15)
        ? []
        : [
            {
              system: person.traits.has('deaf') ? 'SMS' : 'PHONE',
              value: current ? person.phone : person.formerPhone,
              use: 'MOBILE',
              rank: 1,
              voicemail: random.chance(0.1) ? true : null,
            },
          ],
    language: person.language?.[0] ?? (random.chance(0.6) ? 'en' : null),
    interpreterNeeded: person.traits.has('interpreter') ? true : random.chance(0.5) ? false : null,
    generalPractice: current ? person.practice : null,
  };
}

const TITLES = { F: ['Ms', 'Mrs', 'Miss'], M: ['Mr'], X: ['Mx'] } as const;

function nameOf({ given, sex }: Person, family: string, whole: boolean, random: Random): HumanName {
  const names = whole ? given : given.slice(0, 1);
  const prefix = random.chance(0.7) ? random.pick(TITLES[sex]) : null;
  return { text: [prefix, ...names, family].filter(Boolean).join(' '), prefix, given: names, family };
}

/** The day and the month the other way round, where that is a day. */
function misread(date: LocalDate): LocalDate {
  const [year, month, day] = date.split('-');
  return Number(day) <= 12 ? `${year}-${day}-${month}` : date;
}

import { WEEK } from '@caregraph/service/uk-time.ts';
import type { Contact, ContactKind, CoverGap, LocalDate, OpeningHours, Telecom } from '@caregraph/trust/records.ts';
import { addDays, at, daysAgo } from './calendar.ts';
import { type Acquaintance, careTeam } from './journey.ts';
import type { Person } from './person.ts';
import type { Random } from './random.ts';
import { type TeamKind, type Trust, teamNumber, teamOf } from './trusts.ts';
import { word } from './wording.ts';
import { COVER_GAPS, OUT_OF_HOURS } from './words/plan-life.ts';

const ALL_DAY: OpeningHours = { days: WEEK, allDay: true, opens: null, closes: null };
const hours = (days: OpeningHours['days'], opens: string, closes: string): OpeningHours => ({
  days,
  allDay: false,
  opens,
  closes,
});
const WORKING_DAYS = WEEK.slice(0, 5);
const OFFICE = [hours(WORKING_DAYS, '09:00', '17:00')];

/** What a trust knows of whom to ring about a patient: teams with their hours, most of them in good order, and people. */
export function makeContacts(
  person: Person,
  { trust, town, how, today }: { trust: Trust; town: string; how: Acquaintance; today: LocalDate },
  id: () => string,
  random: Random,
): Contact[] {
  const contacts: Contact[] = [];
  const add = (contact: Omit<Contact, 'id' | 'lastUpdated' | 'priority'>): void => {
    const lastUpdated = at(daysAgo(today, random.int(2, 700)), random.int(8 * 60, 18 * 60));
    contacts.push({ ...contact, id: id(), lastUpdated, priority: contacts.length + 1 });
  };
  const outOfHours = (): string =>
    word(
      random.pick(OUT_OF_HOURS),
      {
        voice: person.voice,
        facts: { ...person.facts, trustName: trust.name, lineNumber: teamNumber(trust, 'line', town).value },
      },
      random,
    );
  const team = (
    kind: ContactKind,
    teamKind: TeamKind,
    open: readonly OpeningHours[],
    name?: string,
    role?: string,
  ): void => {
    const all = open.some(({ allDay }) => allDay);
    const ours = teamOf(trust, teamKind, town);
    const gaps = all ? [] : coverGaps(today, random);
    add(
      flawed(
        {
          kind,
          name: name ?? ours.name,
          role: role ?? null,
          team: ours,
          telecoms: telecomsOf(trust, teamKind, town, random),
          hours: open,
          gaps,
          outOfHours: all ? null : outOfHours(),
        },
        random,
      ),
    );
  };

  switch (how) {
    case 'passing':
      team('LIAISON_TEAM', 'liaison', random.chance(0.7) ? [ALL_DAY] : [hours(WEEK, '08:00', '22:00')]);
      break;
    case 'former':
      if (random.chance(0.5)) team('COMMUNITY_TEAM', careTeam(person), OFFICE);
      break;
    case 'home':
    case 'shared':
      team(
        'CRISIS_TEAM',
        'crisis',
        random.pick([[ALL_DAY], [ALL_DAY], [hours(WEEK, '08:00', '22:00')], [hours(WEEK, '14:00', '02:00')]]),
      );
      if (random.chance(0.55)) team('CRISIS_LINE', 'line', [ALL_DAY]);
      if (random.chance(0.8))
        team('CARE_COORDINATOR', careTeam(person), coordinatorHours(random), person.coordinator, 'Care coordinator');
      else team('COMMUNITY_TEAM', careTeam(person), OFFICE);
      break;
  }
  if (how !== 'former' && random.chance(how === 'home' ? 0.82 : 0.35)) add(helperOf(person));
  if (how === 'home' && random.chance(0.5)) {
    add({
      kind: 'GENERAL_PRACTICE',
      name: person.practice,
      role: 'General practice',
      team: null,
      telecoms: [
        {
          system: 'PHONE',
          value: `01632 960${String(960 + random.int(0, 39))}`,
          use: 'WORK',
          rank: 1,
          voicemail: false,
        },
      ],
      hours: [hours(WORKING_DAYS, '08:00', '18:30')],
      gaps: [],
      outOfHours: 'NHS 111.',
    });
  }
  return contacts;
}

function helperOf({ helper, condition, age }: Person): Omit<Contact, 'id' | 'lastUpdated' | 'priority'> {
  const kind: ContactKind =
    helper.relation === 'friend'
      ? 'OTHER_PERSON'
      : condition === 'dementia' || (age > 75 && helper.relation !== 'niece')
        ? 'CARER'
        : 'NEXT_OF_KIN';
  return {
    kind,
    name: helper.name,
    role: helper.relation,
    team: null,
    telecoms: [{ system: 'PHONE', value: helper.phone, use: 'MOBILE', rank: 1, voicemail: null }],
    hours: [],
    gaps: [],
    outOfHours: null,
  };
}

function telecomsOf(trust: Trust, kind: TeamKind, town: string, random: Random): Telecom[] {
  const numbers: Telecom[] = [teamNumber(trust, kind, town)];
  if (random.chance(0.2)) {
    const mail = `${kind === 'placeOfSafety' ? 'place-of-safety' : kind}.${town.toLowerCase().replaceAll(/[^a-z]+/g, '-')}@${trust.odsCode.toLowerCase()}.example`;
    numbers.push({ system: 'EMAIL', value: mail, use: 'WORK', rank: 2, voicemail: null });
  }
  return numbers;
}

function coordinatorHours(random: Random): readonly OpeningHours[] {
  return random.pick([
    OFFICE,
    OFFICE,
    [hours(['MONDAY', 'TUESDAY', 'THURSDAY'], '09:00', '17:00')],
    [hours(WORKING_DAYS.slice(0, 4), '08:30', '16:30'), hours(['FRIDAY'], '08:30', '12:30')],
    [hours(['TUESDAY', 'WEDNESDAY', 'FRIDAY'], '09:30', '17:30')],
  ]);
}

function coverGaps(today: LocalDate, random: Random): CoverGap[] {
  if (!random.chance(0.12)) return [];
  const start = addDays(today, random.int(-3, 30));
  return [{ description: random.pick(COVER_GAPS), start, end: addDays(start, random.int(0, 6)) }];
}

/** Contact records as they are: about one in five does not meet the rules for them. */
function flawed<C extends Omit<Contact, 'id' | 'lastUpdated' | 'priority'>>(contact: C, random: Random): C {
  const [number] = contact.telecoms;
  if (!number) return contact;
  switch (random.weighted({ none: 82, hours: 8, advice: 5, voicemail: 3, mobile: 2 })) {
    case 'none':
      return contact;
    case 'hours':
      return { ...contact, hours: [], gaps: [], outOfHours: null };
    case 'advice':
      return { ...contact, outOfHours: null };
    case 'voicemail':
      return { ...contact, telecoms: [{ ...number, voicemail: true }] };
    case 'mobile':
      return { ...contact, telecoms: [{ ...number, value: `07700 900${number.value.slice(-3)}`, use: 'MOBILE' }] };
  }
}

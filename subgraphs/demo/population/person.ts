import type { LocalDate, NHSNumber } from '@caregraph/trust/records.ts';
import { addDays, yearsBetween } from './calendar.ts';
import type { Random } from './random.ts';
import { type Trust, teamNumber } from './trusts.ts';
import { VOICES, type Voice } from './wording.ts';
import { ANIMAL_WEIGHTS, ANIMALS } from './words/animals.ts';
import {
  CALM,
  CALM_AND_ACTIVE,
  CHILD_KEEPERS,
  CHILDREN,
  EXTRA_MEDICINES,
  KEEPERS,
  MEDICINES,
  MUSIC,
  PLACES,
} from './words/lives.ts';
import { CLINICIANS, NAMES, type Names, PRACTICES, ROOTS, STREETS, SUPPORTED_HOMES } from './words/names.ts';
import { THEMES, type Theme } from './words/themes.ts';
import type { Circumstance, Condition, Trait } from './words/traits.ts';

/** Somebody close to the patient. */
export interface Helper {
  /** What the helper is to the patient, such as `sister`. */
  readonly relation: string;
  readonly name: string;
  readonly phone: string;
}

/** Where the patient lives, or has lived. */
export interface Home {
  readonly lines: readonly string[];
  readonly town: string;
  readonly postalCode: string | null;
}

/** A made-up person as they are, whatever each trust may know of them. */
export interface Person {
  readonly nhsNumber: NHSNumber;
  /** Tells this patient's records from another's in their ids; says nothing else. */
  readonly serial: number;
  readonly sex: 'F' | 'M' | 'X';
  readonly given: readonly string[];
  readonly family: string;
  /** The family name before, of some. */
  readonly formerFamily: string | null;
  readonly birthDate: LocalDate;
  readonly age: number;
  /** How many days ago the person died; `null` for the living. */
  readonly diedDaysAgo: number | null;
  readonly condition: Condition;
  readonly traits: ReadonlySet<Trait>;
  readonly themes: readonly Theme[];
  readonly trust: Trust;
  readonly home: Home;
  readonly formerHome: Home;
  readonly phone: string;
  readonly formerPhone: string;
  readonly helper: Helper;
  readonly coordinator: string;
  readonly practice: string;
  /** The language (BCP 47) and whether an interpreter is needed. */
  readonly language: readonly [string, string] | null;
  /** How clinicians speak of the patient. */
  readonly voice: Voice;
  /** What wordings may ask for. */
  readonly facts: Readonly<Record<string, string>>;
}

/** A number of Ofcom's range for drama: mobile telephones. */
export const mobileNumber = (random: Random): string => `07700 900${String(random.int(0, 999)).padStart(3, '0')}`;

/** Makes up a person whose care is with a trust. */
export function makePerson(
  {
    nhsNumber,
    serial,
    trust,
    age,
    today,
  }: { nhsNumber: NHSNumber; serial: number; trust: Trust; age: number; today: LocalDate },
  random: Random,
): Person {
  const birthDate = addDays(today, -Math.floor(age * 365.25) - random.int(1, 364));
  const sex = random.weighted({ F: 53, M: 46, X: 1 });
  const condition = conditionFor(age, sex, random);
  const roots = random.weighted(ROOTS);
  const names: Names = NAMES[roots];
  const circumstances = circumstancesFor(age, sex, condition, names, random);
  const traits: ReadonlySet<Trait> = new Set<Trait>([condition, ...circumstances]);

  const born = Number(birthDate.slice(0, 4));
  const first = givenName(names, sex, born, random);
  const middle = random.chance(0.35) ? [givenName(names, sex, born, random)].filter((name) => name !== first) : [];
  const family = random.pick(names.families);
  const town = random.pick(trust.towns);
  const helper = helperFor(first, age, traits, names, born, random);
  const language =
    names.languages && (traits.has('interpreter') || random.chance(0.2)) ? random.pick(names.languages) : null;
  const voice = VOICES[sex === 'F' ? 'she' : sex === 'M' ? 'he' : 'they'];
  const coordinator = random.pick(CLINICIANS);

  return {
    nhsNumber,
    serial,
    sex,
    given: [first, ...middle],
    family,
    formerFamily: sex === 'F' && age > 22 && random.chance(0.25) ? random.pick(names.families) : null,
    birthDate,
    age: yearsBetween(birthDate, today),
    diedDaysAgo: random.chance(age > 70 ? 0.08 : 0.012) ? random.int(5, 500) : null,
    condition,
    traits,
    themes: themesFor(traits, random),
    trust,
    home: homeIn(town, traits, random),
    formerHome: homeIn(random.pick(trust.towns), new Set(), random),
    phone: mobileNumber(random),
    formerPhone: mobileNumber(random),
    helper,
    coordinator,
    practice: `${random.pick(PRACTICES)}, ${town}`,
    language,
    voice,
    facts: {
      name: first,
      helper: `${helper.relation} ${helper.name}`,
      helperName: helper.name,
      keeper: random.pick(KEEPERS),
      coordinator,
      town,
      trustName: trust.name,
      cafe: trust.cafe.split(',')[0] ?? trust.cafe,
      house: trust.house.split(',')[0] ?? trust.house,
      decisionUnit: `the decision unit at ${trust.unit}`,
      lineNumber: teamNumber(trust, 'line', town).value,
      crisisNumber: teamNumber(trust, 'crisis', town).value,
      medicine: random.pick(MEDICINES[condition]),
      extra: random.pick(EXTRA_MEDICINES),
      calm: random.pick(age > 65 ? CALM : [...CALM, ...CALM_AND_ACTIVE]),
      music: random.pick(MUSIC),
      place: random.pick(PLACES),
      thisYear: today.slice(0, 4),
      language: language?.[1] ?? 'English',
      ...petFacts(traits, random),
      ...childFacts(age, condition, traits, random),
      ...chargeFacts(age, traits, names, born, random),
    },
  };
}

/** The ward of a trust that takes a patient in. */
export const wardOf = ({ wards }: Trust, { sex, traits }: Pick<Person, 'sex' | 'traits'>): string =>
  traits.has('older') ? wards.older : sex === 'M' ? wards.men : wards.women;

/** Makes up the age of somebody whose care is with a trust. */
export function ageFor(trust: Trust, random: Random): number {
  if (trust.odsCode === 'RQ3') return random.int(12, 24);
  switch (random.weighted({ youth: 14, adult: 62, older: 24 })) {
    case 'youth':
      return random.int(14, 24);
    case 'adult':
      return random.int(25, 65);
    case 'older':
      return random.int(66, 93);
  }
}

function conditionFor(age: number, sex: Person['sex'], random: Random): Condition {
  const from = (least: number, most: number, weight: number): number => (age >= least && age <= most ? weight : 0);
  return random.weighted<Condition>({
    depression: from(16, 120, 22),
    bipolar: from(18, 90, 12),
    psychosis: from(17, 85, 16),
    instability: from(18, 60, 12),
    panic: from(12, 85, 8),
    trauma: from(16, 75, 10),
    eating: from(13, 45, 5),
    dementia: from(66, 120, 30),
    autism: from(12, 60, 6),
    perinatal: sex === 'F' ? from(19, 42, 9) : 0,
    alcohol: from(24, 72, 9),
    selfHarm: from(12, 24, 22),
    obsession: from(12, 65, 5),
  });
}

function circumstancesFor(
  age: number,
  sex: Person['sex'],
  condition: Condition,
  names: Names,
  random: Random,
): Circumstance[] {
  const found: Circumstance[] = [];
  const maybe = (circumstance: Circumstance, probability: number): boolean => {
    const holds = random.chance(probability);
    if (holds) found.push(circumstance);
    return holds;
  };
  if (age <= 19) found.push('young');
  if (age >= 66) found.push('older');

  const severe = condition === 'psychosis' || condition === 'alcohol';
  const homeless = age >= 19 && age <= 68 && maybe('homeless', severe ? 0.08 : 0.015);
  const supported =
    !homeless && age >= 18 && maybe('supported', condition === 'psychosis' || condition === 'autism' ? 0.2 : 0.04);
  const parents = !homeless && !supported && age <= 40 && maybe('parents', age < 18 ? 1 : age <= 24 ? 0.6 : 0.12);
  const partner = !homeless && !supported && !parents && age >= 22 && maybe('partner', 0.42);
  const mother = condition === 'perinatal';
  const children = mother || (!homeless && !supported && !parents && age >= 24 && age <= 48 && random.chance(0.38));
  if (children) found.push('children');
  if (!homeless && !supported && !parents && !partner) {
    if (!children) found.push('alone');
  }

  if (age >= 16 && age <= 24) maybe('student', 0.5);
  if (age >= 20 && age <= 65 && !homeless && !found.includes('student')) maybe('working', severe ? 0.15 : 0.4);
  if (partner && age >= 50) maybe('carer', 0.14);
  if (sex === 'M' && age >= 28 && age <= 78) maybe('veteran', condition === 'trauma' ? 0.35 : 0.04);
  maybe('deaf', 0.025);
  if (!homeless) maybe('wheelchair', age > 60 ? 0.05 : 0.015);
  if (age >= 18) maybe('diabetes', 0.07);
  if (age >= 16 && names.languages) maybe('interpreter', 0.3);
  const muslim =
    names === NAMES.pakistani || names === NAMES.bangladeshi || names === NAMES.somali || names === NAMES.arab;
  if (muslim) maybe('muslim', 0.85);
  else maybe('christian', 0.15);
  if (!homeless && condition !== 'dementia') maybe('pet', supported ? 0.1 : 0.34);
  return found;
}

function givenName(names: Names, sex: Person['sex'], born: number, random: Random): string {
  const women = born >= 1975 ? (names.laterWomen ?? names.women) : names.women;
  const men = born >= 1975 ? (names.laterMen ?? names.men) : names.men;
  return random.pick(sex === 'F' ? women : sex === 'M' ? men : [...women, ...men]);
}

const woman = (relation: string): boolean => /wife|mother|sister|daughter|niece|aunt/.test(relation);

function helperFor(
  own: string,
  age: number,
  traits: ReadonlySet<Trait>,
  names: Names,
  born: number,
  random: Random,
): Helper {
  const relation = traits.has('partner')
    ? random.pick(['husband', 'wife', 'partner'])
    : traits.has('parents') || age < 20
      ? random.pick(['mother', 'mother', 'father', 'aunt', 'grandmother'])
      : traits.has('older')
        ? random.pick(['daughter', 'son', 'niece', 'daughter'])
        : random.pick(['sister', 'brother', 'friend', 'friend', ...(age < 52 ? ['mother'] : ['daughter', 'son'])]);
  const years = /mother|father|aunt/.test(relation) ? -28 : /daughter|son|niece/.test(relation) ? 27 : 0;
  const sex = woman(relation) ? 'F' : /partner|friend/.test(relation) ? random.pick(['F', 'M'] as const) : 'M';
  const theirs: Names = relation === 'friend' && random.chance(0.5) ? NAMES.british : names;
  const name = givenName(theirs, sex, born + years, random);
  return {
    relation,
    name: name === own ? givenName(theirs, sex, born - 15, random) : name,
    phone: mobileNumber(random),
  };
}

function homeIn(town: string, traits: ReadonlySet<Trait>, random: Random): Home {
  if (traits.has('homeless')) return { lines: ['No fixed abode'], town, postalCode: null };
  const lines = [`${random.int(1, 148)} ${random.pick(STREETS)}`];
  if (traits.has('supported')) lines.unshift(`Flat ${random.int(1, 14)}, ${random.pick(SUPPORTED_HOMES)}`);
  else if (random.chance(0.18)) lines.unshift(`Flat ${random.int(1, 40)}`);
  const letters = 'ABDEFGHJLNPQRSTUWXY';
  const letter = (): string => letters.charAt(random.int(0, letters.length - 1));
  // ZZ99 is no place's code. Those with a 3 after it have meanings of their own (ZZ99 3VZ: no fixed abode).
  return { lines, town, postalCode: `ZZ99 ${random.pick([1, 2, 4, 5, 6, 7, 8, 9])}${letter()}${letter()}` };
}

function themesFor(traits: ReadonlySet<Trait>, random: Random): Theme[] {
  const fit = THEMES.filter(
    (theme) =>
      (theme.for?.some((trait) => traits.has(trait)) ?? true) && !theme.not?.some((trait) => traits.has(trait)),
  );
  const own = fit.filter((theme) => theme.for !== undefined);
  const chosen = random.sample(own, random.int(1, 2));
  return [
    ...chosen,
    ...random.sample(
      fit.filter((theme) => !chosen.includes(theme)),
      3 - chosen.length,
    ),
  ];
}

function petFacts(traits: ReadonlySet<Trait>, random: Random): Record<string, string> {
  if (!traits.has('pet')) return {};
  const kind = random.weighted(ANIMAL_WEIGHTS);
  const petName = random.pick<string>(ANIMALS[kind]);
  return { pet: `${petName} the ${kind}`, petName, petIt: random.pick(['him', 'her']) };
}

function childFacts(
  age: number,
  condition: Condition,
  traits: ReadonlySet<Trait>,
  random: Random,
): Record<string, string> {
  if (!traits.has('children')) return {};
  const oldest = Math.min(16, age - 20);
  const names = random.sample(CHILDREN, random.int(1, Math.min(3, Math.max(1, oldest))));
  const ages = names.map(() => random.int(2, Math.max(2, oldest))).sort((one, other) => other - one);
  const said = names.map((name, i) => `${name} (${ages[i]})`);
  if (condition === 'perinatal') said.splice(-1, 1, `${names.at(-1)} (${random.int(2, 9)} months)`);
  return { children: joined(said), childKeeper: random.pick(CHILD_KEEPERS) };
}

function chargeFacts(
  age: number,
  traits: ReadonlySet<Trait>,
  names: Names,
  born: number,
  random: Random,
): Record<string, string> {
  if (!traits.has('carer')) return {};
  const [relation, sex, years] =
    age < 66
      ? random.pick([
          ['mother', 'F', -27],
          ['father', 'M', -29],
        ] as const)
      : random.pick([
          ['sister', 'F', 3],
          ['brother', 'M', 2],
        ] as const);
  const illness = random.pick(['has dementia', 'had a stroke', 'has Parkinson’s', 'cannot see any more']);
  return { charge: `{my} ${relation} ${givenName(names, sex, born + years, random)}, who ${illness},` };
}

const joined = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

import { NO_HEADINGS } from '@caregraph/trust/no-headings.ts';
import type {
  CrisisPlan,
  Document,
  LocalDate,
  NamedContact,
  PatientAgreement,
  PlanStatus,
} from '@caregraph/trust/records.ts';
import { addDays, at, daysAgo as dayBefore } from './calendar.ts';
import { planType } from './codes.ts';
import { type Person, wardOf } from './person.ts';
import type { Random } from './random.ts';
import { type Trust, teamNumber } from './trusts.ts';
import { VOICES, type WordingContext, word } from './wording.ts';
import { PET_CARE } from './words/animals.ts';
import { CLINICIANS, PLAN_AUTHORS } from './words/names.ts';
import { SUPPORT_TO_PREVENT_ADMISSION, WHAT_DOES_NOT_HELP, WHAT_HELPS } from './words/plan-help.ts';
import {
  ACCESS_24_HOUR,
  ADVANCE_DECISIONS,
  ADVANCE_STATEMENTS,
  DEPENDANTS,
  FAMILY_INVOLVEMENT,
  PLAN_TITLES,
  PRACTICAL_NEEDS,
  WHERE_TO_BE_TAKEN,
} from './words/plan-life.ts';
import { COPING_STRATEGIES, EARLY_WARNING_SIGNS } from './words/plan-signs.ts';
import type { Wordings } from './words/traits.ts';

/** What a plan is made for. */
export interface PlanOrder {
  readonly id: string;
  readonly trust: Trust;
  readonly town: string;
  readonly status: PlanStatus;
  /** How many days ago it was last changed. */
  readonly changed: number;
  readonly today: LocalDate;
}

/**
 * Writes a crisis plan for a patient: in the patient's own voice, or about the patient; full, short, or as a document
 * alone, as trusts have them.
 */
export function makePlan(person: Person, order: PlanOrder, random: Random): CrisisPlan {
  const { id, trust, town, status, changed, today } = order;
  const voiced = writer(person, trust, town, random);
  const changedOn = dayBefore(today, changed);
  const lastUpdated = at(changedOn, random.int(9 * 60, 17 * 60));
  const first = changed + random.int(0, 3) * random.int(60, 200);
  const created = first === changed ? lastUpdated : at(dayBefore(today, first), random.int(9 * 60, 17 * 60));
  const form = status === 'DRAFT' ? 'short' : random.weighted({ full: 62, short: 18, document: 20 });
  const document = planDocument(id, trust, created, lastUpdated, random);
  const base = {
    id,
    lastUpdated,
    status,
    type: planType(random.weighted({ '736253002': 92, '325691000000100': 5, '2181441000000107': 3 })),
    created,
    reviewDue: random.chance(0.94) ? addDays(changedOn, random.pick([182, 365, 365])) : null,
    author: {
      name: person.trust === trust && random.chance(0.5) ? person.coordinator : random.pick(CLINICIANS),
      jobTitle: random.pick(PLAN_AUTHORS),
      organisation: trust.name,
    },
  };
  if (form === 'document') {
    const agreement: PatientAgreement = random.weighted({ AGREES: 45, NOT_RECORDED: 55 });
    return { ...base, ...NO_HEADINGS, title: 'Crisis plan', patientAgreement: agreement, documents: [document] };
  }
  const full = form === 'full';
  const some = (wordings: Wordings, least: number, most: number): readonly string[] | null =>
    voiced.list(wordings, random.int(least, full ? most : least));
  const maybe = <T>(probability: number, make: () => T | null): T | null =>
    random.chance(full ? probability : probability / 3) ? make() : null;

  return {
    ...base,
    title: voiced.one(PLAN_TITLES),
    earlyWarningSigns: some(EARLY_WARNING_SIGNS, 2, 5),
    possibleTriggers: person.themes.map((theme) => voiced.one(theme.triggers)),
    copingStrategies: some(COPING_STRATEGIES, 2, 5),
    whatHelps: some(WHAT_HELPS, 2, 5),
    whatDoesNotHelp: maybe(0.92, () => voiced.list(WHAT_DOES_NOT_HELP, random.int(2, 4))),
    supportToPreventAdmission: maybe(0.8, () => voiced.list(SUPPORT_TO_PREVENT_ADMISSION, random.int(1, 3))),
    whereToBeTaken: voiced.one(voiced.fitting(WHERE_TO_BE_TAKEN)),
    preferredPlaceOfAdmission: maybe(0.6, () =>
      random.chance(0.3) ? `${trust.house}; a ward only if that cannot be` : `${wardOf(trust, person)}, ${trust.unit}`,
    ),
    dependants: voiced.own(DEPENDANTS),
    pets: person.traits.has('pet') ? [voiced.one(PET_CARE)] : null,
    practicalNeeds: maybe(0.85, () => voiced.list(PRACTICAL_NEEDS, random.int(1, 3))),
    advanceStatements: maybe(0.6, () => voiced.list(ADVANCE_STATEMENTS, random.int(1, 2))),
    advanceDecisions: maybe(0.08, () => voiced.list(ADVANCE_DECISIONS, 1)),
    familyInvolvement: maybe(0.85, () => voiced.one(voiced.fitting(FAMILY_INVOLVEMENT))),
    access24Hour: voiced.one(ACCESS_24_HOUR),
    namedContacts: namedContacts(person, trust, town, random),
    patientAgreement:
      status === 'DRAFT'
        ? 'NOT_RECORDED'
        : random.weighted<PatientAgreement>({ AGREES: 78, AGREES_IN_PART: 12, DISAGREES: 3, NOT_RECORDED: 7 }),
    documents: random.chance(0.25) ? [document] : [],
  };
}

/** Words what is written of one patient in one plan, in one voice throughout. */
function writer(person: Person, trust: Trust, town: string, random: Random) {
  const about = person.voice;
  const inPerson = about === VOICES.they || (person.condition !== 'dementia' && random.chance(0.6));
  const context: WordingContext = {
    voice: inPerson ? VOICES.first : about,
    facts: {
      ...person.facts,
      town,
      trustName: trust.name,
      cafe: trust.cafe.split(',')[0] ?? trust.cafe,
      house: trust.house.split(',')[0] ?? trust.house,
      decisionUnit: `the decision unit at ${trust.unit}`,
      lineNumber: teamNumber(trust, 'line', town).value,
      crisisNumber: teamNumber(trust, 'crisis', town).value,
    },
  };
  // Somebody else's plan names the patient once in each sentence that begins with her or him.
  const named = (template: string): string => (inPerson ? template : template.replace(/^\{I\}/, '{name}'));
  const one = (templates: readonly string[]): string => word(named(random.pick(templates)), context, random);
  const own = (wordings: Wordings): string[] =>
    Object.entries(wordings).flatMap(([trait, texts]) => (has(person, trait) ? [one(texts)] : []));
  return {
    one,
    /** The wordings that fit this patient more than anybody, or those that fit everybody. */
    fitting(wordings: Wordings): readonly string[] {
      const special = Object.entries(wordings).filter(([trait]) => has(person, trait));
      return special.length > 0 && random.chance(0.75) ? random.pick(special)[1] : (wordings.anyone ?? []);
    },
    /** One for each trait; `null` for none. */
    own: (wordings: Wordings): string[] | null => nullIfEmpty(own(wordings)),
    /** Several different ones, those of the condition first. */
    list(wordings: Wordings, count: number): string[] | null {
      const condition = wordings[person.condition] ?? [];
      const circumstances = Object.entries(wordings).flatMap(([trait, texts]) =>
        trait !== person.condition && has(person, trait) ? texts : [],
      );
      const chosen = [
        ...random.sample(condition, Math.ceil(count / 2)),
        ...random.sample(circumstances, random.chance(0.7) ? 1 : 0),
      ];
      const rest = random.sample(wordings.anyone ?? [], Math.max(0, count - chosen.length));
      return nullIfEmpty([...chosen, ...rest].map((template) => one([template])));
    },
  };
}

const has = ({ traits }: Person, trait: string): boolean => new Set<string>(traits).has(trait);
const nullIfEmpty = (list: string[]): string[] | null => (list.length > 0 ? list : null);

function namedContacts(person: Person, trust: Trust, town: string, random: Random): NamedContact[] {
  const { helper, coordinator } = person;
  const contacts: NamedContact[] = [
    {
      name: helper.name,
      role: helper.relation,
      telecoms: [{ system: 'PHONE', value: helper.phone, use: 'MOBILE', rank: 1, voicemail: null }],
    },
  ];
  if (random.chance(0.7)) {
    contacts.push({ name: coordinator, role: 'Care coordinator', telecoms: [teamNumber(trust, 'community', town)] });
  }
  return contacts;
}

function planDocument(id: string, trust: Trust, created: string, changed: string, random: Random): Document {
  const word = random.chance(0.15);
  return {
    title: random.pick(['Crisis plan', 'Crisis and contingency plan', 'CPA care plan', 'Scanned plan, signed']),
    contentType: word ? 'application/vnd.openxmlformats-officedocument.wordprocessingml.document' : 'application/pdf',
    url: `https://records.example/${trust.odsCode}/documents/${id}`,
    format: 'urn:nhs-ic:unstructured',
    created: random.chance(0.5) ? changed : created,
    text: null,
  };
}

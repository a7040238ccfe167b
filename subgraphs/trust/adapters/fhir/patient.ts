import { parseNHSNumber } from '@caregraph/schema/scalars.ts';
import type { AdministrativeGender, Contact, Demographics, NHSNumber } from '../../records.ts';
import { PRIORITIES } from './codes.ts';
import { concepts, homeAddress, nameInUse, oneConcept, telecoms } from './datatypes.ts';
import { bool, type Element, element, elements, extension, type Resource, text } from './element.ts';
import {
  guarded,
  idOf,
  idWithin,
  lastUpdated,
  type Mapped,
  type MappingContext,
  mapper,
  nameBehind,
  nameless,
  unmapped,
} from './mapping.ts';
import { isOffice, relation } from './related-person.ts';
import { calendarDay, hasEnded } from './time.ts';

/** Whose record a Patient resource is, by NHS number; or why nobody can say. */
export function nhsNumberOf(patient: Resource, system: string): NHSNumber | { readonly unmapped: string } {
  const numbers = new Set<NHSNumber>();
  for (const identifier of elements(patient, 'identifier')) {
    if (identifier.system !== system || identifier.use === 'old' || text(identifier, 'value') === null) continue;
    try {
      numbers.add(parseNHSNumber(identifier.value));
    } catch {
      return { unmapped: 'an NHS number that is none' };
    }
  }
  const [number, second] = numbers;
  if (number === undefined) return { unmapped: 'no NHS number' };
  return second === undefined ? number : { unmapped: 'more than one NHS number' };
}

/** Whether a Patient resource says, now or formerly, that it is of a person with one of these NHS numbers. */
export const isNamed = (patient: Resource, system: string, numbers: ReadonlySet<NHSNumber>): boolean =>
  elements(patient, 'identifier').some(
    (each) => each.system === system && numbers.has((text(each, 'value') ?? '').replace(/[ -]/g, '')),
  );

const GENDERS: ReadonlyMap<string, AdministrativeGender> = new Map([
  ['male', 'MALE'],
  ['female', 'FEMALE'],
  ['other', 'OTHER'],
  ['unknown', 'UNKNOWN'],
]);

/** FHIR R4 Patient → demographics. */
export const mapDemographics = mapper<Demographics>((patient, context) => {
  const updated = lastUpdated(patient);
  if (updated === null) return unmapped('no date of change');
  return [
    {
      record: {
        id: idOf(patient),
        lastUpdated: updated,
        name: nameInUse(elements(patient, 'name'), context.now),
        birthDate: calendarDay(patient, 'birthDate'),
        gender: GENDERS.get(text(patient, 'gender') ?? '') ?? null,
        // A date that is only a year names no day of death, and yet says that the patient has died.
        deceased: text(patient, 'deceasedDateTime') === null ? bool(patient, 'deceasedBoolean') : true,
        deceasedDate: calendarDay(patient, 'deceasedDateTime'),
        address: homeAddress(elements(patient, 'address'), context.now),
        telecoms: telecoms(patient, context.now),
        language: language(patient),
        interpreterNeeded: interpreterNeeded(patient),
        generalPractice: generalPractice(patient, context),
      },
    },
  ];
});

/** FHIR R4 Patient.contact and Patient.generalPractitioner → contacts. */
export const mapPatientContacts = mapper<Contact>((patient, context) => {
  const people = elements(patient, 'contact');
  const practitioners = elements(patient, 'generalPractitioner');
  if (people.length + practitioners.length === 0) return [];
  const updated = lastUpdated(patient);
  if (updated === null) return [...people, ...practitioners].flatMap(() => unmapped('no date of change'));
  return [
    ...people.flatMap((person, place) => guarded(() => contactPerson(patient, person, place, updated, context))),
    ...practitioners.flatMap((practitioner, place) =>
      guarded(() => generalPractitioner(patient, practitioner, place, updated, context)),
    ),
  ];
});

/** Whom to look up to map a patient's demographics and contacts. */
export const followPatient = (patient: Resource): readonly Element[] => elements(patient, 'generalPractitioner');

/** Whom to look up to map a patient's demographics. */
export const followGeneralPractice = (patient: Resource): readonly Element[] =>
  nameless(elements(patient, 'generalPractitioner'));

function contactPerson(
  patient: Resource,
  person: Element,
  place: number,
  updated: string,
  { now }: MappingContext,
): readonly Mapped<Contact>[] {
  if (hasEnded(person, 'period', now)) return [];
  const relationships = concepts(person, 'relationship');
  if (isOffice(relationships)) return unmapped('a contact that is an office');
  const given = element(person, 'name');
  const name = given && nameInUse([given], now);
  if (!name) return unmapped('no name');
  return [
    {
      record: {
        id: idWithin(patient, 'contact', person, place),
        lastUpdated: updated,
        ...relation(relationships),
        name: name.text,
        team: null,
        telecoms: telecoms(person, now),
        hours: [],
        gaps: [],
        outOfHours: null,
      },
    },
  ];
}

function generalPractitioner(
  patient: Resource,
  reference: Element,
  place: number,
  updated: string,
  context: MappingContext,
): readonly Mapped<Contact>[] {
  const target = context.resolve(reference, patient);
  const name = nameBehind(reference, patient, context);
  if (name === null) return unmapped('no name');
  return [
    {
      record: {
        id: idWithin(patient, 'generalPractitioner', reference, place),
        lastUpdated: updated,
        kind: 'GENERAL_PRACTICE',
        priority: PRIORITIES.GENERAL_PRACTICE,
        name,
        role: null,
        team: null,
        telecoms: target ? telecoms(target, context.now) : [],
        hours: [],
        gaps: [],
        outOfHours: null,
      },
    },
  ];
}

function language(patient: Resource): string | null {
  const preferred = elements(patient, 'communication').find((each) => bool(each, 'preferred') === true);
  return (preferred && oneConcept(preferred, 'language')?.codings[0]?.code) ?? null;
}

function interpreterNeeded(patient: Resource): boolean | null {
  const said = extension(patient, 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired');
  return said && bool(said, 'valueBoolean');
}

/** Only an organisation is a practice: a general practitioner's own name is not. */
function generalPractice(patient: Resource, context: MappingContext): string | null {
  for (const reference of elements(patient, 'generalPractitioner')) {
    const target = context.resolve(reference, patient);
    if (target?.resourceType === 'Organization' || /(^|\/)Organization\//.test(text(reference, 'reference') ?? '')) {
      const name = nameBehind(reference, patient, context);
      if (name !== null) return name;
    }
  }
  return null;
}

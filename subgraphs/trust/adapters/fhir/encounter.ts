import type { CareContact, Coding, HospitalSpell } from '../../records.ts';
import { MEETING_CLASSES, STAY_CLASSES } from './codes.ts';
import { coding, concepts, inWords, oneConcept } from './datatypes.ts';
import { type Element, element, elements, extension, type Resource, text, zeroOrOne } from './element.ts';
import { idOf, lastUpdated, type MappingContext, mapper, nameBehind, nameless, unmapped } from './mapping.ts';
import { momentFrom, period } from './time.ts';

const STATUSES: ReadonlySet<string> = new Set([
  'planned',
  'arrived',
  'triaged',
  'in-progress',
  'onleave',
  'finished',
  'cancelled',
  'unknown',
]);

/** States of an encounter that goes on: only then does a stay have no end. */
const LASTING: ReadonlySet<string> = new Set(['arrived', 'triaged', 'in-progress', 'onleave']);

/** FHIR R4 Encounter → care contact, when its class is a meeting. Encounters of no known class are counted here. */
export const mapMeeting = mapper<CareContact>((encounter, context) => {
  const kind = classOf(encounter);
  if (kind !== null && STAY_CLASSES.has(kind)) return [];
  const status = text(encounter, 'status') ?? '';
  if (status === 'entered-in-error') return [];
  if (kind === null || !MEETING_CLASSES.has(kind)) return unmapped('neither a meeting nor a stay');
  if (!STATUSES.has(status)) return unmapped('no status');
  const { start, end } = period(encounter, 'period');
  if (start === null) return unmapped('no start');
  const updated = lastUpdated(encounter);
  if (updated === null) return unmapped('no date of change');
  return [
    {
      record: {
        id: idOf(encounter),
        lastUpdated: updated,
        start,
        end,
        // That somebody was seen, FHIR can say; that they came on time, which MHSDS asks, it cannot.
        attendStatus: status === 'finished' ? 'ATTENDED' : null,
        planned: elements(encounter, 'appointment').length > 0 ? true : null,
        consultationMechanism: null,
        team: null,
        place: place(encounter, context),
        reason: inWords(concepts(encounter, 'reasonCode')),
        outcome: status === 'cancelled' ? 'Cancelled' : null,
      },
    },
  ];
});

/** FHIR R4 Encounter → hospital spell, when its class is a stay. One that never came about is none. */
export const mapStay = mapper<HospitalSpell>((encounter, context) => {
  const kind = classOf(encounter);
  const status = text(encounter, 'status') ?? '';
  if (kind === null || !STAY_CLASSES.has(kind) || ['planned', 'cancelled', 'entered-in-error'].includes(status))
    return [];
  if (!STATUSES.has(status)) return unmapped('no status');
  const start = admitted(encounter);
  if (start === null) return unmapped('no start');
  const { end } = period(encounter, 'period');
  if (end === null && !LASTING.has(status)) return unmapped('ended, and nobody knows when');
  const updated = lastUpdated(encounter);
  if (updated === null) return unmapped('no date of change');
  const stay = element(encounter, 'hospitalization');
  const provider = element(encounter, 'serviceProvider');
  return [
    {
      record: {
        id: idOf(encounter),
        lastUpdated: updated,
        start,
        end,
        hospital: provider && nameBehind(provider, encounter, context),
        ward: ward(encounter, context),
        bedClass: null,
        admissionMethod: stay && ukCore(stay, 'AdmissionMethod'),
        dischargeMethod: stay && ukCore(stay, 'DischargeMethod'),
        dischargeDestination: (stay && oneConcept(stay, 'dischargeDisposition')?.codings[0]) ?? null,
        absences: [],
      },
    },
  ];
});

/** What to look up to map an encounter. */
export const followEncounter = (encounter: Resource): readonly Element[] =>
  nameless([
    ...zeroOrOne(encounter, 'serviceProvider'),
    ...places(encounter).flatMap((each) => zeroOrOne(each, 'location')),
  ]);

function classOf(encounter: Resource): string | null {
  const value = element(encounter, 'class');
  const said = value && coding(value);
  return said && (said.system === null || said.system === 'http://terminology.hl7.org/CodeSystem/v3-ActCode')
    ? said.code
    : null;
}

/** An encounter may begin in an emergency department: then the stay begins with the first class that is one. */
function admitted(encounter: Resource): string | null {
  const classes = elements(encounter, 'classHistory').find((each) => {
    const value = element(each, 'class');
    return STAY_CLASSES.has((value && coding(value)?.code) ?? '');
  });
  const during = element(classes ?? encounter, 'period');
  return during && momentFrom(during, 'start');
}

/** The NHS Data Dictionary's codes, in the extensions that FHIR UK Core gives Encounter.hospitalization. */
function ukCore(stay: Element, name: 'AdmissionMethod' | 'DischargeMethod'): Coding | null {
  const said = extension(stay, `https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-${name}`);
  return (said && oneConcept(said, 'valueCodeableConcept')?.codings[0]) ?? null;
}

/** Where the patient was or is, less where they are only expected. */
const places = (encounter: Resource): readonly Element[] =>
  elements(encounter, 'location').filter((each) => !['planned', 'reserved'].includes(text(each, 'status') ?? ''));

function place(encounter: Resource, context: MappingContext): string | null {
  const names = new Set(
    places(encounter).flatMap((each) => {
      const location = element(each, 'location');
      return (location && nameBehind(location, encounter, context)) ?? [];
    }),
  );
  return names.size === 0 ? null : [...names].join('; ');
}

/** The last ward: only places that say that they are one. */
function ward(encounter: Resource, context: MappingContext): string | null {
  const names = places(encounter).flatMap((each) => {
    const location = element(each, 'location');
    const target = location && context.resolve(location, encounter);
    const kinds = [oneConcept(each, 'physicalType'), target && oneConcept(target, 'physicalType')];
    const isWard = kinds.some((kind) => kind?.codings.some(({ code }) => code === 'wa'));
    return (isWard && location && nameBehind(location, encounter, context)) || [];
  });
  return names.at(-1) ?? null;
}

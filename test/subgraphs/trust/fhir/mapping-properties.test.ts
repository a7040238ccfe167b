import { mapAppointment } from '@caregraph/trust/adapters/fhir/appointment.ts';
import { mapCarePlan } from '@caregraph/trust/adapters/fhir/care-plan.ts';
import { mapCareTeam } from '@caregraph/trust/adapters/fhir/care-team.ts';
import { mapDocumentReference } from '@caregraph/trust/adapters/fhir/document-reference.ts';
import { isResource, type Resource } from '@caregraph/trust/adapters/fhir/element.ts';
import { mapMeeting, mapStay } from '@caregraph/trust/adapters/fhir/encounter.ts';
import { mapEpisodeOfCare } from '@caregraph/trust/adapters/fhir/episode-of-care.ts';
import { mapFlag } from '@caregraph/trust/adapters/fhir/flag.ts';
import type { Mapper, MappingContext } from '@caregraph/trust/adapters/fhir/mapping.ts';
import { mapDemographics, mapPatientContacts } from '@caregraph/trust/adapters/fhir/patient.ts';
import { mapRelatedPerson } from '@caregraph/trust/adapters/fhir/related-person.ts';
import { contractSchema, recordChecks } from '@caregraph/trust/contract-schema.ts';
import type { RecordTypes } from '@caregraph/trust/source.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const checks = recordChecks(contractSchema());

interface Mapping {
  readonly name: string;
  readonly from: string;
  readonly to: keyof RecordTypes;
  readonly map: Mapper<RecordTypes[keyof RecordTypes]>;
  /** A resource from which a record is made. */
  readonly good: Readonly<Record<string, unknown>>;
}

const SNOMED = 'http://snomed.info/sct';
const concept = (code: string, system = SNOMED) => ({ coding: [{ system, code, display: `words of ${code}` }] });
const period = { start: '2026-03-01', end: '2026-12-31T10:00:00Z' };
const telecom = [{ system: 'phone', value: '020 7946 0000', use: 'work', rank: 1, period }];
const name = [{ use: 'official', family: 'Quill', given: ['Nora'], prefix: ['Dr'], suffix: ['MSc'] }];
const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const author = { reference: 'PractitionerRole/r1', display: 'Dr Quill' };

const MAPPINGS: readonly Mapping[] = [
  {
    name: 'Patient, who he is',
    from: 'Patient',
    to: 'demographics',
    map: mapDemographics,
    good: {
      name,
      telecom,
      gender: 'male',
      birthDate: '1974-12-25',
      deceasedDateTime: '2026-01-01',
      address: [{ use: 'home', line: ['1 High Street'], city: 'London', postalCode: 'SE5 8AZ', text: 'x', period }],
      communication: [{ preferred: true, language: concept('en') }],
      extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired', valueBoolean: true }],
      generalPractitioner: [{ reference: 'Organization/o1' }],
    },
  },
  {
    name: 'Patient, contacts',
    from: 'Patient',
    to: 'contacts',
    map: mapPatientContacts,
    good: {
      contact: [
        {
          id: 'a',
          name: name[0],
          telecom,
          period,
          relationship: [concept('N', 'http://terminology.hl7.org/CodeSystem/v2-0131')],
        },
      ],
      generalPractitioner: [{ reference: 'Organization/o1' }],
    },
  },
  {
    name: 'RelatedPerson',
    from: 'RelatedPerson',
    to: 'contacts',
    map: mapRelatedPerson,
    good: { active: true, name, telecom, period, relationship: [{ ...concept('FRND'), text: 'friend' }] },
  },
  {
    name: 'CareTeam',
    from: 'CareTeam',
    to: 'contacts',
    map: mapCareTeam,
    good: {
      status: 'active',
      name: 'Home treatment',
      category: [concept('92221000000103')],
      telecom,
      period,
      participant: [{ id: 'a', member: author, period, role: [concept('768820003')] }],
    },
  },
  {
    name: 'CarePlan',
    from: 'CarePlan',
    to: 'crisisPlans',
    map: mapCarePlan,
    good: {
      status: 'active',
      intent: 'plan',
      category: [concept('736253002')],
      title: 'Plan',
      description: 'What to do',
      created: '2026-01-05',
      author,
      contributor: [author],
      note: [{ time: '2026-01-05T10:00:00Z', text: 'Ring first' }],
    },
  },
  {
    name: 'DocumentReference',
    from: 'DocumentReference',
    to: 'crisisPlans',
    map: mapDocumentReference,
    good: {
      status: 'current',
      docStatus: 'final',
      type: concept('736253002'),
      category: [concept('734163000')],
      description: 'Plan',
      date: '2026-01-05T10:00:00Z',
      author: [author],
      content: [
        {
          attachment: {
            contentType: 'text/plain',
            data: 'UmluZyBmaXJzdA==',
            url: 'Binary/b1',
            title: 'x',
            creation: '2026',
          },
          format: { code: 'urn:nhs-ic:unstructured' },
        },
      ],
    },
  },
  {
    name: 'Flag',
    from: 'Flag',
    to: 'alerts',
    map: mapFlag,
    good: {
      status: 'active',
      category: [concept('S1')],
      code: { ...concept('x'), text: 'Beware' },
      period,
      author,
      extension: [
        { url: 'http://hl7.org/fhir/StructureDefinition/flag-priority', valueCodeableConcept: concept('PH') },
      ],
    },
  },
  {
    name: 'Encounter, a meeting',
    from: 'Encounter',
    to: 'careContacts',
    map: mapMeeting,
    good: {
      status: 'finished',
      class: { system: ACT, code: 'AMB' },
      period,
      reasonCode: [concept('x')],
      appointment: [{ reference: 'Appointment/a1' }],
      location: [{ status: 'active', location: { reference: 'Location/w1' } }],
    },
  },
  {
    name: 'Encounter, a stay',
    from: 'Encounter',
    to: 'hospitalSpells',
    map: mapStay,
    good: {
      status: 'finished',
      class: { system: ACT, code: 'IMP' },
      classHistory: [{ class: { system: ACT, code: 'IMP' }, period }],
      period,
      serviceProvider: { reference: 'Organization/o1' },
      location: [{ status: 'active', location: { reference: 'Location/w1' }, physicalType: concept('wa') }],
      hospitalization: {
        extension: [
          {
            url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AdmissionMethod',
            valueCodeableConcept: concept('21'),
          },
        ],
        dischargeDisposition: concept('19'),
      },
    },
  },
  {
    name: 'EpisodeOfCare',
    from: 'EpisodeOfCare',
    to: 'referrals',
    map: mapEpisodeOfCare,
    good: {
      status: 'finished',
      period,
      team: [{ reference: 'CareTeam/t1', display: 'Home treatment' }],
    },
  },
  {
    name: 'Appointment',
    from: 'Appointment',
    to: 'careContacts',
    map: mapAppointment,
    good: {
      status: 'cancelled',
      cancelationReason: concept('pat', 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason'),
      appointmentType: concept('ROUTINE'),
      start: '2026-03-01T10:00:00Z',
      end: '2026-03-01T11:00:00Z',
      created: '2026-02-01',
      reasonCode: [concept('x')],
      description: 'Review',
      participant: [{ actor: { reference: 'Location/w1' } }],
    },
  },
];

/** What a hostile or careless server may put anywhere. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('2026', '2026-02', '2026-02-29', '2026-02-30', '9999-12-31', '0001-01-01', '2026-01-01T25:00:00Z'),
  fc.constantFrom(
    '2026-06-30T23:59:60Z',
    '2026-01-01T00:00:00',
    '0000-01-01',
    '-2026-01-01',
    '2026-01-01T00:00:00.1234567890Z',
  ),
  fc.constantFrom(
    'active',
    'entered-in-error',
    'IMP',
    'AMB',
    '09:00:00',
    '24:00:00',
    'mon',
    '#contained',
    'Patient/../x',
  ),
  fc.constantFrom(0, -1, 1.5, 2 ** 31, 2 ** 53, Number.MIN_VALUE),
  fc.constantFrom({ __proto__: null }, { coding: [{}] }, { coding: [null] }, [[]], [null], [{}]),
  fc.constant(undefined),
);

/** Every place of a JSON value, as the path to it. */
function* placesOf(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* placesOf(inner, [...path, key]);
}

function put(value: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((inner, place) => (String(place) === key ? put(inner, rest, replacement) : inner));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === key ? put(inner, rest, replacement) : inner]),
  );
}

const REFERENCED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'Organization/o1': { resourceType: 'Organization', id: 'o1', name: 'The Maudsley', telecom },
  'CareTeam/t1': {
    resourceType: 'CareTeam',
    id: 't1',
    name: 'Home Treatment, Brixton',
    category: [concept('92221000000103')],
  },
  'Location/w1': { resourceType: 'Location', id: 'w1', name: 'Aubrey Ward', physicalType: concept('wa') },
  'PractitionerRole/r1': {
    resourceType: 'PractitionerRole',
    id: 'r1',
    active: true,
    period,
    code: [concept('nurse')],
    telecom,
    practitioner: { reference: 'Practitioner/q1' },
    organization: { reference: 'Organization/o1' },
    availableTime: [{ daysOfWeek: ['mon'], availableStartTime: '09:00:00', availableEndTime: '17:00:00' }],
    notAvailable: [{ description: 'On leave', during: { start: '2026-08-01', end: '2026-08-14' } }],
  },
  'Practitioner/q1': { resourceType: 'Practitioner', id: 'q1', name },
};

function resolving(referenced: unknown): MappingContext['resolve'] {
  return ({ reference }) => {
    if (typeof referenced !== 'object' || referenced === null) return null;
    const found = Object.entries(referenced).find(([key]) => key === reference)?.[1];
    return isResource(found) ? found : null;
  };
}

const contextWith = (referenced: unknown): MappingContext => ({
  nhsNumber: '9434765919',
  now: new Date('2026-06-01T12:00:00Z'),
  publicBaseUrl: 'https://fhir.trust.example/R4',
  alertCategories: new Map([[`${SNOMED}|S1`, 'RISK_TO_SELF']]),
  resolve: resolving(referenced),
});

function resourceOf(mapping: Mapping, fields: unknown): Resource {
  const whole: unknown = {
    meta: { lastUpdated: '2026-05-01T09:00:00Z' },
    ...(typeof fields === 'object' ? fields : {}),
    resourceType: mapping.from,
    id: 'x1',
  };
  if (!isResource(whole)) throw new Error('The test made no resource.');
  return whole;
}

for (const mapping of MAPPINGS) {
  const { name: title, to, map, good } = mapping;
  const places = [...placesOf({ meta: { lastUpdated: '2026-05-01T09:00:00Z' }, ...good })];
  const placesBehind = [...placesOf(REFERENCED)];

  test(`${title}: the resource that the others are made from is mapped`, () => {
    const mapped = map(resourceOf(mapping, good), contextWith(REFERENCED));
    expect(mapped.length).toBeGreaterThan(0);
    for (const each of mapped) expect('record' in each && checks.get(to)?.(each.record)).toBeNull();
  });

  test(`${title}: whatever stands anywhere, the mapping never throws, and gives only what the contract allows`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...places), anything), { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.constantFrom(...placesBehind), anything), { maxLength: 2 }),
        (changes, changesBehind) => {
          const start: unknown = { meta: { lastUpdated: '2026-05-01T09:00:00Z' }, ...good };
          const fields = changes.reduce((value, [place, replacement]) => put(value, place, replacement), start);
          const referenced = changesBehind.reduce<unknown>((value, [place, to]) => put(value, place, to), REFERENCED);
          for (const each of map(resourceOf(mapping, fields), contextWith(referenced))) {
            if ('record' in each) expect(checks.get(to)?.(each.record)).toBeNull();
            else expect(each.unmapped).toMatch(/^[\w ,]+$/);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
}

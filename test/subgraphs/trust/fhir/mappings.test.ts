import { mapAppointment } from '@caregraph/trust/adapters/fhir/appointment.ts';
import { mapCarePlan } from '@caregraph/trust/adapters/fhir/care-plan.ts';
import { mapCareTeam } from '@caregraph/trust/adapters/fhir/care-team.ts';
import { mapDocumentReference } from '@caregraph/trust/adapters/fhir/document-reference.ts';
import { isResource, type Resource } from '@caregraph/trust/adapters/fhir/element.ts';
import { mapMeeting, mapStay } from '@caregraph/trust/adapters/fhir/encounter.ts';
import { mapEpisodeOfCare } from '@caregraph/trust/adapters/fhir/episode-of-care.ts';
import { mapFlag } from '@caregraph/trust/adapters/fhir/flag.ts';
import type { Mapped, Mapper, MappingContext } from '@caregraph/trust/adapters/fhir/mapping.ts';
import { mapDemographics, mapPatientContacts, nhsNumberOf } from '@caregraph/trust/adapters/fhir/patient.ts';
import { mapRelatedPerson } from '@caregraph/trust/adapters/fhir/related-person.ts';
import { describe, expect, test } from 'vitest';
import { crisisPlan, flag, NHS_NUMBER_SYSTEM, patient } from './scripted-server.ts';

const LONG_AGO = { lastUpdated: '2026-05-01T09:00:00Z' };
const HE = '9434765919';

/** Resources that a reference leads to, by `Type/id`. */
function context(referenced: Readonly<Record<string, object>> = {}): MappingContext {
  return {
    nhsNumber: HE,
    now: new Date('2026-06-01T12:00:00Z'),
    publicBaseUrl: 'https://fhir.trust.example/R4',
    alertCategories: new Map([['http://trust.example/flags|S1', 'RISK_TO_SELF']]),
    resolve: ({ reference }) => {
      const target = referenced[String(reference)];
      return target && isResource(target) ? target : null;
    },
  };
}

function resource(resourceType: string, fields: object): Resource {
  const made: unknown = { resourceType, id: 'x1', meta: LONG_AGO, ...fields };
  if (!isResource(made)) throw new Error('The test made no resource.');
  return made;
}

function from(made: object): Resource {
  if (!isResource(made)) throw new Error('The test made no resource.');
  return made;
}

/** The only record of a resource. */
function only<R>(mapper: Mapper<R>, of: Resource, within = context()): R {
  const mapped = mapper(of, within);
  const [first] = mapped;
  if (mapped.length !== 1 || !first || !('record' in first)) throw new Error(JSON.stringify(mapped));
  return first.record;
}

const reasons = <R>(mapped: readonly Mapped<R>[]): readonly string[] =>
  mapped.map((each) => ('unmapped' in each ? each.unmapped : 'a record'));

const why = <R>(mapper: Mapper<R>, of: Resource): readonly string[] => reasons(mapper(of, context()));

describe('dates', () => {
  const alert = (period: object) => only(mapFlag, resource('Flag', { status: 'active', code: { text: 'x' }, period }));

  test('a day begins and ends by UK clocks, in summer too', () => {
    expect(alert({ start: '2026-01-05', end: '2026-01-05' })).toMatchObject({
      start: '2026-01-05T00:00:00+00:00',
      end: '2026-01-05T23:59:59+00:00',
    });
    expect(alert({ start: '2026-07-05', end: '2026-07-05' })).toMatchObject({
      start: '2026-07-05T00:00:00+01:00',
      end: '2026-07-05T23:59:59+01:00',
    });
    // The day on which the clocks go back.
    expect(alert({ start: '2026-10-25', end: '2026-10-25' })).toMatchObject({
      start: '2026-10-25T00:00:00+01:00',
      end: '2026-10-25T23:59:59+00:00',
    });
  });

  test('a month or a year is no start, but its last second is an end', () => {
    expect(alert({ start: '2026-02', end: '2026-02' })).toMatchObject({
      start: null,
      end: '2026-02-28T23:59:59+00:00',
    });
    expect(alert({ start: '2024', end: '2024' })).toMatchObject({ start: null, end: '2024-12-31T23:59:59+00:00' });
    expect(alert({ end: '9999-12-31' }).end).toBe('9999-12-31T23:59:59+00:00');
  });

  test('a moment stays as it was written', () => {
    expect(alert({ start: '2026-01-05T10:00:00.5+10:00' }).start).toBe('2026-01-05T10:00:00.5+10:00');
  });

  test.each(['2026-02-30', 'yesterday', '2026-01-05T10:00:00', '2026-01-05T10:00Z', '20260105'])(
    '%s is none, and the record is left out',
    (start) => {
      expect(why(mapFlag, resource('Flag', { status: 'active', code: { text: 'x' }, period: { start } }))).toEqual([
        'malformed start',
      ]);
    },
  );

  test('without the date of the server, the date of the author is when a record last changed', () => {
    expect(only(mapCarePlan, from(crisisPlan('p1', 'c1', { meta: {}, created: '2026-03-01' }))).lastUpdated).toBe(
      '2026-03-01T00:00:00+00:00',
    );
    expect(why(mapCarePlan, from(crisisPlan('p1', 'c1', { meta: {} })))).toEqual(['no date of change']);
    expect(why(mapFlag, from(flag('p1', 'f1', { meta: undefined })))).toEqual(['no date of change']);
  });
});

describe('Patient', () => {
  const demographics = (fields: object) => only(mapDemographics, from(patient(HE, 'p1', fields)));

  test('is of the one person whose NHS number it has', () => {
    const numbers = (...identifier: object[]) => nhsNumberOf(resource('Patient', { identifier }), NHS_NUMBER_SYSTEM);
    const number = (value: string, more = {}) => ({ system: NHS_NUMBER_SYSTEM, value, ...more });
    expect(numbers(number(HE), number('943 476 5919'), { system: 'urn:mrn', value: '1' })).toBe(HE);
    expect(numbers(number(HE), number('9876543210', { use: 'old' }))).toBe(HE);
    expect(numbers(number(HE), number('9876543210'))).toEqual({ unmapped: 'more than one NHS number' });
    expect(numbers(number('9434765918'))).toEqual({ unmapped: 'an NHS number that is none' });
    expect(numbers({ system: 'urn:mrn', value: HE })).toEqual({ unmapped: 'no NHS number' });
  });

  test('goes by the name of every day, but not by a bare nickname', () => {
    const names = [
      { use: 'maiden', family: 'Smith', given: ['Ann'] },
      { use: 'official', family: 'Jones', given: ['Ann', 'Mary'], prefix: ['Dr'] },
      { use: 'usual', given: ['Annie'] },
    ];
    expect(demographics({ name: names }).name?.text).toBe('Dr Ann Mary Jones');
    expect(demographics({ name: [...names, { use: 'usual', text: 'Annie Jones' }] }).name?.text).toBe('Annie Jones');
    expect(demographics({ name: [{ use: 'old', family: 'Smith' }] }).name).toBeNull();
    expect(demographics({ name: [{ family: 'Was', period: { end: '2020' } }, { family: 'Is' }] }).name?.text).toBe(
      'Is',
    );
  });

  test.each([
    [{}, null, null],
    [{ deceasedBoolean: false }, false, null],
    [{ deceasedBoolean: true }, true, null],
    [{ deceasedDateTime: '2026-01-05' }, true, '2026-01-05'],
    [{ deceasedDateTime: '2026-01-05T23:30:00-01:00' }, true, '2026-01-06'],
    [{ deceasedDateTime: '2025' }, true, null],
    [{ deceasedDateTime: '2025-11' }, true, null],
    [{ deceasedBoolean: false, deceasedDateTime: '2025' }, true, null],
  ])('%j: deceased %s, on the day %s', (fields, deceased, deceasedDate) => {
    expect(demographics(fields)).toMatchObject({ deceased, deceasedDate });
  });

  test('whose death is said in no form of FHIR is left out and counted, rather than shown as alive', () => {
    for (const fields of [{ deceasedBoolean: 'yes' }, { deceasedDateTime: true }]) {
      expect(why(mapDemographics, from(patient(HE, 'p1', fields)))).toEqual([`malformed ${Object.keys(fields)[0]}`]);
    }
  });

  test('a date of birth that is only a year is not made up to a day', () => {
    expect(demographics({ birthDate: '1974' }).birthDate).toBeNull();
    expect(demographics({ birthDate: '1974-12-25' }).birthDate).toBe('1974-12-25');
  });

  test('numbers no longer in use come last, whatever their rank', () => {
    const telecom = [
      { system: 'phone', value: 'was', use: 'old', rank: 1 },
      { system: 'phone', value: 'ended', period: { end: '2020-01-01' } },
      { system: 'phone', value: 'second', rank: 2 },
      { system: 'phone', value: 'first', rank: 1 },
      { value: 'by what means?' },
      { system: 'phone', use: 'home' },
    ];
    expect(demographics({ telecom }).telecoms.map(({ value, use, system }) => [value, use, system])).toEqual([
      ['first', null, 'PHONE'],
      ['second', null, 'PHONE'],
      ['by what means?', null, 'OTHER'],
      ['was', 'OLD', 'PHONE'],
      ['ended', 'OLD', 'PHONE'],
    ]);
  });

  test('has contacts: next of kin, carers, others, the practice; no office, nobody of the past', () => {
    const relationship = (system: string, code: string) => [
      { coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }] },
    ];
    const practice = {
      resourceType: 'Organization',
      id: 'o1',
      name: 'High Street Surgery',
      telecom: [{ system: 'phone', value: '1' }],
    };
    const mapped = mapPatientContacts(
      from(
        patient(HE, 'p1', {
          contact: [
            { name: { text: 'A' }, relationship: relationship('v2-0131', 'N') },
            { name: { text: 'B' }, relationship: relationship('v3-RoleClass', 'CAREGIVER') },
            { id: 'friend', name: { text: 'C' }, relationship: relationship('v3-RoleCode', 'FRND') },
            { name: { text: 'The employer' }, relationship: relationship('v2-0131', 'E') },
            { name: { text: 'D' }, period: { end: '2020-01-01' } },
            { name: { text: 'E' }, telecom: 'none' },
            {},
          ],
          generalPractitioner: [{ reference: 'Organization/o1' }],
        }),
      ),
      context({ 'Organization/o1': practice }),
    );
    expect(
      mapped.map((each) =>
        'record' in each ? [each.record.id, each.record.kind, each.record.name, each.record.role] : each.unmapped,
      ),
    ).toEqual([
      ['Patient/p1#contact-1', 'NEXT_OF_KIN', 'A', null],
      ['Patient/p1#contact-2', 'CARER', 'B', null],
      ['Patient/p1#contact:friend', 'OTHER_PERSON', 'C', 'friend'],
      'a contact that is an office',
      'malformed telecom',
      'no name',
      ['Patient/p1#generalPractitioner-1', 'GENERAL_PRACTICE', 'High Street Surgery', null],
    ]);
  });
});

describe('RelatedPerson', () => {
  test('is a contact while active, and only with a name', () => {
    const person = (fields: object) => resource('RelatedPerson', { name: [{ text: 'Ruth' }], ...fields });
    expect(only(mapRelatedPerson, person({}))).toMatchObject({ kind: 'OTHER_PERSON', priority: 10, name: 'Ruth' });
    expect(why(mapRelatedPerson, person({ active: false }))).toEqual([]);
    expect(why(mapRelatedPerson, person({ period: { end: '2026-05' } }))).toEqual([]);
    expect(why(mapRelatedPerson, person({ name: [] }))).toEqual(['no name']);
  });
});

describe('CareTeam', () => {
  const team = (fields: object) =>
    resource('CareTeam', {
      status: 'active',
      name: 'Lambeth Home Treatment',
      category: [{ coding: [{ system: 'http://snomed.info/sct', code: '92221000000103', display: 'Home treatment' }] }],
      telecom: [{ system: 'phone', value: '1', use: 'work' }],
      ...fields,
    });

  test('is the team to ring, of the kind its code says', () => {
    expect(only(mapCareTeam, team({}))).toMatchObject({
      id: 'CareTeam/x1',
      kind: 'CRISIS_TEAM',
      priority: 1,
      name: 'Lambeth Home Treatment',
      team: { type: { code: '92221000000103' } },
    });
    expect(only(mapCareTeam, team({ category: [] }))).toMatchObject({ kind: 'PROFESSIONAL', team: { type: null } });
  });

  test.each([
    { status: 'proposed' },
    { status: 'inactive' },
    { status: 'entered-in-error' },
    { period: { end: '2026-05-31' } },
  ])('that does not look after the patient now is nobody to ring: %j', (fields) =>
    expect(why(mapCareTeam, team(fields))).toEqual([]),
  );

  const role = (fields: object) => ({
    resourceType: 'PractitionerRole',
    id: 'r1',
    practitioner: { reference: 'Practitioner/q1' },
    code: [{ text: 'Community psychiatric nurse' }],
    telecom: [{ system: 'phone', value: '2', use: 'work' }],
    availableTime: [
      { daysOfWeek: ['mon', 'fri'], availableStartTime: '09:00:00', availableEndTime: '17:00:00' },
      { daysOfWeek: ['sat'], allDay: true },
    ],
    notAvailable: [{ description: 'On leave', during: { start: '2026-08-01', end: '2026-08-14' } }],
    ...fields,
  });
  const member = (fields: object) => {
    const participant = [
      {
        member: { reference: 'PractitionerRole/r1' },
        role: [{ coding: [{ system: 'http://snomed.info/sct', code: '768820003', display: 'Care coordinator' }] }],
      },
      { member: { reference: 'RelatedPerson/n1', display: 'The mother' } },
      { member: { reference: 'Patient/p1' } },
    ];
    return mapCareTeam(
      team({ participant }),
      context({
        'PractitionerRole/r1': role(fields),
        'Practitioner/q1': { resourceType: 'Practitioner', id: 'q1', name: [{ text: 'Nora Quill' }] },
      }),
    ).slice(1);
  };

  test('names its professionals with number, hours and gaps, and nobody else', () => {
    expect(member({})).toEqual([
      {
        record: expect.objectContaining({
          id: 'CareTeam/x1#participant-1',
          kind: 'CARE_COORDINATOR',
          name: 'Nora Quill',
          role: 'Care coordinator; Community psychiatric nurse',
          hours: [
            { days: ['MONDAY', 'FRIDAY'], allDay: false, opens: '09:00', closes: '17:00' },
            { days: ['SATURDAY'], allDay: true, opens: null, closes: null },
          ],
          gaps: [{ description: 'On leave', start: '2026-08-01', end: '2026-08-14' }],
        }),
      },
    ]);
  });

  test.each([
    { availableTime: [{ daysOfWeek: ['mon'], allDay: true }, { availableStartTime: '09:00:00' }] },
    { availableTime: [{ daysOfWeek: ['someday'], allDay: true }] },
    { notAvailable: [{ description: 'On leave', during: { start: '2026-08' } }] },
  ])('says nothing of hours that it understands only in part: %j', (fields) => {
    const [only] = member(fields);
    expect(only).toMatchObject({ record: { hours: [], gaps: [] } });
  });

  test('leaves out who has left', () => {
    expect(member({ active: false })).toEqual([]);
    expect(member({ period: { end: '2026-01-01' } })).toEqual([]);
  });
});

describe('CarePlan', () => {
  test('is a crisis plan by its category, with its words as documents', () => {
    const plan = from(
      crisisPlan('p1', 'c1', {
        description: 'What to do',
        created: '2026-01-05',
        author: { reference: 'Practitioner/q1', display: 'Dr Quill' },
        note: [{ text: 'Ring the crisis team first.', time: '2026-01-06T10:00:00Z' }],
      }),
    );
    expect(only(mapCarePlan, plan)).toMatchObject({
      id: 'CarePlan/c1',
      status: 'ACTIVE',
      type: { code: '736253002', display: 'Mental health crisis plan' },
      patientAgreement: 'NOT_RECORDED',
      earlyWarningSigns: null,
      created: '2026-01-05T00:00:00+00:00',
      author: { name: 'Dr Quill', jobTitle: null, organisation: null },
      documents: [
        { title: 'Description', contentType: 'text/plain', text: 'What to do' },
        { title: 'Note', text: 'Ring the crisis team first.', created: '2026-01-06T10:00:00Z' },
      ],
    });
  });

  test.each([
    [['735324008', '325691000000100', '736253002'], '736253002'],
    [['325691000000100', '735324008'], '325691000000100'],
    [['734163000', '736366004'], '736366004'],
  ])('typed %j is one of type %s: a mental health crisis plan first', (codes, type) => {
    const category = codes.map((code) => ({ coding: [{ system: 'http://snomed.info/sct', code }] }));
    expect(only(mapCarePlan, from(crisisPlan('p1', 'c1', { category }))).type.code).toBe(type);
  });

  test('of another category is none, and not counted', () => {
    const coding = { system: 'http://snomed.info/sct', code: '735985000', display: 'Diabetes care plan' };
    expect(why(mapCarePlan, from(crisisPlan('p1', 'c1', { category: [{ coding: [coding] }] })))).toEqual([]);
    expect(why(mapCarePlan, from(crisisPlan('p1', 'c1', { category: [{ coding: [{ code: '736253002' }] }] })))).toEqual(
      [],
    );
  });

  test.each([
    ['draft', 'DRAFT'],
    ['on-hold', 'ON_HOLD'],
    ['revoked', 'REVOKED'],
    ['completed', 'COMPLETED'],
    ['entered-in-error', 'ENTERED_IN_ERROR'],
    ['unknown', 'UNKNOWN'],
  ])('%s is %s', (status, expected) => {
    expect(only(mapCarePlan, from(crisisPlan('p1', 'c1', { status }))).status).toBe(expected);
  });

  test('that is only proposed, or has no status, is left out and counted', () => {
    expect(why(mapCarePlan, from(crisisPlan('p1', 'c1', { intent: 'proposal' })))).toEqual(['a proposal, not a plan']);
    expect(why(mapCarePlan, from(crisisPlan('p1', 'c1', { status: 'finished' })))).toEqual(['no status']);
  });
});

describe('DocumentReference', () => {
  const reference = (fields: object) =>
    resource('DocumentReference', {
      status: 'current',
      type: { coding: [{ system: 'http://snomed.info/sct', code: '736253002' }] },
      content: [{ attachment: { contentType: 'application/pdf', url: 'Binary/b1', title: 'Plan' } }],
      ...fields,
    });
  const document = (attachment: object) =>
    only(mapDocumentReference, reference({ content: [{ attachment }] })).documents[0];

  test('is a crisis plan that is read in its document', () => {
    expect(only(mapDocumentReference, reference({}))).toMatchObject({
      status: 'ACTIVE',
      title: 'Plan',
      documents: [{ contentType: 'application/pdf', url: 'https://fhir.trust.example/R4/Binary/b1', text: null }],
    });
  });

  test.each([
    [{ status: 'superseded' }, 'COMPLETED'],
    [{ status: 'entered-in-error' }, 'ENTERED_IN_ERROR'],
    [{ docStatus: 'preliminary' }, 'DRAFT'],
    [{ docStatus: 'entered-in-error' }, 'ENTERED_IN_ERROR'],
    [{ docStatus: 'final' }, 'ACTIVE'],
    [{ status: 'superseded', docStatus: 'preliminary' }, 'COMPLETED'],
  ])('%j is %s', (fields, status) => expect(only(mapDocumentReference, reference(fields)).status).toBe(status));

  test('gives plain text as text, and nothing else', () => {
    const data = Buffer.from('Ring first').toString('base64');
    expect(document({ contentType: 'text/plain; charset=utf-8', data })?.text).toBe('Ring first');
    expect(document({ contentType: 'text/html', data })?.text).toBeNull();
    expect(document({ contentType: 'application/pdf', data })?.text).toBeNull();
  });

  test.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://u:p@host.example/b',
    `https://host.example/${HE}`,
    'https://host.example/943%20476%205919',
  ])('gives no address such as %s', (url) => expect(document({ contentType: 'application/pdf', url })?.url).toBeNull());

  test('without any document that can be read is left out and counted', () => {
    expect(why(mapDocumentReference, reference({ content: [{ attachment: { url: 'Binary/b1' } }] }))).toEqual([
      'no document in it',
    ]);
  });
});

describe('Flag', () => {
  test('is an alert of the category that the trust says its own means', () => {
    const category = (system: string, code: string) => [{ coding: [{ system, code }] }];
    const of = (fields: object) => only(mapFlag, from(flag('p1', 'f1', fields)));
    expect(of({ category: category('http://trust.example/flags', 'S1') }).category).toBe('RISK_TO_SELF');
    expect(of({ category: category('http://else.example/flags', 'S1') }).category).toBe('OTHER');
    expect(of({}).category).toBe('OTHER');
  });

  test('takes its priority from the extension of HL7', () => {
    const extension = (code: string) => [
      { url: 'http://hl7.org/fhir/StructureDefinition/flag-priority', valueCodeableConcept: { coding: [{ code }] } },
    ];
    expect(only(mapFlag, from(flag('p1', 'f1', { extension: extension('PH') }))).priority).toBe('HIGH');
    expect(only(mapFlag, from(flag('p1', 'f1', { extension: extension('PN') }))).priority).toBeNull();
  });

  test('without words or status is left out and counted', () => {
    expect(why(mapFlag, from(flag('p1', 'f1', { code: { coding: [{ code: 'x' }] } })))).toEqual(['no words']);
    expect(why(mapFlag, from(flag('p1', 'f1', { status: 'on' })))).toEqual(['no status']);
  });
});

describe('Encounter', () => {
  const encounter = (code: string, fields: object = {}) =>
    resource('Encounter', {
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code },
      period: { start: '2026-03-01T10:00:00Z', end: '2026-03-01T11:00:00Z' },
      ...fields,
    });

  test.each(['AMB', 'EMER', 'FLD', 'HH', 'VR'])(
    'of class %s is a care contact, of which FHIR cannot say more than that the patient was seen',
    (code) => {
      expect(only(mapMeeting, encounter(code))).toMatchObject({
        attendStatus: 'ATTENDED',
        outcome: null,
        planned: null,
      });
      expect(why(mapStay, encounter(code))).toEqual([]);
    },
  );

  test.each(['planned', 'arrived', 'triaged', 'in-progress', 'cancelled', 'unknown'])(
    '%s does not say that the patient was seen',
    (status) => expect(only(mapMeeting, encounter('AMB', { status })).attendStatus).toBeNull(),
  );

  test.each(['IMP', 'ACUTE', 'NONAC'])('of class %s is a hospital spell', (code) => {
    expect(only(mapStay, encounter(code))).toMatchObject({
      start: '2026-03-01T10:00:00Z',
      end: '2026-03-01T11:00:00Z',
    });
    expect(why(mapMeeting, encounter(code))).toEqual([]);
  });

  test('of any other class is counted once', () => {
    for (const code of ['OBSENC', 'PRENC', 'SS', 'local']) {
      expect(why(mapMeeting, encounter(code))).toEqual(['neither a meeting nor a stay']);
      expect(why(mapStay, encounter(code))).toEqual([]);
    }
  });

  test('entered in error never was; a stay only planned or cancelled is none', () => {
    expect(why(mapMeeting, encounter('AMB', { status: 'entered-in-error' }))).toEqual([]);
    for (const status of ['entered-in-error', 'planned', 'cancelled']) {
      expect(why(mapStay, encounter('IMP', { status }))).toEqual([]);
    }
    expect(only(mapMeeting, encounter('AMB', { status: 'cancelled' })).outcome).toBe('Cancelled');
  });

  test('without a start, or over without an end, is left out and counted', () => {
    expect(why(mapMeeting, encounter('AMB', { period: { start: '2026' } }))).toEqual(['no start']);
    expect(why(mapStay, encounter('IMP', { period: undefined }))).toEqual(['no start']);
    expect(why(mapStay, encounter('IMP', { period: { start: '2026-03-01' } }))).toEqual([
      'ended, and nobody knows when',
    ]);
    expect(only(mapStay, encounter('IMP', { status: 'in-progress', period: { start: '2026-03-01' } })).end).toBeNull();
  });

  test('begins as a stay when the patient was admitted, not when they came to the emergency department', () => {
    const during = (code: string, start: string) => ({ class: { code }, period: { start } });
    const classHistory = [during('EMER', '2026-03-01T08:00:00Z'), during('IMP', '2026-03-01T12:00:00Z')];
    expect(only(mapStay, encounter('IMP', { classHistory })).start).toBe('2026-03-01T12:00:00Z');
  });

  test('gives hospital, ward and the codes of UK Core', () => {
    const coding = (code: string) => ({ coding: [{ system: 'https://fhir.hl7.org.uk/CodeSystem/x', code }] });
    const stay = encounter('IMP', {
      serviceProvider: { display: 'Maudsley Hospital' },
      location: [
        { location: { display: 'Emergency department' } },
        { location: { reference: 'Location/w1' } },
        { location: { display: 'Next ward' }, status: 'planned', physicalType: { coding: [{ code: 'wa' }] } },
      ],
      hospitalization: {
        extension: [
          {
            url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AdmissionMethod',
            valueCodeableConcept: coding('21'),
          },
          {
            url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DischargeMethod',
            valueCodeableConcept: coding('1'),
          },
        ],
        dischargeDisposition: coding('19'),
      },
    });
    const ward = {
      resourceType: 'Location',
      id: 'w1',
      name: 'Aubrey Ward',
      physicalType: { coding: [{ code: 'wa' }] },
    };
    expect(only(mapStay, stay, context({ 'Location/w1': ward }))).toMatchObject({
      hospital: 'Maudsley Hospital',
      ward: 'Aubrey Ward',
      admissionMethod: { code: '21' },
      dischargeMethod: { code: '1' },
      dischargeDestination: { code: '19' },
    });
  });
});

describe('EpisodeOfCare', () => {
  const episode = (fields: object = {}) =>
    resource('EpisodeOfCare', {
      status: 'finished',
      period: { start: '2026-03-01T10:00:00Z', end: '2026-04-01T11:00:00Z' },
      ...fields,
    });

  test('is a referral, and says neither why it was closed nor where the patient was referred on to', () => {
    expect(only(mapEpisodeOfCare, episode())).toEqual({
      id: 'EpisodeOfCare/x1',
      lastUpdated: '2026-05-01T09:00:00Z',
      start: '2026-03-01T10:00:00Z',
      end: '2026-04-01T11:00:00Z',
      team: null,
      closeReason: null,
      onwardReferrals: [],
    });
  });

  test.each(['waitlist', 'active', 'onhold'])('%s is open, also when an end is only meant', (status) => {
    const start = '2026-03-01';
    expect(only(mapEpisodeOfCare, episode({ status, period: { start } })).end).toBeNull();
    expect(only(mapEpisodeOfCare, episode({ status, period: { start, end: '2026-12-31' } })).end).toBeNull();
    expect(only(mapEpisodeOfCare, episode({ status, period: { start, end: '2026-05-31' } })).end).toBe(
      '2026-05-31T23:59:59+01:00',
    );
  });

  test('cancelled was closed when it was cancelled', () => {
    expect(only(mapEpisodeOfCare, episode({ status: 'cancelled' })).end).toBe('2026-04-01T11:00:00Z');
  });

  test('entered in error never was; one only planned has not been received', () => {
    for (const status of ['entered-in-error', 'planned'])
      expect(why(mapEpisodeOfCare, episode({ status }))).toEqual([]);
  });

  test('without a state or a start, or over without an end, is left out and counted', () => {
    expect(why(mapEpisodeOfCare, episode({ status: 'ongoing' }))).toEqual(['no status']);
    expect(why(mapEpisodeOfCare, episode({ status: undefined }))).toEqual(['no status']);
    expect(why(mapEpisodeOfCare, episode({ period: { start: '2026-03' } }))).toEqual(['no start']);
    expect(why(mapEpisodeOfCare, episode({ period: undefined }))).toEqual(['no start']);
    for (const status of ['finished', 'cancelled']) {
      expect(why(mapEpisodeOfCare, episode({ status, period: { start: '2026-03-01' } }))).toEqual([
        'ended, and nobody knows when',
      ]);
    }
    expect(why(mapEpisodeOfCare, episode({ meta: undefined }))).toEqual(['no date of change']);
  });

  test('names its team and the kind of it by the CareTeam, else as the reference calls it', () => {
    const careTeam = {
      resourceType: 'CareTeam',
      id: 't1',
      status: 'inactive',
      name: 'Home Treatment, Brixton',
      category: [{ coding: [{ system: 'http://snomed.info/sct', code: '92221000000103' }] }],
    };
    const teamOf = (team: readonly object[]) =>
      only(mapEpisodeOfCare, episode({ team }), context({ 'CareTeam/t1': careTeam })).team;
    expect(teamOf([{ reference: 'CareTeam/t1', display: 'Team one' }])).toEqual({
      name: 'Home Treatment, Brixton',
      type: { system: 'http://snomed.info/sct', code: '92221000000103', display: null },
    });
    expect(teamOf([{ reference: 'CareTeam/elsewhere', display: 'Team two' }])).toEqual({
      name: 'Team two',
      type: null,
    });
    expect(teamOf([{ reference: 'CareTeam/elsewhere' }, { display: 'Team three' }])?.name).toBe('Team three');
    expect(teamOf([{ reference: 'CareTeam/elsewhere' }])).toBeNull();
  });

  test('takes no kind of care, and no person who manages it, for a team', () => {
    const type = [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/episodeofcare-type', code: 'hacc' }] }];
    expect(only(mapEpisodeOfCare, episode({ type, careManager: { display: 'Nora Quill' } })).team).toBeNull();
  });
});

describe('Appointment', () => {
  const appointment = (fields: object) =>
    resource('Appointment', { status: 'booked', start: '2026-03-01T10:00:00Z', ...fields });
  const cancelled = (code: string) => ({
    status: 'cancelled',
    cancelationReason: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason', code }],
    },
  });

  test.each([
    [{ status: 'noshow' }, 'DID_NOT_ATTEND', null],
    [cancelled('pat'), 'CANCELLED_BY_PATIENT', 'Cancelled'],
    [cancelled('pat-fb'), 'CANCELLED_BY_PATIENT', 'Cancelled'],
    [cancelled('prov-pers'), 'CANCELLED_BY_PROVIDER', 'Cancelled'],
    [cancelled('other'), null, 'Cancelled'],
    [cancelled('patx'), null, 'Cancelled'],
    [{ status: 'cancelled' }, null, 'Cancelled'],
    [{ status: 'fulfilled' }, 'ATTENDED', null],
    [{ status: 'arrived' }, null, null],
    [{ status: 'checked-in' }, null, null],
    [{ status: 'booked' }, null, null],
  ])('%j: attendance %s, outcome %s', (fields, attendStatus, outcome) => {
    expect(only(mapAppointment, appointment(fields))).toMatchObject({ attendStatus, outcome });
  });

  test.each(['proposed', 'waitlist', 'entered-in-error'])('%s is no meeting', (status) => {
    expect(why(mapAppointment, appointment({ status }))).toEqual([]);
  });

  test('without a start is left out and counted', () => {
    expect(why(mapAppointment, appointment({ start: undefined }))).toEqual(['no start']);
    expect(why(mapAppointment, appointment({ status: 'perhaps' }))).toEqual(['no status']);
  });
});

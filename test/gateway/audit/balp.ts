import { isDeepStrictEqual } from 'node:util';
import { loadDataType } from '@medplum/core';
import type { AuditEvent, ElementDefinition, StructureDefinition } from '@medplum/fhirtypes';

/*
 * IHE's Basic Audit Log Patterns, profile PatientQuery (with what it takes from Query), as far as it constrains AuditEvent:
 * https://profiles.ihe.net/ITI/BALP/StructureDefinition-IHE.BasicAudit.PatientQuery.html. The constraints are set down here
 * element by element, onto FHIR's own definition of AuditEvent, and Medplum's validator reads them; but not what stands
 * within a slice, which it counts and looks no further into. That is for `sliceFaults`.
 */

export const PATIENT_QUERY = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientQuery';

const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
const ENTITY = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';

interface Slice {
  readonly name: string;
  /** How many there must be; there may be one. */
  readonly min: number;
  readonly type: { readonly system: string; readonly code: string };
  readonly present: readonly string[];
  readonly absent: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
}

const SLICES: Readonly<Record<'agent' | 'entity', readonly Slice[]>> = {
  agent: [
    {
      name: 'client',
      min: 1,
      type: { system: DICOM, code: '110153' },
      present: ['who', 'network'],
      absent: ['media'],
      values: {},
    },
    {
      name: 'server',
      min: 1,
      type: { system: DICOM, code: '110152' },
      present: ['who', 'network'],
      absent: ['media'],
      values: {},
    },
    {
      name: 'user',
      min: 0,
      type: { system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' },
      present: ['who'],
      absent: ['media', 'network'],
      values: { requestor: true },
    },
  ],
  entity: [
    {
      name: 'transaction',
      min: 0,
      type: { system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType', code: 'XrequestId' },
      present: ['what'],
      absent: [],
      values: {},
    },
    {
      name: 'query',
      min: 1,
      type: { system: ENTITY, code: '2' },
      present: ['query'],
      absent: ['what', 'lifecycle', 'detail'],
      values: { role: { system: ROLE, code: '24' } },
    },
    {
      name: 'patient',
      min: 1,
      type: { system: ENTITY, code: '1' },
      present: ['what'],
      absent: [],
      values: { role: { system: ROLE, code: '1' } },
    },
  ],
};

/** The profile, as a StructureDefinition made of FHIR's own of AuditEvent; Medplum's validator knows it from now on. */
export function loadPatientQuery(auditEvent: StructureDefinition): StructureDefinition {
  const own = auditEvent.snapshot?.element ?? [];
  const element = (['agent', 'entity'] as const).reduce(withSlices, own.map(constrained));
  const profile: StructureDefinition = {
    ...auditEvent,
    url: PATIENT_QUERY,
    name: 'PatientQuery',
    derivation: 'constraint',
    baseDefinition: auditEvent.url,
    snapshot: { element },
  };
  loadDataType(profile);
  return profile;
}

const TYPE = { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' };
const SLICING = { discriminator: [{ type: 'pattern' as const, path: 'type' }], rules: 'open' as const };

function constrained(element: ElementDefinition): ElementDefinition {
  switch (element.path) {
    case 'AuditEvent.type':
      return { ...element, patternCoding: TYPE };
    case 'AuditEvent.subtype':
      return { ...element, min: 1 };
    case 'AuditEvent.action':
      return { ...element, min: 1, patternCode: 'E' };
    case 'AuditEvent.outcome':
      return { ...element, min: 1, patternCode: '0' };
    case 'AuditEvent.agent':
    case 'AuditEvent.entity':
      return { ...element, min: 2, slicing: SLICING };
    default:
      return element;
  }
}

/** After an element come its slices, each with its `type`, by which it is known. */
function withSlices(elements: ElementDefinition[], name: 'agent' | 'entity'): ElementDefinition[] {
  const path = `AuditEvent.${name}`;
  const element = elements.find((each) => each.path === path);
  const type = elements.find((each) => each.path === `${path}.type`);
  const last = elements.findLastIndex((each) => each.path?.startsWith(path));
  if (!element || !type) throw new Error(`FHIR's AuditEvent has an element "${name}" with a type.`);
  const { slicing: _, ...plain } = element;
  const slices = SLICES[name].flatMap((slice): ElementDefinition[] => {
    const id = `${path}:${slice.name}`;
    const pattern =
      name === 'agent' ? { patternCodeableConcept: { coding: [slice.type] } } : { patternCoding: slice.type };
    return [
      { ...plain, id, sliceName: slice.name, min: slice.min, max: '1' },
      { ...type, id: `${id}.type`, min: 1, ...pattern },
    ];
  });
  return elements.toSpliced(last + 1, 0, ...slices);
}

/** What is wrong within the slices of an event. */
export function sliceFaults(event: AuditEvent): string[] {
  const agents = event.agent.map((agent) => ({ kind: 'agent' as const, type: agent.type?.coding?.[0], part: agent }));
  const entities = (event.entity ?? []).map((entity) => ({ kind: 'entity' as const, type: entity.type, part: entity }));
  return [...agents, ...entities].flatMap(({ kind, type, part }) => {
    const slice = SLICES[kind].find(({ type: { system, code } }) => type?.system === system && type.code === code);
    const values = new Map<string, unknown>(Object.entries(part));
    if (!slice) return [];
    return [
      ...slice.present.filter((name) => !values.has(name)).map((name) => `${slice.name} without ${name}`),
      ...slice.absent.filter((name) => values.has(name)).map((name) => `${slice.name} with ${name}`),
      ...Object.entries(slice.values)
        .filter(([name, value]) => !isValue(values.get(name), value))
        .map(([name]) => `${slice.name} with another ${name}`),
    ];
  });
}

/** Whether a value is this one, or a coding has at least what this one has. */
function isValue(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  const has = new Map(Object.entries(value ?? {}));
  return Object.entries(wanted).every(([name, each]) => isDeepStrictEqual(has.get(name), each));
}

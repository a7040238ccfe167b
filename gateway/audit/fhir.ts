import roles from '@caregraph/schema/codes/roles.json' with { type: 'json' };
import type { AuditEntry } from '@caregraph/service/audit/entry.ts';

/*
 * Entries as FHIR R4 AuditEvent resources, after IHE's Basic Audit Log Patterns, profile PatientQuery: one resource for each
 * patient of an entry, who is the only patient in it. Where that profile wants what is not recorded (the client's address
 * in the network), it is said to be unknown, as FHIR has it.
 */

const PATIENT_QUERY = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientQuery';

const CODES = {
  auditEventType: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  interaction: 'http://hl7.org/fhir/restful-interaction',
  dicom: 'http://dicom.nema.org/resources/ontology/DCM',
  participation: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  actReason: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  sourceType: 'http://terminology.hl7.org/CodeSystem/security-source-type',
  entityType: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  entityRole: 'http://terminology.hl7.org/CodeSystem/object-role',
  resourceType: 'http://hl7.org/fhir/resource-types',
  basicAuditEntityType: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
  jobRole: 'https://fhir.nhs.uk/CodeSystem/England-SDS-JobRoleCode',
} as const;

const IDS = {
  nhsNumber: 'https://fhir.nhs.uk/Id/nhs-number',
  ods: 'https://fhir.nhs.uk/Id/ods-organization-code',
  user: 'https://fhir.nhs.uk/Id/sds-user-id',
} as const;

const UNKNOWN = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
};

/** AuditEvent.outcome: success, minor failure, serious failure. */
const OUTCOMES = {
  RELEASED: { outcome: '0', outcomeDesc: 'Everything that was asked was released.' },
  PARTIAL: { outcome: '0', outcomeDesc: 'A part of what was asked was released.' },
  REFUSED: { outcome: '4', outcomeDesc: 'The user may not see what was asked; nothing was released.' },
  FAILED: { outcome: '8', outcomeDesc: 'Something failed; nothing was released.' },
} as const satisfies Record<AuditEntry['result'], { outcome: string; outcomeDesc: string }>;

/** A FHIR R4 AuditEvent. */
export type AuditEvent = ReturnType<typeof auditEvent>;

/**
 * What an entry says of one of its patients.
 *
 * @param gateway the id, a URI, of the gateway that recorded it.
 * @param patient a place in `entry.patients`.
 */
export function auditEvent(entry: AuditEntry, gateway: string, patient: number) {
  const { id, at, caller, breakGlass, operation, recordTypes, result } = entry;
  const reasons = [purposeCoding(caller.purpose), ...(breakGlass.length > 0 ? [coding('actReason', 'BTG')] : [])];
  const organisation = { identifier: { system: IDS.ods, value: caller.organisation } };
  const { outcome, outcomeDesc } = OUTCOMES[result];
  return {
    resourceType: 'AuditEvent' as const,
    // An entry of several patients comes to several resources.
    id: patient === 0 ? id : `${id}-${patient}`,
    // The profile is that of a successful query.
    ...(outcome === '0' && { meta: { profile: [PATIENT_QUERY] } }),
    type: coding('auditEventType', 'rest', 'Restful Operation'),
    subtype: [coding('interaction', 'search', 'search')],
    action: 'E' as const,
    recorded: at,
    outcome,
    outcomeDesc,
    purposeOfEvent: [{ coding: reasons }],
    agent: [
      {
        type: { coding: [coding('dicom', '110153', 'Source Role ID')] },
        who: organisation,
        requestor: false,
        network: { _address: UNKNOWN },
      },
      {
        type: { coding: [coding('dicom', '110152', 'Destination Role ID')] },
        who: { identifier: { system: 'urn:ietf:rfc:3986', value: gateway } },
        requestor: false,
        network: { address: gateway, type: '5' as const },
      },
      {
        type: { coding: [coding('participation', 'IRCP', 'information recipient')] },
        who: { identifier: { system: IDS.user, value: caller.user } },
        requestor: true,
        role: [roleConcept(caller.role)],
        purposeOfUse: [{ coding: reasons }],
        ...(breakGlass.length > 0 && {
          policy: breakGlass.map((grant) => `urn:caregraph:break-glass:${encodeURIComponent(grant)}`),
        }),
      },
    ],
    source: {
      observer: { identifier: { system: 'urn:ietf:rfc:3986', value: gateway } },
      type: [coding('sourceType', '4', 'Application Server')],
    },
    entity: [
      {
        what: { type: 'Patient', identifier: { system: IDS.nhsNumber, value: entry.patients[patient] ?? '' } },
        type: coding('entityType', '1', 'Person'),
        role: coding('entityRole', '1', 'Patient'),
      },
      {
        type: coding('entityType', '2', 'System Object'),
        role: coding('entityRole', '24', 'Query'),
        // Its text is never recorded: this says of it what is.
        query: Buffer.from(JSON.stringify({ ...operation, recordTypes })).toString('base64'),
      },
      {
        what: { identifier: { value: id } },
        type: coding('basicAuditEntityType', 'XrequestId'),
      },
      ...entry.custodians
        .filter((each) => each.patient === patient)
        .map(({ custodian, outcome, records, read = 0 }) => ({
          what: { type: 'Organization', identifier: { system: IDS.ods, value: custodian } },
          type: coding('resourceType', 'Organization', 'Organization'),
          role: coding('entityRole', '17', 'Data Repository'),
          detail: [
            { type: 'outcome', valueString: outcome },
            { type: 'records', valueString: String(records) },
            ...(read > 0 ? [{ type: 'read', valueString: String(read) }] : []),
          ],
        })),
    ],
  };
}

/** Resources as a FHIR R4 Bundle of type `collection`. */
export function bundleOf(events: readonly AuditEvent[], at: Date) {
  return {
    resourceType: 'Bundle' as const,
    type: 'collection' as const,
    timestamp: at.toISOString(),
    ...(events.length > 0 && {
      entry: events.map((resource) => ({ fullUrl: `urn:caregraph:audit:${resource.id}`, resource })),
    }),
  };
}

function coding(system: keyof typeof CODES, code: string, display?: string) {
  return { system: CODES[system], code, ...(display && { display }) };
}

/** Treatment; or the request of the patient's own. */
function purposeCoding(purpose: string) {
  if (purpose === 'directcare') return coding('actReason', 'TREAT', 'treatment');
  if (purpose === 'patientaccess') return coding('actReason', 'PATRQT', 'patient requested');
  return { display: purpose };
}

function roleConcept(role: string) {
  const known = Object.entries(roles).find(([name]) => name === role)?.[1];
  return { ...(known && { coding: [coding('jobRole', known.code)] }), text: role };
}

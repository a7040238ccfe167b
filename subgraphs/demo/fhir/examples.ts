import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExtractResource, ResourceType } from '@medplum/fhirtypes';
import nhsNumbers from './nhs-numbers.json' with { type: 'json' };

/** The resource types that the FHIR adapter maps, and those that they refer to for names and telephone numbers. */
export const RESOURCE_TYPES = [
  'Appointment',
  'CarePlan',
  'CareTeam',
  'DocumentReference',
  'Encounter',
  'EpisodeOfCare',
  'Flag',
  'HealthcareService',
  'Location',
  'Organization',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'RelatedPerson',
] as const satisfies readonly ResourceType[];

export type ExampleType = (typeof RESOURCE_TYPES)[number];

/** When HL7 made this publication of FHIR R4 (4.0.1). */
const PUBLISHED = '2019-11-01T09:29:23+11:00';

const NHS_NUMBER_SYSTEM = 'https://fhir.nhs.uk/Id/nhs-number';

const FOLDER = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r4.examples/package.json')));

/**
 * HL7's own R4 examples (npm `hl7.fhir.r4.examples`) of the types above, as they are, but for two things that a server
 * of an English trust would add: patients get the NHS number of `nhs-numbers.json`, and what HL7 did not date was last
 * changed when HL7 published it, so that every start is like the one before.
 *
 * The numbers are made up: in the order of the examples' ids, the valid numbers that begin 99990. The animal and the
 * unborn child among the examples have none.
 */
export async function readExamples(): Promise<ExtractResource<ExampleType>[]> {
  const names = (await readdir(FOLDER)).filter((name) => RESOURCE_TYPES.some((type) => name.startsWith(`${type}-`)));
  return Promise.all(
    names.sort().map(async (name) => {
      const resource: unknown = JSON.parse(await readFile(join(FOLDER, name), 'utf8'));
      if (!isExample(resource)) throw new Error(`${name} of hl7.fhir.r4.examples is not what its name says.`);
      return withNHSNumber({ ...resource, meta: { versionId: '1', lastUpdated: PUBLISHED, ...resource.meta } });
    }),
  );
}

function withNHSNumber(resource: ExtractResource<ExampleType>): ExtractResource<ExampleType> {
  if (resource.resourceType !== 'Patient') return resource;
  const value = new Map<string, string>(Object.entries(nhsNumbers)).get(resource.id ?? '');
  if (value === undefined) return resource;
  return { ...resource, identifier: [...(resource.identifier ?? []), { system: NHS_NUMBER_SYSTEM, value }] };
}

function isExample(value: unknown): value is ExtractResource<ExampleType> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'resourceType' in value &&
    RESOURCE_TYPES.some((type) => type === value.resourceType) &&
    'id' in value &&
    typeof value.id === 'string'
  );
}

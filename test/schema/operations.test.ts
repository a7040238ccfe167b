import { readdirSync } from 'node:fs';
import { Supergraph } from '@apollo/federation-internals';
import { schemaFile } from '@caregraph/schema/contract.ts';
import {
  type GraphQLSchema,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  Kind,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { describe, expect, test } from 'vitest';

const api = Supergraph.build(schemaFile('supergraph.graphql')).apiSchema().toGraphQLJSSchema();
const names = readdirSync(new URL('../../schema/operations/', import.meta.url));

/** The fields that an operation selects, as `Type.field`. */
function selected(name: string): Set<string> {
  const fields = new Set<string>();
  const info = new TypeInfo(api);
  visit(
    parse(schemaFile(`operations/${name}`)),
    visitWithTypeInfo(info, {
      Field: ({ name }) => {
        fields.add(`${info.getParentType()?.name}.${name.value}`);
      },
    }),
  );
  return fields;
}

/** Every field of the graph that clients see; those of an interface are selected on the types that implement it. */
function fieldsOf(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !isIntrospectionType(type))
    .flatMap((type) =>
      'getFields' in type ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
    );
}

test('there is one for each kind of reader', () => {
  expect(names).toEqual([
    'access-log.graphql',
    'break-glass.graphql',
    'caseload.graphql',
    'close-review.graphql',
    'completeness.graphql',
    'crisis.graphql',
    'full-record.graphql',
    'organisation.graphql',
    'organisations.graphql',
    'reviews.graphql',
    'warning-rules.graphql',
    'warnings.graphql',
  ]);
});

describe.each(names)('%s', (name) => {
  const text = schemaFile(`operations/${name}`);
  const operations = parse(text).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);

  test('is valid against the graph that clients see', () => {
    expect(validate(api, parse(text))).toEqual([]);
  });

  test('is one operation, named after the file, that begins by saying whom it is for', () => {
    expect(operations).toHaveLength(1);
    const [operation] = operations;
    const pascal = name
      .replace('.graphql', '')
      .replace(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase());
    expect(operation && 'name' in operation && operation.name?.value).toBe(pascal);
    expect(text).toMatch(/^# For /);
  });

  test('asks, with a patient, who has answered and who has not', () => {
    const fields = selected(name);
    if (!fields.has('Patient.nhsNumber')) return;
    for (const field of [
      'Patient.completeness',
      'Patient.sources',
      'RecordSource.custodian',
      'RecordSource.status',
      'RecordSource.missing',
    ]) {
      expect(fields).toContain(field);
    }
  });
});

describe('together', () => {
  test('they select every field of the graph that clients see', () => {
    const all = new Set(names.flatMap((name) => [...selected(name)]));
    expect(fieldsOf(api).filter((field) => !all.has(field))).toEqual([]);
  });

  test('the full record alone selects every field of every record', () => {
    const record = api.getType('Record');
    if (!isInterfaceType(record)) throw new Error('Record is no interface.');
    const records = new Set(api.getImplementations(record).objects.map(({ name }) => `${name}.`));
    const full = selected('full-record.graphql');
    // What is worked out of records is none: warnings have a query of their own.
    const worked = ['Patient.warnings', 'Patient.warningsStatus', 'Patient.attention'];
    const fields = fieldsOf(api).filter(
      (field) => [...records, 'Patient.'].some((prefix) => field.startsWith(prefix)) && !worked.includes(field),
    );
    expect(fields.length).toBeGreaterThan(80);
    expect(fields.filter((field) => !full.has(field))).toEqual([]);
  });
});

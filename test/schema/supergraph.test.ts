import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { compose, GATHERED_SUBGRAPH, gatheredSubgraph } from '@caregraph/schema/compose.ts';
import { contract, schemaFile } from '@caregraph/schema/contract.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import {
  execute,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
} from 'graphql';
import { describe, expect, test } from 'vitest';

const supergraph = schemaFile('supergraph.graphql');
const api = Supergraph.build(supergraph).apiSchema().toGraphQLJSSchema();
const types = Object.values(api.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

interface Described {
  readonly at: string;
  readonly name: string;
  readonly description: string | null | undefined;
}

/** Everything of a type that a reader may ask about: itself, its fields, their arguments, its values. */
function partsOf(type: GraphQLNamedType): Described[] {
  const parts: Described[] = [{ at: type.name, name: type.name, description: type.description }];
  const add = (at: string, each: { readonly name: string; readonly description?: string | null | undefined }): void => {
    parts.push({ at: `${at}.${each.name}`, name: each.name, description: each.description });
  };
  if (isEnumType(type)) for (const value of type.getValues()) add(type.name, value);
  if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) add(type.name, field);
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      add(type.name, field);
      for (const argument of field.args) add(`${type.name}.${field.name}`, argument);
    }
  }
  return parts;
}

describe('the supergraph', () => {
  test('that is checked in is what it composes now', () => {
    expect(supergraph).toBe(compose());
  });

  test('has the gathered subgraph require the routing for each field that is gathered, and for the manifest', () => {
    for (const field of ['crisisPlans', 'contacts', 'alerts', 'careContacts', 'sources', 'completeness']) {
      expect(supergraph).toMatch(
        new RegExp(`\\n  ${field}(?:\\([^)]*\\))?: \\S+ @join__field\\(graph: TRUSTS, requires: "custodians"\\)`),
      );
    }
  });

  test('says what is wrong when it does not compose', () => {
    const broken = composeServices([{ name: GATHERED_SUBGRAPH, url: 'gathered:trusts', typeDefs: gatheredSubgraph() }]);
    expect(broken.errors?.map(({ message }) => message).join()).toContain('custodians');
  });
});

describe('the graph that clients see', () => {
  test('holds nothing that is not for them', () => {
    expect(Object.keys(api.getMutationType()?.getFields() ?? {})).toEqual(['breakGlass', 'closeReview']);
    expect(Object.keys(api.getQueryType()?.getFields() ?? {})).toEqual([
      'accessLog',
      'reviews',
      'warningRules',
      'patient',
      'patients',
      'organisation',
      'organisations',
    ]);
    const patient = api.getType('Patient');
    const fields = isObjectType(patient) ? Object.keys(patient.getFields()) : [];
    expect(fields.filter((name) => name === 'custodians' || /^history|History$/.test(name))).toEqual([]);
    expect(
      types.filter(({ name }) => /Input$|__|^(Published|Withdrawn)|Direction|Stamp|Manifest|access__/.test(name)),
    ).toEqual([]);
    expect(api.getDirectives().map(({ name }) => name)).toEqual([
      'include',
      'skip',
      'deprecated',
      'specifiedBy',
      'oneOf',
    ]);
  });

  test.each(types.map((type) => [type.name, type] as const))(
    '%s is described, with all that is in it',
    (_name, type) => {
      for (const { at, name, description = '' } of partsOf(type)) {
        expect(description, at).toMatch(/^[A-Z`'"\d].*[.:)]$/s);
        // One word is enough where the name is a word of everyday language, such as a day of the week; elsewhere it is a stub.
        const said = new Set((description ?? '').toLowerCase().match(/[a-z]+/g));
        const named = name.split(/(?=[A-Z][a-z])|_/).map((word) => word.toLowerCase());
        const more = [...said].filter(
          (word) => !named.includes(word) && !['the', 'a', 'an', 'of', 'this'].includes(word),
        );
        const everyday = isEnumType(type) && ['DayOfWeek', 'AdministrativeGender'].includes(type.name);
        if (!everyday) expect(more, `${at} says no more than its name`).not.toEqual([]);
        expect(description, at).not.toMatch(/\b(TODO|TBD|FIXME)\b/i);
      }
    },
  );

  test('says nothing twice within a type', () => {
    for (const type of types) {
      const said = partsOf(type).map(({ description }) => description);
      const fields = isObjectType(type) || isInterfaceType(type) ? [...new Set(Object.values(type.getFields()))] : [];
      const ownWords = fields.map(({ description }) => description);
      expect(ownWords.length, type.name).toBe(new Set(ownWords).size);
      if (isEnumType(type)) expect(said.length, type.name).toBe(new Set(said).size);
    }
  });

  test('shows the events behind a warning to no role that may not see such records themselves', () => {
    const patient = api.getType('Patient');
    const lists = [...supergraph.matchAll(/sharedAs: "(\w+)"/g)].map(([, list = '']) => list);
    expect(lists).toHaveLength(6);
    const rolesOf = (field: string): string[] =>
      new RegExp(`\\n  ${field}(?:\\([^)]*\\))?: .*@allow\\(roles: \\[([^\\]]*)\\]\\)`)
        .exec(supergraph)?.[1]
        ?.split(', ') ?? [];
    const events = rolesOf('events');
    expect(events).toContain('PARAMEDIC');
    expect(isObjectType(patient) && lists.every((list) => list in patient.getFields())).toBe(true);
    for (const list of lists) expect(rolesOf(list), list).toEqual(expect.arrayContaining(events));
    expect(rolesOf('warnings').filter((role) => !events.includes(role))).toEqual(['MIDWIFE']);
  });

  test('names the standard of each scalar', () => {
    for (const name of Object.keys(scalars)) {
      const type = api.getType(name);
      expect(type && 'specifiedByURL' in type && type.specifiedByURL, name).toMatch(/^https:\/\//);
    }
  });
});

describe("a trust's contract", () => {
  const typeDefs = parse(contract('trust'));

  test('runs alone, as a plain subgraph', async () => {
    const Patient = { __resolveReference: (patient: object) => patient, contacts: () => [], alerts: () => null };
    const schema = buildSubgraphSchema([{ typeDefs, resolvers: { ...scalars, Patient } }]);
    const document = parse(`query ($representations: [_Any!]!) {
      _service { sdl }
      _entities(representations: $representations) { ... on Patient { nhsNumber contacts { id } alerts { id } } }
    }`);
    const variableValues = { representations: [{ __typename: 'Patient', nhsNumber: '9434765919' }] };
    const { data, errors } = await execute({ schema, document, variableValues });
    expect(errors).toBeUndefined();
    expect(data?._entities).toEqual([{ nhsNumber: '9434765919', contacts: [], alerts: null }]);
    expect(data?._service).toMatchObject({ sdl: expect.stringContaining('@gathered(by: "custodians")') });
  });

  test("composes with somebody else's subgraph, without this gateway", () => {
    const theirs = parse(`
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
      scalar NHSNumber
      scalar ODSCode
      type Query { me: Patient }
      type Patient @key(fields: "nhsNumber") { nhsNumber: NHSNumber! bloodGroup: String }
      type Organisation @key(fields: "odsCode") { odsCode: ODSCode! name: String @shareable }
    `);
    const { errors, supergraphSdl } = composeServices([
      { name: 'trust', url: 'http://trust.example', typeDefs },
      { name: 'theirs', url: 'http://theirs.example', typeDefs: theirs },
    ]);
    expect(errors).toBeUndefined();
    const patient = Supergraph.build(supergraphSdl ?? '')
      .apiSchema()
      .toGraphQLJSSchema()
      .getType('Patient');
    expect(isObjectType(patient) && Object.keys(patient.getFields())).toEqual(
      expect.arrayContaining(['bloodGroup', 'crisisPlans', 'contacts', 'legalStatuses']),
    );
  });
});

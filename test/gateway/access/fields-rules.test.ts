import { composeServices } from '@apollo/composition';
import { readFieldRules } from '@caregraph/gateway/access/field-rules.ts';
import { roleName } from '@caregraph/gateway/access/roles.ts';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { ALLOW, composed } from './fields-world.ts';

/** What each role is refused, as the supergraph says it. */
function refused(sdl: string, role: string): string[] {
  const refusals = readFieldRules(sdl)?.refusedTo(role) ?? new Map<string, ReadonlyMap<string, string>>();
  return [...refusals].flatMap(([type, fields]) => [...fields.keys()].map((field) => `${type}.${field}`)).sort();
}

const one = (schema: string) => composed({ one: schema });

describe('who may select a field', () => {
  test('is said by the field, and by every interface that has it', () => {
    const sdl = one(`type Query { things: [Thing] open: String shut: String @allow(roles: [NIGHT_WATCH]) }
      interface Thing { id: ID! label: String @allow(roles: [KEEPER, CLERK]) note: String }
      type Lamp implements Thing { id: ID! label: String note: String @allow(roles: [KEEPER]) }
      type Rope implements Thing { id: ID! label: String @allow(roles: [CLERK]) note: String }`);
    expect(refused(sdl, 'keeper')).toEqual(['Query.shut', 'Rope.label']);
    expect(refused(sdl, 'clerk')).toEqual(['Lamp.note', 'Query.shut']);
    expect(refused(sdl, 'night-watch')).toEqual(['Lamp.label', 'Lamp.note', 'Rope.label']);
  });

  test('for a role that the schema does not know is nobody', () => {
    const sdl = one('type Query { open: String shut: String @allow(roles: [KEEPER, CLERK, NIGHT_WATCH]) }');
    expect(refused(sdl, 'keeper')).toEqual([]);
    expect(refused(sdl, 'KEEPER')).toEqual(['Query.shut']);
    expect(refused(sdl, 'captain')).toEqual(['Query.shut']);
  });

  test('is told in the words in which the gateway names roles', () => {
    const rules = readFieldRules(
      one('type Query { a: String @allow(roles: [NIGHT_WATCH]) b: String @allow(roles: [CLERK, NIGHT_WATCH]) }'),
    );
    expect([...(rules?.roles ?? [])]).toEqual(['keeper', 'clerk', 'night-watch']);
    expect([...(rules?.refusedTo('keeper').get('Query') ?? [])]).toEqual([
      ['a', 'Only the role night-watch may select "Query.a".'],
      ['b', 'Only these roles may select "Query.b": clerk, night-watch.'],
    ]);
  });

  test('is the same object for roles that are refused the same', () => {
    const rules = readFieldRules(one('type Query { a: String @allow(roles: [NIGHT_WATCH]) b: String }'));
    expect(rules?.refusedTo('keeper')).toBe(rules?.refusedTo('clerk'));
    expect(rules?.refusedTo('keeper')).not.toBe(rules?.refusedTo('night-watch'));
  });

  test('of a field that several subgraphs resolve is said by any of them', () => {
    const shared = (more: string) => `type Query { own${more.length}: String shared: String @shareable ${more} }`;
    const sdl = composed({ one: shared(''), two: shared('@allow(roles: [CLERK])') });
    expect(refused(sdl, 'keeper')).toEqual(['Query.shared']);
  });

  test('of a field that moves to another subgraph is said by either', () => {
    const sdl = composed({
      old: `type Query { user: User } type User @key(fields: "id") { id: ID! gone: String @allow(roles: [CLERK]) going: String @allow(roles: [CLERK]) }`,
      new: `type User @key(fields: "id") { id: ID! gone: String @override(from: "old") going: String @override(from: "old", label: "percent(5)") }`,
    });
    expect(refused(sdl, 'keeper')).toEqual(['User.going', 'User.gone']);
  });
});

describe('what requires a refused field is refused', () => {
  const account = `type Query { user: User }
    type User @key(fields: "id") { id: ID! secret: String @allow(roles: [KEEPER]) hidden: [Part] @inaccessible home: Home works: [Work] plain: String }
    interface Work { title: String } type Book implements Work { title: String @allow(roles: [CLERK]) } type Film implements Work { title: String }
    type Home @shareable { street: String city: String @allow(roles: [KEEPER]) } type Part { of: String @allow(roles: [KEEPER]) }`;
  const external = 'id: ID! secret: String @external plain: String @external';

  test('also when it requires it by way of another subgraph, and further', () => {
    const sdl = composed({
      account,
      two: `type User @key(fields: "id") { ${external} direct: String @requires(fields: "secret") fine: String @requires(fields: "plain") }`,
      three: `type User @key(fields: "id") { id: ID! direct: String @external second: String @requires(fields: "direct") }`,
      four: `type User @key(fields: "id") { id: ID! second: String @external third: String @requires(fields: "second") }`,
    });
    expect(refused(sdl, 'clerk')).toEqual([
      'Home.city',
      'Part.of',
      'User.direct',
      'User.second',
      'User.secret',
      'User.third',
    ]);
    expect(refused(sdl, 'keeper')).toEqual(['Book.title']);
    expect(readFieldRules(sdl)?.refusedTo('clerk').get('User')?.get('third')).toBe(
      'Only the role keeper may select "User.third".',
    );
  });

  test('also when it requires it below another field, of an interface, or of what clients do not see', () => {
    const sdl = composed({
      account,
      two: `type User @key(fields: "id") { id: ID! home: Home @external works: [Work] @external hidden: [Part] @external
          near: String @requires(fields: "home { city }") far: String @requires(fields: "home { street }")
          films: String @requires(fields: "works { ... on Film { title } }") titles: String @requires(fields: "works { title }")
          count: Int @requires(fields: "hidden { of }") }
        interface Work { title: String } type Book implements Work { title: String @external } type Film implements Work { title: String @external }
        type Home @shareable { street: String city: String } type Part { of: String @external }`,
    });
    expect(refused(sdl, 'clerk')).toEqual(['Home.city', 'Part.of', 'User.count', 'User.near', 'User.secret']);
    expect(refused(sdl, 'keeper')).toEqual(['Book.title', 'User.titles']);
  });

  test('for those roles that may select both', () => {
    const sdl = composed({
      one: `type Query { user: User } type User @key(fields: "id") { id: ID! a: String @allow(roles: [KEEPER, CLERK]) }`,
      two: `type User @key(fields: "id") { id: ID! a: String @external
        b: String @requires(fields: "a") @allow(roles: [CLERK, NIGHT_WATCH]) c: String @requires(fields: "a") @allow(roles: [NIGHT_WATCH]) }`,
    });
    expect(refused(sdl, 'keeper')).toEqual(['User.b', 'User.c']);
    expect(refused(sdl, 'clerk')).toEqual(['User.c']);
    expect(refused(sdl, 'night-watch')).toEqual(['User.a', 'User.b', 'User.c']);
    expect(readFieldRules(sdl)?.refusedTo('clerk').get('User')?.get('c')).toBe('No role may select "User.c".');
  });

  test('when an object that stands for an interface requires it, of any of the types', () => {
    const sdl = composed({
      one: `type Query { nodes: [Node] } interface Node @key(fields: "id") { id: ID! plain: String shut: String }
        type Leaf implements Node @key(fields: "id") { id: ID! plain: String shut: String @allow(roles: [CLERK]) }
        type Twig implements Node @key(fields: "id") { id: ID! plain: String @allow(roles: [CLERK]) shut: String }`,
      two: `type Node @key(fields: "id") @interfaceObject { id: ID! plain: String @external
        views: Int @allow(roles: [KEEPER]) shadow: Int @requires(fields: "plain") }`,
    });
    expect(refused(sdl, 'keeper')).toEqual(['Leaf.shadow', 'Leaf.shut', 'Twig.plain', 'Twig.shadow']);
    expect(refused(sdl, 'clerk')).toEqual(['Leaf.views', 'Twig.views']);
  });

  test('when one of its arguments comes from it, further up', () => {
    const sdl = composed({
      one: `type Query { up: Up other: Other }
        type Up @context(name: "above") @key(fields: "id") { id: ID! shut: String @allow(roles: [CLERK]) open: String down: Down }
        type Other @context(name: "beside") @key(fields: "id") { id: ID! open: String below: Below }
        type Below @key(fields: "id") { id: ID! ok(x: String @fromContext(field: "$beside { open }")): String }
        type Down @key(fields: "id") { id: ID! takes(x: String @fromContext(field: "$above { shut }")): String
          free(x: String @fromContext(field: "$above { open }")): String }`,
    });
    expect(refused(sdl, 'keeper')).toEqual(['Down.takes', 'Up.shut']);
  });
});

describe('rules that cannot be carried out are refused at the start', () => {
  test.each([
    [
      'a field that cannot be null',
      'type Query { a: String! @allow(roles: [CLERK]) }',
      '@allow on Query.a: the field must be nullable',
    ],
    [
      'a field that cannot be null in a type that has the interface',
      `type Query { thing: Thing } interface Thing { label: String @allow(roles: [CLERK]) }
       type Lamp implements Thing { label: String! } type Rope implements Thing { label: String }`,
      '@allow on Lamp.label: the field must be nullable',
    ],
    [
      'a key',
      'type Query { user: User } type User @key(fields: "id") { id: ID @allow(roles: [CLERK]) }',
      '@allow on User.id: the field must not be part of a @key',
    ],
    [
      'a part of a key, in another type',
      `type Query { user: User } type User @key(fields: "id group { name }") { id: ID! group: Group }
       type Group { name: String @allow(roles: [CLERK]) }`,
      '@allow on Group.name: the field must not be part of a @key',
    ],
    ['a field without any role', 'type Query { a: String @allow(roles: []) }', '@allow on Query.a: it names no role'],
  ])('%s', (_what, schema, message) => {
    expect(() => readFieldRules(one(schema))).toThrow(message);
  });

  test('a key that requires what is refused', () => {
    const sdl = composed({
      one: 'type Query { user: User } type User @key(fields: "id") { id: ID! secret: String @allow(roles: [CLERK]) }',
      two: 'type User @key(fields: "id") @key(fields: "code") { id: ID! code: String }',
      three: 'type User @key(fields: "code") { code: String more: String }',
    });
    // Composition itself does not come to an end over such a key.
    const field = 'code: String @join__field(graph: THREE) @join__field(graph: TWO';
    expect(sdl).toContain(field);
    expect(() => readFieldRules(sdl.replace(field, `${field}, requires: "secret"`))).toThrow(
      'User.code requires what not every role may select: it must not be part of a @key',
    );
  });

  test('a field that cannot be null, and requires what is refused', () => {
    const sdl = composed({
      one: 'type Query { user: User } type User @key(fields: "id") { id: ID! secret: String @allow(roles: [CLERK]) }',
      two: 'type User @key(fields: "id") { id: ID! secret: String @external made: String! @requires(fields: "secret") }',
    });
    expect(() => readFieldRules(sdl)).toThrow('User.made requires what not every role may select: it must be nullable');
  });

  test('a role that there is not, in every place at once, with the roles that there are', () => {
    const sdl = one(`type Query { a: String @allow(roles: [CLERK]) things: [Thing] }
      interface Thing { b: String @allow(roles: [KEEPER]) } type Lamp implements Thing { b: String } type Rope implements Thing { b: String }`);
    const broken = sdl.replace('[CLERK]', '[CLERK, CAPTAIN]').replace('[KEEPER]', 'COOK');
    expect(() => readFieldRules(broken)).toThrow(
      /^@allow on Thing\.b: there is no role COOK, only KEEPER, CLERK, NIGHT_WATCH\. @allow on Query\.a: there is no role CAPTAIN, only KEEPER, CLERK, NIGHT_WATCH\.$/,
    );
  });

  test('a later version of the specification, which may mean something else', () => {
    const sdl = one('type Query { a: String @allow(roles: [CLERK]) }');
    for (const version of ['v2.0', 'v10.1', '1.0', '']) {
      expect(() => readFieldRules(sdl.replace('/access/v1.0', `/access/${version}`))).toThrow('only the versions v1.x');
    }
    expect(refused(sdl.replace('/access/v1.0', '/access/v1.3'), 'keeper')).toEqual(['Query.a']);
  });

  test('a directive that is linked and not there', () => {
    const sdl = one('type Query { a: String @allow(roles: [CLERK]) }').replace(/directive @allow[^\n]*\n/, '');
    expect(() => readFieldRules(sdl)).toThrow('does not define @allow(roles:)');
  });
});

describe('the specification', () => {
  test('is not that of a supergraph which does not link it, whatever its directives are called', () => {
    const { supergraphSdl = '' } = composeServices([
      {
        name: 'x',
        url: 'http://x',
        typeDefs: parse(
          'directive @allow(roles: [String!]!) on FIELD_DEFINITION type Query { a: String! @allow(roles: []) }',
        ),
      },
    ]);
    expect(supergraphSdl).toContain('a: String!');
    expect(readFieldRules(supergraphSdl)).toBeNull();
    expect(
      readFieldRules(
        `directive @allow(roles: [String!]!) on FIELD_DEFINITION ${supergraphSdl.replace('a: String!', 'a: String! @allow(roles: [])')}`,
      ),
    ).toBeNull();
  });

  test('may be imported under another name, or not at all', () => {
    const sdl = one('type Query { a: String @allow(roles: [CLERK]) }');
    const renamed = sdl
      .replace('import: ["@allow"]', 'import: [{ name: "@allow", as: "@only" }]')
      .replaceAll(/@allow(?=\()/g, '@only');
    expect(refused(renamed, 'keeper')).toEqual(['Query.a']);
    const prefixed = sdl.replace(', import: ["@allow"]', '').replaceAll(/@allow(?=\()/g, '@access__allow');
    expect(refused(prefixed, 'keeper')).toEqual(['Query.a']);
    const named = sdl.replace('import: ["@allow"]', 'as: "may"').replaceAll(/@allow(?=\()/g, '@may__allow');
    expect(refused(named, 'keeper')).toEqual(['Query.a']);
    expect(ALLOW).toContain('@allow');
  });

  test("is carried into Caregraph's own supergraph, which knows every role of the gateway", () => {
    const sdl = schemaFile('supergraph.graphql');
    expect([...(readFieldRules(sdl)?.roles ?? [])].sort()).toEqual([...roleName.options].sort());
    expect(refused(sdl, 'paramedic')).toEqual(['Mutation.closeReview', 'Query.accessLog', 'Query.reviews']);
    expect(refused(sdl, 'privacy-officer')).toEqual(
      expect.arrayContaining(['Mutation.breakGlass', 'Patient.alerts', 'Patient.crisisPlans', 'Patient.pointers']),
    );
  });
});

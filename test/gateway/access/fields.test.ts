import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Data, type FieldsWorld, fieldsWorld, type Told } from './fields-world.ts';

/*
 * A harbour: KEEPERs may select everything, CLERKs nothing that is for keepers. Everything is asked of Apollo Gateway over
 * real subgraphs; what these have resolved shows what was asked of them.
 */

const itself = (found: Data): Data => found;

const HARBOUR = `
  type Query { ship(id: ID!): Ship ships: [Ship!]! things: [Thing!]! found: [Found] berths: [[Thing]] nobody: Ship none: [Ship!]! log: Log @allow(roles: [KEEPER]) fails: String }
  type Mutation { berth(id: ID!): Ship close(id: ID!): Ship @allow(roles: [KEEPER]) open(id: ID!): Ship scuttle: Ship @allow(roles: [NIGHT_WATCH]) }
  interface Thing { id: ID! label: String owner: Owner next: Thing }
  interface Owner { name: String }
  type Ship implements Thing @key(fields: "id") { id: ID! label: String @allow(roles: [KEEPER]) owner: Person next: Thing captain: Person
    secret(of: String): String @allow(roles: [KEEPER]) hidden: Person @allow(roles: [KEEPER]) log: Log length: Int strict: String! }
  type Crane implements Thing { id: ID! label: String owner: Owner next: Thing @allow(roles: [KEEPER]) reach: Int }
  type Buoy implements Thing { id: ID! label: String owner: Guild next: Crane bell: Boolean @allow(roles: [KEEPER]) }
  type Person implements Owner @key(fields: "id", resolvable: false) { id: ID! name: String born: String @allow(roles: [KEEPER]) }
  type Guild implements Owner { name: String seal: String @allow(roles: [KEEPER]) }
  type Log { lines: [String!] @allow(roles: [KEEPER]) }
  union Found = Ship | Crane | Log`;

const person = { __typename: 'Person', id: 'p', name: 'Ida', born: '1900' };
const guild = { __typename: 'Guild', name: 'Pilots', seal: 'anchor' };
const crane = { __typename: 'Crane', id: 'c', label: 'a crane', owner: guild, next: null, reach: 40 };
const buoy = { __typename: 'Buoy', id: 'b', label: 'a buoy', owner: guild, next: crane, bell: true };
const ship = (id: string) => ({
  __typename: 'Ship',
  id,
  label: `ship ${id}`,
  owner: person,
  captain: person,
  hidden: person,
  next: buoy,
  log: { __typename: 'Log', lines: ['a line'] },
  length: 90,
  strict: id === 'broken' ? null : 'strict',
});
const SHIP = {
  __resolveReference: ({ id }: Data) => ship(id),
  label: ({ label }: Data) => label,
  secret: ({ id }: Data, { of }: Data) => `secret ${of ?? ''}of ${id}`,
  hidden: ({ hidden }: Data) => hidden,
  length: ({ length }: Data) => length,
};

describe('a field that a role may not select', () => {
  let world: FieldsWorld;
  const ask = (query: string, variables?: Record<string, unknown>, name?: string) =>
    world.ask('clerk', query, variables, name);

  beforeAll(async () => {
    world = await fieldsWorld({
      harbour: [
        HARBOUR,
        {
          Query: {
            ship: (_: unknown, { id }: Data) => (id === '' ? null : ship(id)),
            ships: () => [ship('1'), ship('2')],
            things: () => [ship('1'), crane, buoy],
            found: () => [ship('1'), null, { __typename: 'Log', lines: ['x'] }, crane],
            berths: () => [[ship('1'), null], null, [], [crane]],
            nobody: () => null,
            none: () => [],
            log: () => ({ lines: ['secret'] }),
            fails: () => {
              throw new Error('fails');
            },
          },
          Mutation: {
            berth: (_: unknown, { id }: Data) => ship(id),
            close: (_: unknown, { id }: Data) => ship(id),
            open: (_: unknown, { id }: Data) => ship(id),
            scuttle: () => ship('gone'),
          },
          Ship: SHIP,
          Crane: { next: ({ next }: Data) => next },
          Person: { born: ({ born }: Data) => born },
          Guild: { seal: ({ seal }: Data) => seal },
          Log: { lines: ({ lines }: Data) => lines },
        },
      ],
      register: [
        `type Ship @key(fields: "id") { id: ID! secret(of: String): String @external hidden: Person @external length: Int @external
           rumour: String @requires(fields: "secret(of: \\"x\\")") tale: String @requires(fields: "hidden { born }") fee: Int @requires(fields: "length") flag: String }
         type Person @key(fields: "id", resolvable: false) { id: ID! born: String @external }`,
        {
          Ship: {
            __resolveReference: itself,
            rumour: ({ secret }: Data) => `they say: ${secret}`,
            tale: ({ hidden }: Data) => `born ${hidden?.born}`,
            fee: ({ length }: Data) => length * 2,
            flag: () => 'red',
          },
        },
      ],
      gossip: [
        `type Ship @key(fields: "id") { id: ID! rumour: String @external fee: Int @external song: String @requires(fields: "rumour") bill: Int @requires(fields: "fee") }`,
        {
          Ship: {
            __resolveReference: itself,
            song: ({ rumour }: Data) => `la, ${rumour}`,
            bill: ({ fee }: Data) => fee + 1,
          },
        },
      ],
    });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  /** The places that were refused, as `path: field`; of those without a place, the field alone. */
  const refused = ({ errors }: Told): string[] =>
    errors
      .filter(({ extensions }) => extensions?.code === 'FORBIDDEN')
      .map(({ path, message }) => [...(path ? [path.join('.')] : []), /"([^"]+)"/.exec(message)?.[1]].join(': '));

  test('is null where it stands, told of with its path, and asked of nobody; the rest comes', async () => {
    const answer = await ask('query($id: ID!) { ship(id: $id) { id secret length } }', { id: '1' });
    expect(answer.data).toEqual({ ship: { id: '1', secret: null, length: 90 } });
    expect(Object.keys(answer.data.ship)).toEqual(['id', 'secret', 'length']);
    expect(answer.errors).toEqual([
      {
        message: 'Only the role keeper may select "Ship.secret".',
        path: ['ship', 'secret'],
        extensions: expect.objectContaining({ code: 'FORBIDDEN' }),
      },
    ]);
    expect(world.resolved).toEqual(['Query.ship', 'Ship.length']);
    const { data, errors } = await world.ask('keeper', '{ ship(id: "1") { id secret length } }');
    expect(errors).toEqual([]);
    expect(data).toEqual({ ship: { id: '1', secret: 'secret of 1', length: 90 } });
  });

  test('is refused under every name, and in every fragment', async () => {
    const answer =
      await ask(`query { ship(id: "1") { a: secret id b: secret(of: "it ") ...F ... { e: length d: secret } ... on Thing { label ... on Ship { f: secret } } } again: ship(id: "2") { ...F } }
      fragment F on Ship { c: secret log { ...L } ...G } fragment G on Thing { g: label ... on Ship { h: secret length } } fragment L on Log { lines }`);
    expect(answer.data).toEqual({
      ship: {
        a: null,
        id: '1',
        b: null,
        c: null,
        log: { lines: null },
        g: null,
        h: null,
        length: 90,
        e: 90,
        d: null,
        label: null,
        f: null,
      },
      again: { c: null, log: { lines: null }, g: null, h: null, length: 90 },
    });
    expect(Object.keys(answer.data.ship).join(' ')).toBe('a id b c log g h length e d label f');
    expect(refused(answer).sort()).toEqual([
      'again.c: Ship.secret',
      'again.g: Ship.label',
      'again.h: Ship.secret',
      'again.log.lines: Log.lines',
      'ship.a: Ship.secret',
      'ship.b: Ship.secret',
      'ship.c: Ship.secret',
      'ship.d: Ship.secret',
      'ship.f: Ship.secret',
      'ship.g: Ship.label',
      'ship.h: Ship.secret',
      'ship.label: Ship.label',
      'ship.log.lines: Log.lines',
    ]);
    expect(answer.errors).toHaveLength(13);
    expect(world.resolved.filter((field) => /secret|label|lines/.test(field))).toEqual([]);
  });

  test('costs nothing else that stands in fragments beside it, however they are nested', async () => {
    const answer = await ask(
      '{ ship(id: "1") { secret ... on Thing { ... on Ship { length } ... on Thing { ... on Ship { strict } ... on Crane { reach } } } ...T ...V } } fragment T on Thing { ... on Ship { captain { name } } ... on Buoy { label } } fragment V on Thing { ... on Ship { id } }',
    );
    expect(answer.data.ship).toEqual({ secret: null, length: 90, strict: 'strict', captain: { name: 'Ida' }, id: '1' });
    expect(refused(answer)).toEqual(['ship.secret: Ship.secret']);
  });

  test('is refused for objects of its own type when an interface is asked for it', async () => {
    const answer = await ask('{ things { id label owner { name } } }');
    expect(answer.data.things).toEqual([
      { id: '1', label: null, owner: { name: 'Ida' } },
      { id: 'c', label: 'a crane', owner: { name: 'Pilots' } },
      { id: 'b', label: 'a buoy', owner: { name: 'Pilots' } },
    ]);
    expect(refused(answer)).toEqual(['things.0.label: Ship.label']);
    expect(world.resolved).toEqual(['Query.things']);
  });

  test('of an interface may have objects of its own below it, and be told apart on every level', async () => {
    const answer = await ask(
      '{ things { __typename next { id next { id label ... on Crane { owner { ... on Guild { seal } ... on Person { born } } } } } } }',
    );
    expect(answer.data.things).toEqual([
      { __typename: 'Ship', next: { id: 'b', next: { id: 'c', label: 'a crane', owner: { seal: null } } } },
      { __typename: 'Crane', next: null },
      { __typename: 'Buoy', next: { id: 'c', next: null } },
    ]);
    expect(refused(answer).sort()).toEqual([
      'Person.born',
      'Ship.label',
      'things.0.next.next.owner.seal: Guild.seal',
      'things.1.next: Crane.next',
      'things.2.next.next: Crane.next',
    ]);
    expect(world.resolved.filter((field) => !field.startsWith('Query.'))).toEqual([]);
  });

  test('is refused in unions, in lists of lists, and between nulls', async () => {
    const answer = await ask(
      '{ found { ... on Ship { id s: secret } ... on Log { lines } ... on Crane { s: label } } berths { id label } }',
    );
    expect(answer.data).toEqual({
      found: [{ id: '1', s: null }, null, { lines: null }, { s: 'a crane' }],
      berths: [[{ id: '1', label: null }, null], null, [], [{ id: 'c', label: 'a crane' }]],
    });
    expect(refused(answer)).toEqual([
      'found.0.s: Ship.secret',
      'found.2.lines: Log.lines',
      'berths.0.0.label: Ship.label',
    ]);
  });

  test('takes with it, for the same response key, only those types that it is a field of', async () => {
    const answer = await ask(
      '{ things { x: id ... on Ship { y: secret } ... on Crane { y: label } ... on Buoy { y: label bell } } }',
    );
    expect(answer.data.things).toEqual([
      { x: '1', y: null },
      { x: 'c', y: 'a crane' },
      { x: 'b', y: 'a buoy', bell: null },
    ]);
    expect(refused(answer)).toEqual(['things.0.y: Ship.secret', 'things.2.bell: Buoy.bell']);
  });

  test('takes with it whatever requires it, through however many subgraphs, and nothing else', async () => {
    const answer = await ask('{ ship(id: "1") { flag rumour tale fee song bill } }');
    expect(answer.data.ship).toEqual({ flag: 'red', rumour: null, tale: null, fee: 180, song: null, bill: 181 });
    expect(refused(answer)).toEqual(['ship.rumour: Ship.rumour', 'ship.tale: Ship.tale', 'ship.song: Ship.song']);
    expect(world.resolved.filter((field) => /secret|hidden|born|rumour|tale|song/.test(field))).toEqual([]);
    const { data } = await world.ask('keeper', '{ ship(id: "1") { song tale } }');
    expect(data.ship).toEqual({ song: 'la, they say: secret xof 1', tale: 'born 1900' });
  });

  test('is refused when nothing else was asked of an object, and the object comes', async () => {
    const answer = await ask(
      '{ ship(id: "1") { secret } ships { captain { born } } things { owner { ... on Guild { seal } } } }',
    );
    expect(answer.data).toEqual({
      ship: { secret: null },
      ships: [{ captain: { born: null } }, { captain: { born: null } }],
      things: [{ owner: {} }, { owner: { seal: null } }, { owner: { seal: null } }],
    });
    expect(refused(answer)).toHaveLength(5);
  });

  test('leaves __typename, and what it is called, to those who ask for it', async () => {
    const answer = await ask(
      '{ __typename things { ofType: __typename ofType1: id __typename label } ship(id: "1") { __typename secret } t: __typename }',
    );
    expect(answer.data).toEqual({
      __typename: 'Query',
      things: [
        { ofType: 'Ship', ofType1: '1', __typename: 'Ship', label: null },
        { ofType: 'Crane', ofType1: 'c', __typename: 'Crane', label: 'a crane' },
        { ofType: 'Buoy', ofType1: 'b', __typename: 'Buoy', label: 'a buoy' },
      ],
      ship: { __typename: 'Ship', secret: null },
      t: 'Query',
    });
    expect(world.executed[0]).toContain('ofType2: __typename');
  });

  test('may be called whatever a client calls it', async () => {
    const answer = await ask(
      '{ constructor: ship(id: "1") { __proto__: secret toString: secret hasOwnProperty: id } }',
    );
    expect(JSON.stringify(answer.data)).toBe('{"constructor":{"__proto__":null,"toString":null,"hasOwnProperty":"1"}}');
    expect(refused(answer)).toEqual(['constructor.__proto__: Ship.secret', 'constructor.toString: Ship.secret']);
  });

  describe('that is asked for on a condition', () => {
    const query = `query($yes: Boolean! $no: Boolean = false) { ship(id: "1") { a: secret @include(if: $yes) b: secret @skip(if: $yes) c: secret @include(if: $no) d: secret @skip(if: true)
      ... @include(if: $yes) { e: secret } ...F @skip(if: $yes) log @include(if: $yes) { lines @skip(if: $no) } captain @skip(if: $yes) { born } id } }
      fragment F on Ship { f: secret }`;

    test('is refused where the condition is met, and not there elsewhere', async () => {
      const met = await ask(query, { yes: true });
      expect(JSON.stringify(met.data)).toBe('{"ship":{"a":null,"e":null,"log":{"lines":null},"id":"1"}}');
      expect(refused(met)).toEqual(['ship.a: Ship.secret', 'ship.e: Ship.secret', 'ship.log.lines: Log.lines']);
      const other = await ask(query, { yes: false, no: true });
      expect(JSON.stringify(other.data)).toBe('{"ship":{"b":null,"c":null,"f":null,"captain":{"born":null},"id":"1"}}');
      expect(refused(other)).toHaveLength(4);
    });

    test('is refused where nothing else of the object is asked for, or is skipped', async () => {
      const answer = await ask('query($no: Boolean!) { ship(id: "1") { secret id @include(if: $no) } }', { no: false });
      expect(answer.data).toEqual({ ship: { secret: null } });
      expect(refused(answer)).toEqual(['ship.secret: Ship.secret']);
    });

    test('that is not met is no error', async () => {
      const answer = await ask(
        'query($yes: Boolean!) { ship(id: "1") { id secret @include(if: $yes) log { lines @include(if: $yes) } } log @include(if: $yes) { lines } }',
        { yes: false },
      );
      expect(answer).toEqual({ data: { ship: { id: '1', log: {} } }, errors: [] });
      expect(await ask('query($yes: Boolean!) { log @include(if: $yes) { lines } }', { yes: false })).toEqual({
        data: {},
        errors: [],
      });
      expect(world.executed).toEqual([]);
    });
  });

  describe('leaves the variables of the operation', () => {
    test('which are checked whether or not anything still uses them', async () => {
      const query = 'query($of: String, $n: Boolean!) { ship(id: "1") { id secret(of: $of) @skip(if: $n) } }';
      expect((await ask(query, { of: 'x', n: false })).data).toEqual({ ship: { id: '1', secret: null } });
      for (const variables of [{ of: 7, n: true }, { of: 'x' }]) {
        const { data, errors } = await ask(query, variables);
        expect(data).toBeUndefined();
        expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      }
    });

    test('also when nothing remains', async () => {
      const query = 'mutation($id: ID!) { close(id: $id) { id } }';
      expect((await ask(query, { id: '1' })).data).toEqual({ close: null });
      const { data, errors } = await ask(query);
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(world.executed).toEqual([]);
    });
  });

  describe('for which the answer has no place', () => {
    test('is told of all the same, without a path', async () => {
      const answer = await ask(
        '{ nobody { id secret captain { born } } none { label } things { id ... on Log { lines } } }'.replace(
          ' ... on Log { lines }',
          '',
        ),
      );
      expect(answer.data).toMatchObject({ nobody: null, none: [] });
      expect(refused(answer)).toEqual(['Ship.secret', 'Person.born', 'Ship.label']);
      for (const error of answer.errors) expect(error).not.toHaveProperty('path');
    });

    test('is told of once for the whole answer, and not when it has another place', async () => {
      const answer = await ask('{ nobody { secret } none { a: secret b: secret } ship(id: "1") { secret } }');
      expect(refused(answer)).toEqual(['ship.secret: Ship.secret']);
    });

    test('is told of when nothing came of the answer at all', async () => {
      const query = '{ ship(id: "broken") { secret strict } ships { label } fails }';
      const lost = await ask(query);
      expect(lost.data).toMatchObject({ ship: null, ships: [{ label: null }, { label: null }] });
      expect(refused(lost)).toEqual(['ships.0.label: Ship.label', 'ships.1.label: Ship.label', 'Ship.secret']);
      expect(lost.errors.map(({ path }) => path?.join('.'))).toEqual(expect.arrayContaining(['fails', 'ship.strict']));
    });

    test('is not told of when no object that it is a field of can be there', async () => {
      const answer = await ask(
        '{ nobody { ... on Thing { ... on Thing { next { id } } id } } ship(id: "1") { ...T } } fragment T on Thing { ... on Crane { next { id } } id }',
      );
      expect(answer).toEqual({ data: { nobody: null, ship: { id: '1' } }, errors: [] });
    });
  });

  describe('of a mutation', () => {
    test('is not executed; the others are, in their order', async () => {
      const answer = await ask(
        'mutation { a: berth(id: "1") { id } b: close(id: "2") { id } ... { open(id: "4") { label } scuttle { id } } c: berth(id: "3") { secret } }',
      );
      expect(JSON.stringify(answer.data)).toBe(
        '{"a":{"id":"1"},"b":null,"open":{"label":null},"scuttle":null,"c":{"secret":null}}',
      );
      expect(world.resolved).toEqual(['Mutation.berth', 'Mutation.open', 'Mutation.berth']);
      expect(refused(answer)).toEqual([
        'b: Mutation.close',
        'open.label: Ship.label',
        'scuttle: Mutation.scuttle',
        'c.secret: Ship.secret',
      ]);
    });

    test('that is all there is leaves nothing to execute', async () => {
      const answer = await ask('mutation { close(id: "2") { id } ... { gone: scuttle { id } } }');
      expect(answer.data).toEqual({ close: null, gone: null });
      expect(refused(answer)).toEqual(['close: Mutation.close', 'gone: Mutation.scuttle']);
      expect(world.executed).toEqual([]);
      expect(world.resolved).toEqual([]);
    });
  });

  test('of another operation in the same document is nothing to this one', async () => {
    const document =
      'query Mine { ship(id: "1") { id ...F } } query Other { log { lines } ship(id: "2") { ...F secret } } fragment F on Ship { length }';
    expect(await ask(document, {}, 'Mine')).toEqual({ data: { ship: { id: '1', length: 90 } }, errors: [] });
    expect((await ask(document, {}, 'Other')).data).toEqual({ log: null, ship: { length: 90, secret: null } });
    expect(world.executed).toEqual([
      'query Other { ship(id: "2") { ...F ofType: __typename } } fragment F on Ship { length }',
    ]);
    expect((await world.ask('keeper', document, {}, 'Other')).data).toEqual({
      log: { lines: ['secret'] },
      ship: { length: 90, secret: 'secret of 2' },
    });
    expect((await ask(document, {}, 'Other')).data.ship).toEqual({ length: 90, secret: null });
  });

  test('stands in the schema for all to see', async () => {
    const answer = await ask(
      '{ __schema { queryType { fields { name } } } __type(name: "Ship") { fields { name } } log { lines } }',
    );
    expect(JSON.stringify(answer.data)).toContain('secret');
    expect(answer.data.log).toBeNull();
    expect(refused(answer)).toEqual(['log: Query.log']);
  });

  test('does not change how anything else fails', async () => {
    const query = (more: string) => `{ fails ship(id: "broken") { id strict } ships { id ${more} } }`;
    const plain = await ask(query(''));
    const told = await ask(query('secret'));
    expect(plain.errors).not.toEqual([]);
    expect(told.errors.slice(0, plain.errors.length)).toEqual(plain.errors);
    expect(told.errors).toHaveLength(plain.errors.length + 2);
  });

  test('leaves an operation in which nothing is refused as it is', async () => {
    const query = '{ ship(id: "1") { id ... on Thing { id ... on Ship { length } } captain { name } } }';
    await ask(query);
    expect(world.executed).toEqual([query]);
  });
});

describe('what another subgraph provides along a path', () => {
  test('is refused like anywhere else', async () => {
    await using world = await fieldsWorld({
      one: [
        'type Query { ship: Ship } type Ship @key(fields: "id") { id: ID! captain: Person @provides(fields: "name") } type Person @key(fields: "id", resolvable: false) { id: ID! name: String @external }',
        { Query: { ship: () => ({ id: '1', captain: { id: 'p', name: 'Ida' } }) } },
      ],
      two: [
        'type Person @key(fields: "id") { id: ID! name: String @shareable @allow(roles: [KEEPER]) }',
        { Person: { __resolveReference: itself, name: () => 'Ida' } },
      ],
    });
    expect((await world.ask('clerk', '{ ship { captain { id name } } }')).data).toEqual({
      ship: { captain: { id: 'p', name: null } },
    });
    expect((await world.ask('keeper', '{ ship { captain { name } } }')).data).toEqual({
      ship: { captain: { name: 'Ida' } },
    });
  });
});

describe('what an object that stands for an interface adds', () => {
  test('is refused for each type that it stands for', async () => {
    await using world = await fieldsWorld({
      one: [
        `type Query { nodes: [Node!]! } interface Node @key(fields: "id") { id: ID! shut: String }
         type Leaf implements Node @key(fields: "id") { id: ID! shut: String @allow(roles: [KEEPER]) }
         type Twig implements Node @key(fields: "id") { id: ID! shut: String }`,
        {
          Query: {
            nodes: () => [
              { __typename: 'Leaf', id: 'l', shut: 'leaf' },
              { __typename: 'Twig', id: 't', shut: 'twig' },
            ],
          },
          Node: { __resolveReference: ({ id }: Data) => ({ __typename: id === 'l' ? 'Leaf' : 'Twig', id, shut: id }) },
        },
      ],
      two: [
        `type Node @key(fields: "id") @interfaceObject { id: ID! shut: String @external views: Int @allow(roles: [KEEPER]) made: String @requires(fields: "shut") seen: Int }`,
        { Node: { __resolveReference: itself, views: () => 7, made: ({ shut }: Data) => `of ${shut}`, seen: () => 3 } },
      ],
    });
    const { data, errors } = await world.ask('clerk', '{ nodes { id views made seen } }');
    expect(data.nodes).toEqual([
      { id: 'l', views: null, made: null, seen: 3 },
      { id: 't', views: null, made: null, seen: 3 },
    ]);
    expect(errors.map(({ path }) => path?.join('.'))).toEqual([
      'nodes.0.views',
      'nodes.0.made',
      'nodes.1.views',
      'nodes.1.made',
    ]);
    const keeper = await world.ask('keeper', '{ nodes { views made } }');
    expect(keeper).toEqual({
      data: {
        nodes: [
          { views: 7, made: 'of leaf' },
          { views: 7, made: 'of twig' },
        ],
      },
      errors: [],
    });
  });
});

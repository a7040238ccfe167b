import { startSubgraph, type TestSubgraph } from '../support/subgraph.ts';

/** A supergraph of the kind that federation gateways are audited with, and what is asked of it. */
export interface Case {
  readonly name: string;
  readonly start: () => Promise<readonly TestSubgraph[]>;
  readonly queries: readonly (string | readonly [query: string, variables: Record<string, unknown>])[];
}

// biome-ignore lint/suspicious/noExplicitAny: a resolver takes what its subgraph was sent.
type Source = any;

const itself = (found: Source): Source => found;

export const SUPERGRAPHS: readonly Case[] = [
  {
    name: 'entities over three subgraphs, compound and nested keys, keys that differ',
    start: () =>
      Promise.all([
        startSubgraph(
          'links',
          `type Query { products: [Product!]! product(id: ID!): Product }
           type Product @key(fields: "id") @key(fields: "id pid") { id: ID! pid: ID! }`,
          {
            Query: {
              products: () => ['1', '2', '3'].map((id) => ({ id, pid: `p${id}` })),
              product: (_: unknown, { id }: Source) => (id === '9' ? null : { id, pid: `p${id}` }),
            },
            Product: { __resolveReference: ({ id }: Source) => ({ id, pid: `p${id}` }) },
          },
        ),
        startSubgraph(
          'categories',
          `type Product @key(fields: "id pid") { id: ID! pid: ID! category: Category }
           type Category @key(fields: "id tag") { id: ID! tag: String! }`,
          {
            Product: {
              __resolveReference: itself,
              category: ({ id, pid }: Source) => (id === '2' ? null : { id: `c${pid}`, tag: 't' }),
            },
            Category: { __resolveReference: itself },
          },
        ),
        startSubgraph(
          'prices',
          `type Product @key(fields: "id pid category { id tag }") { id: ID! pid: ID! category: Category @external price(currency: String = "GBP"): Price }
           type Category @key(fields: "id tag") { id: ID! tag: String! name: String }
           type Price { amount: Float currency: String }`,
          {
            Product: {
              __resolveReference: itself,
              price: ({ category }: Source, { currency }: Source) => ({
                amount: category?.id.length ?? null,
                currency,
              }),
            },
            Category: { __resolveReference: itself, name: ({ id }: Source) => `name ${id}` },
          },
        ),
      ]),
    queries: [
      '{ products { id pid category { id name } price { amount currency } } }',
      '{ products { price(currency: "EUR") { currency } } }',
      '{ products { a: price(currency: "EUR") { c: currency } b: price { c: currency } __typename } }',
      [
        'query($id: ID!, $c: String) { product(id: $id) { category { name } price(currency: $c) { currency } } }',
        { id: '1', c: 'USD' },
      ],
      ['query($id: ID!) { product(id: $id) { category { name } } }', { id: '9' }],
      [
        'query($representations: ID!) { product(id: $representations) { category { name } } }',
        { representations: '1' },
      ],
      [
        'query($yes: Boolean!) { products { id category @include(if: $yes) { name } ...P @skip(if: $yes) } } fragment P on Product { price { amount } }',
        { yes: true },
      ],
      [
        'query($yes: Boolean!) { products { id category @include(if: $yes) { name } ...P @skip(if: $yes) } } fragment P on Product { price { amount } }',
        { yes: false },
      ],
      '{ __typename products { __typename category { __typename t: __typename } } }',
    ],
  },
  {
    name: 'requires, with arguments, of an object, over several hops',
    start: () =>
      Promise.all([
        startSubgraph(
          'stock',
          `type Query { items: [Item!]! }
           type Item @key(fields: "id") { id: ID! weight(unit: String = "kg"): Float size: Size! count: Int }
           type Size @shareable { high: Int! wide: Int! }`,
          {
            Query: { items: () => [{ id: '1' }, { id: '2' }] },
            Item: {
              __resolveReference: itself,
              weight: ({ id }: Source, { unit }: Source) => Number(id) * (unit === 'g' ? 1000 : 1),
              size: ({ id }: Source) => ({ high: Number(id), wide: 2 }),
              count: ({ id }: Source) => (id === '1' ? 3 : null),
            },
          },
        ),
        startSubgraph(
          'shipping',
          `type Item @key(fields: "id") { id: ID! weight(unit: String = "kg"): Float @external size: Size! @external count: Int @external
             cost: Float @requires(fields: "weight(unit: \\"g\\") size { high wide }") has: String @requires(fields: "count") }
           type Size @shareable { high: Int! wide: Int! }`,
          {
            Item: {
              __resolveReference: itself,
              cost: ({ weight, size }: Source) => weight * size.high * size.wide,
              has: ({ count }: Source) => `has ${count}`,
            },
          },
        ),
        startSubgraph(
          'labels',
          `type Item @key(fields: "id") { id: ID! cost: Float @external has: String @external label: String @requires(fields: "cost has") }`,
          { Item: { __resolveReference: itself, label: ({ cost, has }: Source) => `${has} at ${cost}` } },
        ),
      ]),
    queries: [
      '{ items { label } }',
      '{ items { id cost weight size { high } label has } }',
      '{ items { weight(unit: "kg") cost } }',
      '{ items { mine: weight(unit: "lb") label cost } }',
    ],
  },
  {
    name: 'provides, override, inaccessible, shared roots, keys that cannot be resolved',
    start: () =>
      Promise.all([
        startSubgraph(
          'a',
          `type Query { me: User shared: Shared @shareable users: [User!]! }
           type User @key(fields: "id") { id: ID! old: String secret: String @inaccessible team: Team @provides(fields: "name") }
           type Team @key(fields: "id", resolvable: false) { id: ID! name: String @external }
           type Shared @shareable { both: String a: String }`,
          {
            Query: {
              me: () => ({ id: '1', old: 'from a', team: { id: 't', name: 'provided' } }),
              users: () => [{ id: '1', old: 'from a', team: { id: 't', name: 'provided' } }],
              shared: () => ({ both: 'a', a: 'a' }),
            },
            User: { __resolveReference: itself },
          },
        ),
        startSubgraph(
          'b',
          `type Query { shared: Shared @shareable }
           type User @key(fields: "id") { id: ID! name: String @shareable old: String @override(from: "a") secret: String @external shown: String @requires(fields: "secret") }
           type Team @key(fields: "id") { id: ID! name: String @shareable motto: String }
           type Shared @shareable { both: String b: String }`,
          {
            Query: { shared: () => ({ both: 'b', b: 'b' }) },
            User: {
              __resolveReference: itself,
              name: () => 'name of b',
              old: () => 'from b',
              shown: ({ secret }: Source) => `shown ${secret}`,
            },
            Team: { __resolveReference: itself, name: () => 'of b', motto: () => 'motto' },
          },
        ),
      ]),
    queries: [
      '{ me { id name old shown team { name } } }',
      '{ me { team { name motto } } users { team { id motto } old } }',
      '{ shared { both a b } }',
      '{ shared { b } again: shared { a } }',
    ],
  },
  {
    name: 'interfaces, unions, fragments on them, enums and inputs that differ',
    start: () =>
      Promise.all([
        startSubgraph(
          'media',
          `type Query { media: [Media!]! found(kind: Kind, filter: Filter): [Found] one: Media }
           interface Media { id: ID! title: String }
           type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int author: Person }
           type Film implements Media @key(fields: "id") { id: ID! title: String minutes: Int! }
           type Song implements Media { id: ID! title: String }
           type Person @key(fields: "id") { id: ID! }
           union Found = Book | Film | Person
           enum Kind { BOOK FILM SONG @inaccessible }
           input Filter { text: String! limit: Int = 2 tags: [String!] }`,
          {
            Query: {
              media: () => [
                { __typename: 'Song', id: 's', title: 'Song' },
                { __typename: 'Book', id: 'b', title: 'Book', pages: 3, author: { id: 'p' } },
                { __typename: 'Film', id: 'f', title: null, minutes: 90 },
              ],
              found: (_: unknown, { kind, filter }: Source) =>
                [
                  { __typename: 'Book', id: `${kind}${filter?.text}`, pages: filter?.limit },
                  null,
                  { __typename: 'Person', id: 'p' },
                  { __typename: 'Film', id: 'f', minutes: 1 },
                ].slice(0, 4),
              one: () => ({ __typename: 'Book', id: 'b', title: 'Book' }),
            },
          },
        ),
        startSubgraph(
          'ratings',
          `type Book @key(fields: "id") { id: ID! stars: Int reviews: [Review!]! }
           type Film @key(fields: "id") { id: ID! stars: Int }
           type Person @key(fields: "id") { id: ID! name: String! }
           type Review { text: String by: Person }`,
          {
            Book: { __resolveReference: itself, stars: () => 5, reviews: () => [{ text: 'good', by: { id: 'q' } }] },
            Film: { __resolveReference: itself, stars: () => 4 },
            Person: { __resolveReference: itself, name: ({ id }: Source) => `name ${id}` },
          },
        ),
      ]),
    queries: [
      '{ media { __typename id title ... on Book { pages stars } ... on Film { minutes stars } } }',
      '{ media { ... on Book { author { name } reviews { text by { name } } } } }',
      '{ found(kind: BOOK, filter: { text: "x", tags: "one" }) { __typename ... on Book { id pages stars } ... on Media { title } ... on Person { name } } }',
      [
        'query($f: Filter, $k: Kind) { found(kind: $k, filter: $f) { ... on Book { id pages } } }',
        { f: { text: 'y' }, k: 'FILM' },
      ],
      [
        'query($f: Filter) { found(filter: $f) { ... on Media { ...M } } } fragment M on Media { id ... on Film { stars m: minutes } }',
        { f: null },
      ],
      '{ one { ... on Media { ... on Book { stars } } ... on Film { minutes } } }',
      '{ media { ... on Song { title } } }',
    ],
  },
  {
    name: 'objects that stand for interfaces',
    start: () =>
      Promise.all([
        startSubgraph(
          'nodes',
          `type Query { nodes: [Node!]! }
           interface Node @key(fields: "id") { id: ID! }
           type User implements Node @key(fields: "id") { id: ID! name: String }
           type Team implements Node @key(fields: "id") { id: ID! size: Int }`,
          {
            Query: {
              nodes: () => [
                { __typename: 'User', id: 'u', name: 'U' },
                { __typename: 'Team', id: 't', size: 3 },
              ],
            },
            Node: { __resolveReference: ({ id }: Source) => ({ __typename: id === 'u' ? 'User' : 'Team', id }) },
            User: { __resolveReference: itself },
            Team: { __resolveReference: itself },
          },
        ),
        startSubgraph(
          'views',
          `type Query { latest: Node }
           type Node @key(fields: "id") @interfaceObject { id: ID! views: Int! seenBy: [String!] }`,
          {
            Query: { latest: () => ({ id: 'u' }) },
            Node: { __resolveReference: itself, views: ({ id }: Source) => id.length, seenBy: () => ['x'] },
          },
        ),
      ]),
    queries: [
      '{ nodes { id views __typename } }',
      '{ nodes { ... on User { name views } ... on Team { size seenBy } } }',
      '{ latest { id views } }',
      '{ latest { __typename views ... on User { name } } }',
    ],
  },
  {
    name: 'mutations, in their order',
    start: () => {
      let count = 0;
      return Promise.all([
        startSubgraph(
          'counter',
          `type Query { count: Int! } type Mutation { add(n: Int!): Counter! fail: Counter }
           type Counter @key(fields: "id") { id: ID! count: Int! }`,
          {
            Query: { count: () => count },
            Mutation: {
              add: (_: unknown, { n }: Source) => {
                count = (count + n) % 1000;
                return { id: 'c', count };
              },
              fail: () => {
                throw new Error('no');
              },
            },
            Counter: { __resolveReference: itself },
          },
        ),
        startSubgraph(
          'log',
          `type Mutation { reset: Boolean! } type Counter @key(fields: "id") { id: ID! note: String }`,
          {
            Mutation: {
              reset: () => {
                count = 0;
                return true;
              },
            },
            Counter: { __resolveReference: itself, note: () => 'noted' },
          },
        ),
      ]);
    },
    queries: [
      'mutation { reset a: add(n: 1) { count note } b: add(n: 2) { count } again: reset c: add(n: 5) { count note } }',
      'mutation { reset a: add(n: 1) { count } fail { count } b: add(n: 2) { count note } }',
    ],
  },
  {
    name: 'null keys, null entities, errors and broken promises',
    start: () =>
      Promise.all([
        startSubgraph(
          'books',
          `type Query { books: [Book] strict: [Book!] maybe: Book fails: String failsHard: String! }
           type Book @key(fields: "id") { id: ID title: String! }`,
          {
            Query: {
              books: () => [{ id: '1', title: 'one' }, null, { id: null, title: 'two' }, { id: '3', title: 'three' }],
              strict: () => [
                { id: '1', title: 'one' },
                { id: 'lost', title: 'lost' },
              ],
              maybe: () => ({ id: 'lost', title: 'lost' }),
              fails: () => {
                throw new Error('fails');
              },
              failsHard: () => {
                throw new Error('fails hard');
              },
            },
            Book: { __resolveReference: itself },
          },
        ),
        startSubgraph(
          'shop',
          `type Book @key(fields: "id") { id: ID price: Int! discount: Int parts: [Part!] }
           type Part { name: String! }`,
          {
            Book: {
              __resolveReference: ({ id }: Source) => (id === 'lost' ? null : { id }),
              price: ({ id }: Source) => {
                if (id === '3') throw new Error('no price');
                return 5;
              },
              discount: ({ id }: Source) => {
                if (id === '1') throw new Error('no discount');
                return 1;
              },
              parts: ({ id }: Source) => [{ name: 'cover' }, { name: id === '1' ? 'back' : null }],
            },
          },
        ),
      ]),
    queries: [
      '{ books { id title } }',
      '{ books { title discount } }',
      '{ books { title price } }',
      '{ strict { title price } }',
      '{ maybe { title price } }',
      '{ maybe { title discount } fails }',
      '{ books { parts { name } } fails }',
      '{ failsHard books { title } }',
      '{ maybe { price } strict { price } fails }',
    ],
  },
  {
    name: 'lists of lists, scalars of any shape, introspection',
    start: () =>
      Promise.all([
        startSubgraph(
          'grid',
          `scalar JSON
           type Query { grid: [[Cell!]!]! json(of: JSON): JSON list: [JSON!] names: [[String]] }
           type Cell @key(fields: "at") { at: ID! }`,
          {
            Query: {
              grid: () => [[{ at: '00' }, { at: '01' }], [], [{ at: '20' }]],
              json: (_: unknown, { of }: Source) => of ?? { a: [null, { __typename: 7 }], b: 'x' },
              list: () => [{ a: 1 }, [2], 'three', false, 0],
              names: () => [['a', null], null, []],
            },
          },
        ),
        startSubgraph('marks', `type Cell @key(fields: "at") { at: ID! mark: String }`, {
          Cell: { __resolveReference: itself, mark: ({ at }: Source) => `x${at}` },
        }),
      ]),
    queries: [
      '{ grid { at mark } }',
      '{ json list names }',
      ['query($of: JSON) { json(of: $of) }', { of: { deep: [{ er: null }] } }],
      '{ json(of: { a: [1, "two", null] }) }',
      '{ __typename json }',
    ],
  },
];

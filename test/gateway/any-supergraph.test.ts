import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { startSubgraph, type TestSubgraph } from '../support/subgraph.ts';

const products = () =>
  startSubgraph(
    'products',
    `scalar Date
     type Query { products: [Product!]! media: [Media!]! today(on: Date): String boom: String }
     type Mutation { rename(id: ID!, name: String!): Product! }
     type Product @key(fields: "id") { id: ID! name: String! }
     interface Media { id: ID! title: String }
     type Book implements Media { id: ID! title: String pages: Int }
     type Film implements Media { id: ID! title: String minutes: Int! }`,
    {
      Query: {
        products: () => [
          { id: '1', name: 'one' },
          { id: '2', name: 'two' },
        ],
        media: () => [
          { __typename: 'Book', id: 'b', title: 'Book', pages: 3 },
          { __typename: 'Film', id: 'f', title: null, minutes: 90 },
        ],
        today: (_: unknown, { on }: { on: string }) => on,
        boom: () => {
          throw new Error('boom');
        },
      },
      Mutation: { rename: (_: unknown, product: object) => product },
      Product: { __resolveReference: ({ id }: { id: string }) => ({ id, name: 'one' }) },
    },
  );

const reviews = (stars: (id: string) => number | null = () => 5) =>
  startSubgraph('reviews', 'type Product @key(fields: "id") { id: ID! stars: Int! note: String }', {
    Product: {
      __resolveReference: ({ id }: { id: string }) => ({ id, note: `note ${id}` }),
      stars: ({ id }: { id: string }) => stars(id),
    },
  });

async function served(subgraphs: readonly TestSubgraph[]) {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, url, typeDefs }) => ({ name, url, typeDefs: parse(typeDefs) })),
  );
  if (!supergraphSdl) throw new Error(errors?.join('\n'));
  const gateway = await startGateway({ supergraphSdl });
  return {
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.stop();
      await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
    },
  };
}

describe('a supergraph with no gathered subgraph works as on any Apollo gateway', () => {
  test('entities, interfaces, mutations', async () => {
    await using w = await served([await products(), await reviews()]);
    const { data, errors } = await w.gateway.ask(
      '{ products { id name stars note } media { __typename id title ... on Book { pages } ... on Film { minutes } } }',
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      products: [
        { id: '1', name: 'one', stars: 5, note: 'note 1' },
        { id: '2', name: 'two', stars: 5, note: 'note 2' },
      ],
      media: [
        { __typename: 'Book', id: 'b', title: 'Book', pages: 3 },
        { __typename: 'Film', id: 'f', title: null, minutes: 90 },
      ],
    });
    const renamed = await w.gateway.ask('mutation($n: String!) { rename(id: "1", name: $n) { name stars } }', {
      n: 'x',
    });
    expect(renamed.data).toEqual({ rename: { name: 'x', stars: 5 } });
  });

  test("a scalar that has the name of one of Caregraph's means what that supergraph says", async () => {
    await using w = await served([await products()]);
    expect((await w.gateway.ask('{ today(on: "next week") }')).data).toEqual({ today: 'next week' });
  });

  test('a subgraph that is stopped costs its own fields', async () => {
    const lost = await reviews();
    await using w = await served([await products(), lost]);
    await lost.stop();
    const { data, errors } = await w.gateway.ask('{ products { name note } }');
    expect(data.products).toEqual([
      { name: 'one', note: null },
      { name: 'two', note: null },
    ]);
    expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE', subgraph: 'reviews' } }]);
  });

  test('errors of non-null fields are errors, where Apollo Gateway hides them', async () => {
    const half = await reviews();
    await using w = await served([await products(), half]);
    half.tamper = ({ data: { _entities } }) => ({ data: { _entities: [_entities[0], null] } });
    const { data, errors, extensions } = await w.gateway.ask('{ products { name stars } }');
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['products', 1, 'stars'], extensions: { code: 'INVALID' } }]);
    expect(extensions).toBeUndefined();
  });

  test('a mutation is sent once, whatever is put right afterwards', async () => {
    const shop = await products();
    const half = await reviews();
    await using w = await served([shop, half]);
    let sent = 0;
    shop.answer = (response) => {
      sent++;
      response.writeHead(200, { 'content-type': 'application/json' });
      // The message cannot even be made into a string.
      const errors = [{ message: { toString: null, valueOf: null }, path: ['second'] }];
      const found = { __typename: 'Product', id: '1', name: 'x' };
      response.end(JSON.stringify({ data: { rename: found, first: found, second: null }, errors }));
    };
    half.tamper = ({ data: { _entities } }) => ({ data: { _entities: [{ ..._entities[0], stars: null }] } });
    const { data, errors } = await w.gateway.ask(
      `mutation { first: rename(id: "1", name: "x") { name stars } second: rename(id: "1", name: "x") { name } }`,
    );
    expect(data).toBeNull();
    expect(errors.map(({ path }) => path?.join('.')).sort()).toEqual(['first.stars', 'second']);
    expect(sent).toBe(1);
  });

  test('what a subgraph answers that is not of the type in the schema costs itself alone', async () => {
    const shop = await products();
    await using w = await served([shop, await reviews()]);
    shop.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: { media: 'x', today: 'Monday' } }));
    };
    const { data, errors } = await w.gateway.ask('{ today(on: "Monday") media { __typename id } }');
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['media'], extensions: { code: 'INVALID', subgraph: 'products' } }]);
    shop.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: { media: [{ __typename: 'Book', id: 'b', pages: [3] }], today: [] } }));
    };
    const other = await w.gateway.ask('{ today(on: "Monday") media { __typename id ... on Book { pages } } }');
    expect(other.data.media).toEqual([{ __typename: 'Book', id: 'b', pages: null }]);
    expect(other.errors).not.toEqual([]);
    shop.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: { media: [{ __typename: 7, id: 'b' }], today: 'Monday' } }));
    };
    const typeless = await w.gateway.ask('{ today(on: "Monday") media { __typename id } }');
    expect(typeless.data).toBeNull();
    expect(typeless.errors).toMatchObject([{ path: ['media', 0], extensions: { code: 'INVALID' } }]);
  });

  test.each<[string, (entities: { note: string }[]) => unknown[], number[]]>([
    ['reversed', (entities) => entities.toReversed(), [0, 1]],
    ['doubled in the place of another', ([first]) => [first, first], [1]],
    [
      'without the key that was asked for',
      (entities) => entities.map(({ note }) => ({ __typename: 'Product', note })),
      [0, 1],
    ],
  ])('entities that come back %s are set aside, never given to another', async (_how, spoil, lost) => {
    const subgraph = await reviews((id) => Number(id));
    await using w = await served([await products(), subgraph]);
    const query = '{ products { id stars } }';
    expect((await w.gateway.ask(query)).data.products).toEqual([
      { id: '1', stars: 1 },
      { id: '2', stars: 2 },
    ]);
    subgraph.tamper = (body) => ({ data: { _entities: spoil(body.data._entities) } });
    const { errors, text } = await w.gateway.ask('{ products { id note } }');
    expect(errors.map(({ path, extensions }) => ({ path, code: extensions?.code }))).toEqual(
      lost.map((i) => ({ path: ['products', i], code: 'INVALID' })),
    );
    for (const id of ['1', '2'].filter((_, i) => lost.includes(i))) expect(text).not.toContain(`note ${id}`);
  });

  test('a subgraph that answers about another number of entities is not believed', async () => {
    const half = await reviews();
    await using w = await served([await products(), half]);
    half.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: { _entities: [{ note: 'of whom?' }] } }));
    };
    const { data, errors } = await w.gateway.ask('{ products { id note } }');
    expect(data.products).toEqual([
      { id: '1', note: null },
      { id: '2', note: null },
    ]);
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID', subgraph: 'reviews' } }]);
  });

  test.each([
    ['null', () => null],
    ['an object with nothing in it but its key', ({ stars: _, ...others }: object & { stars?: number }) => others],
  ])('also beside other errors, where Apollo Gateway drops them: %s', async (_name, lost) => {
    const half = await reviews();
    await using w = await served([await products(), half]);
    half.tamper = ({ data: { _entities } }) => ({ data: { _entities: [_entities[0], lost(_entities[1])] } });
    const { errors } = await w.gateway.ask('{ boom products { name stars } }');
    expect(errors.map(({ path }) => path?.join('.')).sort()).toEqual(['boom', 'products.1.stars']);
  });
});

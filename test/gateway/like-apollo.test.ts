import '@caregraph/gateway/federation/no-telemetry.ts';
import { composeServices } from '@apollo/composition';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { TestSubgraph } from '../support/subgraph.ts';
import { SUPERGRAPHS } from './supergraphs.ts';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** What Apollo Gateway answers, over the same subgraphs with its own data source. */
async function startApollo(supergraphSdl: string) {
  const apollo = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl, logger: QUIET }), logger: QUIET });
  await apollo.start();
  return {
    stop: () => apollo.stop(),
    async ask(query: string, variables: Record<string, unknown>) {
      const { body } = await apollo.executeOperation({ query, variables });
      if (body.kind !== 'single') throw new Error('An answer in parts.');
      const { data, errors = [], extensions } = JSON.parse(JSON.stringify(body.singleResult));
      return { data, errors, hidden: extensions?.valueCompletion ?? [] };
    },
  };
}

describe.each(SUPERGRAPHS)('as on any Apollo gateway: $name', ({ start, queries }) => {
  let subgraphs: readonly TestSubgraph[];
  let ours: TestGateway;
  let theirs: Awaited<ReturnType<typeof startApollo>>;

  beforeAll(async () => {
    subgraphs = await start();
    const { supergraphSdl, errors } = composeServices(
      subgraphs.map(({ name, url, typeDefs }) => ({ name, url, typeDefs: parse(typeDefs) })),
    );
    if (!supergraphSdl) throw new Error(errors?.join('\n'));
    [ours, theirs] = await Promise.all([startGateway({ supergraphSdl }), startApollo(supergraphSdl)]);
  });
  afterAll(async () => {
    await Promise.all([ours?.stop(), theirs?.stop(), ...subgraphs.map((subgraph) => subgraph.stop())]);
  });

  test.each(queries.map((query) => (typeof query === 'string' ? ([query, {}] as const) : query)))(
    '%s %j',
    async (query, variables) => {
      const expected = await theirs.ask(query, variables);
      const { data, errors, extensions } = await ours.ask(query, variables);
      expect(data).toEqual(expected.data);
      expect(extensions).toBeUndefined();
      const places = (all: readonly { readonly path?: readonly unknown[] }[]) => all.map(({ path }) => path?.join('.'));
      expect(places(errors)).toEqual(expect.arrayContaining(places([...expected.errors, ...expected.hidden])));
      // It hides errors of non-null fields when there are no others, and drops them when there are; they are told here.
      expect(errors.length).toBeGreaterThanOrEqual(expected.errors.length + expected.hidden.length);
      if (expected.errors.length + expected.hidden.length === 0) expect(errors).toEqual([]);
    },
  );
});

import { composeServices } from '@apollo/composition';
import { GATHER_SPECIFICATION, schemaFile } from '@caregraph/schema/contract.ts';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startSubgraph, type TestSubgraph } from '../support/subgraph.ts';

const DIRECTIVES = ['@gather', '@gathered', '@is', '@lookup', '@manifest', '@stamp'];
const GATHERING = `extend schema @link(url: "${GATHER_SPECIFICATION}", import: [${DIRECTIVES.map((d) => `"${d}"`)}])
  ${DIRECTIVES.map((name) => `@composeDirective(name: "${name}")`).join(' ')}
  ${schemaFile('directives.graphql')}`;

/** Ships, and what the ports that they called at have written down of them: nothing of health. */
const LISTS = (routed: string) => `
  calls(first: Int = 2): [Call!] @gather(orderBy: "tons", direction: DESC, limit: "first", atMost: 3) ${routed}
  checks: [Check!] @gather(orderBy: "grade") ${routed}
  hidden: [Check!] @gather(orderBy: "grade") ${routed} @inaccessible`;
const RECORDS = `
  type Call { id: ID! @stamp(with: QUALIFIED_ID) port: Port! @stamp(with: CUSTODIAN) tons: Int cargo: [Cargo!] }
  type Check { id: ID! @stamp(with: QUALIFIED_ID) grade: Float by: Inspector }
  union Cargo = Coal | Grain
  type Coal { kind: String } type Grain { kind: String dry: Boolean! }
  type Inspector { name: String }
  type Port { odsCode: String! name: String }`;

const calls = (code: string) => [
  { __typename: 'Call', id: '1', tons: code === 'A' ? 9 : 10, cargo: [{ __typename: 'Coal', kind: 'hard' }] },
  { __typename: 'Call', id: '2', tons: null, cargo: [{ __typename: 'Grain', kind: 'rye', dry: true }] },
  { __typename: 'Call', id: '3', tons: 100, cargo: [] },
];

describe('what gathers is told by the schema alone', () => {
  let subgraphs: readonly TestSubgraph[];
  let gateway: TestGateway;
  beforeAll(async () => {
    const port = (code: string) =>
      startSubgraph(
        code,
        `directive @gather(orderBy: String!, direction: String, limit: String, atMost: Int) on FIELD_DEFINITION
         directive @stamp(with: String!) on FIELD_DEFINITION
         type Ship @key(fields: "imo") { imo: Int! ${LISTS('').replaceAll(/@gather\([^)]*\)|@inaccessible/g, '')} }
         ${RECORDS.replaceAll(/@stamp\([^)]*\)/g, '')}`,
        {
          Ship: {
            __resolveReference: ({ imo }: { imo: number | string }) => ({
              imo: Number(imo),
              calls: calls(code),
              checks: [{ id: 'c', grade: code === 'A' ? 10.5 : 9, by: null }],
              hidden: () => {
                throw new Error('nobody asks for it');
              },
            }),
          },
        },
      );
    const [index, ...ports] = await Promise.all([
      startSubgraph(
        'index',
        `${GATHERING}
         type Query { ship(number: Int! @is(field: "imo")): Ship @lookup }
         type Ship @key(fields: "imo") { imo: Int! ports: [String!] @inaccessible }`,
        { Query: { ship: (_: unknown, { number }: { number: number }) => ({ imo: number, ports: ['B', 'A'] }) } },
      ),
      port('A'),
      port('B'),
    ]);
    subgraphs = [index, ...ports];
    const { supergraphSdl, errors } = composeServices([
      { name: 'index', url: index.url, typeDefs: parse(index.typeDefs) },
      {
        name: 'ports',
        url: 'gathered:ports',
        typeDefs:
          parse(`extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external", "@inaccessible", "@composeDirective"])
          ${GATHERING}
          type Ship @key(fields: "imo") @gathered(by: "ports") { imo: Int! ports: [String!] @external
            ${LISTS('@requires(fields: "ports")')}
            sources: [Source!] @manifest(of: SOURCES) @requires(fields: "ports")
            completeness: String @manifest(of: COMPLETENESS) @requires(fields: "ports") }
          type Source { custodian: Port! status: String! missing: [String!]! }
          ${RECORDS}`),
      },
    ]);
    if (!supergraphSdl) throw new Error(errors?.join('\n'));
    const trusts = ports.map(({ name, url }) => ({ odsCode: name, name: `Port ${name}`, url }));
    gateway = await startGateway({ supergraphSdl, trusts });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all(subgraphs?.map((subgraph) => subgraph.stop()) ?? []);
  });

  test('numbers order as numbers, null comes last, and a default cuts', async () => {
    const { data, errors } = await gateway.ask(
      '{ ship(number: 7) { imo calls { id tons } all: calls(first: 3) { id } checks { id grade } completeness } }',
    );
    expect(errors).toEqual([]);
    expect(data.ship).toEqual({
      imo: 7,
      calls: [
        { id: 'A:3', tons: 100 },
        { id: 'B:3', tons: 100 },
      ],
      all: [{ id: 'A:3' }, { id: 'B:3' }, { id: 'B:1' }],
      checks: [
        { id: 'B:c', grade: 9 },
        { id: 'A:c', grade: 10.5 },
      ],
      completeness: 'COMPLETE',
    });
  });

  test('unions come as the type that they are, whatever is asked of each', async () => {
    const { data, errors } = await gateway.ask(
      '{ ship(number: 7) { calls(first: 3) { cargo { __typename ... on Grain { dry } } } more: calls(first: 3) { cargo { ... on Coal { kind } } } } }',
    );
    expect(errors).toEqual([]);
    expect(data.ship.calls).toEqual([{ cargo: [] }, { cargo: [] }, { cargo: [{ __typename: 'Coal' }] }]);
    expect(data.ship.more[2]).toEqual({ cargo: [{ kind: 'hard' }] });
  });

  test('a list that clients do not see is not asked for, to find out who answers', async () => {
    const { data, errors } = await gateway.ask('{ ship(number: 7) { sources { custodian { name } status missing } } }');
    expect(errors).toEqual([]);
    expect(data.ship.sources).toEqual([
      { custodian: { name: 'Port A' }, status: 'ANSWERED', missing: [] },
      { custodian: { name: 'Port B' }, status: 'ANSWERED', missing: [] },
    ]);
  });
});

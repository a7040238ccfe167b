import { composeServices } from '@apollo/composition';
import { ACCESS_SPECIFICATION, GATHER_SPECIFICATION, schemaFile } from '@caregraph/schema/contract.ts';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { type Data, startGateway } from '../../support/gateway.ts';
import { startSubgraph } from '../../support/subgraph.ts';

const GATHER = ['@gather', '@gathered', '@is', '@lookup', '@manifest', '@stamp'];
const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
const LINKS = `extend schema @link(url: "${GATHER_SPECIFICATION}", import: [${list(GATHER)}])
  @link(url: "${ACCESS_SPECIFICATION}", import: ["@allow"])
  ${[...GATHER, '@allow'].map((name) => `@composeDirective(name: "${name}")`).join(' ')}
  ${schemaFile('directives.graphql')} ${schemaFile('allow.graphql')}`;

const LISTS = (routed: string) => `
  calls: [Call!] @gather(orderBy: "tons") ${routed}
  crew: [Member!] @gather(orderBy: "since") @allow(roles: [PRIVACY_OFFICER]) ${routed}`;
const TYPES = `
  type Call { id: ID! @stamp(with: QUALIFIED_ID) port: Port! @stamp(with: CUSTODIAN) tons: Int note: String @allow(roles: [PRIVACY_OFFICER]) cargo: [Cargo!] }
  type Member { id: ID! @stamp(with: QUALIFIED_ID) since: Int }
  interface Cargo { kind: String worth: Int }
  type Coal implements Cargo { kind: String worth: Int @allow(roles: [PRIVACY_OFFICER]) }
  type Grain implements Cargo { kind: String worth: Int }
  type Port { odsCode: String! name: String }`;
const bare = (schema: string): string => schema.replaceAll(/@(gather|stamp|allow)\([^)]*\)/g, '');

test('what is refused of a gathered record is asked of no custodian, and a list that is refused is not asked for at all', async () => {
  const resolved: string[] = [];
  const saying = (field: string, value: Data) => () => {
    resolved.push(field);
    return value;
  };
  const cargo = [
    { __typename: 'Coal', kind: 'hard', worth: saying('Coal.worth', 1) },
    { __typename: 'Grain', kind: 'rye', worth: saying('Grain.worth', 2) },
  ];
  const port = await startSubgraph(
    'A',
    `type Ship @key(fields: "imo") { imo: Int! ${bare(LISTS(''))} } ${bare(TYPES)}`,
    {
      Ship: {
        __resolveReference: ({ imo }: Data) => ({
          imo: Number(imo),
          calls: [{ id: '1', tons: 9, note: saying('Call.note', 'secret'), cargo }],
          crew: saying('Ship.crew', [{ id: 'm', since: 1 }]),
        }),
      },
    },
  );
  const index = await startSubgraph(
    'index',
    `${LINKS} type Query { ship(number: Int! @is(field: "imo")): Ship @lookup } type Ship @key(fields: "imo") { imo: Int! ports: [String!] @inaccessible }`,
    { Query: { ship: (_: unknown, { number }: Data) => ({ imo: number, ports: ['A'] }) } },
  );
  const { supergraphSdl, errors } = composeServices([
    { name: 'index', url: index.url, typeDefs: parse(index.typeDefs) },
    {
      name: 'ports',
      url: 'gathered:ports',
      typeDefs:
        parse(`extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external", "@inaccessible", "@composeDirective"])
          ${LINKS}
          type Ship @key(fields: "imo") @gathered(by: "ports") { imo: Int! ports: [String!] @external
            ${LISTS('@requires(fields: "ports")')}
            sources: [Source!] @manifest(of: SOURCES) @requires(fields: "ports")
            completeness: String @manifest(of: COMPLETENESS) @requires(fields: "ports") }
          type Source { custodian: Port! status: String! missing: [String!]! }
          ${TYPES}`),
    },
  ]);
  if (!supergraphSdl) throw new Error(errors?.join('\n'));
  const gateway = await startGateway({ supergraphSdl, trusts: [{ odsCode: 'A', name: 'Port A', url: port.url }] });
  try {
    const answer = await gateway.ask(
      '{ ship(number: 7) { imo calls { id note cargo { kind worth } } crew { id } sources { status missing } completeness } }',
    );
    expect(answer.data.ship).toEqual({
      imo: 7,
      calls: [
        {
          id: 'A:1',
          note: null,
          cargo: [
            { kind: 'hard', worth: null },
            { kind: 'rye', worth: 2 },
          ],
        },
      ],
      crew: null,
      sources: [{ status: 'ANSWERED', missing: [] }],
      completeness: 'COMPLETE',
    });
    expect(answer.errors.map(({ path, extensions }) => [path?.join('.'), extensions?.code])).toEqual([
      ['ship.calls.0.note', 'FORBIDDEN'],
      ['ship.calls.0.cargo.0.worth', 'FORBIDDEN'],
      ['ship.crew', 'FORBIDDEN'],
    ]);
    expect(resolved).toEqual(['Grain.worth']);

    // Whoever asks for the sources alone learns nothing of a list that is refused.
    resolved.length = 0;
    const probed = await gateway.ask('{ ship(number: 7) { sources { status } } }');
    expect(probed.data.ship.sources).toEqual([{ status: 'ANSWERED' }]);
    expect(resolved).toEqual([]);
  } finally {
    await gateway.stop();
    await Promise.all([port.stop(), index.stop()]);
  }
});

import { composeServices } from '@apollo/composition';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type PlanNode, QueryPlanner, type SubscriptionNode } from '@apollo/query-planner';
import { parse } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';

/*
 * What Caregraph relies on in Apollo's planner, over a supergraph with nothing else in it. When one of these tests goes
 * red after an upgrade, the shape of what is gathered (design: "Three things about Apollo's planner") has to be thought
 * through again, whether or not any other test noticed.
 */

const LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@inaccessible"])
`;

const SUBGRAPHS = {
  locator: `
    type Query { patient(n: ID!): Patient other(n: ID!): Patient patients(ns: [ID!]!): [Patient]! }
    type Patient @key(fields: "n") { n: ID! custodians: [ID!] @inaccessible }
  `,
  trusts: `
    type Patient @key(fields: "n") {
      n: ID!
      custodians: [ID!] @external
      alerts: [Alert!] @requires(fields: "custodians")
      contacts(first: Int = 50): [Contact!] @requires(fields: "custodians")
      contactHistory: [Contact!] @inaccessible @requires(fields: "custodians")
    }
    type Alert { text: String }
    type Contact { start: String }
  `,
  warning: `
    type Patient @key(fields: "n") {
      n: ID!
      contacts(first: Int = 50): [Contact!] @external
      contactHistory: [Contact!] @external
      fromContacts: [String!] @requires(fields: "contacts(first: 500) { start }")
      fromHistory: [String!] @requires(fields: "contactHistory { start }")
    }
    type Contact { start: String @external }
  `,
};

interface Fetch {
  readonly subgraph: string;
  /** What the subgraph is asked, on one line. */
  readonly operation: string;
  /** What is handed over of the entity, on one line. */
  readonly given: string;
}

let supergraph: Supergraph;
let planner: QueryPlanner;
beforeAll(() => {
  const { errors, supergraphSdl } = composeServices(
    Object.entries(SUBGRAPHS).map(([name, sdl]) => ({ name, url: `http://${name}`, typeDefs: parse(LINK + sdl) })),
  );
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  supergraph = Supergraph.build(supergraphSdl);
  planner = new QueryPlanner(supergraph);
});

/** The fetches that the planner makes of a query, in the order in which it would make them. */
function plan(query: string): Fetch[] {
  const operation = operationFromDocument(supergraph.apiSchema(), parse(query));
  return fetchesOf(planner.buildQueryPlan(operation).node);
}

function fetchesOf(node: PlanNode | SubscriptionNode | undefined): Fetch[] {
  if (!node) return [];
  switch (node.kind) {
    case 'Fetch':
      return [
        {
          subgraph: node.serviceName,
          operation: node.operation.replace(/\s+/g, ' '),
          given: JSON.stringify(node.requires ?? []),
        },
      ];
    case 'Flatten':
      return fetchesOf(node.node);
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap((each) => fetchesOf(each));
    default:
      throw new Error(`The planner has made a ${node.kind} node, of which nothing is known here.`);
  }
}

const to = (subgraph: string, fetches: readonly Fetch[]): Fetch[] =>
  fetches.filter((each) => each.subgraph === subgraph);

describe('the routing', () => {
  test('is fetched first, and handed over inside each representation, though no client may ask for it', () => {
    const [first, second, ...more] = plan('{ patient(n: "1") { alerts { text } } }');
    expect(more).toEqual([]);
    expect(first).toMatchObject({ subgraph: 'locator', operation: expect.stringContaining('custodians') });
    expect(second).toMatchObject({ subgraph: 'trusts', given: expect.stringContaining('"custodians"') });
    expect(() => plan('{ patient(n: "1") { custodians } }')).toThrow(/Cannot query field "custodians"/);
  });

  test('is one fetch for all the patients of a root field, and for all that is asked of them', () => {
    const fetches = plan(
      '{ patients(ns: ["1", "2"]) { alerts { text } contacts { start } contactsOfOld: contacts(first: 9) { start } } }',
    );
    expect(fetches.map(({ subgraph }) => subgraph)).toEqual(['locator', 'trusts']);
  });
});

describe('what another subgraph requires', () => {
  test('is what the client asked for, when the arguments differ: silently wrong', () => {
    const fetches = plan('{ patient(n: "1") { contacts(first: 5) { start } fromContacts } }');
    expect(to('trusts', fetches)).toHaveLength(1);
    expect(to('trusts', fetches)[0]?.operation).toContain('contacts(first:5)');
    expect(JSON.stringify(fetches)).not.toContain('500');
    expect(to('warning', fetches)[0]?.given).toContain('"contacts"');
  });

  test('is right as long as the client does not ask for the same', () => {
    const fetches = plan('{ patient(n: "1") { fromContacts } }');
    expect(to('trusts', fetches)[0]?.operation).toContain('contacts(first:500)');
  });

  test('is right, in one fetch, from a field without arguments that is there for it alone', () => {
    const fetches = plan('{ patient(n: "1") { contacts(first: 5) { start } fromHistory } }');
    const [gathered, ...more] = to('trusts', fetches);
    expect(more).toEqual([]);
    expect(gathered?.operation).toContain('contacts(first:5)');
    expect(gathered?.operation).toContain('contactHistory');
    expect(to('warning', fetches)[0]?.given).toContain('"contactHistory"');
    expect(to('warning', fetches)[0]?.given).not.toContain('"contacts"');
  });
});

describe('what a client writes', () => {
  test('arrives with its conditions inside the fetch, beside plain fields', () => {
    const [gathered, ...more] = to(
      'trusts',
      plan(`query ($w: Boolean!) { patient(n: "1") {
        contacts(first: 1) { start }
        alerts @include(if: $w) { text }
        ... @include(if: $w) { later: contacts(first: 2) @skip(if: $w) { start } }
      } }`),
    );
    expect(more).toEqual([]);
    expect(gathered?.operation).toMatch(/\$w:Boolean!/);
    expect(gathered?.operation).toContain('alerts@include(if:$w){text}');
    expect(gathered?.operation).toMatch(
      /\.\.\.on Patient@include\(if:\$w\)\{ ?later:contacts\(first:2\)@skip\(if:\$w\)/,
    );
  });

  test('arrives with its aliases, and with the same field under other arguments', () => {
    const [gathered] = to(
      'trusts',
      plan(
        '{ patient(n: "1") { a: alerts { b: text } contacts(first: 1) { start } more: contacts(first: 2) { start } } }',
      ),
    );
    for (const written of ['a:alerts{b:text}', 'contacts(first:1){start}', 'more:contacts(first:2){start}']) {
      expect(gathered?.operation).toContain(written);
    }
  });

  test('arrives in two fetches when it comes from two root fields', () => {
    const fetches = plan('{ patient(n: "1") { alerts { text } } other(n: "1") { alerts { text } } }');
    expect(to('locator', fetches)).toHaveLength(1);
    expect(to('trusts', fetches)).toHaveLength(2);
  });

  test('arrives in two fetches when it comes from two aliases of one root field', () => {
    const fetches = plan('{ a: patient(n: "1") { alerts { text } } b: patient(n: "2") { contacts { start } } }');
    expect(to('trusts', fetches)).toHaveLength(2);
  });
});

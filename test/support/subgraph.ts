import { createServer, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { buildSubgraphSchema, type GraphQLSchemaModule } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { listen } from './listen.ts';
import type { Body } from './trust.ts';

type Resolvers = NonNullable<GraphQLSchemaModule['resolvers']>;

/** An ordinary subgraph, of any schema, on a real server. */
export interface TestSubgraph {
  readonly name: string;
  readonly url: string;
  readonly typeDefs: string;
  /** Answers by hand from here on. */
  answer: ((response: ServerResponse) => void) | null;
  /** Changes every answer from here on. */
  tamper: ((body: Body) => unknown) | null;
  stop(): Promise<void>;
}

const FEDERATION =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@override", "@interfaceObject", "@inaccessible", "@composeDirective"])\n';

/** Serves a schema with its resolvers. */
export async function startSubgraph(name: string, schema: string, resolvers: Resolvers): Promise<TestSubgraph> {
  const typeDefs = FEDERATION + schema;
  const executable = buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers }]);
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await json(request)) as { query: string; variables: Record<string, unknown> };
      if (subgraph.answer) {
        subgraph.answer(response);
        return;
      }
      const result = await graphql({ schema: executable, source: body.query, variableValues: body.variables });
      response.writeHead(200, { 'content-type': 'application/json' });
      const plain: unknown = JSON.parse(JSON.stringify(result));
      response.end(JSON.stringify(subgraph.tamper ? subgraph.tamper(plain) : plain));
    })();
  });
  const listening = await listen(server);
  const subgraph: TestSubgraph = {
    name,
    ...listening,
    typeDefs,
    answer: null,
    tamper: null,
  };
  return subgraph;
}

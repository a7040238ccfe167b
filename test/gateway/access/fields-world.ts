import '@caregraph/gateway/federation/no-telemetry.ts';
import { composeServices } from '@apollo/composition';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { tellRefused } from '@caregraph/gateway/access/field-answer.ts';
import { readFieldRules } from '@caregraph/gateway/access/field-rules.ts';
import { refuseFields } from '@caregraph/gateway/access/fields.ts';
import { ACCESS_SPECIFICATION } from '@caregraph/schema/contract.ts';
import { type DocumentNode, type GraphQLFormattedError, parse, print } from 'graphql';
import { startSubgraph } from '../../support/subgraph.ts';

/** What a subgraph says, so that it may say who may select its fields: roles of nothing that has to do with health. */
export const ALLOW = `extend schema @link(url: "${ACCESS_SPECIFICATION}", import: ["@allow"]) @composeDirective(name: "@allow")
  directive @allow(roles: [access__Role!]!) on FIELD_DEFINITION
  enum access__Role { KEEPER CLERK NIGHT_WATCH }
`;

const FEDERATION =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@override", "@interfaceObject", "@inaccessible", "@composeDirective", "@context", "@fromContext"])\n';

/** Composes subgraphs that say who may select their fields. */
export function composed(schemas: Readonly<Record<string, string>>): string {
  return supergraphOf(
    Object.entries(schemas).map(([name, schema]) => ({
      name,
      url: `http://${name}`,
      typeDefs: FEDERATION + ALLOW + schema,
    })),
  );
}

function supergraphOf(
  subgraphs: readonly { readonly name: string; readonly url: string; readonly typeDefs: string }[],
): string {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, url, typeDefs }) => ({ name, url, typeDefs: parse(typeDefs) })),
  );
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads an answer of any shape.
export type Data = any;

export interface Told {
  readonly data: Data;
  readonly errors: readonly GraphQLFormattedError[];
}

export interface FieldsWorld {
  /** Asks in a role. */
  ask(role: string, query: string, variables?: Record<string, unknown>, operationName?: string): Promise<Told>;
  /** What was executed since the last question: the operations, as Apollo Gateway was given them. */
  readonly executed: string[];
  /** What the subgraphs have resolved since the last question, such as `Mutation.close`, in that order. */
  readonly resolved: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

type Resolvers = Parameters<typeof startSubgraph>[2];

/** Real subgraphs behind Apollo Gateway, with nothing in front of it but the rules of the fields. */
export async function fieldsWorld(
  parts: Readonly<Record<string, readonly [schema: string, resolvers: Resolvers]>>,
): Promise<FieldsWorld> {
  const resolved: string[] = [];
  const executed: string[] = [];
  const subgraphs = await Promise.all(
    Object.entries(parts).map(([name, [schema, resolvers]]) =>
      startSubgraph(name, ALLOW + schema, counted(resolvers, resolved)),
    ),
  );
  const supergraphSdl = supergraphOf(subgraphs);
  const apollo = new ApolloServer<{ role: string }>({
    gateway: guarded(new ApolloGateway({ supergraphSdl, logger: QUIET }), supergraphSdl, executed),
    introspection: true,
    logger: QUIET,
  });
  await apollo.start();
  return {
    executed,
    resolved,
    async ask(role, query, variables = {}, operationName) {
      executed.length = 0;
      resolved.length = 0;
      const { body } = await apollo.executeOperation(
        { query, variables, ...(operationName && { operationName }) },
        { contextValue: { role } },
      );
      if (body.kind !== 'single') throw new Error('An answer in parts.');
      const { data, errors = [] } = JSON.parse(JSON.stringify(body.singleResult));
      return { data, errors };
    },
    async [Symbol.asyncDispose]() {
      await apollo.stop();
      await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
    },
  };
}

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

function guarded(apollo: ApolloGateway, supergraphSdl: string, executed: string[]): GatewayInterface {
  const rules = readFieldRules(supergraphSdl);
  if (!rules) throw new Error('There are no rules.');
  return {
    onSchemaLoadOrUpdate: (callback) => apollo.onSchemaLoadOrUpdate(callback),
    stop: () => apollo.stop(),
    async load(options) {
      const { executor } = await apollo.load(options);
      const execute: typeof executor = (request) => {
        executed.push(oneLine(request.document));
        return executor(request);
      };
      return {
        async executor(request) {
          const refused = refuseFields(rules, request, request.context.role);
          if (!refused) return execute(request);
          const queryHash = `${request.queryHash} without ${refused.fields.join(' ')}`;
          const answer = refused.remaining && (await execute({ ...request, ...refused.remaining, queryHash }));
          return tellRefused(answer, refused, request.request.variables);
        },
      };
    },
  };
}

const oneLine = (document: DocumentNode): string => print(document).replaceAll(/\s+/g, ' ');

/** The same resolvers, each of which says that it was called. */
function counted(resolvers: Resolvers, resolved: string[]): Resolvers {
  const of = (type: string, fields: object): object =>
    Object.fromEntries(
      Object.entries(fields).map(([field, resolve]) => [
        field,
        typeof resolve !== 'function' || field.startsWith('__')
          ? resolve
          : (...given: unknown[]) => {
              resolved.push(`${type}.${field}`);
              return resolve(...given);
            },
      ]),
    );
  return Object.fromEntries(Object.entries(resolvers).map(([type, fields]) => [type, of(type, fields)])) as Resolvers;
}

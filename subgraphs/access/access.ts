import { buildSubgraphSchema } from '@apollo/subgraph';
import { contract } from '@caregraph/schema/contract.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { Route, SubgraphRequest } from '@caregraph/service/serve.ts';
import { type GraphQLSchema, parse } from 'graphql';
import { createAccessLogStore, type LoggingGateway } from './access-log.ts';
import type { AccessCaller } from './caller.ts';
import type { AccessContext } from './context.ts';
import type { Database } from './database.ts';
import { createGlassStore } from './glass-store.ts';
import { createLineStore } from './line-store.ts';
import { mutations } from './mutations.ts';
import { access, accessedSource, queries, review } from './queries.ts';
import { createReviewStore } from './review-store.ts';
import { accessRoutes } from './routes.ts';

export interface AccessOptions {
  readonly database: Database;
  readonly clock: () => Date;
  /** A new UUID (RFC 9562), in small letters. */
  readonly newUUID: () => string;
  /** How long broken glass gives access, in minutes. */
  readonly glassMinutes: number;
  /** Told when there is a notice to deliver to a privacy officer. */
  readonly onNotice: () => void;
  readonly log: Logger;
}

/** The access subgraph, ready to be served. */
export interface AccessSubgraph {
  /** The contract (`schema/access.graphql`) with its resolvers, for Apollo Federation 2. */
  readonly schema: GraphQLSchema;
  /** What gateways ask for themselves, beside GraphQL. */
  readonly routes: Readonly<Record<string, Route<AccessCaller>>>;
  /** Makes the context of one request. */
  context(request: Pick<SubgraphRequest<AccessCaller>, 'caller' | 'signal'>): AccessContext;
}

/** Who looked, who broke the glass, and what came of it, over a database. */
export function createAccess({ database, clock, log, ...options }: AccessOptions): AccessSubgraph {
  const glass = createGlassStore(database);
  const reviews = createReviewStore(database);
  const resolvers = {
    ...scalars,
    Query: queries(createAccessLogStore(database, glass), reviews),
    Mutation: mutations({ ...options, glass, reviews }),
    LoggingGateway: { completeUntil: ({ completeUntil }: LoggingGateway) => completeUntil.toISOString() },
    Access: access,
    AccessedSource: accessedSource,
    Review: review,
  };
  return {
    schema: buildSubgraphSchema([{ typeDefs: parse(contract('access')), resolvers }]),
    routes: accessRoutes({ glass, lines: createLineStore(database), clock, log }),
    context: ({ caller, signal }) => ({ caller, now: clock(), signal }),
  };
}

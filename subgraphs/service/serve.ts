import { ApolloServer, type BaseContext } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLSchema } from 'graphql';
import { presentError } from './errors.ts';
import { createHttp, mountGraphQL, mountLandingPage } from './http.ts';
import type { Logger } from './log.ts';

/** What a subgraph knows of a request before it answers. */
export interface SubgraphRequest {
  /** The header that says who asks (RFC 6750). */
  readonly authorization: string | undefined;
  /** Aborts when the caller has gone, or will not wait any longer. */
  readonly signal: AbortSignal;
}

export interface SubgraphOptions<Context extends BaseContext> {
  readonly schema: GraphQLSchema;
  readonly log: Logger;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The largest request body that is read, in bytes. */
  readonly bodyLimit: number;
  readonly context: (request: SubgraphRequest) => Context | Promise<Context>;
  /** Resolves, with what is worth telling, while the subgraph can answer; rejects when it cannot. */
  readonly ready: (signal: AbortSignal) => Promise<unknown>;
  /** Whether this is a developer's machine: Apollo Sandbox is the landing page then. */
  readonly development: boolean;
}

/** A server that runs. */
export interface Served {
  /** Where it is, without a path, such as `http://127.0.0.1:4201`. */
  readonly url: string;
  /** Answers what has begun, takes nothing new, and lets go of everything. */
  close(): Promise<void>;
}

/** Serves one subgraph at `POST /graphql`. */
export async function serveSubgraph<Context extends BaseContext>(options: SubgraphOptions<Context>): Promise<Served> {
  const { schema, log, development } = options;
  const app = createHttp(options);
  const apollo = new ApolloServer<Context>({
    schema,
    // A subgraph is asked by gateways and explored by its own trust; what it can answer stands in the contract anyway.
    introspection: true,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    logger: log,
    formatError: (formatted, error) =>
      presentError(formatted, () => log.error({ err: unwrapResolverError(error) }, 'a field failed')),
    plugins: [
      // Neither is for us: traces would go into answers, and whoever may keep an answer is told by the header that `mountGraphQL` sends.
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      development
        ? ApolloServerPluginLandingPageLocalDefault({ embed: { runTelemetry: false } })
        : ApolloServerPluginLandingPageDisabled(),
    ],
  });
  await apollo.start();
  if (development) mountLandingPage(app, apollo, ['/graphql']);
  mountGraphQL(app, apollo, async ({ authorization, gone, deadlineMs }) =>
    options.context({
      authorization,
      signal: deadlineMs === undefined ? gone : AbortSignal.any([gone, AbortSignal.timeout(deadlineMs)]),
    }),
  );
  const url = await app.listen({ host: options.host, port: options.port });
  return {
    url,
    async close() {
      await app.close();
      await apollo.stop();
    },
  };
}

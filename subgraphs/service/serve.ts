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
import type { Guard } from './guard.ts';
import { createHttp, factsOf, guardPosts, mountGraphQL, mountLandingPage, type RequestFacts } from './http.ts';
import type { Logger } from './log.ts';
import type { Tls } from './tls.ts';

/** What a subgraph knows of a request before it answers. */
export interface SubgraphRequest<Caller> {
  /** Who asks, as the guard has found out. */
  readonly caller: Caller;
  /** What the body holds as `extensions` (GraphQL over HTTP specification), whatever that is. */
  readonly extensions: unknown;
  /** Aborts when the caller has gone, or will not wait any longer. */
  readonly signal: AbortSignal;
}

/** Answers what is posted to an address beside GraphQL: JSON in, JSON out. */
export type Route<Caller> = (
  body: unknown,
  request: Pick<SubgraphRequest<Caller>, 'caller' | 'signal'>,
) => Promise<{ readonly status: number; readonly body: unknown }>;

export interface SubgraphOptions<Context extends BaseContext, Caller> {
  readonly schema: GraphQLSchema;
  readonly log: Logger;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The largest request body that is read, in bytes. */
  readonly bodyLimit: number;
  /** For `https`; plain `http` when left out. With an authority in it, a client must show a certificate of that authority. */
  readonly tls?: Tls | undefined;
  /** Finds out who asks. Whoever it does not know gets status 401, and nothing else. */
  readonly guard: Guard<Caller>;
  readonly context: (request: SubgraphRequest<Caller>) => Context | Promise<Context>;
  /** What else is answered, by path, such as `/audit/lines`; guarded like the rest. */
  readonly routes?: Readonly<Record<string, Route<Caller>>>;
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
export async function serveSubgraph<Context extends BaseContext, Caller>(
  options: SubgraphOptions<Context, Caller>,
): Promise<Served> {
  const { schema, log, development, routes = {} } = options;
  const app = createHttp(options);
  const callerOf = guardPosts(app, options.guard);
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
  if (development) mountLandingPage(app, () => apollo, ['/graphql']);
  mountGraphQL(
    app,
    () => apollo,
    async (facts, request) =>
      options.context({
        caller: callerOf(request),
        extensions: extensionsOf(request.body),
        signal: signalOf(facts),
      }),
  );
  for (const [path, route] of Object.entries(routes)) {
    app.post(path, async (request, reply) => {
      const { status, body } = await route(request.body, {
        caller: callerOf(request),
        signal: signalOf(factsOf(request, reply)),
      });
      return reply.code(status).header('cache-control', 'no-store').send(body);
    });
  }
  const address = await app.listen({ host: options.host, port: options.port });
  return {
    // Of a server that it did not make itself, Fastify does not know that it speaks TLS.
    url: options.tls ? address.replace(/^http:/, 'https:') : address,
    async close() {
      await app.close();
      await apollo.stop();
    },
  };
}

const signalOf = ({ gone, elapsedMs, deadlineMs }: RequestFacts): AbortSignal =>
  deadlineMs === undefined
    ? gone
    : AbortSignal.any([gone, AbortSignal.timeout(Math.max(0, Math.ceil(deadlineMs - elapsedMs)))]);

const extensionsOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'extensions' in body ? body.extensions : undefined;

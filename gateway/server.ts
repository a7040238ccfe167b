import { ApolloServer } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { scalars } from '@caregraph/schema/scalars.ts';
import { type Authenticator, UnauthenticatedError } from '@caregraph/service/authenticate.ts';
import { ConfigError } from '@caregraph/service/config.ts';
import { presentError } from '@caregraph/service/errors.ts';
import { asGraphQL, createHttp, mountGraphQL, mountLandingPage } from '@caregraph/service/http.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { Served } from '@caregraph/service/serve.ts';
import cors from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import { type Caller, callerOf } from './access/caller.ts';
import type { RequestContext } from './context.ts';
import { AnonymousCache } from './federation/anonymous-cache.ts';
import { FederationGateway } from './federation/gateway.ts';
import { Replay } from './federation/replay.ts';
import type { Post } from './federation/subgraph.ts';
import { Contracts } from './gather/contracts.ts';
import type { Custodians } from './gather/gather.ts';
import { type Clock, patience } from './gather/patience.ts';
import { type GatherRules, readGatherRules } from './gather/rules.ts';
import { GatherScope, type Send } from './gather/scope.ts';
import { SANDBOX_ORIGINS, type SandboxStart, sandbox } from './sandbox.ts';
import { Registry, type Trust } from './trusts/registry.ts';
import { createTransport } from './trusts/transport.ts';

export interface GatewayOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly supergraphSdl: string;
  /** Addresses of subgraphs, by name, in place of those in the supergraph. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly trusts: readonly Trust[];
  /** How long a request may take, in milliseconds. */
  readonly deadlineMs: number;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly log: Logger;
  /** On a developer's machine, what Apollo Sandbox opens with; elsewhere `null`: no landing page, no introspection. */
  readonly sandbox: SandboxStart | null;
}

/** The largest request body that is read. */
const BODY_LIMIT_BYTES = 100 * 1024;

/**
 * Serves the gateway: GraphQL at `POST /graphql` for callers with a token, `/health/live` and `/health/ready` for all.
 *
 * @throws ConfigError when the supergraph cannot be served, or nothing can listen at the address, saying why.
 */
export async function serveGateway(options: GatewayOptions): Promise<Served> {
  const { clock, log, deadlineMs, authenticator } = options;
  const transport = createTransport();
  const registry = new Registry(options.trusts);
  const contracts = new Contracts(clock);
  const { apollo, rules } = await configured('The supergraph cannot be served.', () =>
    startApollo(options, registry, transport.post),
  );

  // A trust that is down is told of in every answer; it does not make the gateway less able to give one.
  const app = createHttp({ log, bodyLimit: BODY_LIMIT_BYTES, ready: async () => ({ trusts: registry.codes.length }) });
  const callers = new WeakMap<FastifyRequest, Caller>();
  if (options.sandbox) {
    await app.register(cors, { origin: [...SANDBOX_ORIGINS], methods: ['GET', 'POST'], maxAge: 600 });
    mountLandingPage(app, apollo, ['/', '/graphql']);
  }
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url !== '/graphql' || request.method !== 'POST') return;
    try {
      callers.set(request, callerOf(await authenticator.authenticate(request.headers.authorization)));
    } catch (error) {
      if (!(error instanceof UnauthenticatedError)) throw error;
      await reply.code(401).header('www-authenticate', 'Bearer').send(asGraphQL(error.code, error.message));
    }
  });
  mountGraphQL<RequestContext>(app, apollo, async ({ gone, deadlineMs: stated }, request) => {
    const caller = callers.get(request);
    if (!caller) throw new Error('A request without a caller has come through.');
    const wait = patience(clock, Math.min(stated ?? deadlineMs, deadlineMs), gone);
    const send: Send = (custodian, request, how) => {
      const url = registry.address(custodian);
      if (url) return transport.post(url, request, how);
      const reason = 'This gateway has no address for it.';
      return Promise.resolve({ fault: { kind: 'UNAVAILABLE', reason } });
    };
    return {
      caller,
      patience: wait,
      replay: new Replay(),
      gather: rules && new GatherScope({ rules, contracts, send, clock, patience: wait }),
    };
  });

  const { host, port } = options;
  const url = await configured(`Nothing can listen at ${host}, port ${port}.`, () => app.listen({ host, port }));
  return {
    url,
    async close() {
      await app.close();
      await apollo.stop();
      await transport.close();
    },
  };
}

async function startApollo(
  { supergraphSdl, addresses, clock, log, sandbox: start }: GatewayOptions,
  custodians: Custodians,
  post: Post,
): Promise<{ apollo: ApolloServer<RequestContext>; rules: GatherRules | null }> {
  const rules = readGatherRules(supergraphSdl, scalars);
  const apollo = new ApolloServer<RequestContext>({
    gateway: new FederationGateway({ supergraphSdl, rules, custodians, addresses, scalars, post, clock, log }),
    introspection: start !== null,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    documentStore: new AnonymousCache(),
    logger: log,
    formatError: (formatted, error) =>
      presentError(formatted, () => log.error({ err: unwrapResolverError(error) }, 'a request failed')),
    plugins: [start ? sandbox(start) : ApolloServerPluginLandingPageDisabled()],
  });
  await apollo.start();
  return { apollo, rules };
}

/** Does what depends on the configuration; when it fails, it is the configuration that is to be put right. */
async function configured<Result>(failure: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new ConfigError(`${failure} ${error instanceof Error ? error.message : ''}`.trim(), { cause: error });
  }
}

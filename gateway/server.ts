import { ApolloServer } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { scalars } from '@caregraph/schema/scalars.ts';
import type { Authenticator } from '@caregraph/service/authenticate.ts';
import { ConfigError } from '@caregraph/service/config.ts';
import { presentError } from '@caregraph/service/errors.ts';
import { createHttp, mountGraphQL, mountLandingPage } from '@caregraph/service/http.ts';
import { listenWidely } from '@caregraph/service/listen.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { Served } from '@caregraph/service/serve.ts';
import { ukDate } from '@caregraph/service/uk-time.ts';
import cors from '@fastify/cors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { type Agreements, sharesOf } from './access/agreements.ts';
import { type Caller, type CallerReading, callerOf, ROLE_HEADER } from './access/caller.ts';
import type { Decision } from './access/decision.ts';
import { readFieldRules } from './access/field-rules.ts';
import { mountPublicKeys } from './access/onward-keys.ts';
import type { AccessServices } from './access/services.ts';
import { after } from './after.ts';
import type { RequestContext } from './context.ts';
import { type FederationContext, FederationGateway } from './federation/gateway.ts';
import { Replay } from './federation/replay.ts';
import { Contracts } from './gather/contracts.ts';
import { type Clock, patience } from './gather/patience.ts';
import { type GatherRules, readGatherRules } from './gather/rules.ts';
import { GatherScope } from './gather/scope.ts';
import { GuardedGateway } from './guarded-gateway.ts';
import { InUse } from './in-use.ts';
import { KeptDocuments } from './limits/kept-documents.ts';
import { mountAdmission } from './limits/mount.ts';
import { followRegistered, readRegistered } from './limits/registered-files.ts';
import { OWN_TIMING, type Timing } from './load/processor.ts';
import { createShedding } from './load/shed.ts';
import { claimsUrgency, isUrgent } from './load/urgent.ts';
import { SANDBOX_ORIGINS, type SandboxStart, sandbox } from './sandbox.ts';
import type { Setup } from './setup.ts';
import { Callees } from './trusts/callees.ts';
import { Registry } from './trusts/registry.ts';
import type { Authorize, Transport } from './trusts/transport.ts';

/** A gateway, and the setup that it starts with. */
export interface GatewayOptions extends Setup {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly authenticator: Authenticator;
  /** How the claims of tokens are read. */
  readonly reading: Pick<CallerReading, 'claims' | 'roles'>;
  /** `null` for a supergraph in which nothing is gathered: there is nobody's record to share, or to tell of. */
  readonly access: AccessServices | null;
  readonly transport: Transport;
  readonly clock: Clock;
  /** A new UUID. */
  readonly newId: () => string;
  readonly log: Logger;
  readonly documents: {
    /** Whether nothing but registered documents may run. */
    readonly registeredOnly: boolean;
    /** Files of persisted query manifests, whose documents are registered beside Caregraph's own. */
    readonly manifests: readonly string[];
  };
  /** On a developer's machine, what Apollo Sandbox opens with; elsewhere `null`: no landing page, no introspection. */
  readonly sandbox: SandboxStart | null;
  /** Aborts when this gateway is about to be closed (`HttpOptions`). */
  readonly leaving?: AbortSignal;
  /** How it finds out whether its processor keeps up; by this process's own when left out. */
  readonly timing?: Timing;
}

/** The largest request body that is read. */
const BODY_LIMIT_BYTES = 100 * 1024;

/** A gateway that runs. */
export interface ServedGateway extends Served {
  /**
   * Serves another setup from here on; requests that have begun end with the one that they began with.
   *
   * @throws ConfigError when it cannot be served. The last one stays.
   */
  replace(setup: Setup): Promise<void>;
}

/**
 * Serves the gateway: GraphQL at `POST /graphql` for callers with a token, its public keys, and `/health/live` and
 * `/health/ready` for all. Closing it closes neither the transport nor what stands behind `access`.
 *
 * @throws ConfigError when the supergraph cannot be served, or nothing can listen at the address, saying why.
 */
export async function serveGateway(options: GatewayOptions): Promise<ServedGateway> {
  const { clock, log, authenticator, reading, access, leaving, timing = OWN_TIMING } = options;
  const { registeredOnly, manifests } = options.documents;
  const callees = new Callees({ ...options, random: Math.random, after, deadlineMs: () => inUse.current.deadlineMs });
  const calling = { ...options, callees };
  const inUse = new InUse(await serving(calling, options), ({ apollo }) => apollo.stop());
  const registered = followRegistered({ files: manifests, schema: () => inUse.current.schema, log });

  const shedding = createShedding({
    claimsUrgency: ({ headersDistinct: { authorization, [ROLE_HEADER]: roleInUse } }) =>
      claimsUrgency(authorization, roleInUse, reading),
    timing,
    random: Math.random,
    log,
  });
  const app = createHttp({
    log,
    bodyLimit: BODY_LIMIT_BYTES,
    // A trust that is down is told of in every answer; it does not make the gateway less able to give one.
    ready: async () => ({ trusts: inUse.current.trusts, audit: access && (await access.audit.ready()) }),
    leaving,
    admit: shedding.admit,
  });
  if (access) mountPublicKeys(app, access.keys);
  const callers = new WeakMap<FastifyRequest, Caller>();
  if (options.sandbox) {
    await app.register(cors, { origin: [...SANDBOX_ORIGINS], methods: ['GET', 'POST'], maxAge: 600 });
    mountLandingPage(app, () => inUse.current.apollo, ['/', '/graphql']);
  }
  shedding.mount(app, (request) => {
    const caller = callers.get(request);
    return caller !== undefined && isUrgent(caller.role);
  });
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.url !== '/graphql' || request.method !== 'POST') return;
    // Of headers that came twice, `headers` keeps the first.
    const { authorization, [ROLE_HEADER]: roleInUse } = request.raw.headersDistinct;
    callers.set(request, callerOf(await authenticator.authenticate(authorization), roleInUse, reading));
  });
  mountAdmission(app, () => ({
    registeredOnly,
    registered: registered.current(),
    isKnown: (hash) => inUse.current.documents.knows(hash),
  }));
  const begun = new WeakMap<FastifyRequest, Serving>();
  const take = (request: FastifyRequest, reply: FastifyReply): ApolloServer<RequestContext> => {
    const { value, release } = inUse.take();
    begun.set(request, value);
    // Who has gone already goes no more.
    if (reply.raw.closed) release();
    else reply.raw.once('close', release);
    return value.apollo;
  };
  mountGraphQL<RequestContext>(app, take, async ({ gone, elapsedMs, deadlineMs: stated }, request) => {
    const caller = callers.get(request);
    const serving = begun.get(request);
    if (!caller || !serving) throw new Error('A request without a caller has come through.');
    const wait = patience(clock, Math.min(stated ?? serving.deadlineMs, serving.deadlineMs) - elapsedMs, gone);
    return { caller, patience: wait, replay: new Replay() };
  });

  const { host, port } = options;
  const listening = await configured(`Nothing can listen at ${host}, port ${port}.`, () =>
    listenWidely(app, { host, port }),
  );
  return {
    url: listening.url,
    async replace(setup) {
      inUse.replace(await serving(calling, setup));
      registered.check();
    },
    async close() {
      registered.close();
      await Promise.all([app.close(), listening.close()]);
      shedding.close();
      callees.close();
      await inUse.close();
    },
  };
}

/** What outlives every setup: what was learnt of those who are called. */
interface CallingOptions extends GatewayOptions {
  readonly callees: Callees;
}

/** What requests are answered with under one setup. */
interface Serving {
  readonly apollo: ApolloServer<RequestContext>;
  /** The schema that clients see. */
  readonly schema: GraphQLSchema;
  readonly documents: KeptDocuments;
  readonly deadlineMs: number;
  /** How many trusts can be asked. */
  readonly trusts: number;
}

async function serving(options: CallingOptions, setup: Setup): Promise<Serving> {
  const registry = new Registry(setup.trusts);
  const started = await configured('The supergraph cannot be served.', () => startApollo(options, setup, registry));
  try {
    // What runs on what was served before must run on what is served now.
    readRegistered(options.documents.manifests, started.schema);
  } catch (error) {
    await started.apollo.stop();
    throw error;
  }
  return { ...started, deadlineMs: setup.deadlineMs, trusts: registry.codes.length };
}

async function startApollo(
  options: CallingOptions,
  { supergraphSdl, addresses }: Setup,
  registry: Registry,
): Promise<Pick<Serving, 'apollo' | 'schema' | 'documents'>> {
  const { access, clock, newId, log, sandbox: start } = options;
  const rules = readGatherRules(supergraphSdl, scalars);
  if (rules && !access) throw new Error('It gathers records, and nothing says who may see them.');
  const gateway = new FederationGateway({ supergraphSdl, rules, custodians: registry, addresses, scalars, clock, log });
  const { promise: loaded, resolve: load } = Promise.withResolvers<GraphQLSchema>();
  gateway.onSchemaLoadOrUpdate(({ apiSchema }) => load(apiSchema));
  const documents = new KeptDocuments();
  const apollo = new ApolloServer<RequestContext>({
    gateway: new GuardedGateway({
      gateway,
      rules,
      fieldRules: readFieldRules(supergraphSdl),
      sharesOf: (caller) => sharesOf(access?.agreements() ?? NO_AGREEMENTS, caller, ukDate(clock.now())),
      glass: access?.glass ?? null,
      audit: access?.audit ?? null,
      clock,
      newId,
      executionContext: execution(options, registry, rules),
    }),
    introspection: start !== null,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    // Whoever makes hundreds of mistakes is told of the first.
    validationOptions: { maxErrors: 10 },
    documentStore: documents,
    logger: log,
    formatError: (formatted, error) =>
      presentError(formatted, () => log.error({ err: unwrapResolverError(error) }, 'a request failed')),
    plugins: [start ? sandbox(start) : ApolloServerPluginLandingPageDisabled()],
  });
  await apollo.start();
  return { apollo, schema: await loaded, documents };
}

/** How a request asks: of trusts only what they share, of subgraphs with what may be shown, and of both with a token. */
function execution(
  { callees, access, clock }: CallingOptions,
  registry: Registry,
  rules: GatherRules | null,
): (request: RequestContext, decision: Decision, accessId: string) => FederationContext {
  const contracts = new Contracts(clock);
  return ({ caller, patience, replay }, { sharing, shown }, accessId) => {
    const as = (audience: string): Authorize | undefined =>
      access ? (body) => access.onward.authorize({ audience, body, caller: { ...caller, accessId } }) : undefined;
    return {
      patience,
      replay,
      post(subgraph, request, how) {
        const extensions = { caregraph: { sharing: shown } };
        return callees.subgraph(subgraph).ask({
          request: rules ? { ...request, extensions } : request,
          patience: how,
          authorize: as(subgraph.name),
        });
      },
      gather:
        rules &&
        new GatherScope({
          rules,
          contracts,
          sharing,
          clock,
          patience,
          send(custodian, request, how) {
            const trust = registry.trust(custodian);
            if (trust) return callees.trust(trust).ask({ request, patience: how, authorize: as(custodian) });
            const reason = 'This gateway has no address for it.';
            return Promise.resolve({ fault: { kind: 'UNAVAILABLE', reason } });
          },
        }),
    };
  };
}

const NO_AGREEMENTS: Agreements = [];

/** Does what depends on the configuration; when it fails, it is the configuration that is to be put right. */
async function configured<Result>(failure: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new ConfigError(`${failure} ${error instanceof Error ? error.message : ''}`.trim(), { cause: error });
  }
}

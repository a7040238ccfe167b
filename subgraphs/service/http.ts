import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApolloServer, BaseContext } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { GraphQLError } from 'graphql';
import { UnauthenticatedError } from './authenticate.ts';
import { createServer, LONGEST_REQUEST_MS } from './connections.ts';
import type { CheckBody, Guard } from './guard.ts';
import type { Logger } from './log.ts';
import type { Tls } from './tls.ts';

export interface HttpOptions {
  readonly log: Logger;
  /** The largest request body that is read, in bytes. */
  readonly bodyLimit: number;
  /** For `https`; plain `http` when left out. With an authority in it, a client must show a certificate of that authority. */
  readonly tls?: Tls | undefined;
  /** Resolves while the process can do its work; rejects with the reason when it cannot. */
  readonly ready: (signal: AbortSignal) => Promise<unknown>;
  /**
   * Aborts when this process is about to close: it is not ready any more, and keeps no connection, but answers as before. So
   * whoever stands in front of it sends what is new to another, and nothing is lost.
   */
  readonly leaving?: AbortSignal | undefined;
  /** Lets a request in, or answers it and returns `false`: before anything else looks at it. */
  readonly admit?: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

/** The header that says how many milliseconds the caller will still wait. */
export const DEADLINE_HEADER = 'caregraph-deadline-ms';

const READY_TIMEOUT_MS = 1_000;

/** Node's timers take no more: a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A Fastify server with what every process of Caregraph answers: `/health/live`, `/health/ready`, and errors in the form
 * of GraphQL, without the address that was asked for. It closes by answering what it has begun, and taking nothing new;
 * what has not ended after half a minute is cut off.
 */
export function createHttp({ log, bodyLimit, tls, ready, leaving, admit }: HttpOptions): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  const app: FastifyInstance = Fastify({
    loggerInstance,
    serverFactory: (answer) => createServer({ tls, admit, answer, refusal: asGraphQL }),
    // What is no HTTP is answered there as well.
    clientErrorHandler: () => {},
    // Fastify's own lines hold the URL, in which somebody may have put a patient's number.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    forceCloseConnections: 'idle',
    // Fastify's own refusal is not in the form of GraphQL; the one below is.
    return503OnClosing: false,
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      void reply.code(400).send(asGraphQL('BAD_REQUEST', 'The address of this request is malformed.'));
    },
  });
  // A query sent as text is refused like any other that is not JSON.
  app.removeContentTypeParser('text/plain');
  closeGently(app, leaving);

  app.get('/health/live', async () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    if (leaving?.aborted) return reply.code(503).send({ status: 'leaving' });
    try {
      return { status: 'ready', detail: await ready(AbortSignal.timeout(READY_TIMEOUT_MS)) };
    } catch (error) {
      log.warn({ err: error }, 'not ready');
      return reply.code(503).send({ status: 'not ready' });
    }
  });

  app.setNotFoundHandler((_request, reply) => {
    void reply
      .code(404)
      .send(asGraphQL('NOT_FOUND', 'There is nothing at this address. GraphQL is asked by POST at /graphql.'));
  });
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    if (error instanceof UnauthenticatedError) {
      void reply.code(401).header('www-authenticate', 'Bearer').send(asGraphQL(error.code, error.message));
      return;
    }
    // The Host header, which Apollo Server's integration makes an address of, was none.
    const status = error.code === 'ERR_INVALID_URL' ? 400 : (error.statusCode ?? 500);
    if (status >= 500) log.error({ err: error }, 'request failed');
    // Fastify would close the connection at once, and whoever is still sending would see that it broke, and not why. What is
    // still to come is read and thrown away, for as long as any request may take.
    if (status === 413) reply.removeHeader('connection');
    void reply.code(status).send(describe(status, bodyLimit));
  });
  app.addHook('onResponse', async (request, reply) => {
    log.info(
      { route: request.routeOptions.url ?? null, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'answered',
    );
  });
  return app;
}

/** Once it is leaving, a server keeps no connection for more; once it is closing, it refuses what comes. */
function closeGently(app: FastifyInstance, leaving: AbortSignal | undefined): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
    // Node no longer looks after a request that does not come to its end, once it takes no new connections.
    setTimeout(() => app.server.closeAllConnections(), LONGEST_REQUEST_MS).unref();
  });
  app.addHook('onRequest', async (_request, reply) => {
    if (closing) {
      await reply.code(503).send(asGraphQL('CLOSING', 'This server is closing down. Ask again; another will answer.'));
    }
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing || leaving?.aborted) void reply.header('connection', 'close');
  });
}

/** The body of a refusal, in the form of a GraphQL response. */
export function asGraphQL(
  code: string,
  message: string,
): { errors: [{ message: string; extensions: { code: string } }] } {
  return { errors: [{ message, extensions: { code } }] };
}

function describe(status: number, bodyLimit: number): ReturnType<typeof asGraphQL> {
  switch (status) {
    case 413:
      return asGraphQL(
        'REQUEST_TOO_LARGE',
        `The body of this request is larger than ${bodyLimit} bytes, the most that is read.`,
      );
    case 415:
      return asGraphQL(
        'UNSUPPORTED_MEDIA_TYPE',
        'Send the query as JSON, with the header "content-type: application/json".',
      );
    case 503:
      return asGraphQL('UNAVAILABLE', 'Something that is needed to answer is away just now. Ask again.');
    default:
      return status < 500
        ? asGraphQL(
            'BAD_REQUEST',
            'The body of this request is not JSON of the form { "query": "…", "variables": { … } }.',
          )
        : asGraphQL('INTERNAL_SERVER_ERROR', 'Something failed here that should not have. It was logged.');
  }
}

/**
 * Lets a guard find out who asks, of every POST: what it refuses is answered with status 401, and nothing of its body is
 * read as more than bytes.
 *
 * @returns who asks, for a request that was let through.
 */
export function guardPosts<Caller>(app: FastifyInstance, guard: Guard<Caller>): (request: FastifyRequest) => Caller {
  const checks = new WeakMap<FastifyRequest, CheckBody<Caller>>();
  const callers = new WeakMap<FastifyRequest, { readonly caller: Caller }>();
  const holdAgainst = (request: FastifyRequest, body: Uint8Array): void => {
    const checkBody = checks.get(request);
    if (checkBody) callers.set(request, { caller: checkBody(body) });
  };
  const parseJSON = app.getDefaultJsonParser('error', 'error');
  app.addHook('onRequest', async (request) => {
    if (request.method === 'POST' && !request.is404) {
      checks.set(request, await guard.check(request.headers.authorization));
    }
  });
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    try {
      holdAgainst(request, body);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    parseJSON(request, body.toString(), done);
  });
  // A request without a body meets no parser.
  app.addHook('preValidation', async (request) => {
    if (!callers.has(request)) holdAgainst(request, new Uint8Array());
  });
  return (request) => {
    const found = callers.get(request);
    if (!found) throw new Error('A request that was not guarded has come through.');
    return found.caller;
  };
}

/** What a request tells beside its body. */
export interface RequestFacts {
  /** Aborts when the caller goes away before it has its answer. */
  readonly gone: AbortSignal;
  /** How many milliseconds have passed since the request's headers were there. */
  readonly elapsedMs: number;
  /** How many milliseconds the caller was going to wait then, where it says so. */
  readonly deadlineMs: number | undefined;
}

/**
 * Serves started Apollo Servers at `POST /graphql`. NHS numbers never stand in an address, so there is no GET, but for
 * the landing page where one is mounted before.
 *
 * @param apolloOf the server that answers a request.
 */
export function mountGraphQL<Context extends BaseContext>(
  app: FastifyInstance,
  apolloOf: (request: FastifyRequest, reply: FastifyReply) => ApolloServer<Context>,
  context: (facts: RequestFacts, request: FastifyRequest) => Promise<Context>,
): void {
  const answerOf = handlers((apollo: ApolloServer<Context>) =>
    fastifyApolloHandler(apollo, {
      context: (request, reply) => context(factsOf(request, reply), request),
    }),
  );
  app.post('/graphql', (request, reply) => {
    // Records of patients are kept by nobody on the way (RFC 9111).
    reply.header('cache-control', 'no-store');
    return answerOf(apolloOf(request, reply)).call(app, request, reply);
  });
  app.route({ method: ['PUT', 'PATCH', 'DELETE'], url: '/graphql', handler: useAnotherMethod });
  if (!app.hasRoute({ method: 'GET', url: '/graphql' })) app.get('/graphql', useAnotherMethod);
}

/** Serves the landing page of a started Apollo Server to browsers, and nothing else by GET. */
export function mountLandingPage<Context extends BaseContext>(
  app: FastifyInstance,
  apolloOf: () => ApolloServer<Context>,
  urls: readonly string[],
): void {
  const pageOf = handlers((apollo: ApolloServer<Context>) =>
    fastifyApolloHandler(apollo, {
      // Apollo Server makes a context when it takes the request for a query, which it is not to answer.
      context: () =>
        Promise.reject(
          new GraphQLError(USE_POST, { extensions: { code: 'METHOD_NOT_ALLOWED', http: { status: 405 } } }),
        ),
    }),
  );
  for (const url of urls) {
    app.get(url, (request, reply) =>
      request.headers.accept?.includes('text/html')
        ? pageOf(apolloOf()).call(app, request, reply)
        : useAnotherMethod(request, reply),
    );
  }
}

/** Makes the handler of each server once. */
function handlers<Server extends object, Handler>(make: (server: Server) => Handler): (server: Server) => Handler {
  const made = new WeakMap<Server, Handler>();
  return (server) => {
    let handler = made.get(server);
    if (!handler) {
      handler = make(server);
      made.set(server, handler);
    }
    return handler;
  };
}

const USE_POST = 'GraphQL is asked by POST here: a query in an address could name a patient.';

function useAnotherMethod(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.code(405).header('allow', 'POST').send(asGraphQL('METHOD_NOT_ALLOWED', USE_POST));
}

/** What a request tells beside its body, as it stands now. */
export function factsOf(request: FastifyRequest, reply: FastifyReply): RequestFacts {
  const gone = new AbortController();
  const goes = (): void => {
    if (!reply.raw.writableFinished) gone.abort(new Error('The caller has gone.'));
  };
  if (reply.raw.closed) goes();
  else reply.raw.once('close', goes);
  const stated = Number(request.headers[DEADLINE_HEADER]);
  return {
    gone: gone.signal,
    elapsedMs: reply.elapsedTime,
    deadlineMs: Number.isInteger(stated) && stated > 0 ? Math.min(stated, LONGEST_TIMER_MS) : undefined,
  };
}

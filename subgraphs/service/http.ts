import type { ApolloServer, BaseContext } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from './log.ts';

export interface HttpOptions {
  readonly log: Logger;
  /** The largest request body that is read, in bytes. */
  readonly bodyLimit: number;
  /** Resolves while the process can do its work; rejects with the reason when it cannot. */
  readonly ready: (signal: AbortSignal) => Promise<unknown>;
}

/** The header that says how many milliseconds the caller will still wait. */
export const DEADLINE_HEADER = 'caregraph-deadline-ms';

const READY_TIMEOUT_MS = 1_000;

/**
 * A Fastify server with what every process of Caregraph answers: `/health/live`, `/health/ready`, and errors in the form
 * of GraphQL, without the address that was asked for. It closes by answering what it has begun, and taking nothing new.
 */
export function createHttp({ log, bodyLimit, ready }: HttpOptions): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  const app: FastifyInstance = Fastify({
    loggerInstance,
    // Fastify's own lines hold the URL, in which somebody may have put a patient's number.
    disableRequestLogging: true,
    bodyLimit,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    requestTimeout: 30_000,
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      void reply.code(400).send(asGraphQL('BAD_REQUEST', 'The address of this request is malformed.'));
    },
  });
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });

  app.get('/health/live', async () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    try {
      if (closing) throw new Error('closing');
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
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error }, 'request failed');
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
      return asGraphQL('CLOSING', 'This server is closing down. Ask again; another will answer.');
    default:
      return status < 500
        ? asGraphQL(
            'BAD_REQUEST',
            'The body of this request is not JSON of the form { "query": "…", "variables": { … } }.',
          )
        : asGraphQL('INTERNAL_SERVER_ERROR', 'Something failed here that should not have. It was logged.');
  }
}

/** What a request tells beside its body. */
export interface RequestFacts {
  readonly authorization: string | undefined;
  /** Aborts when the caller goes away before it has its answer. */
  readonly gone: AbortSignal;
  /** How many milliseconds the caller will still wait, where it says so. */
  readonly deadlineMs: number | undefined;
}

/** Serves a started Apollo Server at `POST /graphql`. NHS numbers never stand in an address, so there is no GET. */
export function mountGraphQL<Context extends BaseContext>(
  app: FastifyInstance,
  apollo: ApolloServer<Context>,
  context: (facts: RequestFacts, request: FastifyRequest) => Promise<Context>,
): void {
  app.post(
    '/graphql',
    fastifyApolloHandler(apollo, { context: (request, reply) => context(factsOf(request, reply), request) }),
  );
  const useAnother = (_request: FastifyRequest, reply: FastifyReply): void => {
    void reply
      .code(405)
      .header('allow', 'POST')
      .send(
        asGraphQL('METHOD_NOT_ALLOWED', 'GraphQL is asked by POST here: a query in an address could name a patient.'),
      );
  };
  app.route({ method: ['PUT', 'PATCH', 'DELETE'], url: '/graphql', handler: useAnother });
  if (!app.hasRoute({ method: 'GET', url: '/graphql' })) app.get('/graphql', useAnother);
}

function factsOf(request: FastifyRequest, reply: FastifyReply): RequestFacts {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('The caller has gone.'));
  });
  const stated = Number(request.headers[DEADLINE_HEADER]);
  return {
    authorization: request.headers.authorization,
    gone: gone.signal,
    deadlineMs: Number.isInteger(stated) && stated > 0 ? stated : undefined,
  };
}

import type { AddressInfo } from 'node:net';
import type { Logger } from '@caregraph/service/log.ts';
import type { Served } from '@caregraph/service/serve.ts';
import { badRequest, getStatus, globalSchema, notFound } from '@medplum/core';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';
import type { Bundle, CapabilityStatement, OperationOutcome, Resource } from '@medplum/fhirtypes';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { loadDefinitions } from './definitions.ts';
import { RESOURCE_TYPES, readExamples } from './examples.ts';

export interface FhirServerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly log: Logger;
  /** Told of each request, by its method and address. */
  readonly onRequest?: (method: string, url: string) => void;
}

const BASE = '/fhir/R4';
const FHIR_JSON = 'application/fhir+json; charset=utf-8';
const DEFAULT_COUNT = 50;
const MOST_COUNT = 500;

type Query = Record<string, string | string[]>;

/**
 * A FHIR R4 server that holds HL7's examples: Medplum's router and in-memory repository behind HTTP. It reads and
 * searches (by GET, and by POST to `_search`), in pages; it changes nothing. `url` is the FHIR base address.
 */
export async function startFhirServer({ host, port, log, onRequest }: FhirServerOptions): Promise<Served> {
  const [repository] = await Promise.all([fill(new MemoryRepository()), loadDefinitions()]);
  const router = new FhirRouter();
  const app: FastifyInstance = Fastify({ forceCloseConnections: 'idle', bodyLimit: 1024 * 1024 });
  if (onRequest) app.addHook('onRequest', async (request) => onRequest(request.method, request.url));
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, queryOf(new URLSearchParams(body.toString()))),
  );

  app.get(`${BASE}/metadata`, async (_request, reply) => send(reply, 200, CAPABILITIES));
  app.get<{ Params: { type: string; id: string } }>(`${BASE}/:type/:id`, async (request, reply) =>
    pass(reply, request.params.type, `${request.params.type}/${request.params.id}`),
  );
  app.get<{ Params: { type: string } }>(`${BASE}/:type`, async (request, reply) =>
    search(reply, request.params.type, queryOf(new URL(request.url, 'http://localhost').searchParams)),
  );
  app.post<{ Params: { type: string }; Body: Query | undefined }>(`${BASE}/:type/_search`, async (request, reply) =>
    search(reply, request.params.type, request.body ?? {}),
  );
  app.setNotFoundHandler((_request, reply) => send(reply, 404, notFound));
  app.setErrorHandler((error, _request, reply) => {
    log.error({ err: error }, 'the FHIR server failed');
    return send(reply, 500, badRequest('The server failed.'));
  });

  async function pass(reply: FastifyReply, type: string, path: string): Promise<FastifyReply> {
    if (!RESOURCE_TYPES.some((held) => held === type)) return send(reply, 404, notFound);
    const [outcome, resource] = await router.handleRequest(
      { method: 'GET', url: `/${path}`, pathname: '', body: {}, params: {}, query: {} },
      repository,
    );
    return send(reply, getStatus(outcome), resource ?? outcome);
  }

  async function search(reply: FastifyReply, type: string, query: Query): Promise<FastifyReply> {
    if (!RESOURCE_TYPES.some((held) => held === type)) return send(reply, 404, notFound);
    const mistake = mistakeIn(type, query);
    if (mistake) return send(reply, 400, mistake);
    const count = Math.min(Number(query._count ?? DEFAULT_COUNT), MOST_COUNT);
    const offset = Number(query._offset ?? 0);
    const [outcome, found] = await router.handleRequest(
      {
        method: 'POST',
        url: `/${type}/_search`,
        pathname: '',
        body: { ...query, _count: String(count), _offset: String(offset) },
        params: {},
        query: {},
      },
      repository,
    );
    if (found?.resourceType !== 'Bundle') return send(reply, getStatus(outcome), outcome);
    return send(reply, 200, paged(found, type, query, offset + count));
  }

  /** Medplum's repository cuts pages; where the next one is, its caller has to say. */
  function paged(bundle: Bundle, type: string, query: Query, next: number): Bundle {
    const entry = (bundle.entry ?? []).map((each) => ({
      ...each,
      ...(each.resource && { fullUrl: `${url}/${each.resource.resourceType}/${each.resource.id}` }),
    }));
    if (next >= (bundle.total ?? 0) || entry.length === 0) return { ...bundle, entry };
    const again = new URLSearchParams(
      Object.entries({ ...query, _offset: String(next) }).flatMap(([name, values]) =>
        [values].flat().map((value): [string, string] => [name, value]),
      ),
    );
    return { ...bundle, entry, link: [{ relation: 'next', url: `${url}/${type}?${again}` }] };
  }

  await app.listen({ host, port });
  const address: AddressInfo | string | null = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('The FHIR server listens on no port.');
  const url = `http://${host}:${address.port}${BASE}`;
  return { url, close: () => app.close() };
}

async function fill(repository: MemoryRepository): Promise<MemoryRepository> {
  const examples = await readExamples();
  // So that the examples keep their own dates and versions.
  await repository.withSeeding(async () => {
    for (const example of examples) await repository.createResource<Resource>(example);
  });
  return repository;
}

/** A parameter that the repository does not know would match nothing, which reads as "there is none". */
function mistakeIn(type: string, query: Query): OperationOutcome | null {
  const known = globalSchema.types[type]?.searchParams ?? {};
  for (const name of Object.keys(query)) {
    const code = name.split(':')[0] ?? '';
    if (!['_count', '_offset', '_format', '_id'].includes(code) && !Object.hasOwn(known, code)) {
      return badRequest('A search parameter is not known for this resource type.');
    }
  }
  for (const name of ['_count', '_offset']) {
    if (query[name] !== undefined && !/^\d{1,6}$/.test(String(query[name]))) {
      return badRequest(`${name} is a whole number.`);
    }
  }
  return null;
}

function queryOf(parameters: URLSearchParams): Query {
  const query: Query = {};
  for (const name of new Set(parameters.keys())) {
    const values = parameters.getAll(name);
    query[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return query;
}

const send = (reply: FastifyReply, status: number, resource: Resource): FastifyReply =>
  reply.code(status).header('content-type', FHIR_JSON).send(JSON.stringify(resource));

const CAPABILITIES: CapabilityStatement = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2019-11-01',
  kind: 'instance',
  implementation: { description: "HL7's R4 examples" },
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [
    {
      mode: 'server',
      resource: RESOURCE_TYPES.map((type) => ({ type, interaction: [{ code: 'read' }, { code: 'search-type' }] })),
    },
  ],
};

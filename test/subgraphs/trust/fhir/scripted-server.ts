import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One search as it reached the server. */
export interface Search {
  readonly method: string;
  readonly url: string;
  readonly type: string;
  readonly form: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/** A real HTTP server that answers as a test says. */
export interface ScriptedServer extends AsyncDisposable {
  /** The FHIR base address. */
  readonly url: string;
  readonly searches: readonly Search[];
  /** How many connections were made. */
  readonly connections: () => number;
}

/** @param answer writes the response to one request. */
export async function startScriptedServer(
  answer: (search: Search, response: ServerResponse, baseUrl: string) => void | Promise<void>,
): Promise<ScriptedServer> {
  const searches: Search[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = request.url ?? '';
    const search: Search = {
      method: request.method ?? '',
      url,
      type: /^\/fhir\/([A-Za-z]+)/.exec(url)?.[1] ?? '',
      form: new URLSearchParams(Buffer.concat(chunks).toString()),
      headers: request.headers,
    };
    searches.push(search);
    await answer(search, response, base);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const base = `http://127.0.0.1:${address.port}/fhir`;
  return {
    url: base,
    searches,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers with FHIR JSON. */
export function send(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
}

/** A page of search results. */
export function bundle(resources: readonly unknown[], next?: string): object {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
    ...(next !== undefined && { link: [{ relation: 'next', url: next }] }),
  };
}

export const NHS_NUMBER_SYSTEM = 'https://fhir.nhs.uk/Id/nhs-number';

/** A Patient with this NHS number. */
export const patient = (nhsNumber: string, id = 'p1', more: object = {}): object => ({
  resourceType: 'Patient',
  id,
  meta: { lastUpdated: '2026-05-01T09:00:00+01:00', versionId: '1' },
  identifier: [{ system: NHS_NUMBER_SYSTEM, value: nhsNumber }],
  ...more,
});

/** A Flag of the patient with this id. */
export const flag = (patientId: string, id = 'f1', more: object = {}): object => ({
  resourceType: 'Flag',
  id,
  meta: { lastUpdated: '2026-05-01T09:00:00Z' },
  status: 'active',
  code: { text: 'Two members of staff to attend' },
  subject: { reference: `Patient/${patientId}` },
  ...more,
});

/** A crisis plan, as a CarePlan of the patient with this id. */
export const crisisPlan = (patientId: string, id = 'c1', more: object = {}): object => ({
  resourceType: 'CarePlan',
  id,
  meta: { lastUpdated: '2026-05-01T09:00:00Z', versionId: '3' },
  status: 'active',
  intent: 'plan',
  category: [{ coding: [{ system: 'http://snomed.info/sct', code: '736253002' }] }],
  title: 'Crisis plan',
  note: [{ text: 'Ring the crisis team first.' }],
  subject: { reference: `Patient/${patientId}` },
  ...more,
});

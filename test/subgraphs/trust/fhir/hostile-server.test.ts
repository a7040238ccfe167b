import type { ServerResponse } from 'node:http';
import { createFhirSource, type FhirSourceOptions } from '@caregraph/trust/adapters/fhir/fhir-source.ts';
import type { TrustSource } from '@caregraph/trust/source.ts';
import { expect, test } from 'vitest';
import { bundle, crisisPlan, flag, patient, type Search, send, startScriptedServer } from './scripted-server.ts';

const HE = '9434765919';
const SHE = '9876543210';
const clock = (): Date => new Date('2026-06-01T12:00:00Z');
const ask = () => ({ caller: null, signal: new AbortController().signal, since: null });

type Answer = (search: Search, response: ServerResponse, baseUrl: string) => void | Promise<void>;

/** A server that knows the patient and answers searches for flags as told. */
async function withFlags<T>(
  flags: Answer,
  use: (source: TrustSource, searches: readonly Search[]) => Promise<T>,
  options: Partial<FhirSourceOptions> = {},
): Promise<T> {
  await using server = await startScriptedServer((search, response, baseUrl) => {
    if (search.type === 'Patient') return send(response, bundle([patient(HE)]));
    return flags(search, response, baseUrl);
  });
  const source = createFhirSource({ baseUrl: server.url, clock, ...options });
  try {
    return await use(source, server.searches);
  } finally {
    await source.close();
  }
}

const alerts = (source: TrustSource) => source.alerts([HE], ask());

type Fault = readonly [what: string, answer: Answer, code: string, options?: Partial<FhirSourceOptions>];

const FAULTS: readonly Fault[] = [
  [
    'FHIR JSON under the name of HTML',
    (_search, response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end(JSON.stringify(bundle([]))),
    'INVALID',
  ],
  [
    'HTML',
    (_search, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>none</p>'),
    'INVALID',
  ],
  [
    'half of a JSON text',
    (_search, response) =>
      void response.writeHead(200, { 'content-type': 'application/fhir+json' }).end('{"resourceType":"Bun'),
    'INVALID',
  ],
  ['a list', (_search, response) => send(response, []), 'INVALID'],
  [
    'a bundle of another kind',
    (_search, response) => send(response, { resourceType: 'Bundle', type: 'history' }),
    'INVALID',
  ],
  [
    'an OperationOutcome with status 200',
    (_search, response) =>
      send(response, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'timeout' }] }),
    'REFUSED',
  ],
  [
    'an OperationOutcome among the entries',
    (_search, response) =>
      send(
        response,
        bundle([{ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'incomplete' }] }]),
      ),
    'REFUSED',
  ],
  [
    '403',
    (_search, response) => send(response, { resourceType: 'OperationOutcome', issue: [{ code: 'forbidden' }] }, 403),
    'REFUSED',
  ],
  ['404', (_search, response) => send(response, {}, 404), 'REFUSED'],
  [
    '500 in HTML',
    (_search, response) => void response.writeHead(500, { 'content-type': 'text/html' }).end('oh'),
    'REFUSED',
  ],
  [
    'a redirect',
    (_search, response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/fhir/Flag/_search' }).end(),
    'REFUSED',
  ],
  [
    "another patient's record",
    (_search, response) => send(response, bundle([flag('p1'), flag('p2', 'f2')])),
    'INVALID',
  ],
  [
    'a record of nobody',
    (_search, response) => send(response, bundle([flag('p1', 'f1', { subject: undefined })])),
    'INVALID',
  ],
  [
    'a record of a patient on another server',
    (_search, response) =>
      send(response, bundle([flag('p1', 'f1', { subject: { reference: 'https://else.example/fhir/Patient/p1' } })])),
    'INVALID',
  ],
  [
    'a record of a group with the id of the patient',
    (_search, response) => send(response, bundle([flag('p1', 'f1', { subject: { reference: 'Group/p1' } })])),
    'INVALID',
  ],
  ['a resource of another type', (_search, response) => send(response, bundle([crisisPlan('p1')])), 'INVALID'],
  [
    'a resource without an id',
    (_search, response) => send(response, bundle([{ ...flag('p1'), id: undefined }])),
    'INVALID',
  ],
  [
    'fewer records than it counts',
    (_search, response) => send(response, { ...bundle([flag('p1')]), total: 2 }),
    'INVALID',
  ],
  [
    'a next page on another server',
    (_search, response) => send(response, bundle([flag('p1')], 'http://127.0.0.1:9/fhir?page=2')),
    'INVALID',
  ],
  [
    'a next page without an address',
    (_search, response) => send(response, { ...bundle([flag('p1')]), link: [{ relation: 'next' }] }),
    'INVALID',
  ],
  [
    'pages in a circle',
    (_search, response, baseUrl) => send(response, bundle([flag('p1')], `${baseUrl}?page=same`)),
    'INVALID',
  ],
  [
    'pages without end',
    (search, response, baseUrl) =>
      send(response, bundle([], `${baseUrl}?page=${search.url.length}${'x'.repeat(search.url.length)}`)),
    'INVALID',
    { limits: { pages: 5 } },
  ],
  [
    'more than fits',
    (_search, response) => send(response, bundle([flag('p1', 'f1', { code: { text: 'x'.repeat(100_000) } })])),
    'INVALID',
    { limits: { answerBytes: 50_000 } },
  ],
  ['nothing at all', () => undefined, 'TIMED_OUT', { timeoutMs: 150 }],
  [
    'half an answer, and then nothing',
    (_search, response) =>
      void response.writeHead(200, { 'content-type': 'application/fhir+json' }).write('{"resourceType":'),
    'TIMED_OUT',
    { timeoutMs: 150 },
  ],
  ['a broken connection', (_search, response) => void response.socket?.destroy(), 'UNREACHABLE'],
  [
    'a security label that cannot be read',
    (_search, response) =>
      send(response, bundle([flag('p1', 'f1', { meta: { lastUpdated: '2026-05-01T09:00:00Z', security: 'R' } })])),
    'INVALID',
  ],
];

for (const [what, answer, code, options] of FAULTS) {
  test(`${what} is a fault, never "no record"`, async () => {
    await withFlags(
      answer,
      async (source) => {
        await expect(alerts(source)).rejects.toMatchObject({ name: 'FhirServerError', code });
      },
      options,
    );
  });
}

test('a server that is not there is a fault', async () => {
  const source = createFhirSource({ baseUrl: 'http://127.0.0.1:9/fhir', clock });
  await expect(alerts(source)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await expect(source.ready(AbortSignal.timeout(1_000))).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await source.close();
});

test('a server of another version of FHIR is not ready', async () => {
  await using server = await startScriptedServer((_search, response) =>
    send(response, { resourceType: 'CapabilityStatement', fhirVersion: '5.0.0' }),
  );
  const source = createFhirSource({ baseUrl: server.url, clock });
  await expect(source.ready(AbortSignal.timeout(1_000))).rejects.toMatchObject({ code: 'INVALID' });
  await source.close();
});

test('a patient who was not asked for is a fault', async () => {
  await using server = await startScriptedServer((_search, response) => send(response, bundle([patient(SHE)])));
  const source = createFhirSource({ baseUrl: server.url, clock });
  await expect(source.demographics([HE], ask())).rejects.toMatchObject({ code: 'INVALID' });
  await source.close();
});

test('no message names a patient, repeats the server, or gives an address', async () => {
  for (const [, answer, , options] of FAULTS) {
    await withFlags(
      answer,
      async (source) => {
        const error: unknown = await alerts(source).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(Error);
        expect(String(error)).not.toMatch(/9434765919|p1|p2|http|127\.0|<p>|page=/);
      },
      options,
    );
  }
});

test('a whole answer comes through the same code', async () => {
  await withFlags(
    (_search, response) => send(response, bundle([flag('p1'), flag('p1', 'f2', { status: 'inactive' })])),
    async (source) => {
      const found = (await alerts(source)).get(HE) ?? [];
      expect(found.map(({ id, status }) => [id, status])).toEqual([
        ['Flag/f1', 'ACTIVE'],
        ['Flag/f2', 'INACTIVE'],
      ]);
    },
  );
});

test('what the server sends along is not taken for a match', async () => {
  await withFlags(
    (_search, response) =>
      send(response, {
        resourceType: 'Bundle',
        type: 'searchset',
        entry: [
          { resource: flag('p1'), search: { mode: 'match' } },
          { resource: flag('p2', 'f2'), search: { mode: 'include' } },
          {
            resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'warning' }] },
            search: { mode: 'outcome' },
          },
        ],
      }),
    async (source) => expect((await alerts(source)).get(HE)).toHaveLength(1),
  );
});

test('a next page that repeats the search is asked for by POST, with the NHS number in the body', async () => {
  await using server = await startScriptedServer((search, response, baseUrl) => {
    if (search.type !== 'Patient') return send(response, bundle([]));
    if (search.form.get('_offset') === '1') return send(response, bundle([patient(HE, 'p2')]));
    const again = new URLSearchParams({ identifier: search.form.get('identifier') ?? '', _offset: '1' });
    return send(response, bundle([patient(HE, 'p1')], `${baseUrl}/Patient?${again}`));
  });
  const source = createFhirSource({ baseUrl: server.url, clock });
  const found = (await source.demographics([HE], ask())).get(HE) ?? [];
  expect(found.map(({ id }) => id)).toEqual(['Patient/p1', 'Patient/p2']);
  for (const { method, url } of server.searches) expect([method, url]).toEqual(['POST', '/fhir/Patient/_search']);
  await source.close();
});

test('a next page of the server’s own making is fetched as it is', async () => {
  await withFlags(
    (search, response, baseUrl) => {
      if (search.method === 'GET') return send(response, bundle([flag('p1', 'f2')]));
      return send(response, bundle([flag('p1')], `${baseUrl}?_getpages=0f1e&_getpagesoffset=1`));
    },
    async (source) => expect((await alerts(source)).get(HE)).toHaveLength(2),
  );
});

test('a next page with the NHS number in an address is not asked for', async () => {
  await using server = await startScriptedServer((_search, response, baseUrl) =>
    send(response, bundle([patient(HE)], `${baseUrl}?cursor=943%20476%205919`)),
  );
  const source = createFhirSource({ baseUrl: server.url, clock });
  await expect(source.demographics([HE], ask())).rejects.toMatchObject({ code: 'INVALID' });
  expect(server.searches).toHaveLength(1);
  await source.close();
});

test('gives up as soon as nobody waits any more', async () => {
  await withFlags(
    () => undefined,
    async (source) => {
      const caller = new AbortController();
      const reading = source.alerts([HE], { caller: null, signal: caller.signal, since: null });
      caller.abort(new Error('the caller has gone'));
      await expect(reading).rejects.toThrow('the caller has gone');
    },
  );
});

test('keeps its connections, and lets a caseload’s searches wait rather than open more', async () => {
  await using server = await startScriptedServer((search, response) =>
    send(response, bundle(search.type === 'Patient' ? [patient(HE)] : [])),
  );
  const source = createFhirSource({ baseUrl: server.url, clock, limits: { connections: 2 } });
  for (let round = 0; round < 5; round += 1) {
    const together = ask();
    await Promise.all([
      source.contacts([HE], together),
      source.crisisPlans([HE], together),
      source.careContacts([HE], together),
    ]);
  }
  expect(server.searches.length).toBeGreaterThan(25);
  expect(server.connections()).toBeLessThanOrEqual(2);
  await source.close();
});

test('an answer that was refused frees its connection', async () => {
  await withFlags(
    (_search, response) =>
      void response.writeHead(500, { 'content-type': 'text/html' }).write('an answer that never ends'),
    async (source) => {
      for (let round = 0; round < 5; round += 1) {
        await expect(alerts(source)).rejects.toMatchObject({ code: 'REFUSED' });
      }
    },
    { limits: { connections: 1 }, timeoutMs: 2_000 },
  );
});

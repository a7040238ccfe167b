import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { RoleName } from '@caregraph/gateway/access/roles.ts';
import { createLocatorClient } from '@caregraph/trust/publish/locator-client.ts';
import type { Pointer } from '@caregraph/trust/source.ts';
import type { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { forge } from '../support/forge.ts';
import { Canaries, type Canary, EVERY_SPELLING, SPELLINGS, type Spelling } from './canaries.ts';
import { type AnswerInstead, type Deployment, deploy, GATEWAY, MAY_HOLD, type Seen } from './deployment.ts';

/*
 * Patients' numbers are sent by every path into the system as it is deployed, and looked for in everything that comes out of
 * it: what its processes write, where they call, and what they answer beside the data that was asked for.
 */

const PLAIN: readonly Spelling[] = ['plain'];
/** What a header, or a request line, can carry. */
const ASCII = EVERY_SPELLING.filter((spelling) => !/^(full-width|Arabic-Indic)$/.test(spelling));
/** What people type, and the schema takes. */
const TYPED: readonly Spelling[] = ['plain', 'spaced', 'hyphened'];

const FIELDS = 'crisisPlans { id } contacts { id } alerts { id } sources { custodian { odsCode } status reason }';
const PATIENT = `query Look($n: NHSNumber!) { patient(nhsNumber: $n) { ${FIELDS} pointers { id } } }`;
const WARNINGS = `query Warnings($n: NHSNumber!, $asOf: DateTime) { patient(nhsNumber: $n) {
  warningsStatus(asOf: $asOf) attention warnings(asOf: $asOf) { rule text missing events { id } } } }`;
const BREAK_GLASS =
  'mutation Break($n: NHSNumber!, $reason: String!) { breakGlass(nhsNumber: $n, reason: $reason) { id until } }';
const CLOSE =
  'mutation Close($id: ID!, $note: String) { closeReview(id: $id, finding: JUSTIFIED, note: $note) { id } }';
const REASON = 'Found unconscious at the station, and nobody knows whom to ring for her.';
const PUBLISH = 'mutation ($p: [PointerInput!]!) { publishPointers(pointers: $p) { ids } }';
const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Patient { nhsNumber alerts { id } } } }`;

/** An answer that somebody outside has been given. */
interface Given {
  readonly to: Canary;
  readonly status: number;
  readonly headers: string;
  readonly text: string;
}

/** Thousands of requests, to processes that share two cores with whatever else there is. */
const WITHIN_MS = 240_000;

const canaries = new Canaries();
const given: Given[] = [];
/** What was sent in a way that names a patient, so that the audit must have it. */
const looks: Canary[] = [];
/** What those do who are told of a patient by number, in place of what they would. */
const trustInstead = new Map<string, AnswerInstead>();
const fhirInstead = new Map<string, AnswerInstead>();
const locatorInstead = new Map<string, AnswerInstead>();
const accessInstead = new Map<string, AnswerInstead>();
const earlyWarningInstead = new Map<string, AnswerInstead>();
let system: Deployment;
const tokens = new Map<string, string>();

async function send(to: Canary, url: string, init: RequestInit): Promise<Given> {
  const response = await fetch(url, init);
  const headers = JSON.stringify([...response.headers]);
  const answer = { to, status: response.status, headers, text: await response.text() };
  given.push(answer);
  return answer;
}

/** A POST to the gateway, as a paramedic in London or as somebody else. */
function post(
  to: Canary,
  body: string | Buffer<ArrayBuffer>,
  { role = 'paramedic', organisation = 'RRU', headers = {}, path = '/graphql' }: Post = {},
): Promise<Given> {
  const authorization = `Bearer ${tokens.get(`${role} ${organisation}`)}`;
  return send(to, `${system.at.gateway}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization, ...headers },
    body,
  });
}
interface Post {
  readonly role?: RoleName;
  readonly organisation?: string;
  readonly headers?: Record<string, string>;
  readonly path?: string;
}

const ask = (to: Canary, query: string, variables: object = {}, more: Post & { extensions?: object } = {}) =>
  post(to, JSON.stringify({ query, variables, ...(more.extensions && { extensions: more.extensions }) }), more);

/** Sends a number of its own for each spelling by one path. */
async function by(
  path: string,
  spellings: readonly Spelling[],
  sendIt: (canary: Canary) => Promise<unknown>,
): Promise<void> {
  await someAtOnce(spellings, (spelling) => sendIt(canaries.for(path, spelling)));
}

/** A few at the same time: where processes share processors, the gateway would refuse many (`docs/load.md`). */
async function someAtOnce<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const item of waiting) await work(item);
    }),
  );
}

/** By a path on which the number names a patient, of whom every trust has published that it holds something. */
async function look(
  path: string,
  spellings: readonly Spelling[],
  sendIt: (canary: Canary) => Promise<unknown>,
): Promise<void> {
  const named = spellings.map((spelling) => canaries.for(path, spelling));
  await publish(named);
  looks.push(...named);
  await someAtOnce(named, sendIt);
}

/** Publishes a pointer of each trust for each of these. */
async function publish(named: readonly Canary[]): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  for (const custodian of ['RW5', 'RXA', 'RW4']) {
    const client = createLocatorClient({
      url: `${system.at.locator}/graphql`,
      custodian,
      token: () => system.issuer.publisherToken(custodian),
    });
    const pointers = named.map(({ number: subject }) => ({
      id: `${custodian}-${crypto.randomUUID()}`,
      pointer: { ...POINTER, subject },
    }));
    expect(await client.publish(pointers, signal)).toEqual([]);
  }
}
const POINTER: Omit<Pointer, 'subject'> = {
  key: 'of no matter here',
  type: '824321000000109',
  content: [
    { url: 'https://records.example/a', contentType: 'text/html', format: 'urn:nhs-ic:record-contact', created: null },
  ],
  practiceSetting: null,
  periodStart: null,
  periodEnd: null,
};

/** A string in GraphQL, whatever is in it. */
const literal = (text: string): string => JSON.stringify(text);

const echo =
  (canary: Canary, body: (said: string) => unknown, status = 200, type = 'application/json'): AnswerInstead =>
  (_seen, response) => {
    const { said } = canary;
    const answer = body(said);
    response.writeHead(status, { 'content-type': type });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };

/** The one of these whose number stands in a request. */
const concerned =
  (instead: ReadonlyMap<string, AnswerInstead>) =>
  ({ body }: Seen): AnswerInstead | null => {
    for (const [number] of body.matchAll(/999\d{7}/g)) {
      const found = instead.get(number);
      if (found) return found;
    }
    return null;
  };

const AN_EMPTY_PAGE: AnswerInstead = (_seen, response) =>
  response
    .writeHead(200, { 'content-type': 'application/fhir+json' })
    .end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry: [] }));

const CAPABLE: AnswerInstead = (_seen, response) =>
  response
    .writeHead(200, { 'content-type': 'application/fhir+json' })
    .end(JSON.stringify({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' }));

beforeAll(async () => {
  system = await deploy({ deadlineMs: 3_000, records: makeRecords });
  const { issuer, taps } = system;
  for (const [role, organisation] of [
    ['paramedic', 'RRU'],
    ['crisis-clinician', 'RXT'],
    ['privacy-officer', 'RRU'],
    ['community-nurse', 'RJ1'],
  ] as const) {
    const user = `${role}-${organisation}`;
    tokens.set(`${role} ${organisation}`, await issuer.token({ role, organisation, user, purpose: 'directcare' }));
  }
  taps.webhook.instead = () => (_seen, response) => response.writeHead(204).end();
  taps.fhir.instead = (seen) =>
    seen.url.endsWith('/metadata') ? CAPABLE : (concerned(fhirInstead)(seen) ?? AN_EMPTY_PAGE);
  taps.RW4.instead = (seen) =>
    concerned(trustInstead)(seen) ?? ((_, response) => response.writeHead(500).end('nobody is here'));
  taps.locator.instead = concerned(locatorInstead);
  taps.access.instead = concerned(accessInstead);
  taps['early-warning'].instead = concerned(earlyWarningInstead);
  await everyPath();
  await system.end();
}, WITHIN_MS);
afterAll(() => system?.remove());

async function everyPath(): Promise<void> {
  await variables();
  await documents();
  await parameters();
  await headersAndAddresses();
  await bodies();
  await refused();
  await glassAndReviews();
  await trusts();
  await sources();
  await subgraphs();
  await warnings();
  await behindTheGateway();
  await health();
  await failures();
}

async function variables(): Promise<void> {
  await look('variable', TYPED, (canary) => ask(canary, PATIENT, { n: canary.said }));
  await by('variable that is no number', EVERY_SPELLING, (canary) => ask(canary, PATIENT, { n: `${canary.said} ` }));
  await look('variable, escaped in JSON', PLAIN, ({ number, ...canary }) => {
    const escaped = SPELLINGS.escaped(number);
    return post({ number, ...canary }, `{"query":${JSON.stringify(PATIENT)},"variables":{"n":"${escaped}"}}`);
  });
  await look('several patients', PLAIN, (canary) =>
    ask(canary, `query ($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { ${FIELDS} } }`, { n: [canary.said] }),
  );
  for (const [path, value] of Object.entries<(said: string, number: string) => unknown>({
    'variable, an object': (said) => ({ number: said }),
    'variable, its key': (said) => ({ [said]: 1 }),
    'variable, a list': (said) => [[said, said]],
    'variable, a number': (_, number) => Number(number),
    'variable, a fraction': (_, number) => Number(number) / 10,
    'variable, in a sentence': (said) => `patient ${said} of ward 3; the next is 4`,
    'variable, too long': (said) => `${said}7`,
    'variable, too short': (said) => said.slice(0, -1),
    'variable, a wrong check digit': (_, number) => number.slice(0, 9) + ((Number(number[9]) + 1) % 10),
  })) {
    await by(path, EVERY_SPELLING, ({ said, number, ...canary }) =>
      ask({ said, number, ...canary }, PATIENT, { n: value(said, number) }),
    );
  }
  await by('variable nobody asked for', EVERY_SPELLING, (canary) => ask(canary, PATIENT, { m: canary.said }));
  await by('name of a variable', PLAIN, (canary) => ask(canary, PATIENT, { [`n${canary.number}`]: canary.said }));
  await by('a default of another type', EVERY_SPELLING, ({ said, ...canary }) =>
    ask({ said, ...canary }, `query ($d: Date = ${literal(said)}) { organisations { odsCode } }`),
  );
  await by('code, date and enum', EVERY_SPELLING, async (canary) => {
    const { said } = canary;
    await ask(canary, 'query ($c: ODSCode!) { organisation(odsCode: $c) { name } }', { c: said });
    await ask(canary, 'query ($k: OrganisationKind) { organisations(kind: $k) { name } }', { k: said });
    await ask(canary, `{ organisations(kind: ${literal(said)}) { name } }`);
  });
}

async function documents(): Promise<void> {
  const patient = (argument: string, more = ''): string => `{ patient(nhsNumber: ${argument}) { ${FIELDS} } ${more} }`;
  await look('literal', TYPED, (canary) => ask(canary, patient(literal(canary.said))));
  await look('block string', TYPED, (canary) => ask(canary, patient(`"""${canary.said}"""`)));
  await look('literal, escaped', ['escaped'], ({ said, ...canary }) => ask({ said, ...canary }, patient(`"${said}"`)));
  await look('literal, escaped as of late', PLAIN, ({ number, ...canary }) =>
    ask({ number, ...canary }, patient(`"${[...number].map((digit) => `\\u{3${digit}}`).join('')}"`)),
  );
  await by('literal that is no number', EVERY_SPELLING, async (canary) => {
    const { said } = canary;
    await ask(canary, patient(literal(`${said}.`)));
    await ask(canary, patient(literal(said.slice(0, -1))));
    await ask(canary, patient(`[{ a: ${literal(said)} }]`));
    await ask(canary, patient(said));
    await ask(canary, patient(`"${said}`));
    await ask(canary, patient(`"""${said}`));
    await ask(canary, patient(`$${said}`));
  });
  await by('literal of another kind', PLAIN, async (canary) => {
    const { number } = canary;
    for (const value of [
      number,
      `${number}.5`,
      `-${number}`,
      `n${number}`,
      `0${number}`,
      `${number}e3`,
      `${number}x`,
    ]) {
      await ask(canary, patient(value));
    }
  });
  await look('default', TYPED, (canary) =>
    ask(canary, `query ($n: NHSNumber! = ${literal(canary.said)}) { patient(nhsNumber: $n) { ${FIELDS} } }`),
  );
  await look('alias', PLAIN, (canary) =>
    ask(canary, `query ($n: NHSNumber!) { p${canary.number}: patient(nhsNumber: $n) { ${FIELDS} } }`, {
      n: canary.said,
    }),
  );
  await look('alias of a list that fails', PLAIN, (canary) =>
    ask(
      canary,
      `query ($n: NHSNumber!) { patient(nhsNumber: $n) { a${canary.number}: alerts { id } a${canary.number}: alerts { id } } }`,
      { n: canary.said },
    ),
  );
  await look('name of the operation', PLAIN, (canary) =>
    ask(canary, PATIENT.replace('Look', `Look${canary.number}`), { n: canary.said }),
  );
  await look('name of a fragment', PLAIN, (canary) =>
    ask(
      canary,
      `query ($n: NHSNumber!) { patient(nhsNumber: $n) { ...F${canary.number} } } fragment F${canary.number} on Patient { ${FIELDS} }`,
      { n: canary.said },
    ),
  );
  await look('comment', PLAIN, (canary) => ask(canary, `# ${canary.said}\n${PATIENT}`, { n: canary.said }));
  await by('comment, in each spelling', EVERY_SPELLING, (canary) =>
    ask(canary, `# ${canary.said}\n{ organisations { `),
  );
  await by('names that there are not', PLAIN, async (canary) => {
    const { number } = canary;
    for (const query of [
      `{ n${number} }`,
      `{ patient(nhsNumber: "x") { n${number} } }`,
      `{ patient(n${number}: "x") { completeness } }`,
      `{ ...F${number} }`,
      `{ patient { ... on T${number} { id } } }`,
      `query ($n: T${number}) { organisations { name } }`,
      `{ organisations @d${number} { name } }`,
      `{ organisations @skip(if: $v${number}) { name } }`,
      `{ organisations(kind: K${number}) { name } }`,
      `{ organisations(kind: AMBULANCE_TRUST_${number}) { name } }`,
      `query A${number} { organisations { name } } query A${number} { organisations { name } }`,
      `query A${number} { organisations { name } } fragment F${number} on Patient { completeness }`,
      `fragment F${number} on Patient { ...F${number} } { patient(nhsNumber: "x") { ...F${number} } }`,
      `subscription S${number} { organisations { name } }`,
      `{ __type(name: "T${number}") { name } }`,
      `{ organisations { name } } ${number}`,
      `${number}`,
      `type T${number} { id: ID }`,
      `{ organisations(n${number}: {n${number}: ${number}}) { name } }`,
    ]) {
      await ask(canary, query);
    }
  });
  await by('directive', EVERY_SPELLING, async (canary) => {
    await ask(canary, `{ organisations @skip(if: ${literal(canary.said)}) { name } }`);
    await ask(canary, `query ($v: Boolean!) { organisations @include(if: $v) { name } }`, { v: canary.said });
    await ask(canary, `{ organisations @deprecated(reason: ${literal(canary.said)}) { name } }`);
  });
}

async function parameters(): Promise<void> {
  await by('operationName', EVERY_SPELLING, async (canary) => {
    const { said } = canary;
    const name = (operationName: unknown, query = '{ organisations { name } }') =>
      post(canary, JSON.stringify({ query, operationName }));
    await name(said);
    await name({ [said]: said });
    await name(said, 'query A { organisations { name } } query B { organisations { name } }');
  });
  await by('extensions', EVERY_SPELLING, async (canary) => {
    const { said } = canary;
    const query = '{ organisations { name } }';
    await ask(canary, query, {}, { extensions: { note: said, caregraph: { sharing: said } } });
    await ask(canary, query, {}, { extensions: { persistedQuery: { version: 1, sha256Hash: said } } });
    await post(canary, JSON.stringify({ extensions: { persistedQuery: { version: said, sha256Hash: said } } }));
    await post(canary, JSON.stringify({ query, extensions: said }));
  });
  await by('parameters of other types', EVERY_SPELLING, async (canary) => {
    const { said } = canary;
    for (const body of [
      { query: { said } },
      { query: [said] },
      { query: '{ organisations { name } }', variables: said },
      { query: '{ organisations { name } }', variables: [said] },
      { [said]: said },
      [{ query: PATIENT, variables: { n: said } }],
      [said],
      said,
    ]) {
      await post(canary, JSON.stringify(body));
    }
  });
}

async function headersAndAddresses(): Promise<void> {
  const query = JSON.stringify({ query: '{ organisations { name } }' });
  for (const header of [
    'nhsd-session-urid',
    'x-request-id',
    'x-correlation-id',
    'traceparent',
    'user-agent',
    'referer',
    'cookie',
    'accept',
    'caregraph-deadline-ms',
    'x-forwarded-for',
    'x-apollo-operation-name',
    'content-type',
    'authorization',
  ]) {
    await by(`header ${header}`, ASCII, (canary) => post(canary, query, { headers: { [header]: canary.said } }));
  }
  await by('header content-type, a parameter', ASCII, (canary) =>
    post(canary, query, { headers: { 'content-type': `application/json; charset="${canary.said}"` } }),
  );
  await by('header authorization, as a token', ASCII, async (canary) => {
    const { said } = canary;
    const claims = {
      iss: 'urn:caregraph:development',
      aud: 'caregraph',
      sub: said,
      exp: 9e9,
      iat: 1,
      nhs_number: said,
    };
    for (const authorization of [
      `Bearer ${said}`,
      `Basic ${Buffer.from(said).toString('base64')}`,
      `Bearer ${forge({ alg: 'EdDSA', typ: 'JWT', kid: said }, claims)}x`,
      `Bearer ${forge({ alg: said, typ: said, kid: said }, claims)}x`,
      `Bearer ${forge({ alg: 'EdDSA', typ: 'caregraph-onward+jwt', kid: said }, { ...claims, iss: GATEWAY })}x`,
    ]) {
      for (const url of Object.values(system.at)) {
        const headers = { 'content-type': 'application/json', authorization };
        await send(canary, `${url}/graphql`, { method: 'POST', headers, body: query });
      }
    }
  });
  await by('address', ASCII, async (canary) => {
    const said = encodeURI(canary.said);
    const authorization = `Bearer ${tokens.get('paramedic RRU')}`;
    const body = JSON.stringify({ query: PATIENT, variables: { n: canary.said } });
    for (const url of Object.values(system.at)) {
      const json = { 'content-type': 'application/json', authorization };
      await send(canary, `${url}/graphql?nhsNumber=${said}`, { method: 'POST', headers: json, body: query });
      await send(canary, `${url}/${said}`, { method: 'POST', headers: json, body });
      await send(canary, `${url}/graphql/${said}`, { method: 'PUT', headers: json, body });
      await send(canary, `${url}/graphql?query={patient(nhsNumber:"${said}"){completeness}}`, { headers: json });
      await send(canary, `${url}/graphql?${said}`, { method: 'DELETE', headers: json });
      await send(canary, `${url}/health/${said}`, {});
      await send(canary, `${url}/health/ready?${said}`, {});
      await send(canary, `${url}/.well-known/${said}`, { method: 'OPTIONS' });
    }
  });
  await by('request that is no HTTP', ASCII, async (canary) => {
    const { said } = canary;
    for (const url of Object.values(system.at)) {
      for (const raw of [
        `GET /${said.replaceAll(' ', '+')} HTTP/9.9\r\n\r\n`,
        `${said}\r\n\r\n`,
        `GET /%zz${said.replaceAll(' ', '+')} HTTP/1.1\r\nhost: a\r\n\r\n`,
        `GET /health/live HTTP/1.1\r\nhost: ${said}\r\n${said}: ${said}\r\n${said}\r\n\r\n`,
        `POST /graphql HTTP/1.1\r\nhost: ${said}/${said}\r\ncontent-length: ${said}\r\n\r\n`,
        `GET /health/live HTTP/1.1\r\nhost: a\r\nx: ${said.padEnd(20_000, 'x')}\r\n\r\n`,
      ]) {
        given.push({ to: canary, status: 0, headers: '', text: await exchange(url, raw) });
      }
    }
  });
}

/** Sends bytes as they are, and waits until the other side has hung up. */
async function exchange(url: string, raw: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setEncoding('utf8');
  let answered = '';
  socket.on('data', (text: string) => {
    answered += text;
    socket.end();
  });
  socket.on('error', () => {});
  socket.write(raw);
  await new Promise((resolve) => socket.once('close', resolve));
  return answered;
}

async function bodies(): Promise<void> {
  const authorization = `Bearer ${tokens.get('paramedic RRU')}`;
  await by('body that is no JSON', EVERY_SPELLING, async (canary) => {
    const { said } = canary;
    for (const body of [
      `{"query": ${said}`,
      said,
      `"${said}`,
      `{"query":"{a}","variables":{"n":"${said}`,
      `{"variables":{"n":"${said}"},}`,
      `{"__proto__":{"n":"${said}"}}`,
      `{"constructor":{"prototype":{"n":"${said}"}}}`,
      `nhsNumber=${said}`,
      Buffer.from(`{"query":"\xff\xfe${said}"`, 'latin1'),
    ]) {
      await post(canary, body);
      await post(canary, body, { headers: { 'content-type': 'text/plain' } });
      await post(canary, body, { headers: { 'content-type': 'application/x-www-form-urlencoded' } });
      for (const url of Object.values(system.at)) {
        const headers = { 'content-type': 'application/json', authorization };
        await send(canary, `${url}/graphql`, { method: 'POST', headers, body });
      }
    }
  });
  await by('body that is too large', TYPED, (canary) =>
    post(canary, JSON.stringify({ query: PATIENT, variables: { n: canary.said, more: canary.said.repeat(20_000) } })),
  );
  await by('body that is never ended', TYPED, ({ said, ...canary }) => {
    const head = `POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: ${authorization}\r\ncontent-type: application/json`;
    const text = exchangeBriefly(system.at.gateway, `${head}\r\ncontent-length: 10000\r\n\r\n{"variables":"${said}"`);
    return text.then((text) => given.push({ to: { said, ...canary }, status: 0, headers: '', text }));
  });
}

/** Sends bytes, and hangs up once they have gone. */
async function exchangeBriefly(url: string, raw: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.write(raw, () => resolve()));
  socket.resetAndDestroy();
  return '';
}

async function refused(): Promise<void> {
  await by('no token', TYPED, (canary) =>
    send(canary, `${system.at.gateway}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: PATIENT, variables: { n: canary.said } }),
    }),
  );
  await look('role that may not', TYPED, async (canary) => {
    await ask(canary, PATIENT, { n: canary.said }, { role: 'privacy-officer' });
    await ask(canary, 'query ($n: NHSNumber!) { accessLog(nhsNumber: $n) { entries { id } } }', { n: canary.said });
  });
  await look('organisation that shares in nothing', TYPED, (canary) =>
    ask(canary, PATIENT, { n: canary.said }, { role: 'community-nurse', organisation: 'RJ1' }),
  );
}

async function glassAndReviews(): Promise<void> {
  const officer = { role: 'privacy-officer' } as const;
  await look('break-glass', TYPED, async (canary) => {
    await ask(canary, BREAK_GLASS, { n: canary.said, reason: REASON });
    await ask(canary, PATIENT, { n: canary.said });
  });
  await look('reason for break-glass', EVERY_SPELLING, (canary) =>
    ask(canary, BREAK_GLASS, { n: canary.number, reason: `${REASON} Her number is ${canary.said}.` }),
  );
  await by('reason that is none', EVERY_SPELLING, async (canary) => {
    const other = looks[0]?.number;
    await ask(canary, BREAK_GLASS, { n: other, reason: canary.said });
    await ask(canary, BREAK_GLASS, { n: other, reason: `${canary.said}\u0000 ${REASON}` });
    await ask(canary, BREAK_GLASS, { n: other, reason: `${REASON} ${canary.said} `.repeat(50) });
    await ask(canary, BREAK_GLASS, { n: canary.said.slice(0, -1), reason: `${REASON} ${canary.said}` });
    await ask(canary, BREAK_GLASS, { n: canary.said, reason: { [canary.said]: canary.said } });
  });
  await look('break-glass that nobody has agreed to', TYPED, (canary) =>
    ask(canary, BREAK_GLASS, { n: canary.said, reason: REASON }, { role: 'community-nurse', organisation: 'RJ1' }),
  );
  const first = canaries.for('review');
  const { text } = await ask(first, '{ reviews(first: 500) { id } }', {}, officer);
  const ids: string[] = JSON.parse(text).data.reviews.map(({ id }: { id: string }) => id);
  await by('note of a review', EVERY_SPELLING, async (canary) => {
    await ask(canary, CLOSE, { id: ids.pop(), note: `About ${canary.said}` }, officer);
    await ask(canary, CLOSE, { id: ids.at(-1), note: canary.said.repeat(150) }, officer);
    await ask(canary, CLOSE, { id: canary.said, note: canary.said }, officer);
  });
  await by('page of a log', EVERY_SPELLING, async (canary) => {
    const { said } = canary;
    const log = (name: string, type: string, value: unknown) =>
      ask(
        canary,
        `query ($n: NHSNumber!, $v: ${type}) { accessLog(nhsNumber: $n, ${name}: $v) { entries { id } } }`,
        { n: first.number, v: value },
        officer,
      );
    await log('after', 'ID', said);
    await log('since', 'DateTime', said);
    await log('first', 'Int!', Number(canary.number));
    await log('first', 'Int!', said);
    await ask(canary, 'query ($v: ID) { reviews(after: $v) { id } }', { v: said }, officer);
    await ask(canary, 'query ($v: ReviewState) { reviews(state: $v) { id } }', { v: said }, officer);
  });
  await look('log', TYPED, (canary) =>
    ask(
      canary,
      'query ($n: NHSNumber!) { accessLog(nhsNumber: $n) { entries { id operation } } }',
      { n: canary.said },
      officer,
    ),
  );
}

async function trusts(): Promise<void> {
  const error = (said: string, more: object = {}) => ({
    errors: [{ message: `patient ${said} not found`, ...more }],
    data: null,
  });
  const behaviours: Readonly<Record<string, (canary: Canary) => AnswerInstead>> = {
    'in its message': (canary) => echo(canary, (said) => error(said)),
    'in its extensions': (canary) =>
      echo(canary, (said) =>
        error(said, { extensions: { code: said, [said]: said, exception: { stacktrace: [said] } } }),
      ),
    'in its path': (canary) => echo(canary, (said) => error(said, { path: ['g0', 0, said, said] })),
    'in its own extensions': (canary) => echo(canary, (said) => ({ ...error(said), extensions: { [said]: said } })),
    'beside data of another form': (canary) =>
      echo(canary, (said) => ({ data: { g0: [{ [said]: said, gatherKey: said }] } })),
    'in a header': (canary) => (_seen, response) =>
      response
        .writeHead(200, {
          'x-patient': encodeURIComponent(canary.said),
          'content-type': `application/json; n=${encodeURIComponent(canary.said)}`,
        })
        .end('{'),
    'in the words of its status': (canary) => (_seen, response) =>
      response.writeHead(500, encodeURIComponent(canary.said)).end(canary.said),
    'in a page of HTML': (canary) => echo(canary, (said) => `<h1>Patient <b>${said}</b></h1>`, 500, 'text/html'),
    'in a page of HTML that succeeds': (canary) => echo(canary, (said) => `<h1>${said}</h1>`, 200, 'text/html'),
    'in a refusal': (canary) => echo(canary, (said) => error(said, { extensions: { code: 'FORBIDDEN' } }), 403),
    'in a redirect': (canary) => (_seen, response) =>
      response.writeHead(307, { location: `/graphql?n=${encodeURIComponent(canary.said)}` }).end(),
    'in JSON that breaks off': (canary) => echo(canary, (said) => `{"data":"${said}`),
    'in its schema': (canary) =>
      echo(canary, (said) => ({ data: { _service: { sdl: `type ${said} {` } }, errors: [said] })),
  };
  for (const [path, behaviour] of Object.entries(behaviours)) {
    await look(`a trust that says it ${path}`, EVERY_SPELLING, (canary) => {
      trustInstead.set(canary.number, behaviour(canary));
      return ask(canary, PATIENT, { n: canary.number });
    });
  }
  await look('a trust that hangs', PLAIN, (canary) => {
    trustInstead.set(canary.number, () => {});
    return ask(canary, PATIENT, { n: canary.said });
  });
  await look('a trust that dies', PLAIN, (canary) => {
    trustInstead.set(canary.number, (_seen, response) => response.destroy());
    return ask(canary, PATIENT, { n: canary.said });
  });
  await look('a caller who goes away', PLAIN, async (canary) => {
    const arrived = Promise.withResolvers<void>();
    trustInstead.set(canary.number, () => arrived.resolve());
    const going = new AbortController();
    const gone = fetch(`${system.at.gateway}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.get('paramedic RRU')}` },
      body: JSON.stringify({ query: PATIENT, variables: { n: canary.said } }),
      signal: going.signal,
    }).catch(() => {});
    await arrived.promise;
    going.abort();
    await gone;
  });
}

async function sources(): Promise<void> {
  const fhir = (canary: Canary, body: (said: string) => unknown, status = 200): AnswerInstead =>
    echo(canary, body, status, 'application/fhir+json');
  const bundle = (resource: object, link?: string) => ({
    resourceType: 'Bundle',
    type: 'searchset',
    entry: [{ resource }],
    ...(link !== undefined && { link: [{ relation: 'next', url: link }] }),
  });
  const outcome = (said: string) => ({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: said, diagnostics: `${said} is not known`, details: { text: said } }],
  });
  const patient = (number: string, more: object = {}) => ({
    resourceType: 'Patient',
    id: 'p1',
    identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: number }],
    ...more,
  });
  const behaviours: Readonly<Record<string, (canary: Canary) => AnswerInstead>> = {
    'in an OperationOutcome': (canary) => fhir(canary, outcome, 400),
    'in an OperationOutcome that succeeds': (canary) => fhir(canary, outcome),
    'in an OperationOutcome among its results': (canary) => fhir(canary, (said) => bundle(outcome(said))),
    'in a page of HTML': (canary) => echo(canary, (said) => `<h1>${said}</h1>`, 500, 'text/html'),
    'in the words of its status': (canary) => (_seen, response) =>
      response.writeHead(500, encodeURIComponent(canary.said)).end(canary.said),
    'in JSON that breaks off': (canary) => fhir(canary, (said) => `{"resourceType":"${said}`),
    'in a type': (canary) => fhir(canary, (said) => ({ resourceType: said, [said]: said })),
    'in the address of the next page': (canary) =>
      fhir(canary, (said) => bundle(patient(canary.number), `next?identifier=${encodeURIComponent(said)}`)),
    'in the address of a page of the same search': (canary) =>
      fhir(canary, (said) => bundle(patient(canary.number), `Patient?identifier=${encodeURIComponent(said)}`)),
    'in the address of a page elsewhere': (canary) =>
      fhir(canary, (said) => bundle(patient(canary.number), `http://other.example/${encodeURIComponent(said)}`)),
    'in the id of the patient': (canary) =>
      fhir(canary, ({ length }) => bundle(patient(canary.number, { id: canary.number, length }))),
    'in fields of other types': (canary) =>
      fhir(canary, (said) =>
        bundle(patient(canary.number, { meta: said, name: said, contact: [said], birthDate: said })),
      ),
    'in another identifier': (canary) =>
      fhir(canary, (said) =>
        bundle(
          patient(canary.number, { identifier: [...patient(said).identifier, ...patient(canary.number).identifier] }),
        ),
      ),
    'in a redirect': (canary) => (_seen, response) =>
      response.writeHead(302, { location: `/fhir/Patient?n=${encodeURIComponent(canary.said)}` }).end(),
  };
  for (const [path, behaviour] of Object.entries(behaviours)) {
    await look(`a FHIR server that says it ${path}`, EVERY_SPELLING, (canary) => {
      fhirInstead.set(canary.number, behaviour(canary));
      return ask(canary, PATIENT, { n: canary.number });
    });
  }
  await look('a FHIR server that hangs', PLAIN, (canary) => {
    fhirInstead.set(canary.number, () => {});
    return ask(canary, PATIENT, { n: canary.said });
  });
  await look('a FHIR server that dies', PLAIN, (canary) => {
    fhirInstead.set(canary.number, (_seen, response) => response.destroy());
    return ask(canary, PATIENT, { n: canary.said });
  });
  // These stand in the records of RW5: see `makeRecords`.
  await publish(inSQL);
  await someAtOnce(inSQL, (canary) => ask(canary, PATIENT, { n: canary.number }));
  looks.push(...inSQL);
}

/** Errors of the database, by how they come about. */
const SQL_ERRORS = {
  'an exception': "raise exception 'no such patient: %', said;",
  'an exception of a class of its own':
    "raise exception 'no such patient: %', said using errcode = 'XX001', detail = said, hint = said;",
  'an exception with a name': "raise exception using errcode = '58030', message = said, table = said, column = said;",
  'a cast': 'return said::date::text;',
  'a column that there is not': "execute format('select %I', said);",
  'a notice': "raise warning 'slow: %', said; return said;",
} as const;

/** Sent to a trust whose database says them in its errors; made before that database is. */
const inSQL = Object.keys(SQL_ERRORS).flatMap((path) =>
  EVERY_SPELLING.map((spelling) => canaries.for(`SQL: ${path}`, spelling)),
);

/** Makes a records system in which a patient's alerts cannot be read, each time for another reason, which names the patient. */
async function makeRecords(database: PGlite): Promise<void> {
  const views = import.meta.resolve('@caregraph/trust/adapters/sql/views.sql');
  await database.exec(readFileSync(new URL(views), 'utf8'));
  await database.exec(`
    create schema epr;
    create table epr.patient (nhs_no text primary key, said text not null, how text not null);
    create function epr.fail(how text, said text) returns text language plpgsql as $$
    begin
      ${Object.entries(SQL_ERRORS)
        .map(([how, statement]) => `if how = 'SQL: ${how}' then ${statement} end if;`)
        .join('\n')}
      return null;
    end $$;
    create or replace view caregraph.alerts as
    select nhs_no as nhs_number, epr.fail(how, said) as id, now() as last_updated, 'ACTIVE'::text as status,
           'OTHER'::text as category, null::jsonb as code, said as text, null::text as priority,
           null::timestamptz as start, null::timestamptz as "end", null::jsonb as author
    from epr.patient;
    create or replace view caregraph.pointers as
    select 'patients/' || md5(nhs_no) as key, nhs_no as nhs_number, '824321000000109'::text as type,
           jsonb_build_array(jsonb_build_object(
             'url', case when said ~ '^%' then 'https://records.example/' || said else 'https://records.example/a' end,
             'contentType', 'text/html', 'format', 'urn:nhs-ic:record-contact', 'created', null)) as content,
           null::text as practice_setting, null::timestamptz as period_start, null::timestamptz as period_end
    from epr.patient;`);
  const rows = inSQL.map(({ number, said, path }) => ({ nhs_no: number, said, how: path }));
  await database.query('insert into epr.patient select * from jsonb_populate_recordset(null::epr.patient, $1)', [
    JSON.stringify(rows),
  ]);
}

async function subgraphs(): Promise<void> {
  const error = (said: string, more: object = {}) => ({
    errors: [{ message: `patient ${said} not found`, extensions: { code: 'INVALID_PARAMETER' }, ...more }],
    data: null,
  });
  const behaviours: Readonly<Record<string, (canary: Canary) => AnswerInstead>> = {
    'in its message': (canary) => echo(canary, (said) => error(said)),
    'in its message, as a fault': (canary) => echo(canary, (said) => ({ errors: [{ message: said }], data: null })),
    'in its extensions': (canary) =>
      echo(canary, (said) =>
        error(said, { extensions: { code: said, [said]: said, exception: { stacktrace: [said] } } }),
      ),
    'in its path': (canary) =>
      echo(canary, (said) => error(said, { path: ['patient', said], locations: [{ line: said, column: said }] })),
    'in the place of codes': (canary) =>
      echo(canary, (said) => ({ data: { patient: { custodians: [said], gatherKey: canary.number, pointers: said } } })),
    'in the place of an enum': (canary) =>
      echo(canary, (said) => ({
        data: { patient: { gatherKey: canary.number, custodians: ['RW5'], pointers: [{ id: said, status: said }] } },
      })),
    'in a page of HTML': (canary) => echo(canary, (said) => `<h1>${said}</h1>`, 500, 'text/html'),
    'in a redirect': (canary) => (_seen, response) =>
      response.writeHead(307, { location: `/graphql?n=${encodeURIComponent(canary.said)}` }).end(),
    'in JSON that breaks off': (canary) => echo(canary, (said) => `{"data":"${said}`),
  };
  for (const [path, behaviour] of Object.entries(behaviours)) {
    await look(`a locator that says it ${path}`, EVERY_SPELLING, (canary) => {
      locatorInstead.set(canary.number, behaviour(canary));
      return ask(canary, `query ($n: NHSNumber!) { patient(nhsNumber: $n) { ${FIELDS} pointers { id status } } }`, {
        n: canary.number,
      });
    });
    await look(`an access subgraph that says it ${path}`, EVERY_SPELLING, (canary) => {
      accessInstead.set(canary.number, behaviour(canary));
      return ask(canary, BREAK_GLASS, { n: canary.number, reason: REASON });
    });
  }
  await look('a locator that dies', PLAIN, (canary) => {
    locatorInstead.set(canary.number, (_seen, response) => response.destroy());
    return ask(canary, PATIENT, { n: canary.said });
  });
}

/** What is worked out of a patient's records, and whoever works it out. */
async function warnings(): Promise<void> {
  await look('warnings', TYPED, (canary) => ask(canary, WARNINGS, { n: canary.said }));
  await by('a moment that is none', EVERY_SPELLING, (canary) =>
    ask(canary, WARNINGS, { n: canary.number, asOf: canary.said }),
  );
  await look('a caseload in order', TYPED, (canary) =>
    ask(canary, 'query ($n: [NHSNumber!]!) { patients(nhsNumbers: $n, orderBy: ATTENTION) { attention } }', {
      n: [canary.said],
    }),
  );
  await look('a caseload that cannot be put in order', PLAIN, (canary) =>
    ask(canary, `{ p${canary.number}: patients(nhsNumbers: ["${canary.number}"], orderBy: ATTENTION) { nhsNumber } }`),
  );
  const behaviours: Readonly<Record<string, (canary: Canary) => AnswerInstead>> = {
    'in its message': (canary) => echo(canary, (said) => ({ errors: [{ message: said, path: [said] }], data: null })),
    'about another': (canary) => echo(canary, (said) => ({ data: { _entities: [{ warnings: [said] }] } })),
    'in a page of HTML': (canary) => echo(canary, (said) => `<h1>${said}</h1>`, 500, 'text/html'),
    'in JSON that breaks off': (canary) => echo(canary, (said) => `{"data":"${said}`),
  };
  for (const [path, behaviour] of Object.entries(behaviours)) {
    await look(`an early-warning subgraph that says it ${path}`, EVERY_SPELLING, (canary) => {
      earlyWarningInstead.set(canary.number, behaviour(canary));
      return ask(canary, WARNINGS, { n: canary.number });
    });
  }
}

/** Callers of those behind the gateway: publishers, other gateways, and whoever finds the way there. */
async function behindTheGateway(): Promise<void> {
  const publisher = await system.issuer.publisherToken('RXT');
  const locator = (canary: Canary, query: string, variables: object, token = publisher) =>
    send(canary, `${system.at.locator}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
  const pointer = (more: object, way: object = {}) => ({
    subject: looks[0]?.number,
    type: '736253002',
    custodian: 'RXT',
    ...more,
    content: [{ url: 'https://a.example/1', contentType: 'text/html', format: 'urn:nhs-ic:record-contact', ...way }],
  });
  await by('a pointer', EVERY_SPELLING, async (canary) => {
    const { said } = canary;
    for (const wrong of [
      ...['id', 'type', 'custodian', 'author', 'practiceSetting', 'periodStart'].map((key) => pointer({ [key]: said })),
      ...['url', 'contentType', 'format', 'created'].map((key) => pointer({}, { [key]: said })),
      pointer({ id: `RXT-${said}` }),
      pointer({ subject: `${said}1` }),
      pointer({ [said]: said }),
      pointer({}, { url: `https://a.example/${said}` }),
      pointer({}, { url: `https://${said}@a.example/` }),
    ]) {
      await locator(canary, PUBLISH, { p: [wrong] });
    }
    await locator(canary, 'mutation ($ids: [ID!]!) { withdrawPointers(ids: $ids) { count } }', {
      ids: [said, `RXT-${said}`],
    });
    await locator(canary, 'query ($a: ID) { publishedPointers(after: $a, first: 1) }', { a: said });
    await locator(canary, PATIENT, { n: said });
    await locator(canary, ENTITIES, { of: [{ __typename: 'Patient', nhsNumber: said }] });
  });
  await by('a publisher who says it of itself', PLAIN, async (canary) => {
    const token = await system.issuer.publisherToken(canary.number);
    await locator(canary, PUBLISH, { p: [pointer({ custodian: canary.number })] }, token);
  });

  const onward = async (canary: Canary, audience: string, url: string, json: unknown, caller: 'gateway' | 'user') => {
    const body = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
    const user = { user: 'somebody', organisation: 'RRU', role: 'privacy-officer', purpose: 'directcare' } as const;
    const authorization = await system.onward.authorize({ audience, body, caller: caller === 'user' ? user : caller });
    return send(canary, url, { method: 'POST', headers: { 'content-type': 'application/json', authorization }, body });
  };
  for (const [name, audience] of [
    ['RW5', 'RW5'],
    ['RXA', 'RXA'],
    ['locator', 'locator'],
    ['access', 'access'],
    ['early-warning', 'early-warning'],
  ] as const) {
    const url = `${system.at[name]}/graphql`;
    await by(`${name}, called as the gateway calls it`, EVERY_SPELLING, async (canary) => {
      const { said, number } = canary;
      const of = [
        { __typename: 'Patient', nhsNumber: said },
        { __typename: said, nhsNumber: number },
        said,
        { [said]: 1 },
      ];
      await onward(canary, audience, url, { query: ENTITIES, variables: { of } }, 'user');
      await onward(canary, audience, url, { query: ENTITIES, variables: { of: said } }, 'user');
      await onward(canary, audience, url, { query: `{ a${number} }`, operationName: said }, 'user');
      await onward(canary, audience, url, { query: `{ ${said} }`, extensions: { caregraph: said } }, 'user');
      await onward(canary, audience, url, `{"query": "${said}`, 'user');
      await onward(
        canary,
        audience,
        url,
        { query: ENTITIES.replace('alerts', `alerts(status: [S${number}])`), variables: { of } },
        'user',
      );
      await onward(
        canary,
        audience,
        url,
        { query: ENTITIES.replace('alerts', `alerts(status: ${literal(said)})`), variables: { of } },
        'user',
      );
      await onward(canary, said.slice(0, 3), url, { query: ENTITIES, variables: { of } }, 'user');
    });
  }
  await by('routes beside GraphQL', EVERY_SPELLING, async (canary) => {
    const { said } = canary;
    for (const path of ['/glass', '/audit/lines', '/audit/head']) {
      for (const body of [
        { users: [{ user: said, organisation: said }] },
        { users: said, [said]: said },
        { chain: said, lines: [said] },
        { chain: crypto.randomUUID(), lines: [JSON.stringify({ said })] },
        { chain: said },
        `{"chain": "${said}`,
      ]) {
        await onward(canary, 'access', `${system.at.access}${path}`, body, 'gateway');
        await onward(canary, 'access', `${system.at.access}${path}`, body, 'user');
      }
    }
  });
}

async function health(): Promise<void> {
  const canary = canaries.for('health');
  for (const url of Object.values(system.at)) {
    for (const path of ['/health/live', '/health/ready', '/.well-known/jwks.json'])
      await send(canary, `${url}${path}`, {});
  }
}

/** What fails is not the request: the audit's disk, and the access subgraph. */
async function failures(): Promise<void> {
  const { taps } = system;
  system.diskFails(true);
  await look('a disk of the audit that fails', TYPED, (canary) => ask(canary, PATIENT, { n: canary.said }));
  taps.access.instead = () => (_seen, response) => response.destroy();
  await by('an audit that can be written nowhere', TYPED, async (canary) => {
    const { text, status } = await ask(canary, PATIENT, { n: canary.said });
    expect({ status, text }).toMatchObject({ status: 503, text: expect.stringContaining('AUDIT_UNAVAILABLE') });
    await ask(canary, BREAK_GLASS, { n: canary.said, reason: `${REASON} ${canary.said}` });
    await send(canary, `${system.at.gateway}/health/ready`, {});
  });
  system.diskFails(false);
  const isReady = async () => expect((await fetch(`${system.at.gateway}/health/ready`)).status).toBe(200);
  await vi.waitFor(isReady, { timeout: 15_000, interval: 100 });
  await look('an access subgraph that is down', TYPED, async (canary) => {
    await ask(canary, PATIENT, { n: canary.said });
    await ask(canary, BREAK_GLASS, { n: canary.said, reason: REASON });
    await ask(
      canary,
      'query ($n: NHSNumber!) { accessLog(nhsNumber: $n) { entries { id } } }',
      { n: canary.said },
      { role: 'privacy-officer' },
    );
  });
  taps.access.instead = (seen) => (_seen, response) =>
    response.writeHead(500, { 'content-type': 'text/html' }).end(seen.body);
  await look('an access subgraph that answers with what it was sent', TYPED, async (canary) => {
    await ask(canary, PATIENT, { n: canary.said });
    await ask(canary, BREAK_GLASS, { n: canary.said, reason: REASON });
  });
  taps.access.instead = null;
}

/** What an answer holds beside the data that was asked for, and the names that its caller gave to it. */
function besideData({ to, headers, text }: Given): string {
  try {
    const { data: _, ...rest } = JSON.parse(text);
    if (/^alias/.test(to.path)) for (const error of rest.errors ?? []) delete error.path;
    return headers + JSON.stringify(rest);
  } catch {
    return headers + text;
  }
}

describe('a number that was sent by every path', () => {
  test('can be found again in every spelling, escaped, and in base64', () => {
    const some = new Canaries();
    for (const spelling of EVERY_SPELLING) {
      const { said } = some.for('here', spelling);
      const found = [`here (${spelling})`];
      expect(some.in(`{"msg":"not ${said}!"}`)).toEqual(found);
      expect(some.in(JSON.stringify(JSON.stringify({ msg: [said] })))).toEqual(found);
    }
    const { number } = some.for('coded');
    expect(some.in(forge({ alg: 'none' }, { sub: number }))).toEqual(['coded (plain)']);
    expect(some.in(Buffer.from(number.slice(0, 9)).toString('hex'))).toEqual([]);
    expect(some.in(`too short: ${number.slice(0, 9)}`)).toEqual(['coded (plain)']);
  });

  test('stands in the audit where it names a patient', async () => {
    const audited = await system.audited();
    const missing = looks.filter(({ number }) => !audited.has(number));
    expect(missing.map(({ path, spelling }) => `${path} (${spelling})`)).toEqual([]);
  });

  test('stands in nothing that a process writes, whatever it logs', () => {
    const outputs = [...system.outputs()];
    expect(outputs.map(([name, output]) => ({ name, found: canaries.in(output) }))).toEqual(
      outputs.map(([name]) => ({ name, found: [] })),
    );
    // They have said something, or else there was nothing to find.
    for (const [, output] of outputs) expect(output.split('\n').length).toBeGreaterThan(50);
  });

  test('stands in no file but the audit, the index and a trust’s own records', () => {
    for (const [path, content] of system.filesBeside(...MAY_HOLD)) {
      expect({ path, found: canaries.in(`${path}\n${content}`) }).toEqual({ path, found: [] });
    }
  });

  test('stands in no address, and in no header, that anybody was called with', () => {
    const taps = Object.entries(system.taps);
    const called = taps.map(([name, { seen }]) => {
      const requests = seen.map(({ method, url, headers }) => `${method} ${url} ${headers}`);
      return { name, found: canaries.in(requests.join('\n')), called: seen.length > 10 };
    });
    expect(called).toEqual(taps.map(([name]) => ({ name, found: [], called: true })));
  });

  test('stands in no answer beside the data that was asked for', () => {
    const found = new Set(given.flatMap((answer) => canaries.in(besideData(answer))));
    expect([...found]).toEqual([]);
  });

  test('stands in no answer of one part of the system to another, beside data', () => {
    const { access, locator, 'early-warning': earlyWarning, RW5, RXA } = system.taps;
    for (const [name, { answered }] of Object.entries({ access, locator, earlyWarning, RW5, RXA })) {
      const beside = answered.map(({ headers, body }) => {
        const { data: _, grants: __, ...rest } = JSON.parse(body);
        return headers + JSON.stringify(rest);
      });
      expect({ name, found: canaries.in(beside.join('\n')) }).toEqual({ name, found: [] });
    }
  });

  test('is not told to the privacy officer’s webhook, though it is told that there is something to review', () => {
    const { seen } = system.taps.webhook;
    expect(seen.length).toBeGreaterThan(10);
    expect(canaries.in(seen.map(({ body, headers, url }) => `${url} ${headers} ${body}`).join('\n'))).toEqual([]);
  });
});

import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, request, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createOnwardSigner } from '@caregraph/gateway/access/onward-token.ts';
import { openPrivateKeys } from '@caregraph/service/private-keys.ts';
import type { TrustSource } from '@caregraph/trust/source.ts';
import { exportSPKI, importJWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claimsOf, forge, forgeHS256 } from '../support/forge.ts';
import { type Listening, listen } from '../support/listen.ts';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { type Consortium, EVERYTHING, everythingOf, STARTING_MS, startConsortium, type Who } from './consortium.ts';

const [ANN = ''] = nhsNumbers(1);
const WHO: Who = { organisation: 'RXT', role: 'crisis-clinician' };
const LOOK = `query ($n: NHSNumber!) { patient(nhsNumber: $n) { ${EVERYTHING} } }`;

/** What nobody but a trust's own people should ever read: a patient in every spelling, a path, SQL, a stack, a secret. */
const TELLTALE = [
  ANN,
  `${ANN.slice(0, 3)} ${ANN.slice(3, 6)} ${ANN.slice(6)}`,
  `${ANN.slice(0, 3)}-${ANN.slice(3, 6)}-${ANN.slice(6)}`,
  encodeURIComponent(`${ANN.slice(0, 3)} ${ANN.slice(3, 6)} ${ANN.slice(6)}`),
  '/srv/records/secret.js:12:34',
  'select * from patients',
  'password=hunter2',
];
const SAID = `Error: ${TELLTALE.join(' ; ')} at look (/srv/records/secret.js:12:34)`;

/** Words of it, however they may be cut. */
const LEAK = /secret|srv|select \*|hunter2|stacktrace|at look/i;

/** What the trust at an address of its own does when it is asked. */
let answer: (response: ServerResponse, body: { variables: { representations?: unknown } }) => void = () => {};
let hostile: Listening;
let consortium: Consortium;

/** A source that fails with every word that it should keep to itself. */
const failing = (source: TrustSource): TrustSource => ({
  ...source,
  alerts: () => Promise.reject(new Error(SAID)),
  contacts: () => Promise.reject(Object.assign(new TypeError(SAID), { code: ANN, extensions: { code: SAID } })),
});

beforeAll(async () => {
  const server = createServer(async (asking, response) => answer(response, JSON.parse(await text(asking))));
  hostile = await listen(server);
  const broken = everythingOf('RYG', [ANN]);
  consortium = await startConsortium({
    custodians: [
      everythingOf('RXT', [ANN]),
      { ...broken, source: failing(broken.source) },
      { ...everythingOf('TAJ', [ANN]), url: hostile.url },
    ],
  });
}, STARTING_MS);
afterAll(async () => {
  await consortium[Symbol.asyncDispose]();
  await hostile.stop();
});

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

describe('what a trust says in its own words reaches no client', () => {
  const path = ['_entities', 0, 'alerts'];
  const error = { message: SAID, path, extensions: { code: SAID, stacktrace: [SAID], exception: { stack: SAID } } };
  const none = { __typename: 'Patient', nhsNumber: ANN };
  const answers: [string, (response: ServerResponse) => void][] = [
    [
      'an error of a field',
      (response) => json(response, 200, { data: { _entities: [{ ...none, alerts: null }] }, errors: [error] }),
    ],
    [
      'an error of a known code',
      (response) =>
        json(response, 200, {
          data: { _entities: [null] },
          errors: [{ ...error, extensions: { ...error.extensions, code: 'SOURCE_UNAVAILABLE' } }],
        }),
    ],
    ['an error of nothing in particular', (response) => json(response, 200, { errors: [{ message: SAID }] })],
    [
      'errors that are none',
      (response) => json(response, 200, { data: { _entities: [none] }, errors: [SAID, { message: 7 }, null] }),
    ],
    [
      'an error at a path that gives a patient away',
      (response) => json(response, 200, { data: null, errors: [{ message: SAID, path: ['_entities', 0, ANN, SAID] }] }),
    ],
    [
      'a page of HTML',
      (response) => void response.writeHead(500, { 'content-type': 'text/html' }).end(`<pre>${SAID}</pre>`),
    ],
    ['a refusal', (response) => json(response, 403, { errors: [{ message: SAID }] })],
    [
      'a redirection',
      (response) => void response.writeHead(307, { location: `${hostile.url}?${encodeURIComponent(SAID)}` }).end(SAID),
    ],
    [
      'a status line',
      (response) => void response.writeHead(500, 'Not for clients: secret', { 'x-secret': 'hunter2' }).end(SAID),
    ],
    [
      'something other than its own schema',
      (response) =>
        json(response, 200, {
          data: { _entities: [{ ...none, alerts: SAID, crisisPlans: [{ id: SAID }], contacts: { [SAID]: SAID } }] },
        }),
    ],
    [
      'a record of another patient',
      (response) => json(response, 200, { data: { _entities: [{ __typename: 'Patient', nhsNumber: SAID }] } }),
    ],
    [
      'extensions of its own',
      (response) => json(response, 200, { data: { _entities: [none] }, extensions: { debug: SAID } }),
    ],
    [
      'half an answer',
      (response) =>
        void response.writeHead(200, { 'content-type': 'application/json', 'content-length': 4_000 }).end(SAID),
    ],
  ];

  test.each(answers)('%s', async (_what, say) => {
    answer = say;
    const { status, data, errors, text: body } = await consortium.ask(WHO, LOOK, { n: ANN });
    expect(status).toBe(200);
    // The other trust's records are there, and of these two our own code says what is missing.
    expect(data.patient.alerts).toEqual([expect.objectContaining({ id: 'RXT:0' })]);
    expect(errors.length).toBeGreaterThan(0);
    for (const { message, extensions, path: at } of errors) {
      expect(extensions?.code).toMatch(/^(TIMED_OUT|UNAVAILABLE|INVALID|REFUSED|UNSUPPORTED)$/);
      expect(extensions?.custodian).toMatch(/^(RYG|TAJ)$/);
      expect(Object.keys(extensions ?? {}).sort()).toEqual(['code', 'custodian', 'serviceName']);
      expect(at).toHaveLength(2);
      expect(message.replace(/\D/g, '')).not.toContain(ANN);
    }
    const said = new Map(
      data.patient.sources.map((source: { custodian: { odsCode: string } }) => [source.custodian.odsCode, source]),
    );
    expect([...said.keys()]).toEqual(['RXT', 'RYG', 'TAJ']);
    expect(body).not.toMatch(LEAK);
    // The patient stands there once, where the client has asked for the number.
    expect(body.replace(/[^0-9]/g, '').split(ANN)).toHaveLength(2);
    // Nor does any log hold the number: the trust's own, the gateway's, or any other's.
    for (const line of consortium.logged) expect(line.replace(/[ -]|%20/g, '')).not.toContain(ANN);
  });

  test('a fault of its source, which stands in its own log alone', async () => {
    answer = (response) => json(response, 200, { data: { _entities: [null] } });
    const { errors, text: body } = await consortium.ask(WHO, LOOK, { n: ANN });
    const ofTrust = errors.filter(({ extensions }) => extensions?.custodian === 'RYG');
    expect(ofTrust.map(({ path: at, extensions }) => [at, extensions?.code])).toEqual(
      expect.arrayContaining([
        [['patient', 'alerts'], 'UNAVAILABLE'],
        [['patient', 'contacts'], 'UNAVAILABLE'],
      ]),
    );
    expect(ofTrust).toHaveLength(2);
    expect(body).not.toMatch(LEAK);
    const own = consortium.logged.filter((line) => line.includes('hunter2'));
    expect(own.length).toBeGreaterThan(0);
    for (const line of own) expect(JSON.parse(line).name).toBe('trust RYG');
  });
});

describe('whoever is not known is told so', () => {
  /** The claims of a good token, and the key that signs it. */
  async function good() {
    const token = (await consortium.authorization(WHO)).replace('Bearer ', '');
    const { keys } = JSON.parse(readFileSync(join(consortium.folder, 'issuer', 'jwks.json'), 'utf8'));
    return { token, claims: claimsOf(token), jwk: keys[0] };
  }
  const strangers: [string, () => Promise<string | undefined>][] = [
    ['without a token', async () => undefined],
    [
      'with a token of alg none',
      async () => {
        const { claims, jwk } = await good();
        return forge({ alg: 'none', typ: 'JWT', kid: jwk.kid }, claims);
      },
    ],
    [
      'with a token of HS256, signed by the public key',
      async () => {
        const { claims, jwk } = await good();
        const key = await importJWK(jwk, 'EdDSA', { extractable: true });
        if (key instanceof Uint8Array) throw new Error('A public key is no secret.');
        return forgeHS256({ alg: 'HS256', typ: 'JWT', kid: jwk.kid }, claims, await exportSPKI(key));
      },
    ],
    [
      'with a token for somebody else',
      async () => {
        const { jwk, claims } = await good();
        const secret = JSON.parse(readFileSync(join(consortium.folder, 'issuer', 'issuer.json'), 'utf8'));
        return forge(
          { alg: 'EdDSA', typ: 'JWT', kid: jwk.kid },
          { ...claims, aud: 'another' },
          createPrivateKey({ key: secret, format: 'jwk' }),
        );
      },
    ],
    [
      'with the token of a call to a trust',
      async () => {
        const keys = openPrivateKeys(join(consortium.folder, 'onward.json'));
        const { authorize } = createOnwardSigner({
          issuer: 'https://gateway.example',
          key: keys.signing,
          now: () => new Date(),
          newId: () => crypto.randomUUID(),
        });
        keys.close();
        const caller = { user: 'u', organisation: 'RXT', role: 'crisis-clinician', purpose: 'directcare' } as const;
        return (await authorize({ audience: 'RXT', body: Buffer.from('{}'), caller })).replace('Bearer ', '');
      },
    ],
  ];

  /** Sends the head of a request, keeps its body back, and waits for the answer. */
  async function announce(token: string | undefined): Promise<{ status: number | undefined; body: string }> {
    const asking = request(`${consortium.gateway.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': '1000',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
    asking.flushHeaders();
    try {
      return await new Promise((resolve, reject) => {
        asking.on('error', reject);
        asking.on('response', async (response) => resolve({ status: response.statusCode, body: await text(response) }));
      });
    } finally {
      asking.destroy();
    }
  }

  let before: number;
  beforeEach(() => {
    before = consortium.gateway.entries().length;
  });

  test.each(strangers)('%s: UNAUTHENTICATED, HTTP 401, while the body is still to come', async (_who, make) => {
    const { status, body } = await announce(await make());
    expect(status).toBe(401);
    expect(JSON.parse(body)).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(consortium.gateway.entries()).toHaveLength(before);
  });

  test('and with the token of which all of these are spoilt, is not', async () => {
    const { token } = await good();
    const { status, data } = await consortium.gateway.post(JSON.stringify({ query: '{ __typename }' }), {
      authorization: `Bearer ${token}`,
    });
    expect({ status, data }).toEqual({ status: 200, data: { __typename: 'Query' } });
  });
});

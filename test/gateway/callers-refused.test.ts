import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createAuthenticator } from '@caregraph/service/authenticate.ts';
import { exportSPKI, importJWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IssuerKey, issuerKey, type KeyServer, startKeyServer } from '../subgraphs/service/issuer.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'https://caregraph.example';
const SUBJECT = 'subject-of-the-token';

const key = await issuerKey('one');
let issuer: KeyServer;
let gateway: TestGateway;

beforeAll(async () => {
  issuer = await startKeyServer(key);
  gateway = await startGateway({ authenticator: authenticator() });
});
afterAll(async () => {
  await gateway.stop();
  await issuer[Symbol.asyncDispose]();
});

const authenticator = () => createAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks: { url: issuer.url } });

const claims = (over: JWTPayload = {}): JWTPayload => {
  const now = Math.floor(Date.now() / 1_000);
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: SUBJECT,
    iat: now,
    exp: now + 300,
    nhsid_useruid: 'user-of-the-token',
    nhsid_nrbac_roles: [{ person_roleid: '1', org_code: 'RRU', role_code: 'S8000:G8000:R1070' }],
    reason_for_request: 'directcare',
    ...over,
  };
};

const sign = (payload = claims(), by: IssuerKey = key, typ = 'JWT'): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: by.alg, kid: by.kid, typ }).sign(by.privateKey);

const QUERY = JSON.stringify({ query: '{ __typename }' });
const authorized = async (token: Promise<string>) => ({ authorization: `Bearer ${await token}` });

async function signedByThePublicKey(): Promise<string> {
  const publicKey = await importJWK(key.jwk, key.alg, { extractable: true });
  if (publicKey instanceof Uint8Array) throw new Error('That is a secret.');
  const secret = new TextEncoder().encode(await exportSPKI(publicKey));
  return new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: key.kid, typ: 'JWT' }).sign(secret);
}

const none = (signature: string): string =>
  `${[{ alg: 'none', typ: 'JWT' }, claims()].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.${signature}`;

const refusals: [string, () => Promise<Record<string, string>>][] = [
  ['without a token', async () => ({ authorization: '' })],
  ['with a password', async () => ({ authorization: `Basic ${Buffer.from('user:password').toString('base64')}` })],
  ['with alg none', async () => ({ authorization: `Bearer ${none('')}` })],
  ['with alg none and a signature', async () => ({ authorization: `Bearer ${none('AAAA')}` })],
  ['with HS256 signed by the public key', () => authorized(signedByThePublicKey())],
  ['with a wrong audience', () => authorized(sign(claims({ aud: 'https://other.example' })))],
  ['with a token for a trust', () => authorized(sign(claims({ aud: 'RW5' }), key, 'caregraph-onward+jwt'))],
  ['with a token for a trust that names this gateway', () => authorized(sign(claims(), key, 'caregraph-onward+jwt'))],
  ['with the key of somebody else', async () => authorized(sign(claims(), await issuerKey('one')))],
  ['with a key that nobody knows', async () => authorized(sign(claims(), await issuerKey('two')))],
  ['with a purpose that is none', () => authorized(sign(claims({ reason_for_request: 'research' })))],
  ['with no role', () => authorized(sign(claims({ nhsid_nrbac_roles: [] })))],
];

describe('whoever comes', () => {
  test('with a token for this gateway is let in', async () => {
    const { status, data } = await gateway.post(QUERY, await authorized(sign()));
    expect({ status, data }).toEqual({ status: 200, data: { __typename: 'Query' } });
  });

  test.each(refusals)('%s is UNAUTHENTICATED, HTTP 401', async (_who, headers) => {
    const { status, data, errors } = await gateway.post(QUERY, await headers());
    expect({ status, data }).toEqual({ status: 401, data: undefined });
    expect(errors).toEqual([{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  test.each(refusals)('%s is told so while the body is still to come', async (_who, headers) => {
    const { status, headers: answered, body } = await announce(await headers());
    expect(status).toBe(401);
    expect(answered['www-authenticate']).toBe('Bearer');
    expect(JSON.parse(body).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  test.each(refusals)('%s is told so whatever the body is', async (_who, headers) => {
    const some = await headers();
    const bodies = ['', '{ no JSON', '{"query":"{ no GraphQL"}', `"${'x'.repeat(200_000)}"`];
    const answers = await Promise.all([
      ...bodies.map((body) => gateway.post(body, some)),
      gateway.post(QUERY, { ...some, 'content-type': 'text/plain' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
  });

  test('is named in no log: neither the subject nor the user of a token, whether it is accepted or not', async () => {
    await gateway.post(QUERY, await authorized(sign()));
    for (const [, headers] of refusals) await gateway.post(QUERY, await headers());
    expect(gateway.logged.length).toBeGreaterThan(refusals.length);
    for (const line of gateway.logged) expect(line).not.toMatch(/subject-of-the-token|user-of-the-token/);
  });

  /** Sends the head of a request that announces a body, and waits for the answer without sending it. */
  function announce(headers: Record<string, string>) {
    return new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: string }>(
      (resolve, reject) => {
        const asking = request(`${gateway.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-length': '1000', ...headers },
        });
        asking.on('error', reject);
        asking.on('response', async (response) => {
          resolve({ status: response.statusCode, headers: response.headers, body: await text(response) });
          asking.destroy();
        });
        asking.flushHeaders();
      },
    );
  }
});

describe("an issuer's keys", () => {
  test('that cannot be read are a fault of ours: HTTP 503, and nobody is called a stranger', async () => {
    await using silent = await startKeyServer();
    silent.answer = (_request, response) => response.writeHead(500).end();
    const by = createAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks: { url: silent.url } });
    const other = await startGateway({ authenticator: by });
    const { status, errors, text: body } = await other.post(QUERY, await authorized(sign()));
    expect(status).toBe(503);
    expect(errors[0]?.extensions?.code).toBe('UNAVAILABLE');
    expect(body).not.toContain('127.0.0.1');
    expect(other.logged.join()).toContain('status 500');
    silent.publish(key);
    expect((await other.post(QUERY, await authorized(sign()))).status).toBe(200);
    await other.stop();
    by.close();
  });

  test('are rotated, again and again, without losing a request', async () => {
    let current = key;
    let rotating = true;
    const statuses: number[] = [];
    const load = Array.from({ length: 4 }, async () => {
      while (rotating) statuses.push((await gateway.post(QUERY, await authorized(sign(claims(), current)))).status);
    });
    for (let rotation = 0; rotation < 3; rotation++) {
      const next = await issuerKey(`rotated ${rotation}`);
      // As issuers do it: the new key is published before anything is signed with it, the old one stays for a while.
      issuer.publish(current, next);
      current = next;
      expect((await gateway.post(QUERY, await authorized(sign(claims(), next)))).status).toBe(200);
    }
    rotating = false;
    await Promise.all(load);
    expect(statuses.length).toBeGreaterThan(8);
    expect(new Set(statuses)).toEqual(new Set([200]));
    issuer.publish(key, current);
  });
});

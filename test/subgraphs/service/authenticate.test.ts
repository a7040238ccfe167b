import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Authenticator,
  authenticationBeside,
  createAuthenticator,
  UnauthenticatedError,
} from '@caregraph/service/authenticate.ts';
import { ConfigError } from '@caregraph/service/config.ts';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-authenticate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'https://caregraph.example';
const NOW = new Date('2026-11-21T12:00:00Z');
const seconds = (offset: number): number => NOW.getTime() / 1000 + offset;

const keys = await generateKeyPair('ES256', { extractable: true });
const others = await generateKeyPair('ES256');
const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
const KEY_SET = JSON.stringify({ keys: [jwk] });
const file = join(folder, 'jwks.json');
writeFileSync(file, KEY_SET);

const CLAIMS: JWTPayload = { iss: ISSUER, aud: AUDIENCE, sub: 'user', iat: seconds(0), exp: seconds(300) };
const without = (claim: string): JWTPayload =>
  Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => name !== claim));

const sign = (claims: JWTPayload, key = keys.privateKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'one' }).sign(key);

const authenticator = createAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks: { file } }, { now: () => NOW });

async function refused(authorization: string | undefined, by: Authenticator = authenticator): Promise<string> {
  const error: unknown = await by.authenticate(authorization).then(
    () => new Error('The token was accepted.'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UnauthenticatedError)) throw error;
  expect(error.code).toBe('UNAUTHENTICATED');
  return error.message;
}

describe('a token of the issuer, for this audience, in its time', () => {
  test('is accepted, and its claims are handed over', async () => {
    const token = await sign({ ...CLAIMS, nhsid_useruid: '555' });
    expect(await authenticator.authenticate(`Bearer ${token}`)).toMatchObject({ sub: 'user', nhsid_useruid: '555' });
    expect(await authenticator.authenticate(`bearer  ${token} `)).toMatchObject({ sub: 'user' });
  });

  test('is accepted up to a minute early or late, for clocks that differ', async () => {
    for (const claims of [{ exp: seconds(-59) }, { nbf: seconds(60) }]) {
      expect(await authenticator.authenticate(`Bearer ${await sign({ ...CLAIMS, ...claims })}`)).toBeDefined();
    }
    for (const claims of [{ exp: seconds(-60) }, { nbf: seconds(61) }]) {
      await refused(`Bearer ${await sign({ ...CLAIMS, ...claims })}`);
    }
  });
});

describe('refused, with a word on why, is', () => {
  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic dXNlcjpwYXNz', 'Bearer a.b', 'Bearer a.b.c d', 'a.b.c'])(
    'a header without a token: %j',
    async (header) => {
      expect(await refused(header)).toMatch(/"Authorization: Bearer <token>"/);
    },
  );

  test('a token that has run out', async () => {
    expect(await refused(`Bearer ${await sign({ ...CLAIMS, exp: seconds(-3600) })}`)).toMatch(/expired/);
  });

  test.each([
    ['of another issuer', 'iss', { ...CLAIMS, iss: 'https://other.example' }],
    ['for another audience', 'aud', { ...CLAIMS, aud: ['https://other.example'] }],
    ['not yet valid', 'nbf', { ...CLAIMS, nbf: seconds(3600) }],
    ['without an issuer', 'iss', without('iss')],
    ['without an audience', 'aud', without('aud')],
    ['without a subject', 'sub', without('sub')],
    ['without a time of issue', 'iat', without('iat')],
    ['that never runs out', 'exp', without('exp')],
  ])('a token %s', async (_what, claim, claims) => {
    expect(await refused(`Bearer ${await sign(claims)}`)).toMatch(`"${claim}"`);
  });

  test('a token signed with another key of the same name', async () => {
    await refused(`Bearer ${await sign(CLAIMS, others.privateKey)}`);
  });

  test('a token that was changed after it was signed', async () => {
    const [header, , signature] = (await sign(CLAIMS)).split('.');
    const payload = Buffer.from(JSON.stringify({ ...CLAIMS, sub: 'somebody else' })).toString('base64url');
    await refused(`Bearer ${header}.${payload}.${signature}`);
  });

  test('a token without a signature (alg none)', async () => {
    await refused(`Bearer ${new UnsecuredJWT(CLAIMS).encode()}`);
    await refused(`Bearer ${new UnsecuredJWT(CLAIMS).encode()}x`);
  });

  test.each(['the key itself', 'its text form'])(
    'a token signed with the public key for a secret (HS256): %s',
    async (form) => {
      const secret = Buffer.from(form === 'the key itself' ? JSON.stringify(jwk) : await exportSPKI(keys.publicKey));
      const token = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret);
      await refused(`Bearer ${token}`);
    },
  );

  test('a token that brings its own key, or says where it is', async () => {
    const mine = await exportJWK(others.publicKey);
    for (const header of [{ jwk: mine }, { jku: 'https://other.example/jwks.json' }]) {
      const token = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'ES256', ...header }).sign(others.privateKey);
      await refused(`Bearer ${token}`);
    }
  });

  test.each([
    ['a megabyte of a token', `Bearer ${'a'.repeat(500_000)}.${'b'.repeat(500_000)}.c`],
    ['a megabyte of spaces', `Bearer ${' '.repeat(1_000_000)}`],
    ['a megabyte of dots', `Bearer ${'.'.repeat(1_000_000)}`],
    ['two lines', 'Bearer a.b.c\r\nx-other: 1'],
    ['two tokens', 'Bearer a.b.c, Bearer d.e.f'],
    ['letters of other scripts', 'Bearer á.b.ç'],
    ['bytes that are no JSON', 'Bearer AAAA.AAAA.AAAA'],
  ])('a hostile header: %s', async (_what, header) => {
    const start = performance.now();
    const message = await refused(header);
    expect(message.length).toBeLessThan(200);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('and nothing of the token stands in the message', async () => {
    const token = await sign({ ...CLAIMS, iss: '9434765919' });
    const message = await refused(`Bearer ${token}`);
    for (const part of ['9434765919', ...token.split('.')]) expect(message).not.toContain(part);
  });
});

describe('keys', () => {
  async function issuer(
    answer: () => { status: number; body: string },
  ): Promise<AsyncDisposable & { url: string; asked: number }> {
    const server = createServer((_request, response) => {
      at.asked++;
      const { status, body } = answer();
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The issuer has no port.');
    const at = {
      url: `http://127.0.0.1:${address.port}/jwks.json`,
      asked: 0,
      [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
    };
    return at;
  }

  const over = (url: string): Authenticator =>
    createAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks: { url } }, { now: () => NOW });

  test('at an address are fetched when first needed, once', async () => {
    await using at = await issuer(() => ({ status: 200, body: KEY_SET }));
    const by = over(at.url);
    expect(at.asked).toBe(0);
    for (let i = 0; i < 3; i++) await by.authenticate(`Bearer ${await sign(CLAIMS)}`);
    expect(at.asked).toBe(1);
    await refused(`Bearer ${await sign(CLAIMS, others.privateKey)}`, by);
  });

  test.each([
    ['answers with a fault', 500, 'x'],
    ['answers with no JSON', 200, 'x'],
    ['answers with no key set', 200, '{"keys":1}'],
  ])('that cannot be read are a fault, not a refusal: the issuer %s', async (_what, status, body) => {
    await using at = await issuer(() => ({ status, body }));
    const error = await over(at.url)
      .authenticate(`Bearer ${await sign(CLAIMS)}`)
      .catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(UnauthenticatedError);
    expect(error).toMatchObject({ message: "The issuer's keys could not be read." });
  });

  test('that cannot be read are a fault, not a refusal: nobody is there', async () => {
    const at = await issuer(() => ({ status: 200, body: KEY_SET }));
    await at[Symbol.asyncDispose]();
    await expect(over(at.url).authenticate(`Bearer ${await sign(CLAIMS)}`)).rejects.toThrow(/keys could not be read/);
  });

  test.each([
    ['that is not there', join(folder, 'missing.json')],
    ['that holds no key set', join(folder, 'empty.json')],
  ])('in a file %s are a mistake in the configuration', (_what, path) => {
    writeFileSync(join(folder, 'empty.json'), '{}');
    expect(() => createAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks: { file: path } })).toThrow(
      ConfigError,
    );
  });

  test('in a file stand relative to the configuration', () => {
    const config = { issuer: ISSUER, audience: AUDIENCE };
    expect(authenticationBeside('/etc/a.yaml', { ...config, jwks: { file: 'jwks.json' } }).jwks).toEqual({
      file: '/etc/jwks.json',
    });
    expect(authenticationBeside('/etc/a.yaml', { ...config, jwks: { url: 'https://x' } }).jwks).toEqual({
      url: 'https://x',
    });
  });
});

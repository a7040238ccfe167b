import { createSecretKey, createSign, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  type Authenticator,
  authenticationBeside,
  authenticationConfig,
  createAuthenticator,
  UnauthenticatedError,
} from '@caregraph/service/authenticate.ts';
import { ConfigError } from '@caregraph/service/config.ts';
import { KeysUnavailableError } from '@caregraph/service/key-set.ts';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  importJWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { issuerKey, keySetOf, startKeyServer } from './issuer.ts';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-authenticate-'));
const opened: Authenticator[] = [];
afterAll(() => {
  for (const each of opened) each.close();
  rmSync(folder, { recursive: true });
});

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'https://caregraph.example';
const NOW = new Date('2026-11-21T12:00:00Z');
const seconds = (offset: number): number => NOW.getTime() / 1000 + offset;

const key = await issuerKey('one', 'ES256');
const stranger = await issuerKey('one', 'ES256');
const file = join(folder, 'jwks.json');
writeFileSync(file, keySetOf(key));

const CLAIMS: JWTPayload = { iss: ISSUER, aud: AUDIENCE, sub: 'user', iat: seconds(0), exp: seconds(300) };
const HEADER: JWTHeaderParameters = { alg: 'ES256', typ: 'JWT', kid: 'one' };

const sign = (claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}, by: CryptoKey = key.privateKey) =>
  new SignJWT(claims).setProtectedHeader({ ...HEADER, ...header }).sign(by);

/** A token of whatever is given for its header and claims, signed by nobody. */
const unsigned = (header: unknown, claims: unknown, signature = 'AAAA'): string =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.${signature}`;

function open(...[config, options]: Parameters<typeof createAuthenticator>): Authenticator {
  const authenticator = createAuthenticator(config, { now: () => NOW, ...options });
  opened.push(authenticator);
  return authenticator;
}

const OWN = { issuer: ISSUER, audience: AUDIENCE, jwks: { file } };
const authenticator = open(OWN);

async function refused(
  authorization: string | readonly string[] | undefined,
  by: Authenticator = authenticator,
): Promise<string> {
  const error: unknown = await by.authenticate(authorization).then(
    () => new Error('The token was accepted.'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UnauthenticatedError)) throw error;
  expect(error.code).toBe('UNAUTHENTICATED');
  expect(error.message.length).toBeLessThan(200);
  return error.message;
}

const accepted = async (token: string, by: Authenticator = authenticator): Promise<JWTPayload> =>
  by.authenticate(`Bearer ${token}`);

describe('a token of the issuer, for this audience, in its time', () => {
  test('is accepted, and its claims are handed over', async () => {
    const token = await sign({ ...CLAIMS, nhsid_useruid: '555' });
    const claims = { ...CLAIMS, nhsid_useruid: '555' };
    expect(await authenticator.authenticate(`Bearer ${token}`)).toEqual(claims);
    expect(await authenticator.authenticate(`bearer  ${token} `)).toEqual(claims);
    expect(await authenticator.authenticate([`Bearer ${token}`])).toEqual(claims);
  });

  test('may be for others as well', async () => {
    await accepted(await sign({ ...CLAIMS, aud: ['https://other.example', AUDIENCE] }));
  });

  test.each(['JWT', 'jwt', 'application/jwt', 'at+jwt', 'AT+JWT', 'application/at+JWT'])(
    'may say that it is of the type %s',
    async (typ) => {
      await accepted(await sign(CLAIMS, { typ }));
    },
  );

  test.each(['EdDSA', 'Ed25519', 'ES256', 'ES384', 'ES512'])('may be signed by %s', async (alg) => {
    const other = await issuerKey(alg, alg);
    const path = join(folder, `${alg}.json`);
    writeFileSync(path, keySetOf(other));
    const by = open({ ...OWN, jwks: { file: path } });
    await accepted(await sign(CLAIMS, { alg, kid: alg }, other.privateKey), by);
  });

  test.each(['PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'])('may be signed by %s', async (alg) => {
    const { path, privateKey } = rsa(2_048);
    const importable = await importJWK(privateKey, alg);
    if (importable instanceof Uint8Array) throw new Error('That is a secret.');
    await accepted(await sign(CLAIMS, { alg, kid: 'rsa' }, importable), open({ ...OWN, jwks: { file: path } }));
  });

  test('is accepted up to a minute early or late, for clocks that differ, and no more', async () => {
    for (const claims of [{ exp: seconds(-59) }, { nbf: seconds(60) }, { iat: seconds(60) }]) {
      await accepted(await sign({ ...CLAIMS, ...claims }));
    }
    for (const claims of [{ exp: seconds(-60) }, { nbf: seconds(61) }, { iat: seconds(61) }]) {
      await refused(`Bearer ${await sign({ ...CLAIMS, ...claims })}`);
    }
  });

  function rsa(modulusLength: number) {
    const pair = generateKeyPairSync('rsa', { modulusLength });
    const path = join(folder, `rsa-${modulusLength}.json`);
    writeFileSync(path, JSON.stringify({ keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'rsa' }] }));
    return { path, privateKey: { ...pair.privateKey.export({ format: 'jwk' }), kty: 'RSA' } };
  }
});

describe('refused, with a word on why, is', () => {
  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic dXNlcjpwYXNz', 'Bearer a.b', 'Bearer a.b.c d', 'a.b.c'])(
    'a header without a token: %j',
    async (header) => {
      expect(await refused(header)).toMatch(/"Authorization: Bearer <token>"/);
    },
  );

  test('a second header, whether it says the same or not', async () => {
    const token = `Bearer ${await sign(CLAIMS)}`;
    expect(await refused([token, token])).toMatch(/one header/);
    await refused([token, 'Bearer a.b.c']);
    await refused(['', token]);
    expect(await refused([])).toMatch(/Send a token/);
  });

  test('a token that has run out', async () => {
    expect(await refused(`Bearer ${await sign({ ...CLAIMS, exp: seconds(-3600) })}`)).toMatch(/expired/);
  });

  test.each<[string, string, unknown[]]>([
    ['of another issuer', 'iss', ['https://other.example', `${ISSUER}/`, '', null, undefined, [ISSUER], 1]],
    ['for another audience', 'aud', ['https://other.example', 'RW5', ['RW5'], [], '', null, undefined, [[AUDIENCE]]]],
    ['without a subject', 'sub', ['', null, undefined, 1, {}]],
    ['that is not yet made', 'iat', [seconds(3600), null, undefined, String(seconds(0)), {}, []]],
    ['that is not yet valid', 'nbf', [seconds(3600), null, String(seconds(0)), {}, []]],
    ['that never runs out', 'exp', [null, undefined, String(seconds(300)), {}, []]],
  ])('a token %s', async (_what, claim, values) => {
    for (const value of values) {
      const { [claim]: _, ...others } = CLAIMS;
      const token = await sign(value === undefined ? others : { ...CLAIMS, [claim]: value });
      expect(await refused(`Bearer ${token}`)).toContain(`"${claim}"`);
    }
  });

  test('a token of another type, or of none', async () => {
    for (const typ of ['', 'caregraph-onward+jwt', 'application/CAREGRAPH-onward+jwt', 'JOSE', 'text/jwt', 'id+jwt']) {
      expect(await refused(`Bearer ${await sign(CLAIMS, { typ })}`)).toContain('"typ"');
    }
    for (const typ of [undefined, null, 1, ['JWT'], { JWT: 1 }]) {
      expect(await refused(`Bearer ${unsigned({ ...HEADER, typ }, CLAIMS)}`)).toContain('"typ"');
    }
  });

  test('a token of the usual type where another is configured', async () => {
    const by = open({ ...OWN, types: ['application/nhs+jwt'] });
    await accepted(await sign(CLAIMS, { typ: 'NHS+JWT' }), by);
    expect(await refused(`Bearer ${await sign(CLAIMS)}`, by)).toContain('"typ"');
  });

  test('a token that asks for more than is understood', async () => {
    for (const crit of [['exp'], ['b64'], [], null]) {
      expect(await refused(`Bearer ${unsigned({ ...HEADER, b64: true, exp: 1, crit }, CLAIMS)}`)).toContain('"crit"');
    }
    const understoodByJose = await new SignJWT(CLAIMS)
      .setProtectedHeader({ ...HEADER, b64: true, crit: ['b64'] })
      .sign(key.privateKey);
    expect(await refused(`Bearer ${understoodByJose}`)).toContain('"crit"');
  });

  test('a token signed with another key of the same name, or of a name that is not known', async () => {
    expect(await refused(`Bearer ${await sign(CLAIMS, {}, stranger.privateKey)}`)).toMatch(/signature/);
    expect(await refused(`Bearer ${await sign(CLAIMS, { kid: 'two' }, stranger.privateKey)}`)).toMatch(/keys of its/);
    for (const kid of [1, null, ['one']]) {
      expect(await refused(`Bearer ${unsigned({ ...HEADER, kid }, CLAIMS)}`)).toMatch(/"kid"/);
    }
  });

  test('a token signed with one of several keys that it does not name', async () => {
    const path = join(folder, 'several.json');
    writeFileSync(path, keySetOf(key, await issuerKey('two', 'ES256')));
    const { kid: _, ...nameless } = HEADER;
    const token = await new SignJWT(CLAIMS).setProtectedHeader(nameless).sign(key.privateKey);
    expect(await refused(`Bearer ${token}`, open({ ...OWN, jwks: { file: path } }))).toMatch(/"kid"/);
    await accepted(token);
  });

  test('a token that was changed after it was signed', async () => {
    const [header, payload, signature] = (await sign(CLAIMS)).split('.');
    const altered = Buffer.from(JSON.stringify({ ...CLAIMS, sub: 'somebody else' })).toString('base64url');
    expect(await refused(`Bearer ${header}.${altered}.${signature}`)).toMatch(/signature/);
    expect(await refused(`Bearer ${header}.${payload}.${payload}`)).toMatch(/signature/);
  });

  test.each(['none', 'None', 'NONE', '', undefined, null, 0, ['ES256'], 'HS256', 'HS384', 'HS512', 'RSA1_5', 'dir'])(
    'a token signed by what is no signature by a private key: %j',
    async (alg) => {
      const token = unsigned({ ...HEADER, alg }, CLAIMS);
      expect(await refused(`Bearer ${token}`)).toMatch(/must be signed by one of/);
      await refused(`Bearer ${token.replace(/AAAA$/, '')}`);
    },
  );

  test('a token signed with the public key for a secret (HS256)', async () => {
    const pem = await exportSPKI(await importJWKAsKey());
    for (const text of [keySetOf(key), JSON.stringify(key.jwk), pem, pem.trim(), key.jwk.x ?? '']) {
      const token = await new SignJWT(CLAIMS)
        .setProtectedHeader({ ...HEADER, alg: 'HS256' })
        .sign(createSecretKey(Buffer.from(text)));
      expect(await refused(`Bearer ${token}`)).toMatch(/must be signed by one of/);
    }
  });

  async function importJWKAsKey(): Promise<CryptoKey> {
    const imported = await importJWK(key.jwk, 'ES256', { extractable: true });
    if (imported instanceof Uint8Array) throw new Error('That is a secret.');
    return imported;
  }

  test('a token that brings its own key, or says where it is, and nobody goes there', async () => {
    await using theirs = await startKeyServer(stranger);
    const jwk = await exportJWK(stranger.privateKey).then(({ d: _, ...rest }) => rest);
    for (const header of [
      { jwk },
      { jku: theirs.url },
      { x5u: theirs.url },
      { x5c: ['AAAA'] },
      { jku: theirs.url, kid: 'two' },
    ]) {
      await refused(`Bearer ${await sign(CLAIMS, header, stranger.privateKey)}`);
    }
    expect(theirs.asked).toBe(0);
  });

  test.each([
    ['a megabyte of a token', `Bearer ${'a'.repeat(500_000)}.${'b'.repeat(500_000)}.c`],
    ['a megabyte of spaces', `Bearer ${' '.repeat(1_000_000)}`],
    ['a megabyte of dots', `Bearer ${'.'.repeat(1_000_000)}`],
    ['two lines', 'Bearer a.b.c\r\nx-other: 1'],
    ['two tokens', 'Bearer a.b.c, Bearer d.e.f'],
    ['five parts, as of an encrypted one', 'Bearer a.b.c.d.e'],
    ['letters of other scripts', 'Bearer á.b.ç'],
    ['bytes that are no JSON', 'Bearer AAAA.AAAA.AAAA'],
    ['claims that are a list', `Bearer ${unsigned(HEADER, [CLAIMS])}`],
    ['claims that are a text', `Bearer ${unsigned(HEADER, JSON.stringify(CLAIMS))}`],
    ['a header that is a list', `Bearer ${unsigned([HEADER], CLAIMS)}`],
    ['nothing but brackets', `Bearer ${Buffer.from('['.repeat(6_000)).toString('base64url')}.e30.AAAA`],
    [
      'a prototype',
      `Bearer ${Buffer.from('{"__proto__":{"alg":"ES256","typ":"JWT"}}').toString('base64url')}.e30.AAAA`,
    ],
  ])('a hostile header: %s', async (_what, header) => {
    const start = performance.now();
    await refused(header);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test('a token that is too long, however good it is', async () => {
    const lengthOf = async (padding: number) => (await sign({ ...CLAIMS, padding: 'x'.repeat(padding) })).length;
    // Three bytes of claims are four characters of a token.
    const padding = Math.floor(((16 * 1024 - 'Bearer '.length - (await lengthOf(0))) * 3) / 4);
    await accepted(await sign({ ...CLAIMS, padding: 'x'.repeat(padding) }));
    const token = await sign({ ...CLAIMS, padding: 'x'.repeat(padding + 3) });
    expect(await refused(`Bearer ${token}`)).toMatch(/longer than 16384 characters/);
  });

  test('and nothing of the token stands in the error', async () => {
    const subject = 'somebody whom nobody is to know';
    const claims = { ...CLAIMS, sub: subject, nhsid_useruid: '9434765919' };
    for (const token of [
      await sign({ ...claims, iss: '9434765919' }),
      await sign({ ...claims, exp: seconds(-3600) }),
      await sign(claims, {}, stranger.privateKey),
      await sign(claims, { kid: '9434765919' }),
      await sign(claims, { typ: '9434765919' }),
    ]) {
      const error: unknown = await accepted(token).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UnauthenticatedError);
      const shown = inspect(error, { depth: null, showHidden: true });
      for (const part of ['9434765919', subject, ...token.split('.')]) expect(shown).not.toContain(part);
    }
  });
});

describe('a token that cannot be for us', () => {
  test('is refused before anybody asks for keys', async () => {
    await using at = await startKeyServer(key);
    const by = open({ ...OWN, jwks: { url: at.url } });
    const signedByUs = await Promise.all([
      sign(CLAIMS, { typ: 'caregraph-onward+jwt' }),
      sign({ ...CLAIMS, iss: 'https://other.example' }),
      sign({ ...CLAIMS, aud: 'RW5' }),
      sign({ ...CLAIMS, exp: seconds(-60) }),
      sign({ ...CLAIMS, iat: seconds(61) }),
      sign({ ...CLAIMS, nbf: seconds(61) }),
    ]);
    const others = ['', 'a.b.c', unsigned({ ...HEADER, alg: 'none' }, CLAIMS), unsigned({ alg: 'HS256' }, CLAIMS)];
    for (const token of [...signedByUs, ...others]) await refused(`Bearer ${token}`, by);
    expect(at.asked).toBe(0);
    await accepted(await sign(CLAIMS), by);
    expect(at.asked).toBe(1);
  });
});

describe('a token that was accepted before', () => {
  test('is accepted again, with the same claims', async () => {
    const token = await sign(CLAIMS);
    const claims = await accepted(token);
    expect(await accepted(token)).toEqual(claims);
    expect(() => Object.assign(claims, { sub: 'another' })).toThrow(TypeError);
  });

  test('is refused from the second in which it has expired, as if it had never been seen', async () => {
    let now = NOW;
    const by = open(OWN, { now: () => now });
    const token = await sign({ ...CLAIMS, exp: seconds(-30) });
    await accepted(token, by);
    now = new Date(NOW.getTime() + 29_000);
    await accepted(token, by);
    now = new Date(NOW.getTime() + 30_000);
    expect(await refused(`Bearer ${token}`, by)).toMatch(/expired/);
  });

  test('is not taken for another that differs in its signature alone', async () => {
    const token = await sign(CLAIMS);
    await accepted(token);
    await refused(`Bearer ${token.slice(0, -4)}AAAA`);
  });

  test('is refused once its key is no longer in the file', async () => {
    const path = join(folder, 'rotated.json');
    writeFileSync(path, keySetOf(key));
    const by = open({ ...OWN, jwks: { file: path } });
    const token = await sign(CLAIMS);
    await accepted(token, by);
    writeFileSync(path, keySetOf(await issuerKey('two', 'ES256')));
    await expect.poll(() => accepted(token, by).catch(({ code }) => code), { timeout: 20_000 }).toBe('UNAUTHENTICATED');
  });

  test('is refused once its key is no longer at the address', async () => {
    await using at = await startKeyServer(key);
    const by = open({ ...OWN, jwks: { url: at.url } });
    const token = await sign(CLAIMS);
    // The first one has the keys read, and is not remembered.
    for (let n = 0; n < 3; n++) await accepted(token, by);
    const two = await issuerKey('two', 'ES256');
    at.publish(two);
    // A token with a key that is not known has the address looked at.
    await accepted(await sign(CLAIMS, { kid: 'two' }, two.privateKey), by);
    await refused(`Bearer ${token}`, by);
  });
});

describe('keys', () => {
  test('at an address that are rotated lose no request', async () => {
    await using at = await startKeyServer(key);
    const by = open({ ...OWN, jwks: { url: at.url } });
    await accepted(await sign(CLAIMS), by);
    const two = await issuerKey('two', 'ES256');
    at.publish(key, two);
    const token = await sign(CLAIMS, { kid: 'two' }, two.privateKey);
    await Promise.all(Array.from({ length: 20 }, () => accepted(token, by)));
    expect(at.asked).toBe(2);
  });

  test.each([
    ['answers with a fault', 500, 'x'],
    ['answers with no JSON', 200, 'x'],
    ['answers with no key set', 200, '{"keys":1}'],
  ])('that cannot be read are a fault, not a refusal: the issuer %s', async (_what, status, body) => {
    await using at = await startKeyServer();
    at.answer = (_request, response) => response.writeHead(status).end(body);
    const troubles: Error[] = [];
    const by = open({ ...OWN, jwks: { url: at.url } }, { onTrouble: (error) => troubles.push(error) });
    const outcome = accepted(await sign(CLAIMS), by);
    await expect(outcome).rejects.toThrow(KeysUnavailableError);
    await expect(outcome).rejects.toMatchObject({ message: "The issuer's keys could not be read.", statusCode: 503 });
    expect(troubles).toHaveLength(1);
  });

  test('that are too weak to prove anything are a fault of the issuer', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    const path = join(folder, 'weak.json');
    writeFileSync(path, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'weak' }] }));
    const [signingInput] = unsigned({ ...HEADER, alg: 'RS256', kid: 'weak' }, CLAIMS).split('.AAAA');
    const signature = createSign('sha256')
      .update(signingInput ?? '')
      .sign(privateKey, 'base64url');
    const by = open({ ...OWN, jwks: { file: path } });
    await expect(accepted(`${signingInput}.${signature}`, by)).rejects.toThrow(KeysUnavailableError);
  });

  test.each([
    ['that is not there', join(folder, 'missing.json')],
    ['that holds no key set', join(folder, 'empty.json')],
  ])('in a file %s are a mistake in the configuration', (_what, path) => {
    writeFileSync(join(folder, 'empty.json'), '{}');
    expect(() => createAuthenticator({ ...OWN, jwks: { file: path } })).toThrow(ConfigError);
  });

  test('in a file stand relative to the configuration', () => {
    expect(authenticationBeside('/etc/a.yaml', { ...OWN, jwks: { file: 'jwks.json' } }).jwks).toEqual({
      file: '/etc/jwks.json',
    });
    expect(authenticationBeside('/etc/a.yaml', { ...OWN, jwks: { url: 'https://x' } }).jwks).toEqual({
      url: 'https://x',
    });
  });
});

test('the configuration takes no keys from where others might put theirs in', () => {
  expect(authenticationConfig.safeParse({ ...OWN, jwks: { url: 'http://issuer.example/jwks' } }).success).toBe(false);
  expect(authenticationConfig.safeParse({ ...OWN, jwks: { url: 'https://issuer.example/jwks' } }).success).toBe(true);
});

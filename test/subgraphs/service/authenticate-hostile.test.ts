import { sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthenticator, UnauthenticatedError } from '@caregraph/service/authenticate.ts';
import fc from 'fast-check';
import { exportPKCS8, type JWTPayload } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { issuerKey, keySetOf } from './issuer.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'https://caregraph.example';
const NOW = new Date('2026-11-21T12:00:00Z');
const now = NOW.getTime() / 1_000;

const key = await issuerKey('one');
const pem = await exportPKCS8(key.privateKey);
const folder = mkdtempSync(join(tmpdir(), 'caregraph-hostile-'));
const file = join(folder, 'jwks.json');
writeFileSync(file, keySetOf(key));
const authenticator = createAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks: { file } }, { now: () => NOW });
afterAll(() => {
  authenticator.close();
  rmSync(folder, { recursive: true });
});

const encoded = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** A token of the issuer's own, whatever it says. */
function signed(header: unknown, claims: unknown): string {
  const input = `${encoded(JSON.stringify(header))}.${encoded(JSON.stringify(claims))}`;
  return `${input}.${sign(null, Buffer.from(input), pem).toString('base64url')}`;
}

const HEADER = { alg: 'EdDSA', typ: 'JWT', kid: 'one' };
const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: 'user', iat: now, exp: now + 300 };

/** The claims when it is accepted, the message when it is refused. Anything else is a fault, which no token may cause. */
async function outcome(authorization: string): Promise<JWTPayload | string> {
  try {
    return await authenticator.authenticate(authorization);
  } catch (error) {
    if (error instanceof UnauthenticatedError) return error.message;
    throw error;
  }
}

async function refused(token: string): Promise<void> {
  const message = await outcome(`Bearer ${token}`);
  if (typeof message !== 'string') throw new Error('It was accepted.');
  expect(message.length).toBeLessThan(200);
  for (const part of token.split('.')) if (part.length > 6) expect(message).not.toContain(part);
}

/** A value that is right at its place, or one that is not; `undefined` for nothing there. */
interface Given {
  readonly value: unknown;
  readonly right: boolean;
}

const right = (...values: readonly unknown[]): fc.Arbitrary<Given> =>
  fc.constantFrom(...values).map((value) => ({ value, right: true }));
const wrong = (...arbitraries: readonly fc.Arbitrary<unknown>[]): fc.Arbitrary<Given> =>
  fc.oneof(fc.constantFrom(undefined, null, true, {}, []), ...arbitraries).map((value) => ({ value, right: false }));
const mostly = (good: fc.Arbitrary<Given>, bad: fc.Arbitrary<Given>): fc.Arbitrary<Given> =>
  fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: bad });

const otherThan = (...texts: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(fc.string(), fc.constantFrom('RW5', 'caregraph')).filter((text) => !texts.includes(text));
const before = (latest: number): fc.Arbitrary<number> => fc.integer({ min: -1e9, max: latest });
const after = (earliest: number): fc.Arbitrary<number> => fc.integer({ min: earliest, max: 1e11 });
const times = (good: fc.Arbitrary<number>): fc.Arbitrary<Given> => good.map((value) => ({ value, right: true }));

const parts = fc.record({
  alg: mostly(right('EdDSA'), wrong(fc.constantFrom('none', 'Ed25519', 'HS256', 'ES256', 'RS256'), fc.string())),
  typ: mostly(right('JWT', 'at+jwt', 'application/JWT'), wrong(fc.constantFrom('caregraph-onward+jwt'), fc.string())),
  kid: mostly(
    right('one', undefined),
    wrong(otherThan('one')).filter(({ value }) => value !== undefined),
  ),
  crit: mostly(
    right(undefined),
    wrong(fc.constantFrom(['b64'], ['exp'])).filter(({ value }) => value !== undefined),
  ),
  iss: mostly(right(ISSUER), wrong(otherThan(ISSUER), fc.constant([ISSUER]))),
  aud: mostly(
    right(AUDIENCE, [AUDIENCE], ['RW5', AUDIENCE]),
    wrong(otherThan(AUDIENCE), fc.array(otherThan(AUDIENCE))),
  ),
  sub: mostly(right('user', '555'), wrong(fc.constant(''), fc.integer())),
  exp: mostly(times(after(now - 59)), wrong(before(now - 60), fc.constant(String(now + 300)))),
  iat: mostly(times(before(now + 60)), wrong(after(now + 61), fc.constant(String(now)))),
  nbf: mostly(
    fc.oneof(times(before(now + 60)), right(undefined)),
    wrong(after(now + 61), fc.constant(String(now))).filter(({ value }) => value !== undefined),
  ),
});

describe('a token that the issuer itself has signed', () => {
  test('is accepted when everything in it is right, and refused when anything is not', async () => {
    const seen = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(parts, async ({ alg, typ, kid, crit, ...rest }) => {
        const valuesOf = (given: Readonly<Record<string, Given>>) =>
          Object.fromEntries(Object.entries(given).map(([name, { value }]) => [name, value]));
        const claims = valuesOf(rest);
        const token = signed(valuesOf({ alg, typ, kid, crit }), claims);
        if ([alg, typ, kid, crit, ...Object.values(rest)].every((each) => each.right)) {
          expect(await outcome(`Bearer ${token}`)).toEqual(JSON.parse(JSON.stringify(claims)));
          seen.accepted++;
        } else {
          await refused(token);
          seen.refused++;
        }
      }),
      { numRuns: 700 },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(100);
  });

  test('is refused once any bit of it is another', async () => {
    const token = signed(HEADER, CLAIMS);
    expect(await outcome(`Bearer ${token}`)).toEqual(CLAIMS);
    const bytes = token.split('.').map((part) => Buffer.from(part, 'base64url'));
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.nat(7), async (part, at, bit) => {
        const altered = bytes.map((each) => Buffer.from(each));
        const target = altered[part] ?? Buffer.alloc(0);
        target.writeUInt8(target.readUInt8(at % target.length) ^ (1 << bit), at % target.length);
        await refused(altered.map(encoded).join('.'));
      }),
      { numRuns: 400 },
    );
  });
});

describe('what anybody else sends', () => {
  test('is refused, with a short word on why, and nothing of it is repeated: any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 300 })), async (text) => {
        await refused(text);
        expect(typeof (await outcome(text))).toBe('string');
      }),
      { numRuns: 400 },
    );
  });

  test('is refused, with a short word on why, and nothing of it is repeated: any three parts', async () => {
    const part = fc.oneof(
      fc.json().map(encoded),
      fc.uint8Array({ maxLength: 100 }).map(encoded),
      fc.constant(encoded(JSON.stringify(HEADER))),
      fc.constant(encoded(JSON.stringify(CLAIMS))),
      fc
        .record({ alg: fc.constantFrom('EdDSA', 'none', 'HS256'), typ: fc.constant('JWT'), kid: fc.string() })
        .map((x) => encoded(JSON.stringify(x))),
    );
    await fc.assert(
      fc.asyncProperty(part, part, part, async (...three) => refused(three.join('.'))),
      { numRuns: 700 },
    );
  });
});

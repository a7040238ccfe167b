import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { UnauthenticatedError } from '@caregraph/service/authenticate.ts';
import { KeysUnavailableError } from '@caregraph/service/key-set.ts';
import { createLog } from '@caregraph/service/log.ts';
import {
  contentDigest,
  createGatewayGuard,
  createOnwardGuard,
  ONWARD_TYPE,
  type OnwardCaller,
} from '@caregraph/service/onward.ts';
import { type Served, type SubgraphRequest, serveSubgraph } from '@caregraph/service/serve.ts';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claimsOf, forge, forgeHS256 } from '../../support/forge.ts';
import { createTestSigner, PARAMEDIC, postSigned, type TestSigner } from '../../support/onward.ts';

const TRUST = 'RW5';
const QUERY = { query: '{ caller }' };
const BODY = JSON.stringify(QUERY);

let gateway: TestSigner;
let trust: Served;
let url: string;
/** What the trust's clock is ahead of the gateway's, in seconds. */
let ahead = 0;
let resolved = 0;

const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, SubgraphRequest<OnwardCaller>>({
    name: 'Query',
    fields: {
      caller: {
        type: GraphQLString,
        resolve(_root, _arguments, { caller }) {
          resolved += 1;
          return JSON.stringify(caller);
        },
      },
    },
  }),
});

const logged: string[] = [];
const now = (): Date => new Date(Date.now() + ahead * 1_000);

beforeAll(async () => {
  gateway = createTestSigner();
  trust = await serveSubgraph<SubgraphRequest<OnwardCaller>, OnwardCaller>({
    schema,
    log: createLog({ name: 'trust', level: 'trace', destination: { write: (line) => logged.push(line) } }),
    host: '127.0.0.1',
    port: 0,
    bodyLimit: 64 * 1024,
    guard: createOnwardGuard({ issuer: gateway.issuer, audience: TRUST, keys: gateway.keys, now }),
    context: (request) => request,
    ready: async () => 'well',
    development: false,
  });
  url = `${trust.url}/graphql`;
});
beforeEach(() => {
  ahead = 0;
  resolved = 0;
});
afterAll(async () => {
  await trust.close();
  gateway.close();
});

const tokenFor = async (body: string, audience = TRUST, signer: TestSigner = gateway): Promise<string> =>
  (await signer.authorize({ audience, body: Buffer.from(body), caller: PARAMEDIC })).replace('Bearer ', '');

const send = (token: string | null, body = BODY): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
    body,
  });

/** A token that is right in everything, with other claims and another header over it. */
const altered = async (claims: object, header: object = {}): Promise<string> =>
  forge(
    { alg: 'EdDSA', typ: ONWARD_TYPE, kid: gateway.key.kid, ...header },
    { ...claimsOf(await tokenFor(BODY)), ...claims },
    gateway.key.privateKey,
  );

async function refused(response: Response, saying: RegExp): Promise<void> {
  const text = await response.text();
  expect(response.status, text).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer');
  const { errors, ...rest } = JSON.parse(text);
  expect(errors).toEqual([{ message: expect.stringMatching(saying), extensions: { code: 'UNAUTHENTICATED' } }]);
  expect(rest).toEqual({});
  expect(resolved).toBe(0);
}

const seconds = (): number => Math.floor(Date.now() / 1_000);

describe('a call with a token made for it', () => {
  test('is answered, and who asks is known', async () => {
    const response = await postSigned(gateway, TRUST, url, QUERY);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { caller: JSON.stringify(PARAMEDIC) } });
  });

  test('is answered with a body that is not ASCII', async () => {
    const response = await postSigned(gateway, TRUST, url, { ...QUERY, variables: { n: 'Siân ✓ 🚑' } });
    expect(response.status).toBe(200);
  });

  test.each([-59, 59])('is answered when the clocks are %d seconds apart', async (apart) => {
    ahead = apart;
    expect((await postSigned(gateway, TRUST, url, QUERY)).status).toBe(200);
  });
});

describe('whatever else comes is refused with 401, and nothing is carried out', () => {
  test('no token', async () => {
    await refused(await send(null), /Send a token/);
  });

  test.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a.b', 'Bearer a.b.c.d', 'Bearer a b.c.d'])(
    'what is no token: %j',
    async (authorization) => {
      const headers = { 'content-type': 'application/json', authorization };
      await refused(await fetch(url, { method: 'POST', headers, body: BODY }), /Send a token/);
    },
  );

  test.each(['a.b.c', 'bm90.bm90.bm90'])('what only looks like a token: %s', async (token) => {
    await refused(await send(token), /not a signed JWT/);
  });

  test("another trust's token", async () => {
    await refused(await send(await tokenFor(BODY, 'RXT')), /made for somebody else/);
  });

  test('a token for several trusts, this one among them', async () => {
    await refused(await send(await altered({ aud: ['RXT', TRUST] })), /"aud"/);
  });

  test("a token of a user's, or of any other type", async () => {
    for (const typ of ['JWT', 'at+jwt', undefined]) await refused(await send(await altered({}, { typ })), /type/);
  });

  test.each([
    ['another query', JSON.stringify({ query: '{ __typename }' })],
    ['a space more', `${BODY} `],
    ['the same JSON, written differently', BODY.replace(':', ': ')],
    ['what is no JSON', '{'],
    ['nothing', ''],
  ])('an altered body: %s', async (_what, other) => {
    await refused(await send(await tokenFor(BODY), other), /body is not the one/);
  });

  test('no body at all, whose type is not told either', async () => {
    const authorization = `Bearer ${await tokenFor(BODY)}`;
    await refused(await fetch(url, { method: 'POST', headers: { authorization } }), /body is not the one/);
  });

  test('a replay', async () => {
    const token = await tokenFor(BODY);
    expect((await send(token)).status).toBe(200);
    resolved = 0;
    await refused(await send(token), /used already/);
  });

  test('a replay at the same time: one of many is answered', async () => {
    const token = await tokenFor(BODY);
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(401)]);
    expect(resolved).toBe(1);
  });

  test('a replay of a token that is written otherwise', async () => {
    const token = await tokenFor(BODY);
    expect((await send(token)).status).toBe(200);
    resolved = 0;
    // The last character of a signature has bits that mean nothing (RFC 4648, canonical encoding).
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      await refused(await send(token.slice(0, -1) + last), /used already|signature|not a signed JWT/);
    }
  });

  test('an expired one', async () => {
    const token = await tokenFor(BODY);
    ahead = 121;
    await refused(await send(token), /expired/);
  });

  test('one from further in the future than clocks may be apart', async () => {
    const iat = seconds() + 62;
    await refused(await send(await altered({ iat, exp: iat + 60 })), /"iat"/);
  });

  test('one that would be good for longer than a minute', async () => {
    await refused(await send(await altered({ iat: seconds(), exp: seconds() + 61 })), /good for too long/);
  });

  test('one that hides its age', async () => {
    await refused(await send(await altered({ iat: seconds() - 3_600, exp: seconds() + 30 })), /expired|too long/);
    await refused(await send(await altered({ iat: seconds() - 125, exp: seconds() + 1 })), /expired|too long/);
  });

  test('one that is not good yet', async () => {
    await refused(await send(await altered({ nbf: seconds() + 90 })), /"nbf"/);
  });

  test.each(['aud', 'iss', 'sub', 'iat', 'exp', 'jti', 'content_digest'])('one without "%s"', async (claim) => {
    await refused(await send(await altered({ [claim]: undefined })), new RegExp(`"${claim}"`));
  });

  test.each([
    ['requesting_user', ''],
    ['requesting_user', undefined],
    ['requesting_organization', undefined],
    ['requesting_organization', 'R W 5'],
    ['requesting_role', undefined],
    ['requesting_role', 7],
    ['reason_for_request', undefined],
    ['reason_for_request', 'curiosity'],
    ['jti', 'x'.repeat(201)],
    ['content_digest', 'md5=:AAAA:'],
    ['iat', '1'],
    ['exp', 1e30],
  ])('one whose "%s" is %j', async (claim, value) => {
    await refused(await send(await altered({ [claim]: value })), /claim|too long|body/);
  });

  test('one on nobody’s behalf', async () => {
    const body = Buffer.from(BODY);
    const authorization = await gateway.authorize({ audience: TRUST, body, caller: 'gateway' });
    await refused(await send(authorization.replace('Bearer ', '')), /on whose behalf/);
  });

  test('one of another gateway, and one that another gateway signs as this one', async () => {
    const other = createTestSigner('https://elsewhere.example');
    await refused(await send(await tokenFor(BODY, TRUST, other)), /not among the gateway's/);
    const claims = claimsOf(await tokenFor(BODY));
    await refused(
      await send(forge({ alg: 'EdDSA', typ: ONWARD_TYPE, kid: gateway.key.kid }, claims, other.key.privateKey)),
      /signature/,
    );
    await refused(await send(await altered({ iss: other.issuer })), /"iss"/);
    other.close();
  });

  test('alg: none, in any spelling', async () => {
    const claims = claimsOf(await tokenFor(BODY));
    for (const alg of ['none', 'None', 'NONE']) {
      const bare = forge({ alg, typ: ONWARD_TYPE }, claims);
      await refused(await send(bare), /Send a token/);
      await refused(await send(`${bare}AAAA`), /EdDSA/);
      await refused(await send(forge({ alg, typ: ONWARD_TYPE }, claims, gateway.key.privateKey)), /EdDSA/);
    }
  });

  test('HS256 with the public key as the secret', async () => {
    const claims = claimsOf(await tokenFor(BODY));
    const publicKey = createPublicKey(gateway.key.privateKey);
    const secrets = [
      String(publicKey.export({ format: 'pem', type: 'spki' })),
      String(publicKey.export({ format: 'jwk' }).x),
    ];
    for (const secret of secrets) {
      const header = { alg: 'HS256', typ: ONWARD_TYPE, kid: gateway.key.kid };
      await refused(await send(forgeHS256(header, claims, secret)), /EdDSA/);
    }
  });

  test('a key that the token brings along', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const claims = claimsOf(await tokenFor(BODY));
    const jwk = publicKey.export({ format: 'jwk' });
    for (const header of [{ jwk }, { jwk, kid: 'mine' }, { jku: `${trust.url}/keys`, kid: 'mine' }]) {
      const token = forge({ alg: 'EdDSA', typ: ONWARD_TYPE, ...header }, claims, privateKey);
      await refused(await send(token), /key|signature/);
    }
  });

  test('an extension of JWT that is not understood', async () => {
    await refused(await send(await altered({}, { crit: ['x'], x: 1 })), /kind that is not accepted|not a signed JWT/);
  });

  test('the contract of the subgraph is shown to nobody else either', async () => {
    await refused(await send(null, '{"query":"{ __schema { types { name } } }"}'), /Send a token/);
    expect((await fetch(`${trust.url}/health/ready`)).status).toBe(200);
  });

  test('before its body is there', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n{',
    );
    const [answer] = await once(socket, 'data');
    socket.destroy();
    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe('a token that somebody has seen', () => {
  test('cannot be used up without the body: the gateway’s own call is answered all the same', async () => {
    const token = await tokenFor(BODY);
    for (const other of ['{ "query": "{ __typename }" }', '', `${BODY} `]) {
      expect((await send(token, other)).status).toBe(401);
    }
    resolved = 0;
    expect((await send(token)).status).toBe(200);
  });

  test('cannot be used once more when it has expired while its body came', async () => {
    const guard = createOnwardGuard({ issuer: gateway.issuer, audience: TRUST, keys: gateway.keys, now });
    const authorization = `Bearer ${await tokenFor(BODY)}`;
    const [one, other] = [await guard.check(authorization), await guard.check(authorization)];
    ahead = 200;
    for (const checkBody of [one, other]) expect(() => checkBody(Buffer.from(BODY))).toThrow(/expired/);
  });
});

describe('the guard', () => {
  const guardWith = (keys: TestSigner['keys']) =>
    createOnwardGuard({ issuer: gateway.issuer, audience: TRUST, keys, now });

  test('knows the gateway’s calls on its own behalf, where they are let in', async () => {
    const guard = createGatewayGuard({ issuer: gateway.issuer, audience: 'access', keys: gateway.keys, now });
    const body = Buffer.from('[]');
    const checkBody = await guard.check(await gateway.authorize({ audience: 'access', body, caller: 'gateway' }));
    expect(checkBody(body)).toBe('gateway');
    const personal = await guard.check(await gateway.authorize({ audience: 'access', body, caller: PARAMEDIC }));
    expect(personal(body)).toEqual(PARAMEDIC);
    const namesake = { ...PARAMEDIC, user: gateway.issuer };
    const other = await guard.check(await gateway.authorize({ audience: 'access', body, caller: namesake }));
    expect(other(body)).toEqual(namesake);
  });

  test('lets one of two calls through that bring the same token before either body is there', async () => {
    const guard = guardWith(gateway.keys);
    const authorization = `Bearer ${await tokenFor(BODY)}`;
    const [one, other] = [await guard.check(authorization), await guard.check(authorization)];
    expect(one(Buffer.from(BODY))).toEqual(PARAMEDIC);
    expect(() => other(Buffer.from(BODY))).toThrow(/used already/);
  });

  test('does not say that a caller is a stranger when it is the keys that cannot be had', async () => {
    const gone = () => Promise.reject(new KeysUnavailableError());
    const away = Object.assign(gone, { edition: () => 0, fresh: gone, close() {} });
    const error = await guardWith(away)
      .check(`Bearer ${await tokenFor(BODY)}`)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KeysUnavailableError);
    expect(error).not.toBeInstanceOf(UnauthenticatedError);
  });

  test('tells nothing of the token, to the caller or in the log', () => {
    const log = logged.join('');
    expect(log).toContain('answered');
    expect(log).not.toContain(PARAMEDIC.user);
    expect(log).not.toMatch(/eyJ/);
  });
});

describe('the digest of a body', () => {
  test('is that of RFC 9530', () => {
    // RFC 9530, Appendix B.1.
    expect(contentDigest(Buffer.from('{"hello": "world"}\n'))).toBe(
      'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:',
    );
  });
});

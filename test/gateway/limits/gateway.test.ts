import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashOf, manifestOf } from '@caregraph/gateway/limits/registered.ts';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { nhsNumbers } from '../../support/nhs-numbers.ts';
import { plan } from '../../support/records.ts';
import { type World, world } from '../world.ts';
import { INVALID, TOO_LARGE, WITHIN } from './attacks.ts';

const [ANN = ''] = nhsNumbers(1);
const folder = mkdtempSync(join(tmpdir(), 'caregraph-limits-'));
afterAll(() => rmSync(folder, { recursive: true }));

const holdings = { RW5: { crisisPlans: { [ANN]: [plan('1')] } } };
const start = (options: Parameters<typeof world>[2] = {}): Promise<World<'RW5'>> =>
  world(holdings, { [ANN]: ['RW5'] }, options);

describe('hostile requests', () => {
  let w: World<'RW5'>;
  beforeAll(async () => {
    w = await start({ sandbox: { document: '', variables: {}, token: async () => '' } });
  });
  afterAll(() => w[Symbol.asyncDispose]());

  test.each(Object.entries(TOO_LARGE))('are refused: %s', async (_name, make) => {
    const { status, data, errors, text } = await w.gateway.post(make(1));
    expect([400, 413]).toContain(status);
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions?.code).toMatch(
      /^(QUERY_TOO_LARGE|TOO_COSTLY|REQUEST_TOO_LARGE|BATCHING_NOT_ENABLED)$/,
    );
    expect(errors[0]?.message).toMatch(/\d|Lists of them are not taken/);
    expect(text.length).toBeLessThan(1_000);
    expect(w.locator.received).toEqual([]);
  });

  test.each(Object.entries(INVALID))('are answered in few words: %s', async (_name, make) => {
    const { status, errors, text } = await w.gateway.post(make(1));
    expect(status === 200 || errors.length > 0).toBe(true);
    for (const { extensions } of errors) expect(extensions?.code).not.toBe('INTERNAL_SERVER_ERROR');
    expect(text.length).toBeLessThan(20_000);
    expect(w.locator.received).toEqual([]);
  });

  test.each(Object.entries(WITHIN))('are planned when they are within the limits: %s', async (_name, make) => {
    const { status, data, errors } = await w.gateway.post(make(1));
    expect({ status, said: errors.map(({ extensions }) => extensions) }).toEqual({ status: 200, said: [] });
    expect(data).toBeDefined();
    w.locator.received.length = 0;
  });

  test("Apollo Sandbox's introspection is answered", async () => {
    const { data, errors } = await w.gateway.ask(
      getIntrospectionQuery({ specifiedByUrl: true, schemaDescription: true }),
    );
    expect(errors).toEqual([]);
    expect(data.__schema.types.length).toBeGreaterThan(20);
  });

  test('nothing of them stands in the log as a fault', () => {
    expect(w.gateway.logged.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});

describe('a refusal', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({});
  });
  afterAll(() => gateway.stop());

  const refuse = (accept: string) =>
    fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.token}`, accept },
      body: JSON.stringify({ query: `{ ${'a '.repeat(501)} }` }),
    });

  test('is a GraphQL response of status 400, of the type that was asked for, and is kept by nobody', async () => {
    for (const [accept, type] of [
      ['application/json', 'application/json; charset=utf-8'],
      ['application/graphql-response+json, application/json;q=0.9', 'application/graphql-response+json; charset=utf-8'],
      ['*/*', 'application/json; charset=utf-8'],
    ] as const) {
      const response = await refuse(accept);
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toEqual({
        errors: [
          {
            message:
              'This query asks for 501 fields, each counted as often as its fragments bring it; the most is 500. Ask for each field once, or in several requests.',
            extensions: { code: 'QUERY_TOO_LARGE', limit: 'fields', sent: 501, most: 500 },
          },
        ],
      });
    }
  });

  test('comes after the question who asks', async () => {
    const body = JSON.stringify({ query: `{ ${'a '.repeat(501)} }` });
    expect((await gateway.post(body, { authorization: 'Bearer none' })).status).toBe(401);
  });
});

describe('where registered documents run alone', () => {
  const app = 'query App($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { title } } }';
  const manifest = join(folder, 'app.json');
  const write = (text: string): void => {
    writeFileSync(`${manifest}.new`, text);
    renameSync(`${manifest}.new`, manifest);
  };
  const registering = (...texts: readonly string[]): string =>
    JSON.stringify(manifestOf(texts.map((text) => ({ file: 'app.graphql', text }))));
  let w: World<'RW5'>;
  beforeAll(async () => {
    write(registering(app));
    w = await start({ documents: { registeredOnly: true, manifests: [manifest] } });
  });
  afterAll(() => w[Symbol.asyncDispose]());

  const post = (body: unknown) => w.gateway.post(JSON.stringify(body));
  const crisis = schemaFile('operations/crisis.graphql');

  test("Caregraph's own run, by their hash or their text", async () => {
    const variables = { nhsNumber: ANN };
    for (const body of [
      { documentId: `sha256:${hashOf(crisis)}`, variables },
      { extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(crisis) } }, variables },
      { query: crisis, variables },
    ]) {
      const { status, data, errors } = await post(body);
      expect({ status, errors }).toEqual({ status: 200, errors: [] });
      expect(data.patient.crisisPlans).toHaveLength(1);
    }
  });

  test("an app's run by their hash", async () => {
    const { data } = await post({ documentId: `sha256:${hashOf(app)}`, variables: { n: ANN } });
    expect(data.patient.crisisPlans).toEqual([{ title: expect.any(String) }]);
  });

  test.each([
    ['any other text', { query: '{ __typename }' }, 'QUERY_NOT_IN_SAFELIST'],
    ['what is not GraphQL', { query: '{{{' }, 'QUERY_NOT_IN_SAFELIST'],
    ['what is too long', { query: 'a'.repeat(20_000) }, 'QUERY_NOT_IN_SAFELIST'],
    ['a registered text with a space more', { query: `${crisis} ` }, 'QUERY_NOT_IN_SAFELIST'],
    ['a hash of none', { documentId: `sha256:${hashOf('{ __typename }')}` }, 'PERSISTED_QUERY_NOT_IN_LIST'],
    ['a hash and another text', { documentId: `sha256:${hashOf(app)}`, query: crisis }, 'PERSISTED_QUERY_MISMATCH'],
  ])('%s is refused', async (_what, body, code) => {
    const before = w.locator.received.length;
    const { status, data, errors } = await post(body);
    expect({ status, data }).toEqual({ status: 400, data: undefined });
    expect(errors).toMatchObject([{ extensions: { code } }]);
    expect(w.locator.received).toHaveLength(before);
  });

  test('what of a request is no document is still read', async () => {
    const { errors } = await post({ documentId: `sha256:${hashOf(app)}`, variables: { n: 'nobody' } });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect((await post({})).status).toBe(400);
  });

  test('a manifest with a document that the supergraph cannot answer is refused when the gateway starts', async () => {
    const other = join(folder, 'other.json');
    writeFileSync(other, registering('query Other { nothing }'));
    await expect(start({ documents: { registeredOnly: true, manifests: [other] } })).rejects.toThrow(
      /other\.json: operation 1, "Other": Cannot query field "nothing"/,
    );
  });
});

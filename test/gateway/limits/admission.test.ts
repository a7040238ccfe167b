import { admit } from '@caregraph/gateway/limits/admission.ts';
import { KeptDocuments } from '@caregraph/gateway/limits/kept-documents.ts';
import { hashOf } from '@caregraph/gateway/limits/registered.ts';
import fc from 'fast-check';
import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';

const CRISIS = 'query Crisis { organisations { odsCode } }';
const OTHER = '{ __typename }';
const TOO_LONG = `{ ${'a '.repeat(10_000)} }`;
const registered = new Map([[hashOf(CRISIS), { name: 'Crisis', text: CRISIS }]]);

const anything = (body: unknown) => admit({ registeredOnly: false, registered, isKnown: async () => false }, body);
const registeredOnly = (body: unknown) => admit({ registeredOnly: true, registered, isKnown: async () => true }, body);

const persistedQuery = (text: string) => ({ version: 1, sha256Hash: hashOf(text) });
const refusal = (code: string) => ({ refused: { extensions: { code } } });

describe.each([
  ['where anything runs', anything],
  ['where registered documents run alone', registeredOnly],
])('%s, a registered document', (_where, look) => {
  const whole = { body: { query: CRISIS, variables: { a: 1 } } };

  test('is named by its hash, as GraphQL over HTTP says', async () => {
    expect(await look({ documentId: `sha256:${hashOf(CRISIS)}`, variables: { a: 1 } })).toEqual(whole);
  });

  test("is named by its hash, as Apollo's clients do; their other extensions stay", async () => {
    const extensions = { persistedQuery: persistedQuery(CRISIS), clientLibrary: { name: 'a' } };
    const { persistedQuery: _, ...others } = extensions;
    expect(await look({ extensions, variables: { a: 1 } })).toEqual({ body: { ...whole.body, extensions: others } });
  });

  test('is sent as it stands', async () => {
    expect(await look({ query: CRISIS, variables: { a: 1 } })).toEqual(whole);
  });

  test('is named in every way at once', async () => {
    const named = { documentId: `sha256:${hashOf(CRISIS)}`, extensions: { persistedQuery: persistedQuery(CRISIS) } };
    expect(await look({ ...named, query: CRISIS, variables: { a: 1 } })).toEqual({
      body: { ...whole.body, extensions: {} },
    });
  });

  test.each([
    { documentId: `sha256:${hashOf(CRISIS)}`, query: OTHER },
    { documentId: `sha256:${hashOf(CRISIS)}`, query: `${CRISIS} ` },
    { extensions: { persistedQuery: persistedQuery(CRISIS) }, query: OTHER },
    { documentId: `sha256:${hashOf(OTHER)}`, extensions: { persistedQuery: persistedQuery(CRISIS) } },
    { documentId: `sha256:${hashOf(OTHER)}`, extensions: { persistedQuery: persistedQuery(OTHER) }, query: CRISIS },
  ])('is refused where two documents are named: %j', async (body) => {
    expect(await look(body)).toMatchObject(refusal('PERSISTED_QUERY_MISMATCH'));
  });

  test.each([
    { documentId: hashOf(CRISIS) },
    { documentId: `sha256:${hashOf(CRISIS).toUpperCase()}` },
    { documentId: `md5:${hashOf(CRISIS)}`, query: CRISIS },
    { documentId: 'sha256:999 010 0012' },
    { documentId: 7 },
    { extensions: { persistedQuery: { version: 2, sha256Hash: hashOf(CRISIS) } } },
    { extensions: { persistedQuery: { version: 1 } }, query: CRISIS },
    { extensions: { persistedQuery: hashOf(CRISIS) } },
  ])('is refused where it is named in no known way: %j', async (body) => {
    const answer = await look(body);
    expect(answer).toMatchObject(refusal('BAD_REQUEST'));
    expect(JSON.stringify(answer)).not.toContain('999');
  });

  test.each([{ documentId: `sha256:${hashOf(OTHER)}` }, { extensions: { persistedQuery: persistedQuery(OTHER) } }])(
    'is refused where there is none of that hash: %j',
    async (body) => {
      expect(await look(body)).toMatchObject(refusal('PERSISTED_QUERY_NOT_IN_LIST'));
    },
  );

  test('is refused in a list of requests', async () => {
    expect(await look([{ query: CRISIS }])).toMatchObject(refusal('BATCHING_NOT_ENABLED'));
    expect(await look([])).toMatchObject(refusal('BATCHING_NOT_ENABLED'));
  });

  test.each([null, undefined, 'text', 7, {}, { query: 7 }, { query: '' }, { query: { kind: 'Document' } }])(
    'is not looked for in what is no request: %j',
    async (body) => {
      expect(await look(body)).toEqual({ body });
    },
  );

  test('is found or refused, whatever is sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (body) => {
        expect(Object.keys(await look(body))).toHaveLength(1);
      }),
    );
  });
});

describe('any other document', () => {
  test('is refused where registered ones run alone, before it is parsed', async () => {
    for (const query of [OTHER, TOO_LONG, `{{{`, CRISIS.replace('odsCode', 'name'), ` ${CRISIS}`]) {
      expect(await registeredOnly({ query })).toMatchObject(refusal('QUERY_NOT_IN_SAFELIST'));
    }
  });

  test('is refused where registered ones run alone, also with a hash that is its own', async () => {
    expect(await registeredOnly({ query: OTHER, extensions: { persistedQuery: persistedQuery(OTHER) } })).toMatchObject(
      refusal('PERSISTED_QUERY_NOT_IN_LIST'),
    );
  });

  test('runs elsewhere, within the limits', async () => {
    expect(await anything({ query: OTHER })).toEqual({ body: { query: OTHER } });
    expect(await anything({ query: OTHER, extensions: { persistedQuery: persistedQuery(OTHER) } })).toEqual({
      body: { query: OTHER, extensions: {} },
    });
    expect(await anything({ query: TOO_LONG })).toMatchObject(refusal('QUERY_TOO_LARGE'));
  });

  test('is told how much was sent, what is the most, and what to do; nothing of it is repeated', async () => {
    const query = `{ patient(nhsNumber: "9990100012") { ${'nhsNumber '.repeat(501)} } }`;
    const { refused } = { refused: null, ...(await anything({ query })) };
    expect(refused).toMatchObject({
      message: expect.stringMatching(/502 fields.*the most is 500\. Ask/),
      extensions: { code: 'QUERY_TOO_LARGE', limit: 'fields', sent: 502, most: 500 },
    });
    expect(JSON.stringify(refused)).not.toContain('9990100012');
  });

  test('that is no GraphQL is left to the parser, which says where it is not', async () => {
    expect(await anything({ query: '{ a' })).toEqual({ body: { query: '{ a' } });
  });
});

describe('what was validated before', () => {
  test('is known by its hash, whatever stands before that', async () => {
    const kept = new KeptDocuments();
    expect(await kept.knows(hashOf(CRISIS))).toBe(false);
    await kept.set(`${hashOf('a schema')}:${hashOf(CRISIS)}`, parse(CRISIS));
    expect(await kept.knows(hashOf(CRISIS))).toBe(true);
    expect(await kept.knows(hashOf(OTHER))).toBe(false);
  });

  test('is not counted again', async () => {
    const known = { registeredOnly: false, registered, isKnown: async (hash: string) => hash === hashOf(TOO_LONG) };
    expect(await admit(known, { query: TOO_LONG })).toEqual({ body: { query: TOO_LONG } });
    expect(await admit(known, { query: ` ${TOO_LONG}` })).toMatchObject(refusal('QUERY_TOO_LARGE'));
  });
});

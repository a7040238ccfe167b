import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Patience } from '@caregraph/gateway/gather/patience.ts';
import { createTransport } from '@caregraph/gateway/trusts/transport.ts';
import { contentDigest } from '@caregraph/service/onward.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Listening, listen } from '../support/listen.ts';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const transport = createTransport();
let server: Listening;
let received: Received[];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = await listen(
    createServer(async (request, response) => {
      received.push({ headers: request.headers, body: await buffer(request) });
      answer(response);
    }),
  );
});
beforeEach(() => {
  received = [];
  answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{}}');
});
afterAll(async () => {
  await server.stop();
  await transport.close();
});

const patience = (): Patience => ({ signal: AbortSignal.timeout(5_000), remainingMs: () => 5_000 });

describe('a call with a token for its body', () => {
  test.each([
    ['ASCII', 'plan'],
    ['names of people', 'Siân Ó Briain, Łukasz'],
    ['pictures', '🚑🩹'],
    ['what is no text (half of a surrogate pair)', 'a\ud83db'],
    ['line separators', '\u2028\u2029'],
  ])('carries the digest of the very bytes that arrive: %s', async (_what, value) => {
    const request = { query: '{ a }', variables: { value }, extensions: { value } };
    let given: Uint8Array | undefined;
    const { reply } = await transport.post(server.url, request, patience(), async (body) => {
      given = body;
      return `Bearer ${contentDigest(body)}`;
    });
    expect(reply).toEqual({ body: { data: {} } });
    const [{ headers, body } = { headers: {}, body: Buffer.alloc(0) }] = received;
    expect(headers.authorization).toBe(`Bearer sha-256=:${hash('sha256', body, 'base64')}:`);
    expect(body).toEqual(Buffer.from(given ?? []));
    expect(JSON.parse(body.toString())).toMatchObject({ query: '{ a }', extensions: {} });
  });

  test('is not made when the token cannot be made', async () => {
    const failing = () => Promise.reject(new Error('no key'));
    await expect(transport.post(server.url, { query: '{ a }', variables: {} }, patience(), failing)).rejects.toThrow(
      'no key',
    );
    expect(received).toEqual([]);
  });

  test('is told as refused when it is answered with 401, and none of the words that came with it', async () => {
    answer = (response) =>
      response
        .writeHead(401, { 'content-type': 'application/json' })
        .end('{"errors":[{"message":"9990100012","extensions":{"code":"UNAUTHENTICATED"}}]}');
    const { reply } = await transport.post(
      server.url,
      { query: '{ a }', variables: {} },
      patience(),
      async () => 'Bearer x',
    );
    expect(reply).toEqual({ fault: { kind: 'REFUSED', reason: 'It declined to answer.' } });
  });

  test('goes without a token where none is made', async () => {
    await transport.post(server.url, { query: '{ a }', variables: {} }, patience());
    expect(received[0]?.headers.authorization).toBeUndefined();
  });
});

describe('JSON beside GraphQL', () => {
  const call = (body: unknown = [1]) =>
    transport.call(server.url, body, AbortSignal.timeout(5_000), async (bytes) => `Bearer ${contentDigest(bytes)}`);

  test('is posted with a token for its body, and the answer is told whatever its status', async () => {
    answer = (response) => response.writeHead(409, { 'content-type': 'application/json' }).end('{"seq":7}');
    expect(await call()).toEqual({ status: 409, body: { seq: 7 } });
    const [{ headers, body } = { headers: {}, body: Buffer.alloc(0) }] = received;
    expect(body.toString()).toBe('[1]');
    expect(headers.authorization).toBe(`Bearer ${contentDigest(body)}`);
    expect(headers['content-type']).toBe('application/json');
  });

  test('has no body when it is not JSON, or longer than is read', async () => {
    answer = (response) => response.writeHead(200).end('<html>');
    expect(await call()).toEqual({ status: 200, body: undefined });
    answer = (response) => response.writeHead(200).end(`"${'x'.repeat(6 * 1024 * 1024)}"`);
    expect(await call()).toEqual({ status: 200, body: undefined });
  });

  test('follows no redirect', async () => {
    answer = (response) => response.writeHead(307, { location: server.url }).end();
    expect((await call()).status).toBe(307);
    expect(received).toHaveLength(1);
  });

  test('rejects when there is no answer', async () => {
    answer = (response) => response.destroy();
    await expect(call()).rejects.toThrow();
  });
});

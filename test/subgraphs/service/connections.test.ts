import { connect } from 'node:net';
import { createHttp } from '@caregraph/service/http.ts';
import { createLog } from '@caregraph/service/log.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const NUMBER = '9434765919';
const BODY = `{"query":"${NUMBER}"}`;

/** What nobody has asked for, behind what somebody has: who sees it as a request of its own has been fooled. */
const SMUGGLED = 'POST /smuggled HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';
const POST = 'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

const logged: string[] = [];
const app = createHttp({
  log: createLog({ name: 'test', level: 'trace', destination: { write: (line) => logged.push(line) } }),
  bodyLimit: 10_000,
  ready: async () => null,
});
/** The paths of the requests that have come through. */
let seen: string[] = [];
let port = 0;

/** Lets go of what is held. */
const held = Promise.withResolvers<void>();

beforeAll(async () => {
  app.post('/held', async () => {
    seen.push('/held');
    await held.promise;
    return {};
  });
  for (const path of ['/graphql', '/smuggled']) {
    app.post(path, async () => {
      seen.push(path);
      return { path };
    });
  }
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
});
beforeEach(() => {
  seen = [];
});
afterAll(async () => {
  held.resolve();
  await app.close();
});

interface Exchanged {
  readonly answers: readonly { readonly status: number; readonly body: string }[];
  readonly closedByServer: boolean;
}

/** Sends bytes over a connection of their own, and reads until the server closes it, or has answered this often. */
function exchange(bytes: string, expected = 1): Promise<Exchanged> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    const done = (closedByServer: boolean): void => {
      socket.destroy();
      resolve({ answers: answersIn(text), closedByServer });
    };
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (answersIn(text).length >= expected && !/connection: close/i.test(text)) done(false);
    });
    socket.on('error', () => {});
    socket.on('close', () => done(true));
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

/** The answers in what a server has sent, those that are whole. */
function answersIn(text: string): Exchanged['answers'] {
  const [head, ...rest] = text.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head ?? '')?.[1]);
  if (!status || rest.length === 0) return [];
  if (status === 100) return answersIn(rest.join('\r\n\r\n'));
  const after = rest.join('\r\n\r\n');
  const length = Number(/content-length: (\d+)/i.exec(head ?? '')?.[1] ?? after.length);
  if (after.length < length) return [];
  return [{ status, body: after.slice(0, length) }, ...answersIn(after.slice(length))];
}

describe('what two servers could read in two ways is refused or cut off, and nothing behind it is seen', () => {
  const length = `content-length: ${BODY.length}`;
  test.each<[string, string]>([
    ['a length and chunks', `${POST}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    [
      'chunks and a length',
      `${POST}transfer-encoding: chunked\r\ncontent-length: ${CHUNKED.length}\r\n\r\n${CHUNKED}${SMUGGLED}`,
    ],
    [
      'two codings of transfer',
      `${POST}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n${CHUNKED}${SMUGGLED}`,
    ],
    ['a coding that is nearly one', `${POST}transfer-encoding: xchunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['a coding behind a control character', `${POST}transfer-encoding: \x0bchunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['a coding that is not read', `${POST}transfer-encoding: gzip, chunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['a coding in HTTP/1.0', `${POST.replace('1.1', '1.0')}transfer-encoding: chunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    ['two lengths', `${POST}${length}\r\ncontent-length: 0\r\n\r\n${BODY}${SMUGGLED}`],
    ['the same length twice', `${POST}${length}\r\n${length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['a list of lengths', `${POST}${length}, ${BODY.length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['a length with a sign', `${POST}content-length: +${BODY.length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['a negative length', `${POST}content-length: -1\r\n\r\n${BODY}${SMUGGLED}`],
    ['a length beyond all numbers', `${POST}content-length: ${'9'.repeat(30)}\r\n\r\n${BODY}${SMUGGLED}`],
    ['a length with spaces before the colon', `${POST}content-length : ${BODY.length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['lines that end without CR', `${POST}x: ${NUMBER}\n${length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['lines that end without LF', `${POST}x: ${NUMBER}\r${length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['a folded header', `${POST}x: ${NUMBER}\r\n and: more\r\n${length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['a folded coding', `${POST}transfer-encoding:\r\n chunked\r\n\r\n${CHUNKED}${SMUGGLED}`],
    [
      'a chunk whose extension ends without CR',
      `${POST}transfer-encoding: chunked\r\n\r\n${BODY.length.toString(16)};x\n${BODY}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'a chunk with an extension that does not end',
      `${POST}transfer-encoding: chunked\r\n\r\n5;${NUMBER.repeat(2_000)}\r\n${SMUGGLED}`,
    ],
    [
      'a chunk whose size is no number',
      `${POST}transfer-encoding: chunked\r\n\r\n0x5\r\n{}   \r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ['a chunk beyond all sizes', `${POST}transfer-encoding: chunked\r\n\r\n${'f'.repeat(17)}\r\n${SMUGGLED}`],
    ['a length in a trailer', `${POST}transfer-encoding: chunked\r\n\r\n0\r\ncontent-length: 5\r\n\r\n${SMUGGLED}`],
    ['two hosts', `${POST}host: y\r\n${length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['no host', `${POST.replace('host: x\r\n', '')}${length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['a zero byte', `${POST}x: a\x00b\r\n${length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['a version that there is not', `${POST.replace('1.1', '1.2')}${length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['a preface of HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SMUGGLED}`],
    ['CONNECT', `CONNECT ${NUMBER}:80 HTTP/1.1\r\nhost: x\r\n\r\n${SMUGGLED}`],
    ['an expectation', `${POST}expect: ${NUMBER}\r\n${length}\r\n\r\n${BODY}${SMUGGLED}`],
    ['an upgrade to h2c', `${POST}connection: upgrade, http2-settings\r\nupgrade: h2c\r\n\r\n${SMUGGLED}`],
    ['headers beyond all bounds', `${POST}x: ${NUMBER.repeat(2_000)}\r\n${length}\r\n\r\n${BODY}${SMUGGLED}`],
    [
      'more headers than anybody needs',
      `${POST}${`x: ${NUMBER}\r\n`.repeat(1_100)}${length}\r\n\r\n${BODY}${SMUGGLED}`,
    ],
    ['an address beyond all bounds', `POST /${NUMBER.repeat(2_000)} HTTP/1.1\r\nhost: x\r\n\r\n${SMUGGLED}`],
  ])('%s', async (_what, bytes) => {
    const { answers } = await exchange(bytes);
    expect(seen).not.toContain('/smuggled');
    expect(answers.length).toBeLessThanOrEqual(1);
    for (const { status, body } of answers) {
      // Without a body of its own, a request to upgrade is an ordinary one, and what follows is read no further.
      expect([200, 400, 408, 417, 431]).toContain(status);
      expect(body).not.toContain(NUMBER);
      const json = /\{.*\}/s.exec(body)?.[0] ?? 'null';
      if (status !== 200)
        expect(JSON.parse(json).errors[0].extensions.code).toMatch(/^(BAD_REQUEST|REQUEST_TOO_LARGE)$/);
    }
    expect(logged.join('')).not.toContain(NUMBER);
  });
});

describe('what HTTP/1.1 allows is answered, once each, in its order', () => {
  test.each<[string, string]>([
    ['a length', `${POST}content-length: ${BODY.length}\r\n\r\n${BODY}`],
    ['chunks', `${POST}transfer-encoding: chunked\r\n\r\n${CHUNKED}`],
    ['chunks, in capitals', `${POST}Transfer-Encoding: CHUNKED\r\n\r\n${CHUNKED}`],
    [
      'a chunk with an extension',
      `${POST}transfer-encoding: chunked\r\n\r\n${BODY.length.toString(16)};a=b\r\n${BODY}\r\n0\r\n\r\n`,
    ],
    [
      'an address with a scheme and a host',
      `${POST.replace('/graphql', 'http://y/graphql')}content-length: ${BODY.length}\r\n\r\n${BODY}`,
    ],
    ['an expectation of 100', `${POST}expect: 100-continue\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`],
    ['HTTP/1.0', `${POST.replace('1.1', '1.0')}content-length: ${BODY.length}\r\n\r\n${BODY}`],
  ])('%s', async (_what, bytes) => {
    const { answers } = await exchange(bytes);
    expect(answers.map(({ status }) => status)).toEqual([200]);
    expect(seen).toEqual(['/graphql']);
  });

  test('requests one behind another', async () => {
    const one = `${POST}content-length: ${BODY.length}\r\n\r\n${BODY}`;
    const { answers } = await exchange(`${one}${SMUGGLED}${one}`, 3);
    expect(answers.map(({ body }) => JSON.parse(body).path)).toEqual(['/graphql', '/smuggled', '/graphql']);
  });
});

test('what is no request cuts off the answer to the one before it, and is not taken for that answer', async () => {
  const { answers } = await exchange(`${POST}content-length: ${BODY.length}\r\n\r\n${BODY}GARBAGE\r\n\r\n`);
  expect(answers).toEqual([]);
});

test('whoever asks for more and more over one connection, and takes no answers, is cut off', async () => {
  const one = `${POST.replace('/graphql', '/held')}content-length: ${BODY.length}\r\n\r\n${BODY}`;
  const { closedByServer } = await exchange(one.repeat(500), 500);
  expect(closedByServer).toBe(true);
  expect(seen.length).toBe(32);
});

test('whoever takes too long over the headers is told so, in seconds rather than minutes, and let go', async () => {
  const { answers, closedByServer } = await exchange(POST);
  expect(closedByServer).toBe(true);
  expect(answers).toEqual([{ status: 408, body: expect.stringContaining('"code":"REQUEST_TIMEOUT"') }]);
});

describe('a body that is larger than is read', () => {
  const LARGE = Buffer.alloc(32 * 1024 * 1024, 'x');
  const chunk = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

  test.each([
    ['with its length', `content-length: ${LARGE.length}\r\n\r\n`, LARGE],
    ['in chunks', 'transfer-encoding: chunked\r\n\r\n', Buffer.concat([chunk(LARGE), Buffer.from('0\r\n\r\n')])],
  ])('is refused, and whoever listens only when all is sent hears why: %s', async (_how, header, body) => {
    const socket = connect(port, '127.0.0.1');
    const [answer] = await new Promise<Exchanged['answers']>((resolve, reject) => {
      socket.on('error', reject);
      socket.write(POST + header);
      socket.write(body, (cut) => {
        if (cut) reject(cut);
        let text = '';
        socket.on('close', () => reject(new Error('It was closed without an answer.')));
        socket.on('data', (data) => {
          text += data.toString('latin1');
          if (answersIn(text).length > 0) resolve(answersIn(text));
        });
      });
    });
    socket.destroy();
    expect(answer).toMatchObject({ status: 413, body: expect.stringContaining('REQUEST_TOO_LARGE') });
    expect(seen).toEqual([]);
  });
});

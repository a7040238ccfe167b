import type { Socket } from 'node:net';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Patience } from '@caregraph/gateway/gather/patience.ts';
import { createTransport, type Exchange, type Transport } from '@caregraph/gateway/trusts/transport.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { http, json, rawServer } from './trusts/servers.ts';

const MIB = 1024 * 1024;
const GOOD = '{"data":{"a":1}}';

let transport: Transport;
beforeEach(() => {
  transport = createTransport();
});
afterEach(() => transport.close());

const within = (ms: number): Patience => {
  const end = performance.now() + ms;
  return { signal: AbortSignal.timeout(ms), remainingMs: () => Math.max(0, Math.floor(end - performance.now())) };
};
const post = (url: string, patience = within(10_000)): Promise<Exchange> =>
  transport.post(url, { query: '{ a }', variables: {} }, patience);

const kindOf = ({ reply }: Exchange): string => ('body' in reply ? 'answered' : reply.fault.kind);

/** What comes of one answer, byte for byte as it is given. */
async function answered(bytes: Uint8Array): Promise<Exchange> {
  await using server = await rawServer((socket) => void socket.write(bytes));
  return await post(server.url);
}

describe('whoever does not come to an end is left at the deadline, and their connection with them', () => {
  const HEAD = http('HTTP/1.1 200 OK\ncontent-type: application/json\ntransfer-encoding: chunked');
  const drip = (socket: Socket, piece: string): void => {
    const timer = setInterval(() => socket.write(piece), 20);
    socket.once('close', () => clearInterval(timer));
  };
  const faults: [string, (socket: Socket) => void][] = [
    ['silence', () => {}],
    ['half a head', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-type: appl')],
    [
      'a head, one byte after another',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx: ');
        drip(socket, 'x');
      },
    ],
    ['a head, and then nothing', (socket) => socket.write(HEAD)],
    [
      'a body, one byte after another',
      (socket) => {
        socket.write(HEAD);
        drip(socket, '1\r\n \r\n');
      },
    ],
    [
      'a body that ends short of its length',
      (socket) => socket.write(http('HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-length: 100', GOOD)),
    ],
    [
      'compressed bytes, one after another',
      (socket) => {
        socket.write(http('HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-encoding: gzip'));
        socket.write(gzipSync(GOOD).subarray(0, 12));
      },
    ],
  ];

  test.each(faults)('%s', async (_what, answer) => {
    await using server = await rawServer(answer);
    const started = performance.now();
    const exchange = await post(server.url, within(200));
    expect(exchange).toMatchObject({ course: 'TIMED_OUT', reply: { fault: { kind: 'TIMED_OUT' } } });
    expect(performance.now() - started).toBeLessThan(1_000);
    await server.empty();
  });

  test.each(faults)('%s, in place of an answer that is not GraphQL', async (_what, answer) => {
    await using server = await rawServer(answer);
    await expect(transport.call(server.url, {}, AbortSignal.timeout(200))).rejects.toThrow();
    await server.empty();
  });

  test('a caller who goes away takes the connection along at once', async () => {
    const asked = Promise.withResolvers<void>();
    await using server = await rawServer(() => asked.resolve());
    const gone = new AbortController();
    const exchange = post(server.url, { signal: gone.signal, remainingMs: () => 60_000 });
    await asked.promise;
    const left = performance.now();
    gone.abort(new Error('The caller has gone.'));
    expect((await exchange).course).toBe('CANCELLED');
    await server.empty();
    expect(performance.now() - left).toBeLessThan(1_000);
  });

  test('interim answers without end are cut short long before', async () => {
    let written = 0;
    await using server = await rawServer((socket) => {
      const flood = (): void => {
        while (!socket.destroyed && socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n')) written++;
      };
      socket.on('drain', flood);
      flood();
    });
    expect(await post(server.url)).toMatchObject({ course: 'TOO_MUCH', reply: { fault: { kind: 'INVALID' } } });
    await server.empty();
    expect(written).toBeLessThan(200_000);
  });
});

describe('what is cut off is a failure of whoever was asked', () => {
  test.each<[string, string]>([
    ['by its length', 'content-length: 100'],
    ['in chunks', 'transfer-encoding: chunked'],
  ])('%s', async (_what, framing) => {
    await using server = await rawServer((socket) =>
      socket.end(http(`HTTP/1.1 200 OK\ncontent-type: application/json\n${framing}`, '4\r\n{"da\r\n')),
    );
    expect(await post(server.url)).toMatchObject({ course: 'BROKEN', reply: { fault: { kind: 'UNAVAILABLE' } } });
  });

  test('in the middle of compressed bytes', async () => {
    const bytes = gzipSync(GOOD.padEnd(10_000));
    await using server = await rawServer((socket) =>
      socket.end(
        http('HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-encoding: gzip\ncontent-length: 1000', bytes),
      ),
    );
    expect(await post(server.url)).toMatchObject({ course: 'BROKEN', reply: { fault: { kind: 'UNAVAILABLE' } } });
  });

  test('and a connection that is reset, or refused', async () => {
    await using server = await rawServer((socket) => socket.resetAndDestroy());
    expect((await post(server.url)).course).toBe('BROKEN');
    const { url } = server;
    await server[Symbol.asyncDispose]();
    expect((await post(url)).course).toBe('NOT_REACHED');
    expect((await post('http://nowhere.invalid/graphql')).course).toBe('NOT_REACHED');
  });
});

describe('compressed answers', () => {
  test.each<[string, string, Buffer]>([
    ['gzip', 'gzip', gzipSync(GOOD)],
    ['the old name of gzip', 'x-gzip', gzipSync(GOOD)],
    ['brotli', 'br', brotliCompressSync(GOOD)],
    ['none', 'identity', Buffer.from(GOOD)],
  ])('are read: %s', async (_what, coding, bytes) => {
    expect((await answered(json(bytes, `content-encoding: ${coding}`))).reply).toEqual({ body: { data: { a: 1 } } });
  });

  test('are asked for', async () => {
    await using server = await rawServer((socket) => void socket.write(json(GOOD)));
    await post(server.url);
    expect(server.received.join('')).toContain('accept-encoding: gzip, br\r\n');
  });

  const twice = gzipSync(gzipSync(GOOD));
  test.each<[string, string, Buffer]>([
    ['a coding within a coding', 'gzip, gzip', twice],
    ['two headers', 'gzip\ncontent-encoding: gzip', twice],
    ['two codings', 'gzip, br', brotliCompressSync(gzipSync(GOOD))],
    ['one that was not asked for', 'deflate', Buffer.from(GOOD)],
    ['one that there is not', 'rot13', Buffer.from(GOOD)],
    ['what is not compressed', 'gzip', Buffer.from(GOOD)],
    ['what is not brotli', 'br', Buffer.from('\xff\xff\xff\xff', 'latin1')],
    ['half of it', 'gzip', gzipSync(GOOD).subarray(0, 15)],
  ])('are set aside: %s', async (_what, coding, bytes) => {
    const exchange = await answered(json(bytes, `content-encoding: ${coding}`));
    expect(exchange).toMatchObject({ course: 'ANSWERED', reply: { fault: { kind: 'INVALID' } } });
  });

  const LARGE = Buffer.alloc(200 * MIB, 0x20);
  const bombs: [string, string, Buffer][] = [
    ['gzip', 'gzip', gzipSync(LARGE)],
    ['brotli', 'br', brotliCompressSync(LARGE, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['many members', 'gzip', Buffer.concat(Array(200).fill(gzipSync(Buffer.alloc(MIB, 0x20))))],
  ];
  test.each(bombs)('are cut at 5 MiB of what they hold: %s', async (_what, coding, bytes) => {
    const exchange = await answered(json(bytes, `content-encoding: ${coding}`));
    expect(exchange).toMatchObject({ course: 'TOO_MUCH', reply: { fault: { kind: 'INVALID' } } });
  });

  test('are cut at 5 MiB as they travel, though they hold nothing', async () => {
    // Stored blocks of nothing: five bytes each, without end.
    const nothing = Buffer.concat([
      gzipSync('').subarray(0, 10),
      Buffer.alloc(6 * MIB, Buffer.from('000000ffff', 'hex')),
    ]);
    const exchange = await answered(json(nothing, 'content-encoding: gzip'));
    expect(exchange).toMatchObject({ course: 'TOO_MUCH', reply: { fault: { kind: 'INVALID' } } });
  });

  test('are cut just where plain ones are', async () => {
    const of = (length: number): Buffer => Buffer.from(GOOD.padEnd(length));
    for (const [bytes, kind] of [
      [of(5 * MIB), 'answered'],
      [of(5 * MIB + 1), 'INVALID'],
    ] as const) {
      expect(kindOf(await answered(json(bytes)))).toBe(kind);
      expect(kindOf(await answered(json(gzipSync(bytes), 'content-encoding: gzip')))).toBe(kind);
    }
  });

  test('that are cut leave no connection behind', async () => {
    const [[, coding, bytes]] = bombs as [[string, string, Buffer]];
    await using server = await rawServer((socket) => void socket.write(json(bytes, `content-encoding: ${coding}`)));
    await Promise.all(Array.from({ length: 5 }, () => post(server.url)));
    await server.empty();
  });
});

describe('JSON is read only as far as that costs little', () => {
  const nested = (depth: number): string => `{"data":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  const listed = (values: number): string => `{"data":[${Array(values).fill('1').join()}]}`;

  test.each<[string, string, string]>([
    ['64 deep', nested(64), 'answered'],
    ['65 deep', nested(65), 'INVALID'],
    ['a million deep', nested(1_000_000), 'INVALID'],
    ['a million deep, and never closed', '['.repeat(1_000_000), 'INVALID'],
    ['125,000 values', listed(124_998), 'answered'],
    ['more', listed(124_999), 'INVALID'],
    ['as many empty lists as there is room for', `[${'[],'.repeat(1_500_000)}[]]`, 'INVALID'],
    ['as many empty objects', `[${'{},'.repeat(1_500_000)}{}]`, 'INVALID'],
  ])('%s', async (_what, body, kind) => {
    expect(kindOf(await answered(json(body)))).toBe(kind);
  });

  test.each<[string, unknown]>([
    ['brackets', '['.repeat(1_000)],
    ['commas', ','.repeat(300_000)],
    ['quotes', '"[{'.repeat(1_000)],
    ['backslashes', '\\'.repeat(1_001)],
    ['all of them', '\\"[\\\\",{"'.repeat(1_000)],
    ['other alphabets', '\u5b5b\u7b7b\u2c2c\u{1f691}'.repeat(1_000)],
  ])('what stands in a text is not counted: %s', async (_what, text) => {
    const body = { data: { [String(text).slice(0, 50)]: text } };
    expect((await answered(json(JSON.stringify(body)))).reply).toEqual({ body });
  });
});

describe('what is no answer', () => {
  test.each<[string, Buffer]>([
    ['204', http('HTTP/1.1 204 No Content')],
    ['200 and nothing', json('')],
    ['205', http('HTTP/1.1 205 Reset Content\ncontent-length: 0')],
    ['no content type', http(`HTTP/1.1 200 OK\ncontent-length: ${GOOD.length}`, GOOD)],
    ['HTML that is JSON', http(`HTTP/1.1 200 OK\ncontent-type: text/html\ncontent-length: ${GOOD.length}`, GOOD)],
    ['two content types', json(GOOD, 'content-type: text/html').subarray()],
    ['bad UTF-8', json(Buffer.from('{"data":"\xff"}', 'latin1'))],
    ['UTF-16', json(Buffer.from(GOOD, 'utf16le'))],
    ['a head of more than 16 KiB', json(GOOD, `x: ${'a'.repeat(17_000)}`)],
    ['a head without end', Buffer.from(`HTTP/1.1 200 OK\r\n${'x: a\r\n'.repeat(10_000)}`)],
    ['a name that is none', json(GOOD, 'x y\u0000: a')],
    ['a value with a line of its own', Buffer.from('HTTP/1.1 200 OK\r\nx: a\rset-cookie: b\r\n\r\n')],
    ['no HTTP', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')],
    ['two lengths', json(GOOD, 'content-length: 3')],
    ['a length that is none', http('HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-length: -1', GOOD)],
  ])('%s', async (_what, bytes) => {
    expect(await answered(bytes)).toMatchObject({ course: 'ANSWERED', reply: { fault: { kind: 'INVALID' } } });
  });
});

describe('nothing is followed, kept or passed on', () => {
  test.each([301, 302, 303, 307, 308])('%i', async (status) => {
    await using sink = await rawServer((socket) => void socket.write(json(GOOD)));
    await using server = await rawServer(
      (socket) =>
        void socket.write(
          http(
            `HTTP/1.1 ${status} Go\nlocation: ${sink.url}\nrefresh: 0; url=${sink.url}\nalt-svc: h2="${new URL(sink.url).host}"\nlink: <${sink.url}>; rel=preload\ncontent-length: 0`,
          ),
        ),
    );
    for (let i = 0; i < 2; i++) {
      expect(await post(server.url)).toMatchObject({ course: 'ANSWERED', reply: { fault: { kind: 'UNAVAILABLE' } } });
      expect((await transport.call(server.url, {}, AbortSignal.timeout(5_000))).status).toBe(status);
    }
    expect(sink.sockets).toEqual([]);
  });

  test('of what comes beside an answer: no cookie goes back, and no header is told', async () => {
    await using server = await rawServer((socket) => {
      socket.write(json(GOOD, 'set-cookie: session=1; Path=/\nx-injected: a'));
    });
    const replies = [await post(server.url), await post(server.url)];
    const asked = server.received.join('');
    expect(asked.match(/POST \/graphql/g)).toHaveLength(2);
    expect(asked.toLowerCase()).not.toContain('cookie');
    expect(replies).toEqual(Array(2).fill({ reply: { body: { data: { a: 1 } } }, course: 'ANSWERED' }));
  });

  test('of an answer that nobody has asked for', async () => {
    await using server = await rawServer((socket, request) => {
      if (request === 0) socket.write(Buffer.concat([json(GOOD), json('{"data":{"a":"of another"}}')]));
      else socket.write(json(GOOD));
    });
    for (let i = 0; i < 3; i++) {
      const { reply } = await post(server.url);
      if ('body' in reply) expect(reply.body).toEqual({ data: { a: 1 } });
    }
  });
});

test('one address’s connections are not another’s, though they are at one host', async () => {
  await using server = await rawServer(() => {});
  const gone = new AbortController();
  const patience = { signal: gone.signal, remainingMs: () => 60_000 };
  const many = Array.from({ length: 130 }, () => post(server.url, patience));
  await expect.poll(() => server.sockets.length).toBe(128);
  const other = post(new URL('/other', server.url).href, patience);
  await expect.poll(() => server.sockets.length).toBe(129);
  gone.abort();
  await Promise.all([...many, other]);
  await server.empty();
});

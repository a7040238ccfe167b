import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@caregraph/service/config.ts';
import { createKeySet, type KeySet, KeysUnavailableError, keySource } from '@caregraph/service/key-set.ts';
import fc from 'fast-check';
import { errors } from 'jose';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type IssuerKey, issuerKey, keySetOf, startKeyServer } from './issuer.ts';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const one = await issuerKey('one');
const two = await issuerKey('two');
const three = await issuerKey('three');

const opened: KeySet[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

/** The keys at an address, over a clock that moves when it is told to, and when somebody waits. */
function over(url: string) {
  const clock = { ms: 0, waits: 0 };
  const troubles: string[] = [];
  const keys = createKeySet(
    { url },
    {
      elapsed: () => clock.ms,
      wait: async (ms) => {
        clock.waits++;
        clock.ms += ms;
      },
      onTrouble: ({ message, cause }) => troubles.push(`${message} ${cause instanceof Error ? cause.message : ''}`),
    },
  );
  opened.push(keys);
  return { keys, clock, troubles };
}

const ask = (keys: KeySet, { kid, alg }: Pick<IssuerKey, 'kid' | 'alg'>): Promise<unknown> =>
  Promise.resolve(keys({ kid, alg }, { payload: '', signature: '' }));

const strangers = errors.JWKSNoMatchingKey;

describe('keys at an address', () => {
  test('are read when the first token comes, once for all that come together, and kept', async () => {
    await using server = await startKeyServer(one);
    const { keys } = over(server.url);
    expect(server.asked).toBe(0);
    await Promise.all(Array.from({ length: 20 }, () => ask(keys, one)));
    await ask(keys, one);
    expect(server.asked).toBe(1);
  });

  test('are rotated without losing a request, also straight after a look', async () => {
    await using server = await startKeyServer(one);
    const { keys, clock } = over(server.url);
    await ask(keys, one);
    server.publish(one, two);
    await Promise.all(Array.from({ length: 50 }, () => ask(keys, two)));
    expect(server.asked).toBe(2);
    expect(clock.waits).toBe(1);
    server.publish(two, three);
    await Promise.all([ask(keys, three), ask(keys, two)]);
    expect(server.asked).toBe(3);
  });

  test('that were published while somebody was looking are found by another look', async () => {
    await using server = await startKeyServer(one);
    const { keys } = over(server.url);
    await ask(keys, one);
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    server.answer = async (_request, response) => {
      asked.resolve();
      await held.promise;
      response.end(keySetOf(one));
    };
    const stranger = ask(keys, three);
    await asked.promise;
    server.publish(one, two);
    const early = ask(keys, two);
    held.resolve();
    await expect(stranger).rejects.toThrow(strangers);
    await early;
    expect(server.asked).toBe(3);
  });

  test('are not asked for again and again because of keys that nobody knows', async () => {
    await using server = await startKeyServer(one);
    const { keys, clock } = over(server.url);
    const looks: number[] = [];
    server.answer = (_request, response) => {
      looks.push(clock.ms);
      response.end(keySetOf(one));
    };
    for (let burst = 0; burst < 20; burst++) {
      const flood = Array.from({ length: 200 }, (_, i) => ask(keys, { kid: `made up ${burst}-${i}`, alg: 'EdDSA' }));
      const outcomes = await Promise.allSettled([...flood, ask(keys, one)]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const each of outcomes) if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(strangers);
    }
    expect(looks.length).toBeLessThanOrEqual(21);
    for (const [i, at] of looks.entries()) expect(at - (looks[i - 1] ?? -1_000)).toBeGreaterThanOrEqual(1_000);
  });

  test('that are taken out are refused after a minute, while tokens come', async () => {
    await using server = await startKeyServer(one, two);
    const { keys, clock } = over(server.url);
    await ask(keys, two);
    server.publish(one);
    clock.ms += 59_000;
    await ask(keys, two);
    expect(server.asked).toBe(1);
    clock.ms += 1_000;
    await ask(keys, two);
    // The look that this token set off ends before the one that a stranger has to wait for.
    await expect(ask(keys, three)).rejects.toThrow(strangers);
    await expect(ask(keys, two)).rejects.toThrow(strangers);
  });

  test('that are taken out are refused after five minutes at the latest, however rarely tokens come', async () => {
    await using server = await startKeyServer(one, two);
    const { keys, clock } = over(server.url);
    await ask(keys, two);
    server.publish(one);
    clock.ms += 300_000;
    await expect(ask(keys, two)).rejects.toThrow(strangers);
    await ask(keys, one);
  });

  test('that are taken out are refused to all that come while the first waits', async () => {
    await using server = await startKeyServer(one, two);
    const { keys, clock } = over(server.url);
    await ask(keys, two);
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    server.answer = async (_request, response) => {
      asked.resolve();
      await held.promise;
      response.end(keySetOf(one));
    };
    clock.ms += 300_000;
    const first = ask(keys, one);
    await asked.promise;
    const second = ask(keys, two);
    held.resolve();
    await first;
    await expect(second).rejects.toThrow(strangers);
  });

  test('that are all taken out are in force no more, and nobody is called a stranger for that', async () => {
    await using server = await startKeyServer(one);
    const { keys, clock, troubles } = over(server.url);
    await ask(keys, one);
    server.publish();
    clock.ms += 300_000;
    await expect(ask(keys, one)).rejects.toThrow(KeysUnavailableError);
    expect(troubles.join()).toMatch(/is empty/);
    server.publish(two);
    await ask(keys, two);
  });

  test('a token that names none is checked with the only one; of several, none is guessed', async () => {
    await using server = await startKeyServer(one);
    const { keys, clock } = over(server.url);
    const nameless = () => Promise.resolve(keys({ alg: 'EdDSA' }, { payload: '', signature: '' }));
    await nameless();
    server.publish(one, two);
    clock.ms += 300_000;
    await expect(nameless()).rejects.toThrow(errors.JWKSMultipleMatchingKeys);
  });

  test('are never a secret that two share, whatever a set holds', async () => {
    const secret = { kty: 'oct', k: Buffer.from('secret').toString('base64url'), kid: 'secret', alg: 'HS256' };
    await using server = await startKeyServer(one);
    server.answer = (_request, response) => response.end(JSON.stringify({ keys: [secret, one.jwk] }));
    const { keys } = over(server.url);
    await expect(ask(keys, { kid: 'secret', alg: 'HS256' })).rejects.toThrow(errors.JOSENotSupported);
    await expect(ask(keys, { kid: 'secret', alg: 'EdDSA' })).rejects.toThrow(strangers);
    await ask(keys, one);
  });

  test('that cannot be used are a fault of the issuer, and of that key alone', async () => {
    await using server = await startKeyServer(one);
    const broken = { ...two.jwk, x: 'AAAA' };
    server.answer = (_request, response) => response.end(JSON.stringify({ keys: [broken, one.jwk] }));
    const { keys } = over(server.url);
    await expect(ask(keys, two)).rejects.toThrow(KeysUnavailableError);
    await ask(keys, one);
  });

  test.each(['http://issuer.example/jwks.json', 'http://127.0.0.1.issuer.example/', 'ftp://issuer.example/', 'jwks'])(
    'are not taken from %s, where others might put theirs in',
    (url) => {
      expect(() => createKeySet({ url })).toThrow(ConfigError);
      expect(keySource.safeParse({ url }).success).toBe(false);
    },
  );

  test.each(['https://issuer.example/jwks.json', 'http://127.0.0.1:8080/', 'http://localhost/', 'http://[::1]:80/'])(
    'may stand at %s',
    (url) => {
      expect(keySource.safeParse({ url }).success).toBe(true);
    },
  );

  test('an address with a password in it is refused: it would stand in logs', () => {
    expect(keySource.safeParse({ url: 'https://user:password@issuer.example/' }).success).toBe(false);
  });

  test('closing ends the look that is under way, quietly', async () => {
    await using server = await startKeyServer(one);
    const { keys, troubles } = over(server.url);
    const gone = Promise.withResolvers<void>();
    server.answer = (request) => {
      request.on('close', gone.resolve);
      keys.close();
    };
    await expect(ask(keys, one)).rejects.toThrow(KeysUnavailableError);
    await gone.promise;
    expect(troubles).toEqual([]);
  });
});

describe('an address that does not bring keys', () => {
  const garbage: [string, RequestListener, RegExp][] = [
    ['answers with a fault', (_, response) => response.writeHead(500).end('x'), /status 500/],
    ['answers with a page', (_, response) => response.end('<html>'), /JSON/],
    ['answers with something else', (_, response) => response.end('{"keys":1}'), /malformed/],
    ['answers with bytes', (_, response) => response.end(Buffer.alloc(1_000, 0xff)), /JSON/],
    ['answers with 5 MB', (_, response) => response.end(`{"keys":[${' '.repeat(5_000_000)}]}`), /more than/],
    ['never comes to an end', (_, response) => void endless(response), /more than/],
    ['hangs up', (request) => request.socket.destroy(), /fetch failed/],
    [
      'hangs up half-way',
      (request, response) => response.writeHead(200).write('{"keys":[', () => request.socket.destroy()),
      /terminated/,
    ],
  ];

  const endless: (response: Parameters<RequestListener>[1]) => void = (response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  };

  test.each(garbage)('is a fault, and no token is refused for it: it %s', async (_what, answer, reason) => {
    await using server = await startKeyServer();
    server.answer = answer;
    const { keys, troubles } = over(server.url);
    await expect(ask(keys, one)).rejects.toThrow(KeysUnavailableError);
    await expect(ask(keys, one)).rejects.toMatchObject({ statusCode: 503 });
    expect(troubles).toHaveLength(2);
    expect(troubles[0]).toMatch(reason);
    server.publish(one);
    await ask(keys, one);
  });

  test.each(garbage)('leaves the last good keys in force: it %s', async (_what, answer) => {
    await using server = await startKeyServer(one);
    const { keys, clock, troubles } = over(server.url);
    await ask(keys, one);
    server.answer = answer;
    for (let hour = 0; hour < 3; hour++) {
      clock.ms += 3_600_000;
      await ask(keys, one);
    }
    expect(troubles).toHaveLength(3);
    await expect(ask(keys, two)).rejects.toThrow(KeysUnavailableError);
  });

  test('is a fault when nobody is there', async () => {
    const server = await startKeyServer(one);
    await server[Symbol.asyncDispose]();
    await expect(ask(over(server.url).keys, one)).rejects.toThrow(KeysUnavailableError);
  });

  test('sends nobody to another address, and what it says beside that is not read', async () => {
    await using other = await startKeyServer(one);
    await using server = await startKeyServer();
    for (const status of [201, 301, 302, 303, 307, 308]) {
      server.answer = (_request, response) => response.writeHead(status, { location: other.url }).end(keySetOf(one));
      await expect(ask(over(server.url).keys, one)).rejects.toThrow(KeysUnavailableError);
    }
    expect(other.asked).toBe(0);
  });

  test('and never answers holds up nobody whose key is known, and the others for seconds', async () => {
    await using server = await startKeyServer(one);
    const { keys, clock, troubles } = over(server.url);
    await ask(keys, one);
    server.answer = () => {};
    clock.ms += 60_000;
    await ask(keys, one);
    expect(troubles).toEqual([]);
    const started = performance.now();
    await expect(ask(keys, two)).rejects.toThrow(KeysUnavailableError);
    // One look had begun before; the one that had to begin after it takes as long again.
    expect(performance.now() - started).toBeLessThan(6_000);
    await ask(keys, one);
  });
});

describe('whatever an issuer does', () => {
  const all = [one, two, three];
  const published = fc.subarray(all, { minLength: 1 });
  const step = fc.oneof(
    { weight: 3, arbitrary: published.map((keys) => ({ do: 'publish' as const, keys })) },
    { weight: 1, arbitrary: fc.constant({ do: 'fall silent' as const }) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 400_000 }).map((ms) => ({ do: 'let time pass' as const, ms })) },
    { weight: 8, arbitrary: fc.constantFrom(...all).map((key) => ({ do: 'ask' as const, key })) },
  );

  test('keys that it publishes are accepted, those it took out are not for long, and a fault refuses nobody', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await using server = await startKeyServer(one);
        const { keys, clock } = over(server.url);
        let up: readonly IssuerKey[] | null = [one];
        /** Since when the issuer has been up without a key, on the clock. */
        const takenOutAt = new Map<IssuerKey, number>([
          [two, 0],
          [three, 0],
        ]);
        server.answer = (_request, response) => {
          if (up) response.end(keySetOf(...up));
          else response.writeHead(503).end();
        };
        for (const each of steps) {
          if (each.do === 'publish') {
            up = each.keys;
            for (const key of all) {
              if (each.keys.includes(key)) takenOutAt.delete(key);
              else if (!takenOutAt.has(key)) takenOutAt.set(key, clock.ms);
            }
          } else if (each.do === 'fall silent') {
            up = null;
            takenOutAt.clear();
          } else if (each.do === 'let time pass') {
            // A look takes two seconds at most: none is under way for longer, so whichever is has to end first.
            await ask(keys, { kid: 'nobody', alg: 'EdDSA' }).catch(() => {});
            clock.ms += each.ms;
          } else {
            const since = clock.ms - (takenOutAt.get(each.key) ?? clock.ms);
            const outcome = await ask(keys, each.key).then(
              () => 'accepted',
              (error: unknown) => (error instanceof KeysUnavailableError ? 'fault' : 'refused'),
            );
            if (up?.includes(each.key)) expect(outcome).toBe('accepted');
            else if (up) expect(outcome).not.toBe('fault');
            else expect(outcome).not.toBe('refused');
            if (up && since > 301_000) expect(outcome).toBe('refused');
          }
        }
        expect(server.asked).toBeLessThanOrEqual(1 + clock.ms / 1_000);
      }),
      { numRuns: 100 },
    );
  });
});

describe('keys in a file', () => {
  const file = join(folder, 'jwks.json');
  const troubles: string[] = [];

  function inFile(text: string): KeySet {
    writeFileSync(file, text);
    troubles.length = 0;
    const keys = createKeySet({ file }, { onTrouble: ({ message }) => troubles.push(message) });
    opened.push(keys);
    return keys;
  }
  const replace = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };

  test.each([
    ['are not there', join(folder, 'missing.json'), null, /cannot be read/],
    ['are no JSON', join(folder, 'text.json'), 'text', /cannot be read/],
    ['are no key set', join(folder, 'empty.json'), '{}', /cannot be read/],
    ['are none', join(folder, 'none.json'), '{"keys":[]}', /holds no keys/],
  ])('that %s are a mistake in the configuration', (_what, path, text, message) => {
    if (text !== null) writeFileSync(path, text);
    expect(() => createKeySet({ file: path })).toThrow(ConfigError);
    expect(() => createKeySet({ file: path })).toThrow(message);
  });

  test('are rotated without losing a request', async () => {
    const keys = inFile(keySetOf(one));
    await ask(keys, one);
    await expect(ask(keys, two)).rejects.toThrow(strangers);
    replace(keySetOf(two));
    await Promise.all(Array.from({ length: 50 }, () => ask(keys, two)));
    await expect(ask(keys, one)).rejects.toThrow(strangers);
  });

  test('that cannot be read any more leave the last good ones in force, and a new one is a fault, not a stranger', async () => {
    const keys = inFile(keySetOf(one));
    for (const text of ['{"keys":[', '{"keys":[]}']) {
      replace(text);
      await expect(ask(keys, two)).rejects.toThrow(KeysUnavailableError);
      await ask(keys, one);
    }
    expect(troubles).toHaveLength(2);
    replace(keySetOf(one));
    await expect(ask(keys, two)).rejects.toThrow(strangers);
  });
});

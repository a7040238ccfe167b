import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { JWKS_PATH, mountPublicKeys } from '@caregraph/gateway/access/onward-keys.ts';
import { createOnwardSigner } from '@caregraph/gateway/access/onward-token.ts';
import { ConfigError } from '@caregraph/service/config.ts';
import { createHttp } from '@caregraph/service/http.ts';
import { createKeySet } from '@caregraph/service/key-set.ts';
import { createLog } from '@caregraph/service/log.ts';
import { createOnwardGuard } from '@caregraph/service/onward.ts';
import { openPrivateKeys, type PrivateKeys } from '@caregraph/service/private-keys.ts';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { PARAMEDIC } from '../../support/onward.ts';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-onward-keys-'));
const opened: PrivateKeys[] = [];
afterEach(() => {
  for (const keys of opened.splice(0)) keys.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const newFile = (): string => join(folder, String(++files), 'keys.json');

function open(file: string, onRefused?: (error: Error) => void): PrivateKeys {
  const keys = openPrivateKeys(file, onRefused);
  opened.push(keys);
  return keys;
}

const kids = (keys: PrivateKeys): string[] => keys.publicJwks().keys.map(({ kid }) => kid);
const stored = (file: string): { keys: Record<string, string>[] } => JSON.parse(readFileSync(file, 'utf8'));

describe('the file of the gateway’s private keys', () => {
  test('is made when it does not exist, for nobody else to read, and kept', () => {
    const file = newFile();
    const first = open(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(file, '..'))).toEqual(['keys.json']);
    expect(kids(open(file))).toEqual(kids(first));
  });

  test('is one file when several processes make it at the same time', async () => {
    const file = newFile();
    const opener = fileURLToPath(new URL('open-keys.ts', import.meta.url));
    const children = Array.from({ length: 4 }, () =>
      fork(opener, [file], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }),
    );
    const said = children.map((child) => (child.stdout ? text(child.stdout) : ''));
    const ended = children.map((child) => once(child, 'exit'));
    await Promise.all(children.map((child) => once(child, 'message')));
    for (const child of children) child.send('go');
    await Promise.all(ended);
    const [kid = '', ...others] = new Set(await Promise.all(said));
    expect(others).toEqual([]);
    expect(kids(open(file))).toEqual([kid]);
    expect(readdirSync(join(file, '..'))).toEqual(['keys.json']);
  });

  test('shows its public parts and no private one', () => {
    const file = newFile();
    const keys = open(file);
    const [own] = stored(file).keys;
    expect(keys.publicJwks()).toEqual({
      keys: [{ kty: 'OKP', crv: 'Ed25519', x: own?.x, kid: own?.kid, alg: 'EdDSA', use: 'sig' }],
    });
  });

  test('is read anew while the gateway runs: a key is added, moved to the front, and the old one dropped', () => {
    const file = newFile();
    const keys = open(file);
    const [old] = stored(file).keys;
    const next = newFile();
    open(next);
    const [fresh] = stored(next).keys;
    const steps = [
      { now: [old, fresh], signs: old },
      { now: [fresh, old], signs: fresh },
      { now: [fresh], signs: fresh },
    ];
    for (const { now, signs } of steps) {
      writeFileSync(file, JSON.stringify({ keys: now }));
      keys.check();
      expect(kids(keys)).toEqual(now.map((key) => key?.kid));
      expect(keys.signing().kid).toBe(signs?.kid);
    }
  });

  test.each([
    ['what is no JSON', () => '{"keys": [{"d": "SECRET'],
    ['no key', () => ({ keys: [] })],
    ['a public key', ([key]: Record<string, string>[]) => ({ keys: [{ ...key, d: undefined }] })],
    ['a key without a name', ([key]: Record<string, string>[]) => ({ keys: [{ ...key, kid: undefined }] })],
    ['two keys of one name', ([key]: Record<string, string>[]) => ({ keys: [key, key] })],
    [
      'a public part that belongs to another key',
      ([key]: Record<string, string>[]) => ({ keys: [{ ...key, x: 'A'.repeat(43) }] }),
    ],
    ['a key of another kind', ([key]: Record<string, string>[]) => ({ keys: [{ ...key, crv: 'Ed448' }] })],
    ['a key that is too short', ([key]: Record<string, string>[]) => ({ keys: [{ ...key, d: 'AAAA' }] })],
  ])('with %s in it is refused, in words that hold nothing of it, and the last good one stays', (_what, spoil) => {
    const file = newFile();
    const refused: Error[] = [];
    const keys = open(file, (error) => refused.push(error));
    const before = kids(keys);
    const { keys: own } = stored(file);
    const spoilt = spoil(own);
    writeFileSync(file, typeof spoilt === 'string' ? spoilt : JSON.stringify(spoilt));
    keys.check();
    expect(kids(keys)).toEqual(before);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.message).toContain(file);
    for (const secret of ['SECRET', own[0]?.d ?? '']) expect(refused[0]?.message).not.toContain(secret);
    expect(() => openPrivateKeys(file)).toThrow(ConfigError);
    expect(existsSync(file)).toBe(true);
  });

  test('is an error of the configuration when it can be neither read nor made', () => {
    const blocked = newFile();
    open(blocked);
    expect(() => openPrivateKeys(join(blocked, 'keys.json'))).toThrow(ConfigError);
  });
});

describe('the address of the gateway’s public keys', () => {
  test('is where those whom it calls find them, through a change of the key', async () => {
    const file = newFile();
    const keys = open(file);
    const app = createHttp({
      log: createLog({ name: 'gateway', destination: { write: () => {} } }),
      bodyLimit: 1_000,
      ready: async () => 'well',
    });
    mountPublicKeys(app, keys);
    const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}${JWKS_PATH}`;
    const keySet = createKeySet({ url });
    try {
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
      expect(await answer.json()).toEqual(keys.publicJwks());

      const issuer = 'https://gateway.example';
      const signer = createOnwardSigner({
        issuer,
        key: keys.signing,
        now: () => new Date(),
        newId: () => crypto.randomUUID(),
      });
      const guard = createOnwardGuard({ issuer, audience: 'RW5', keys: keySet, now: () => new Date() });
      const body = Buffer.from('{}');
      const call = async () =>
        (await guard.check(await signer.authorize({ audience: 'RW5', body, caller: PARAMEDIC })))(body);
      expect(await call()).toEqual(PARAMEDIC);
      const next = newFile();
      open(next);
      writeFileSync(file, JSON.stringify({ keys: [...stored(next).keys, ...stored(file).keys] }));
      keys.check();
      expect(await call()).toEqual(PARAMEDIC);
    } finally {
      keySet.close();
      await app.close();
    }
  });
});

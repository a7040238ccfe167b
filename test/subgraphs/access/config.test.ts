import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@caregraph/service/config.ts';
import { afterAll, describe, expect, test } from 'vitest';
import { type AccessConfig, accessConfig } from '../../../subgraphs/access/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-access-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const gateway = { issuer: 'https://gateway.example', jwks: { url: 'https://gateway.example/.well-known/jwks.json' } };

function read(config: object): AccessConfig {
  const file = join(folder, 'access.yaml');
  writeFileSync(file, JSON.stringify({ gateway, ...config }));
  return readConfig(file, accessConfig);
}

describe('a configuration', () => {
  test('needs to say which gateway may call, and nothing else', () => {
    expect(read({})).toEqual({ host: '127.0.0.1', port: 4101, gateway, glassMinutes: 60 });
  });

  test.each([
    [{ glassMinutes: 15 }],
    [{ database: { dataDir: 'data' } }],
    [{ notify: { url: 'https://hooks.example/privacy', token: 'token' } }],
    [{ notify: { url: 'http://127.0.0.1:8080/' } }],
    [{ notify: { url: 'http://localhost/' } }],
  ])('may say %j', (config) => {
    expect(read(config)).toMatchObject(config);
  });

  test.each([
    ['no gateway', { gateway: undefined }, 'gateway: is missing'],
    ['that everybody is the gateway', { gateway: 'none' }, 'gateway: '],
    ['an unknown setting', { colour: 'blue' }, 'colour'],
    ['that glass stays broken for more than a day', { glassMinutes: 1_441 }, 'glassMinutes: '],
    ['that glass is mended at once', { glassMinutes: 0 }, 'glassMinutes: '],
    ['two databases', { database: { url: 'postgresql://a/b', dataDir: 'c' } }, 'database: '],
    ['a database of another kind', { database: { url: 'mysql://a/b' } }, 'database.url: '],
    [
      'a webhook to which anybody can listen',
      { notify: { url: 'http://hooks.example/' } },
      'notify.url: must be an https',
    ],
    ['a webhook with a password in its address', { notify: { url: 'https://u:p@hooks.example/' } }, 'notify.url: '],
    ['a webhook that is no web address', { notify: { url: 'file:///etc/passwd' } }, 'notify.url: '],
    ['no webhook to send a token to', { notify: { token: 'token' } }, 'notify.url: is missing'],
  ])('may not say %s', (_what, config, told) => {
    expect(() => read(config)).toThrow(told);
  });

  test('is told every mistake at once', () => {
    expect(() => read({ port: 70_000, glassMinutes: 'an hour' })).toThrow(/port: .*\n.*glassMinutes: /);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@caregraph/service/config.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { databaseOf, tokenOf, trustConfig } from '../../../subgraphs/trust/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-trust-config-'));
const file = join(folder, 'trust.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

const read = (config: object) => {
  writeFileSync(file, JSON.stringify(config));
  return readConfig(file, trustConfig);
};

const organisation = { odsCode: 'rw5', name: 'Lancashire Care' };
const gateway = { issuer: 'https://gateway.example', jwks: { file: 'jwks.json' } };
const source = { kind: 'sql', dataDir: 'records' };

describe('the configuration of a trust', () => {
  it('needs an organisation and a source, and has defaults for the rest', () => {
    expect(read({ organisation, gateway, source })).toEqual({
      organisation: { odsCode: 'RW5', name: 'Lancashire Care' },
      host: '127.0.0.1',
      port: 4201,
      gateway,
      source,
    });
    expect(
      read({ organisation, gateway, source: { kind: 'fhir', baseUrl: 'https://fhir.example/R4' } }).source.kind,
    ).toBe('fhir');
  });

  it.each([
    [
      { source, gateway, organisation: { odsCode: 'R!', name: '' }, port: -1, extra: 1 },
      ['organisation.odsCode', 'organisation.name', 'port', 'extra'],
    ],
    [{ organisation, gateway, source: { kind: 'csv' } }, ['source.kind']],
    [{ organisation, source }, ['gateway']],
    [{ organisation, source, gateway: 'everybody' }, ['gateway']],
    [{ organisation, source, gateway: { issuer: '', jwks: { url: 'http://elsewhere.example/keys' } } }, ['gateway']],
    [{ organisation, gateway, source, tls: { certificate: 'cert.pem' } }, ['tls.key']],
    [{ organisation, gateway, source: { kind: 'sql', url: 'mysql://127.0.0.1/x' } }, ['source.url']],
    [{ organisation, gateway, source: { kind: 'fhir' } }, ['source.baseUrl']],
    [{ organisation, gateway, source, locator: { url: 'nowhere', token: {} } }, ['locator.url', 'locator.token']],
  ])('is refused with every mistake at once: %j', (config, paths) => {
    for (const path of paths) expect(() => read(config)).toThrow(path);
  });

  it('names one database, and the environment’s goes before it', () => {
    expect(databaseOf({ kind: 'sql', dataDir: 'records' }, file, undefined)).toEqual({
      dataDir: join(folder, 'records'),
    });
    expect(databaseOf({ kind: 'sql', url: 'postgres://a/b' }, file, undefined)).toEqual({ url: 'postgres://a/b' });
    expect(databaseOf({ kind: 'sql', dataDir: 'records' }, file, 'postgres://c/d')).toEqual({ url: 'postgres://c/d' });
    expect(() => databaseOf({ kind: 'sql' }, file, undefined)).toThrow('name either "url" or "dataDir"');
    expect(() => databaseOf({ kind: 'sql', dataDir: 'records', url: 'postgres://a/b' }, file, undefined)).toThrow(
      'name either',
    );
  });

  it('names a token that may change while the trust runs', async () => {
    const token = tokenOf({ file: 'token' }, file, {});
    await expect(token()).rejects.toThrow();
    writeFileSync(join(folder, 'token'), ' one \n');
    expect(await token()).toBe('one');
    writeFileSync(join(folder, 'token'), 'two');
    expect(await token()).toBe('two');
    expect(await tokenOf({ env: 'TOKEN' }, file, { TOKEN: 'three' })()).toBe('three');
    await expect(tokenOf({ env: 'TOKEN' }, file, {})()).rejects.toThrow('no token');
  });
});

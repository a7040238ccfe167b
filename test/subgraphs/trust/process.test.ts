import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createOnwardSigner, type OnwardSigner } from '@caregraph/gateway/access/onward-token.ts';
import { openPrivateKeys } from '@caregraph/service/private-keys.ts';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { postSigned } from '../../support/onward.ts';
import { startPostgres } from '../../support/postgres.ts';
import { PROCESS_ENV } from '../../support/process-env.ts';
import { type RunningLocator, startLocator } from './publish/locator.ts';
import { ANN, BEN } from './records.ts';
import { viewsFile } from './sql/records-system.ts';

const MAIN = fileURLToPath(new URL('../../../subgraphs/trust/main.ts', import.meta.url));
const CHECK = fileURLToPath(new URL('../../../subgraphs/trust/conformance/main.ts', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'caregraph-trust-'));
const ISSUER = 'https://gateway.example';
const KEYS = join(folder, 'keys.json');
const running = new Set<ChildProcess>();
let locator: RunningLocator;
let signer: OnwardSigner;

beforeAll(async () => {
  locator = await startLocator(['RW5']);
  const keys = openPrivateKeys(KEYS);
  writeFileSync(`${KEYS}.public`, JSON.stringify(keys.publicJwks()));
  const now = (): Date => new Date();
  signer = createOnwardSigner({ issuer: ISSUER, key: keys.signing, now, newId: () => crypto.randomUUID() });
  keys.close();
  const pglite = await PGlite.create(join(folder, 'records'));
  await pglite.exec(`${viewsFile()};
    create or replace view caregraph.legal_statuses as
      select '${ANN}'::text as nhs_number, '1'::text as id, timestamptz '2026-01-01 00:00Z' as last_updated,
             '{"code": "02"}'::jsonb as status, timestamptz '2026-01-01 00:00Z' as start,
             null::timestamptz as "end", null::timestamptz as expires;
    create or replace view caregraph.pointers as
      select 'summary-1'::text as key, '${ANN}'::text as nhs_number, '824321000000109'::text as type,
             '[{"url": "https://records.example/1", "contentType": "text/html", "format": "urn:nhs-ic:unstructured"}]'::jsonb as content,
             null::text as practice_setting, null::timestamptz as period_start, null::timestamptz as period_end`);
  await pglite.close();
});
afterEach(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await ended(child);
  }
  running.clear();
});
afterAll(async () => {
  await locator.close();
  rmSync(folder, { recursive: true });
});

const ended = async (child: ChildProcess): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
};

function spawnNode(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [...args], {
    env: { ...PROCESS_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  return { child, output: () => output.join('') };
}

const GATEWAY = { issuer: ISSUER, jwks: { file: 'keys.json.public' } };

/** Starts a trust as `npm run trust` does, with a configuration over the ordinary one. */
function start(config: Record<string, unknown>, env: Record<string, string> = {}) {
  const file = join(folder, `trust-${running.size}.yaml`);
  const whole = { organisation: { odsCode: 'rw5', name: 'Lancashire Care' }, port: 0, gateway: GATEWAY, ...config };
  writeFileSync(file, JSON.stringify(whole));
  const { child, output } = spawnNode([MAIN, '--config', file], env);
  const ready = new Promise<string>((resolve, reject) => {
    child.once('message', (message) => {
      if (typeof message === 'object' && message !== null && 'url' in message) resolve(String(message.url));
    });
    child.once('close', () => reject(new Error(output())));
  });
  ready.catch(() => {});
  return { child, ready, output };
}

const ask = async (url: string, selection: string): Promise<unknown> => {
  const query = `{ _entities(representations: [{ __typename: "Patient", nhsNumber: "${ANN}" }]) { ... on Patient { ${selection} } } }`;
  return (await postSigned(signer, 'RW5', `${url}/graphql`, { query })).json();
};

const AS_GATEWAY = ['--keys', KEYS, '--issuer', ISSUER, '--org', 'RW5'];
const embedded = { kind: 'sql', dataDir: 'records' };

describe('a trust as a process', () => {
  it('answers from an embedded database in a folder beside its configuration, publishes its pointers, and drains', {
    timeout: 60_000,
  }, async () => {
    writeFileSync(join(folder, 'token'), `${await locator.tokenOf('RW5')}\n`);
    const { child, ready, output } = start({
      source: embedded,
      locator: { url: locator.url, token: { file: 'token' }, refreshMs: 1_000 },
    });
    const url = await ready;
    expect(await ask(url, 'nhsNumber legalStatuses { custodian { odsCode } status { code } }')).toEqual({
      data: {
        _entities: [{ nhsNumber: ANN, legalStatuses: [{ custodian: { odsCode: 'RW5' }, status: { code: '02' } }] }],
      },
    });
    await vi.waitFor(async () => expect(await locator.custodiansOf(ANN)).toEqual(['RW5']), { timeout: 20_000 });
    expect(await locator.custodiansOf(BEN)).toEqual([]);

    const check = spawnNode([CHECK, '--url', `${url}/graphql`, ...AS_GATEWAY], {});
    expect(await ended(check.child)).toBe(0);
    expect(check.output()).toContain('✓ CG03 MUST echo the NHS number');
    expect(check.output()).toContain('✓ CG43 MUST refuse a token that was used already');
    expect(check.output()).toMatch(/\d+ kept, 0 broken, \d+ not shown/);

    child.kill('SIGTERM');
    expect(await ended(child)).toBe(0);
    expect(output()).not.toContain(ANN);
  });

  it('starts over a database that has no view of referrals yet, serves the rest, and says so in its log', async () => {
    const pglite = await PGlite.create(join(folder, 'earlier'));
    await pglite.exec(`${viewsFile()}; drop view caregraph.referrals`);
    await pglite.close();
    const { ready, output } = start({ source: { kind: 'sql', dataDir: 'earlier' } });
    expect(await ask(await ready, 'alerts { id } referrals { id }')).toMatchObject({
      data: { _entities: [{ alerts: [], referrals: null }] },
      errors: [{ path: ['_entities', 0, 'referrals'], extensions: { code: 'UNSUPPORTED' } }],
    });
    expect(output()).toMatch(/"level":40,.*"view":"caregraph\.referrals"/);
  });

  it('answers nobody but its gateway, neither records nor its contract', async () => {
    const { ready, output } = start({ source: embedded });
    const url = await ready;
    for (const query of ['{ _service { sdl } }', '{ __schema { types { name } } }', '{ __typename }']) {
      const body = JSON.stringify({ query });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
      expect((await postSigned(signer, 'RXT', `${url}/graphql`, { query })).status).toBe(401);
      expect((await postSigned(signer, 'RW5', `${url}/graphql`, { query })).status).toBe(200);
    }
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(output()).not.toContain('eyJ');
  });

  it('lets everybody in on a developer’s machine alone, and says so in its log', async () => {
    const open = { source: embedded, gateway: 'none' };
    for (const env of [{}, { NODE_ENV: 'production' }]) {
      const { child, output } = start(open, env);
      expect(await ended(child)).toBe(1);
      expect(output()).toMatch(/"gateway: none", which lets everybody in/);
    }
    const { ready, output } = start(open, { NODE_ENV: 'development' });
    const answer = await fetch(`${await ready}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    expect(await answer.json()).toEqual({ data: { __typename: 'Query' } });
    expect(output()).toContain('Everybody who can reach this server is answered');
  });

  it('does not start without the gateway’s keys, and says which file it could not read', async () => {
    const { child, output } = start({ source: embedded, gateway: { issuer: ISSUER, jwks: { file: 'nowhere.json' } } });
    expect(await ended(child)).toBe(1);
    expect(output()).toMatch(/key file .*nowhere\.json cannot be read/);
  });

  it('answers all the same when the locator is away', async () => {
    const { ready, output } = start(
      {
        source: embedded,
        locator: { url: 'http://127.0.0.1:1/graphql', token: { env: 'LOCATOR_TOKEN' }, refreshMs: 1_000 },
      },
      { LOCATOR_TOKEN: 'secret' },
    );
    const url = await ready;
    await vi.waitFor(() => expect(output()).toContain('pointers could not be brought up to date'), { timeout: 20_000 });
    expect(await ask(url, 'alerts { id }')).toEqual({ data: { _entities: [{ alerts: [] }] } });
    expect(output()).not.toContain('secret');
  });

  it('takes the database of DATABASE_URL, and says what its views lack before it serves anything', async () => {
    const postgres = await startPostgres();
    try {
      const { child, output } = start({ source: { kind: 'sql' } }, { DATABASE_URL: postgres.url });
      expect(await ended(child)).toBe(1);
      expect(output()).toContain('caregraph.demographics: there is no such view');
      expect(output()).toContain('caregraph.pointers: there is no such view');
    } finally {
      await postgres.stop();
    }
  });

  it('starts, is not ready, and says in each field that it cannot read, while its database is away', async () => {
    const { ready } = start({ source: { kind: 'sql', url: 'postgres://nobody@127.0.0.1:1/none' } });
    const url = await ready;
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    expect(await ask(url, 'nhsNumber alerts { id }')).toMatchObject({
      data: { _entities: [{ nhsNumber: ANN, alerts: null }] },
      errors: [{ path: ['_entities', 0, 'alerts'], extensions: { code: 'SOURCE_UNAVAILABLE' } }],
    });
  });

  it('names every mistake of its configuration at once, and ends', async () => {
    const { child, output } = start({ source: { kind: 'sql' }, port: -1, locator: { url: 'nowhere', token: {} } });
    expect(await ended(child)).toBe(1);
    for (const path of ['port', 'locator.url', 'locator.token']) expect(output()).toContain(path);
  });
});

describe('the check of a trust as a process', () => {
  it('makes the keys of a gateway when there are none, with the public ones for the trust’s configuration', async () => {
    const keys = join(folder, 'made.json');
    const url = 'http://127.0.0.1:1/graphql';
    const check = spawnNode([CHECK, '--url', url, '--keys', keys, '--issuer', ISSUER, '--org', 'RW5'], {});
    expect(await ended(check.child)).toBe(1);
    expect(statSync(keys).mode & 0o777).toBe(0o600);
    const told = readFileSync(`${keys}.public`, 'utf8');
    expect(JSON.parse(told)).toMatchObject({ keys: [{ kty: 'OKP', use: 'sig' }] });
    expect(told).not.toContain('"d"');
  });

  it('wants all that it needs to make tokens, or nothing of it', async () => {
    const { child, output } = spawnNode([CHECK, '--url', 'http://127.0.0.1:1/graphql', '--issuer', ISSUER], {});
    expect(await ended(child)).toBe(2);
    expect(output()).toContain('--keys FILE --issuer ISSUER --org ODS');
  });

  it('ends with 2 and says how to call it when it is told no address', async () => {
    const { child, output } = spawnNode([CHECK], {});
    expect(await ended(child)).toBe(2);
    expect(output()).toContain('--url');
  });

  it('ends with 1 when the trust is not there', async () => {
    const { child, output } = spawnNode([CHECK, '--url', 'http://127.0.0.1:1/graphql'], {});
    expect(await ended(child)).toBe(1);
    expect(output()).toContain('✗ CG01');
  });
});

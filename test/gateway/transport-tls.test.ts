import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport, type Transport } from '@caregraph/gateway/trusts/transport.ts';
import { ConfigError } from '@caregraph/service/config.ts';
import { createLog } from '@caregraph/service/log.ts';
import { createOnwardGuard } from '@caregraph/service/onward.ts';
import type { Served } from '@caregraph/service/serve.ts';
import { readClientTls, readServerTls, type Tls } from '@caregraph/service/tls.ts';
import { serveTrust } from '@caregraph/trust/serve-trust.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memorySource } from '../subgraphs/trust/memory-source.ts';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { startGateway } from '../support/gateway.ts';
import { startLocator } from '../support/index-of.ts';
import { createTestSigner, type TestSigner } from '../support/onward.ts';
import { alert } from '../support/records.ts';

const PATIENT = '9990100012';
const folder = mkdtempSync(join(tmpdir(), 'caregraph-tls-'));

let gatewaysAuthority: Authority;
let trustsAuthority: Authority;
let another: Authority;
let signer: TestSigner;
/** A trust whose certificate is of the right authority, and one whose certificate is not. */
let honest: Served;
let impostor: Served;
let locator: Awaited<ReturnType<typeof startLocator>>;

beforeAll(async () => {
  [gatewaysAuthority, trustsAuthority, another] = (await Promise.all(
    ['gateways', 'trusts', 'somebody'].map(createAuthority),
  )) as [Authority, Authority, Authority];
  signer = createTestSigner();
  honest = await serve('RW5', trustsAuthority);
  impostor = await serve('RXT', another);
  locator = await startLocator({ [PATIENT]: ['RW5', 'RXT'] });
});
afterAll(async () => {
  await Promise.all([honest, impostor].map((trust) => trust.close()));
  await locator.stop();
  signer.close();
  rmSync(folder, { recursive: true });
});

/** A trust that lets in clients with a certificate of the gateways' authority, as its configuration says. */
async function serve(odsCode: string, authority: Authority): Promise<Served> {
  const { cert, key } = await authority.issue('server');
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, `${odsCode}-${name}`), content);
    return `${odsCode}-${name}`;
  };
  return serveTrust({
    organisation: { odsCode, name: `Trust ${odsCode}` },
    source: memorySource({ alerts: { [PATIENT]: [alert(odsCode)] } }),
    log: createLog({ name: odsCode, level: 'silent' }),
    clock: () => new Date(),
    host: '127.0.0.1',
    port: 0,
    guard: createOnwardGuard({ issuer: signer.issuer, audience: odsCode, keys: signer.keys, now: () => new Date() }),
    tls: readServerTls(join(folder, 'trust.yaml'), {
      certificate: file('cert.pem', cert),
      key: file('key.pem', key),
      clientCa: file('ca.pem', gatewaysAuthority.pem),
    }),
    development: false,
  });
}

const clientOf = async (authority: Authority): Promise<Tls> => ({
  ...(await authority.issue('client')),
  ca: trustsAuthority.pem,
});

/** What a gateway with this certificate is told by both trusts. */
async function ask(transport: Transport) {
  const trusts = [
    { odsCode: 'RW5', name: 'Honest', url: `${honest.url}/graphql` },
    { odsCode: 'RXT', name: 'Impostor', url: `${impostor.url}/graphql` },
  ];
  const gateway = await startGateway({ locator, trusts, transport, onward: signer });
  try {
    const { data, errors } = await gateway.ask(
      'query ($n: NHSNumber!) { patient(nhsNumber: $n) { alerts { id } sources { custodian { odsCode } status } } }',
      { n: PATIENT },
    );
    const { alerts, sources } = data.patient;
    return { alerts, sources, errors: errors.map(({ extensions }) => [extensions?.custodian, extensions?.code]) };
  } finally {
    await gateway.stop();
    await transport.close();
  }
}

const source = (odsCode: string, status: string): object => ({ custodian: { odsCode }, status });
const UNAVAILABLE = { alerts: null, sources: [source('RW5', 'UNAVAILABLE'), source('RXT', 'UNAVAILABLE')] };

describe('between a gateway and trusts that each show a certificate', () => {
  test('records go over https, and a trust with a certificate of another authority loses its own alone', async () => {
    expect(honest.url).toMatch(/^https:/);
    expect(await ask(createTransport(await clientOf(gatewaysAuthority)))).toEqual({
      alerts: [{ id: 'RW5:RW5' }],
      sources: [source('RW5', 'ANSWERED'), source('RXT', 'UNAVAILABLE')],
      errors: [['RXT', 'UNAVAILABLE']],
    });
  });

  test('no environment makes it believe a certificate of another authority', async () => {
    const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const { sources } = await ask(createTransport(await clientOf(gatewaysAuthority)));
      expect(sources).toEqual([source('RW5', 'ANSWERED'), source('RXT', 'UNAVAILABLE')]);
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  test('a gateway with a certificate of another authority gets nothing', async () => {
    expect(await ask(createTransport(await clientOf(another)))).toMatchObject(UNAVAILABLE);
  });

  test('a gateway without a certificate gets nothing', async () => {
    const without = { cert: '', key: '', ca: trustsAuthority.pem };
    expect(await ask(createTransport(without))).toMatchObject(UNAVAILABLE);
  });

  test('a gateway that does not know the trusts’ authority gets nothing', async () => {
    const { cert, key } = await gatewaysAuthority.issue('client');
    expect(await ask(createTransport({ cert, key, ca: undefined }))).toMatchObject(UNAVAILABLE);
  });

  test('a server’s certificate does not make a client', async () => {
    const server = await gatewaysAuthority.issue('server');
    expect(await ask(createTransport({ ...server, ca: trustsAuthority.pem }))).toMatchObject(UNAVAILABLE);
  });

  test('a certificate is not enough: without a token for it, the call is refused', async () => {
    const transport = createTransport(await clientOf(gatewaysAuthority));
    const patience = { signal: AbortSignal.timeout(5_000), remainingMs: () => 5_000 };
    const { reply } = await transport.post(
      `${honest.url}/graphql`,
      { query: '{ __typename }', variables: {} },
      patience,
    );
    expect(reply).toEqual({ fault: { kind: 'REFUSED', reason: 'It declined to answer.' } });
    await transport.close();
  });
});

describe('the files of certificates and keys', () => {
  const at = join(folder, 'gateway.yaml');
  const names = { certificate: 'RW5-cert.pem', key: 'RW5-key.pem', ca: 'RW5-ca.pem' };

  test('lie beside the configuration that names them', () => {
    expect(readClientTls(at, names)).toMatchObject({ cert: expect.stringContaining('BEGIN CERTIFICATE') });
  });

  test.each([
    ['one that is not there', { ...names, ca: 'nowhere.pem' }, /nowhere\.pem, which .*gateway\.yaml names/],
    ['a key that belongs to another certificate', { ...names, key: 'RXT-key.pem' }, /not a certificate and its key/],
    ['what is no key', { ...names, key: 'RW5-cert.pem' }, /not a certificate and its key/],
  ])('are an error of the configuration: %s', (_what, wrong, saying) => {
    expect(() => readClientTls(at, wrong)).toThrow(ConfigError);
    expect(() => readClientTls(at, wrong)).toThrow(saying);
  });
});

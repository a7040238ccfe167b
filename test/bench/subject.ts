import { randomUUID, sign } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { accessSubgraph } from '@caregraph/gateway/access/access-subgraph.ts';
import { createGlass } from '@caregraph/gateway/access/glass.ts';
import { createOnwardSigner } from '@caregraph/gateway/access/onward-token.ts';
import type { AccessServices } from '@caregraph/gateway/access/services.ts';
import { after } from '@caregraph/gateway/after.ts';
import { openAuditLog } from '@caregraph/gateway/audit/log.ts';
import { createTransport } from '@caregraph/gateway/trusts/transport.ts';
import { createLog } from '@caregraph/service/log.ts';
import { openPrivateKeys } from '@caregraph/service/private-keys.ts';
import { Pool } from 'undici';
import { agreement, inForce, term } from '../gateway/agreements.ts';
import { startGateway } from '../support/gateway.ts';

/**
 * A process that is measured: the gateway, the gateway without audit, onward tokens and glass, or the same HTTP calls from bare Node with no GraphQL, which is the most that
 * any gateway could reach. It is told its kind and the addresses on the command line, and tells its own by IPC.
 */
const { kind, locator, access, trusts } = JSON.parse(process.argv[2] ?? '{}') as {
  kind: 'gateway' | 'unrecorded' | 'bare';
  locator: string;
  access: string;
  trusts: { odsCode: string; name: string; url: string }[];
};

if (kind === 'bare') {
  process.send?.({ url: await bare(), token: '' });
} else {
  const folder = await mkdtemp(join(tmpdir(), 'caregraph-bench-'));
  const services = kind === 'gateway' ? await recorded(folder) : {};
  const gateway = await startGateway({ locator: { url: locator }, trusts, ...services });
  process.once('exit', () => rmSync(folder, { recursive: true }));
  process.send?.({ url: `${gateway.url}/graphql`, token: gateway.token });
}
process.once('disconnect', () => process.exit());

/** What a gateway in use has: agreements that allow for emergencies, tokens for its calls, and an audit on disk. */
async function recorded(folder: string): Promise<Partial<AccessServices>> {
  const codes = trusts.map(({ odsCode }) => odsCode);
  const shared = term({ recordTypes: new Set(['crisisPlans', 'contacts', 'alerts']) });
  const keys = openPrivateKeys(join(folder, 'keys.json'));
  const onward = createOnwardSigner({
    issuer: 'urn:caregraph:bench',
    key: keys.signing,
    now: () => new Date(),
    newId: randomUUID,
  });
  const callAccess = accessSubgraph(access, createTransport(), onward);
  return {
    agreements: inForce(agreement(codes, shared, term({ emergency: true }))),
    onward,
    keys,
    glass: createGlass((body, signal) => callAccess('/glass', body, signal)),
    audit: await openAuditLog({
      folder: join(folder, 'audit'),
      witness: join(folder, 'witness.json'),
      gateway: 'urn:caregraph:bench',
      signer: {
        keyId: keys.signing().kid,
        sign: (bytes) => sign(null, bytes, keys.signing().privateKey),
      },
      send: callAccess,
      clock: { now: () => new Date(), elapsed: () => performance.now() },
      after,
      random: Math.random,
      newId: randomUUID,
      log: createLog({ name: 'bench', level: 'error' }),
    }),
  };
}

async function bare(): Promise<string> {
  const pools = new Map([locator, ...trusts.map(({ url }) => url)].map((url) => [url, new Pool(new URL(url).origin)]));
  const post = async (url: string, body: unknown): Promise<{ data: Record<string, unknown> }> => {
    const response = await pools.get(url)?.request({
      path: '/graphql',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response?.body.json()) as { data: Record<string, unknown> };
  };
  const addresses = new Map(trusts.map(({ odsCode, url }) => [odsCode, url]));
  const server = createServer((request, response) => {
    void (async () => {
      const { variables } = (await json(request)) as { variables: { n: string } };
      const located = await post(locator, { query: 'query { locate }', variables });
      const { custodians } = located.data.patient as { custodians: string[] };
      const representations = [{ __typename: 'Patient', nhsNumber: variables.n }];
      const parts = await Promise.all(
        custodians.map((odsCode) =>
          post(addresses.get(odsCode) ?? '', { query: '{ g0: _entities }', variables: { v0: representations } }),
        ),
      );
      const entities = parts.map(({ data }) => data.g0);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: { patient: entities } }));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

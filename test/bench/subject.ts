import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Pool } from 'undici';
import { startGateway } from '../support/gateway.ts';

/**
 * A process that is measured: the gateway, or the same HTTP calls from bare Node with no GraphQL, which is the most that
 * any gateway could reach. It is told its kind and the addresses on the command line, and tells its own by IPC.
 */
const { kind, locator, trusts } = JSON.parse(process.argv[2] ?? '{}') as {
  kind: 'gateway' | 'bare';
  locator: string;
  trusts: { odsCode: string; name: string; url: string }[];
};

if (kind === 'gateway') {
  const gateway = await startGateway({ locator: { url: locator }, trusts });
  process.send?.({ url: `${gateway.url}/graphql`, token: gateway.token });
} else {
  process.send?.({ url: await bare(), token: '' });
}
process.once('disconnect', () => process.exit());

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

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseODSCode } from '@caregraph/schema/scalars.ts';
import { ConfigError } from '@caregraph/service/config.ts';
import { openGuard } from '@caregraph/service/onward-config.ts';
import { run } from '@caregraph/service/run.ts';
import { wallClock } from '@caregraph/service/uk-time.ts';
import { createSqlSource } from '@caregraph/trust/adapters/sql/sql-source.ts';
import { createLocatorClient } from '@caregraph/trust/publish/locator-client.ts';
import { startPublisher, waitInTime } from '@caregraph/trust/publish/publisher.ts';
import { serveTrust } from '@caregraph/trust/serve-trust.ts';
import { openRecordsSystem } from './records-system-image.ts';

/**
 * A trust of the demo: a made-up records system in memory, and the trust kit over its views.
 *
 * `node subgraphs/demo/trust-main.ts --org RW5 --name "Lancashire Care" --port 4202 --locator URL --token FILE`, and
 * `--image FILE` (`recordsSystemImage`) for a faster start. `--gateway-issuer ISSUER --gateway-jwks FILE|URL` lets nobody
 * but that gateway in; without them everybody is answered, on a developer's machine alone.
 */

const START_TIMEOUT_MS = 30_000;
const REFRESH_MS = 60_000;

await run('trust', async (log) => {
  const arguments_ = parseArgs({
    options: {
      org: { type: 'string' },
      name: { type: 'string' },
      port: { type: 'string', default: '0' },
      locator: { type: 'string' },
      token: { type: 'string' },
      image: { type: 'string' },
      'gateway-issuer': { type: 'string' },
      'gateway-jwks': { type: 'string' },
    },
  }).values;
  const { org, name, port, locator, token, image, 'gateway-issuer': issuer, 'gateway-jwks': jwks } = arguments_;
  if (org === undefined || name === undefined) throw new ConfigError('Name the trust: --org ODS-CODE --name NAME.');
  const odsCode = parseODSCode(org);
  const clock = (): Date => new Date();
  if ((issuer === undefined) !== (jwks === undefined)) {
    throw new ConfigError('Name the gateway by both: --gateway-issuer ISSUER --gateway-jwks FILE|URL.');
  }
  const gateway =
    issuer !== undefined && jwks !== undefined
      ? { issuer, jwks: URL.canParse(jwks) ? { url: jwks } : { file: resolve(jwks) } }
      : ('none' as const);
  const { guard, close: closeGuard } = openGuard(gateway, {
    audience: odsCode,
    file: 'The command line',
    environment: process.env.NODE_ENV,
    now: clock,
    log,
  });

  const database = await openRecordsSystem(image ?? null, odsCode, wallClock(clock()).date);
  const source = createSqlSource({ pglite: database });
  await source.ready(AbortSignal.timeout(START_TIMEOUT_MS));

  const served = await serveTrust({
    organisation: { odsCode, name },
    source,
    log,
    clock,
    host: '127.0.0.1',
    port: Number(port),
    guard,
    // Nobody can explore one that answers a gateway alone.
    development: gateway === 'none',
  });
  const publisher =
    locator !== undefined && token !== undefined
      ? startPublisher({
          custodian: odsCode,
          source,
          locator: createLocatorClient({
            url: locator,
            custodian: odsCode,
            token: async () => (await readFile(token, 'utf8')).trim(),
          }),
          refreshMs: REFRESH_MS,
          log,
          random: Math.random,
          wait: waitInTime,
        })
      : null;
  return {
    url: served.url,
    async close() {
      await publisher?.stop();
      await served.close();
      closeGuard();
    },
  };
});

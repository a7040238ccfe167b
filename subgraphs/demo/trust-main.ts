import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseODSCode } from '@caregraph/schema/scalars.ts';
import { ConfigError } from '@caregraph/service/config.ts';
import { run } from '@caregraph/service/run.ts';
import { createSqlSource } from '@caregraph/trust/adapters/sql/sql-source.ts';
import { createLocatorClient } from '@caregraph/trust/publish/locator-client.ts';
import { startPublisher, waitInTime } from '@caregraph/trust/publish/publisher.ts';
import { serveTrust } from '@caregraph/trust/serve-trust.ts';
import { wallClock } from '@caregraph/trust/uk-time.ts';
import { openRecordsSystem } from './records-system-image.ts';

/**
 * A trust of the demo: a made-up records system in memory, and the trust kit over its views.
 *
 * `node subgraphs/demo/trust-main.ts --org RW5 --name "Lancashire Care" --port 4202 --locator URL --token FILE`, and
 * `--image FILE` (`recordsSystemImage`) for a faster start.
 */

const START_TIMEOUT_MS = 30_000;
const REFRESH_MS = 60_000;

await run('trust', async (log) => {
  const { org, name, port, locator, token, image } = parseArgs({
    options: {
      org: { type: 'string' },
      name: { type: 'string' },
      port: { type: 'string', default: '0' },
      locator: { type: 'string' },
      token: { type: 'string' },
      image: { type: 'string' },
    },
  }).values;
  if (org === undefined || name === undefined) throw new ConfigError('Name the trust: --org ODS-CODE --name NAME.');
  const odsCode = parseODSCode(org);
  const clock = (): Date => new Date();

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
    development: process.env.NODE_ENV !== 'production',
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
    },
  };
});

import { ConfigError, configFromArguments } from '@caregraph/service/config.ts';
import { openGuard } from '@caregraph/service/onward-config.ts';
import { run } from '@caregraph/service/run.ts';
import { readServerTls } from '@caregraph/service/tls.ts';
import { createFhirSource } from './adapters/fhir/fhir-source.ts';
import { ViewsError } from './adapters/sql/errors.ts';
import { createSqlSource } from './adapters/sql/sql-source.ts';
import { databaseOf, tokenOf, trustConfig } from './config.ts';
import { createLocatorClient } from './publish/locator-client.ts';
import { startPublisher, waitInTime } from './publish/publisher.ts';
import { serveTrust } from './serve-trust.ts';
import type { TrustSource } from './source.ts';

const START_TIMEOUT_MS = 10_000;

await run('trust', async (log) => {
  const { file, config } = configFromArguments(process.argv.slice(2), trustConfig);
  const { organisation, host, port, locator } = config;
  const clock = (): Date => new Date();
  const environment = process.env.NODE_ENV;
  const tls = config.tls && readServerTls(file, config.tls);
  const { guard, close: closeGuard } = openGuard(config.gateway, {
    audience: organisation.odsCode,
    file,
    environment,
    now: clock,
    log,
  });
  const source = createSource();
  try {
    await source.ready(AbortSignal.timeout(START_TIMEOUT_MS));
  } catch (error) {
    // Views that are wrong stay wrong; a source that is away may come back, and until then every field says so.
    if (error instanceof ViewsError) throw new ConfigError(error.message);
    log.error({ err: error }, 'the source cannot answer yet');
  }
  const served = await serveTrust({
    organisation,
    source,
    log,
    clock,
    host,
    port,
    guard,
    tls,
    // Nobody can explore one that answers a gateway alone.
    development: config.gateway === 'none',
  });
  const publisher =
    locator &&
    startPublisher({
      custodian: organisation.odsCode,
      source,
      locator: createLocatorClient({
        url: locator.url,
        custodian: organisation.odsCode,
        token: tokenOf(locator.token, file, process.env),
      }),
      refreshMs: locator.refreshMs,
      log,
      random: Math.random,
      wait: waitInTime,
    });
  return {
    url: served.url,
    async close() {
      await publisher?.stop();
      await served.close();
      closeGuard();
    },
  };

  function createSource(): TrustSource {
    switch (config.source.kind) {
      case 'sql':
        return createSqlSource(databaseOf(config.source, file, process.env.DATABASE_URL), (view) =>
          log.warn({ view }, 'the database has no such view, so its records are not served: see docs/sql-views.md'),
        );
      case 'fhir':
        return createFhirSource({ ...config.source, clock });
    }
  }
});

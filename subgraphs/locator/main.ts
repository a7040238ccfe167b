import { randomUUID } from 'node:crypto';
import { authenticationBeside, createAuthenticator } from '@caregraph/service/authenticate.ts';
import { configFromArguments, readConfig, resolveBeside } from '@caregraph/service/config.ts';
import { databaseLocation } from '@caregraph/service/database.ts';
import { openGuard } from '@caregraph/service/onward-config.ts';
import { run } from '@caregraph/service/run.ts';
import { serveSubgraph } from '@caregraph/service/serve.ts';
import { readServerTls } from '@caregraph/service/tls.ts';
import { locatorGuard } from './caller.ts';
import { locatorConfig } from './config.ts';
import { openDatabase } from './database.ts';
import { createLocator } from './locator.ts';
import { organisationsFile } from './organisations.ts';

// 50,000 pointers with a few ways of reading each.
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;

await run('locator', async (log) => {
  const { file, config } = configFromArguments(process.argv.slice(2), locatorConfig);
  const organisations = readConfig(resolveBeside(file, config.organisations), organisationsFile);
  const authenticator = createAuthenticator(authenticationBeside(file, config.authentication), {
    onTrouble: (error) => log.error({ err: error }, "the keys of the publishers' issuer cannot be read"),
  });
  const environment = process.env.NODE_ENV;
  const clock = (): Date => new Date();
  const tls = config.tls && readServerTls(file, config.tls);
  const gateway = openGuard(config.gateway, { audience: 'locator', file, environment, now: clock, log });
  const database = await openDatabase(databaseLocation(file, config.database), (error) =>
    log.warn({ err: error }, 'a database connection broke'),
  );
  const locator = createLocator({ database, clock, newUUID: randomUUID });
  await locator.organisations.write(organisations);
  const served = await serveSubgraph({
    schema: locator.schema,
    log,
    host: config.host,
    port: config.port,
    bodyLimit: BODY_LIMIT_BYTES,
    guard: locatorGuard(gateway.guard, authenticator),
    tls,
    context: (request) => locator.context(request),
    ready: (signal) => database.ready(signal),
    // Nobody can explore one that answers a gateway alone.
    development: config.gateway === 'none',
  });
  return {
    url: served.url,
    async close() {
      await served.close();
      gateway.close();
      authenticator.close();
      await database.close();
    },
  };
});

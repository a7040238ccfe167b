import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { LONGEST_SHIPMENT_BYTES } from '@caregraph/service/audit/chain.ts';
import { ConfigError, configFromArguments, resolveBeside } from '@caregraph/service/config.ts';
import { databaseLocation } from '@caregraph/service/database.ts';
import { createKeySet } from '@caregraph/service/key-set.ts';
import { createGatewayGuard } from '@caregraph/service/onward.ts';
import { run } from '@caregraph/service/run.ts';
import { serveSubgraph } from '@caregraph/service/serve.ts';
import { readServerTls } from '@caregraph/service/tls.ts';
import { createAccess } from './access.ts';
import { accessConfig } from './config.ts';
import { openDatabase } from './database.ts';
import { createNoticeStore } from './notice-store.ts';
import { deliverToLog, startNotifier, waitInTime } from './notifier.ts';
import { createWebhook } from './webhook.ts';

await run('access', async (log) => {
  const { file, config } = configFromArguments(process.argv.slice(2), accessConfig);
  const clock = (): Date => new Date();
  const { issuer, jwks } = config.gateway;
  const tls = config.tls && readServerTls(file, config.tls);
  const deliver = config.notify ? createWebhook(webhook(config.notify)) : deliverToLog(log);
  const keys = createKeySet('file' in jwks ? { file: resolveBeside(file, jwks.file) } : jwks, {
    onTrouble: (error) => log.error({ err: error }, "the gateway's keys cannot be read"),
  });
  const database = await openDatabase(databaseLocation(file, config.database), (error) =>
    log.warn({ err: error }, 'a database connection broke'),
  );
  const notices = createNoticeStore(database);
  const notifier = startNotifier({ notices, deliver, clock, random: Math.random, wait: waitInTime, log });
  const { glassMinutes } = config;
  const access = createAccess({ database, clock, newUUID: randomUUID, glassMinutes, onNotice: notifier.wake, log });
  const served = await serveSubgraph({
    schema: access.schema,
    log,
    host: config.host,
    port: config.port,
    bodyLimit: LONGEST_SHIPMENT_BYTES,
    tls,
    guard: createGatewayGuard({ issuer, audience: 'access', keys, now: clock }),
    context: access.context,
    routes: access.routes,
    ready: (signal) => database.ready(signal),
    // Nobody can explore what answers a gateway alone.
    development: false,
  });
  return {
    url: served.url,
    async close() {
      await served.close();
      await notifier.stop();
      keys.close();
      await database.close();
    },
  };

  function webhook({ url, token }: { url: string; token?: string | undefined }): Parameters<typeof createWebhook>[0] {
    if (token === undefined) return { url, token: null };
    const path = resolveBeside(file, token);
    const read = (): string => readFileSync(path, 'utf8').trim();
    try {
      if (read() !== '') return { url, token: read };
    } catch {
      // Told below.
    }
    throw new ConfigError(`The token file ${path}, which ${file} names under "notify", cannot be read, or is empty.`);
  }
});

import { configFromArguments } from '@caregraph/service/config.ts';
import { openGuard } from '@caregraph/service/onward-config.ts';
import { run } from '@caregraph/service/run.ts';
import { serveSubgraph } from '@caregraph/service/serve.ts';
import { readServerTls } from '@caregraph/service/tls.ts';
import { earlyWarningConfig } from './config.ts';
import { BODY_LIMIT_BYTES, createEarlyWarning, type EarlyWarningContext } from './early-warning.ts';
import { inForce } from './rules.ts';

await run('early-warning', async (log) => {
  const { file, config } = configFromArguments(process.argv.slice(2), earlyWarningConfig);
  const environment = process.env.NODE_ENV;
  const now = (): Date => new Date();
  const tls = config.tls && readServerTls(file, config.tls);
  const gateway = openGuard(config.gateway, { audience: 'early-warning', file, environment, now, log });
  const served = await serveSubgraph({
    schema: createEarlyWarning(inForce(config.rules)),
    log,
    host: config.host,
    port: config.port,
    bodyLimit: BODY_LIMIT_BYTES,
    guard: gateway.guard,
    tls,
    context: (): EarlyWarningContext => ({ now: now() }),
    ready: async () => ({ rules: inForce(config.rules).length }),
    // Nobody can explore one that answers a gateway alone.
    development: config.gateway === 'none',
  });
  return {
    url: served.url,
    async close() {
      await served.close();
      gateway.close();
    },
  };
});

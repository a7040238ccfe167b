import { once } from 'node:events';
import { ConfigError } from '@caregraph/service/config.ts';
import { createHttp } from '@caregraph/service/http.ts';
import { run } from '@caregraph/service/run.ts';

/** A process for the tests of its life. What it is to do stands in its first argument. */
const [how] = process.argv.slice(2);

if (how === 'loses its parent first') await once(process, 'disconnect');

await run('fixture', async (log, leaving) => {
  if (how === 'misconfigured') throw new ConfigError('fixture.yaml is not a valid configuration:\n  port: is missing');
  if (how === 'broken') throw new Error('relation of 943 476 5919 does not exist');
  const app = createHttp({ log, bodyLimit: 1_000, ready: async () => 'well', leaving });
  const held = Promise.withResolvers<void>();
  app.get('/held', () => {
    log.info('held');
    return held.promise.then(() => 'answered');
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  if (how === 'throws later') setImmediate(() => Promise.reject(new Error('nobody catches 9434765919')));
  return {
    url,
    drainMs: how === 'drains' ? 60_000 : how === 'drains shortly' ? 1_000 : 0,
    close: async () => {
      if (how === 'does not close') throw new Error('the source does not let go');
      const closed = app.close();
      held.resolve();
      await closed;
    },
  };
});

import { randomUUID } from 'node:crypto';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { authenticationBeside, createAuthenticator } from '@caregraph/service/authenticate.ts';
import { ConfigError, configFile, resolveBeside } from '@caregraph/service/config.ts';
import { run } from '@caregraph/service/run.ts';
import { readClientTls } from '@caregraph/service/tls.ts';
import { callerReading } from './access/caller.ts';
import { openAccessServices } from './access/services.ts';
import { developmentIssuer } from './development/issuer.ts';
import { serveGateway } from './server.ts';
import { followSetup, type ReadSetup } from './setup.ts';
import { createTransport } from './trusts/transport.ts';

/** Time enough for whoever asks every second or two whether it is ready. */
const DRAIN_MS = 5_000;

await run('gateway', async (log, leaving) => {
  const file = configFile(process.argv.slice(2));
  const started = Promise.withResolvers<(read: ReadSetup) => Promise<void>>();
  let replaced = Promise.resolve();
  const setups = followSetup(file, log, (read) => {
    // One after another, and none before there is something to be replaced.
    replaced = replaced.then(async () => (await started.promise)(read));
  });
  const { config, setup, rules } = setups.current();
  const issuer = config.development && (await developmentIssuer(resolveBeside(file, config.development.keys)));
  const authentication = issuer?.authentication ?? config.authentication;
  if (!authentication) throw new ConfigError(`${file} says nothing of authentication.`);
  const authenticator = createAuthenticator(authenticationBeside(file, authentication), {
    onTrouble: (error) =>
      log.error({ err: error }, "the issuer's keys could not be read: the last good ones stay in use"),
  });
  const clock = { now: () => new Date(), elapsed: () => performance.now() };
  const transport = createTransport(config.tls && readClientTls(file, config.tls));
  const access = rules && (await openAccessServices(config, { file, rules, transport, clock, log }));
  const served = await serveGateway({
    host: config.host,
    port: config.port,
    ...setup,
    authenticator,
    reading: callerReading.parse({ claims: config.authentication?.claims, roles: config.authentication?.roles }),
    access,
    transport,
    clock,
    newId: randomUUID,
    log,
    leaving,
    documents: {
      registeredOnly: config.development === undefined,
      manifests: config.operations.map((manifest) => resolveBeside(file, manifest)),
    },
    sandbox: issuer
      ? {
          document: schemaFile('operations/crisis.graphql'),
          variables: { nhsNumber: config.development?.patient ?? '' },
          token: () =>
            issuer.token({ organisation: 'RRU', role: 'paramedic', user: 'developer', purpose: 'directcare' }),
        }
      : null,
  });
  started.resolve(async ({ setup, rules }) => {
    try {
      const putInForce = rules && access?.readBy(rules);
      await served.replace(setup);
      putInForce?.();
      log.info({ trusts: setup.trusts.length }, 'the configuration was replaced');
    } catch (error) {
      const mistakes = (error instanceof Error ? error.message : String(error)).split('\n');
      log.error({ mistakes }, 'the configuration was refused: the last good one stays in force');
    }
  });
  return {
    url: served.url,
    // Nobody stands in front of a developer's gateway.
    drainMs: config.drainMs ?? (config.development ? 0 : DRAIN_MS),
    async close() {
      setups.close();
      await replaced;
      await served.close();
      authenticator.close();
      await access?.close();
      await transport.close();
    },
  };
});

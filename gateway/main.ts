import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import { authenticationBeside, createAuthenticator } from '@caregraph/service/authenticate.ts';
import { ConfigError, configFromArguments, resolveBeside } from '@caregraph/service/config.ts';
import { run } from '@caregraph/service/run.ts';
import { readClientTls } from '@caregraph/service/tls.ts';
import { callerReading } from './access/caller.ts';
import { openAccessServices } from './access/services.ts';
import { gatewayConfig, OWN_SUPERGRAPH } from './config.ts';
import { developmentIssuer } from './development/issuer.ts';
import { type GatherRules, readGatherRules } from './gather/rules.ts';
import { serveGateway } from './server.ts';
import { createTransport } from './trusts/transport.ts';

await run('gateway', async (log) => {
  const { file, config } = configFromArguments(process.argv.slice(2), gatewayConfig);
  const issuer = config.development && (await developmentIssuer(resolveBeside(file, config.development.keys)));
  const authentication = issuer?.authentication ?? config.authentication;
  if (!authentication) throw new ConfigError(`${file} says nothing of authentication.`);
  const authenticator = createAuthenticator(authenticationBeside(file, authentication), {
    onTrouble: (error) =>
      log.error({ err: error }, "the issuer's keys could not be read: the last good ones stay in use"),
  });
  const supergraphSdl = readSupergraph(config.supergraph ? resolveBeside(file, config.supergraph) : OWN_SUPERGRAPH);
  const rules = readRules(supergraphSdl);
  const clock = { now: () => new Date(), elapsed: () => performance.now() };
  const transport = createTransport(config.tls && readClientTls(file, config.tls));
  const access = rules && (await openAccessServices(config, { file, rules, transport, clock, log }));
  const served = await serveGateway({
    host: config.host,
    port: config.port,
    supergraphSdl,
    addresses: Object.fromEntries(Object.entries(config.subgraphs).map(([name, { url }]) => [name, url])),
    trusts: config.trusts,
    deadlineMs: config.deadlineMs,
    authenticator,
    reading: callerReading.parse({ claims: config.authentication?.claims, roles: config.authentication?.roles }),
    access,
    transport,
    clock,
    newId: randomUUID,
    log,
    sandbox: issuer
      ? {
          document: schemaFile('operations/crisis.graphql'),
          variables: { nhsNumber: config.development?.patient ?? '' },
          token: () =>
            issuer.token({ organisation: 'RRU', role: 'paramedic', user: 'developer', purpose: 'directcare' }),
        }
      : null,
  });
  return {
    url: served.url,
    async close() {
      await served.close();
      authenticator.close();
      await access?.close();
      await transport.close();
    },
  };
});

function readSupergraph(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`The supergraph file ${file} cannot be read.`, { cause: error });
  }
}

function readRules(supergraphSdl: string): GatherRules | null {
  try {
    return readGatherRules(supergraphSdl, scalars);
  } catch (error) {
    throw new ConfigError(`The supergraph cannot be served. ${error instanceof Error ? error.message : ''}`.trim(), {
      cause: error,
    });
  }
}

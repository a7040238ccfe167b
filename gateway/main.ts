import { readFileSync } from 'node:fs';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { authenticationBeside, createAuthenticator } from '@caregraph/service/authenticate.ts';
import { ConfigError, configFromArguments, resolveBeside } from '@caregraph/service/config.ts';
import { run } from '@caregraph/service/run.ts';
import { gatewayConfig, OWN_SUPERGRAPH } from './config.ts';
import { developmentIssuer } from './development/issuer.ts';
import { serveGateway } from './server.ts';

await run('gateway', async (log) => {
  const { file, config } = configFromArguments(process.argv.slice(2), gatewayConfig);
  const issuer = config.development && (await developmentIssuer(resolveBeside(file, config.development.keys)));
  const authentication = issuer?.authentication ?? config.authentication;
  if (!authentication) throw new ConfigError(`${file} says nothing of authentication.`);
  return serveGateway({
    host: config.host,
    port: config.port,
    supergraphSdl: readSupergraph(config.supergraph ? resolveBeside(file, config.supergraph) : OWN_SUPERGRAPH),
    addresses: Object.fromEntries(Object.entries(config.subgraphs).map(([name, { url }]) => [name, url])),
    trusts: config.trusts,
    deadlineMs: config.deadlineMs,
    authenticator: createAuthenticator(authenticationBeside(file, authentication)),
    clock: { now: () => new Date(), elapsed: () => performance.now() },
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
});

function readSupergraph(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`The supergraph file ${file} cannot be read.`, { cause: error });
  }
}

import { createAuthenticator } from '@caregraph/service/authenticate.ts';
import { OPEN } from '@caregraph/service/guard.ts';
import { createLog } from '@caregraph/service/log.ts';
import { serveSubgraph } from '@caregraph/service/serve.ts';
import { z } from 'zod';
import { locatorGuard } from '../../../../subgraphs/locator/caller.ts';
import { openDatabase } from '../../../../subgraphs/locator/database.ts';
import { createLocator } from '../../../../subgraphs/locator/locator.ts';
import { createLocatorClient, type LocatorClient } from '../../../../subgraphs/trust/publish/locator-client.ts';
import { createTokens, sharingAll } from '../../locator/harness.ts';

const body = z.object({ data: z.object({ patient: z.object({ custodians: z.unknown() }) }) });

/** A real locator over HTTP. */
export interface RunningLocator {
  readonly url: string;
  /** The locator as a custodian uses it. */
  clientOf(custodian: string): LocatorClient;
  /** A bearer token of a custodian. */
  tokenOf(custodian: string): Promise<string>;
  /** The custodians that the locator names for a patient. */
  custodiansOf(nhsNumber: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function startLocator(custodians: readonly string[]): Promise<RunningLocator> {
  const tokens = await createTokens();
  const extensions = sharingAll(custodians.map((odsCode) => ({ odsCode })));
  const database = await openDatabase({ memory: true });
  const locator = createLocator({
    database,
    clock: () => new Date('2026-06-15T12:00:00Z'),
    newUUID: () => crypto.randomUUID(),
  });
  await locator.organisations.write(
    custodians.map((odsCode) => ({
      odsCode,
      name: `Trust ${odsCode}`,
      kind: 'MENTAL_HEALTH_TRUST',
      validFrom: null,
      validTo: null,
      succeededBy: [],
    })),
  );
  const served = await serveSubgraph({
    schema: locator.schema,
    log: createLog({ name: 'locator', destination: { write: () => {} } }),
    host: '127.0.0.1',
    port: 0,
    bodyLimit: 64 * 1024 * 1024,
    guard: locatorGuard(OPEN, createAuthenticator(tokens.config)),
    context: (request) => locator.context(request),
    ready: (signal) => database.ready(signal),
    development: false,
  });
  const url = `${served.url}/graphql`;
  const tokenOf = async (custodian: string): Promise<string> => (await tokens.of(custodian)).replace('Bearer ', '');
  return {
    url,
    tokenOf,
    clientOf: (custodian) => createLocatorClient({ url, custodian, token: () => tokenOf(custodian) }),
    async custodiansOf(nhsNumber) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query: 'query Custodians($nhsNumber: NHSNumber!) { patient(nhsNumber: $nhsNumber) { custodians } }',
          variables: { nhsNumber },
          extensions,
        }),
      });
      return body.parse(await answer.json()).data.patient.custodians;
    },
    async close() {
      await served.close();
      await database.close();
      tokens.close();
    },
  };
}

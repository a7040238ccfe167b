import type { Guard } from '@caregraph/service/guard.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { OnwardCaller } from '@caregraph/service/onward.ts';
import { type Served, serveSubgraph } from '@caregraph/service/serve.ts';
import type { Tls } from '@caregraph/service/tls.ts';
import { createTrustSubgraph, type TrustSubgraphOptions } from './create-trust-subgraph.ts';

export interface ServeTrustOptions extends Omit<TrustSubgraphOptions, 'log'> {
  readonly log: Logger;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Lets nobody but the gateway through (`createOnwardGuard`), or on a developer's machine everybody (`OPEN`). */
  readonly guard: Guard<OnwardCaller | null>;
  /** For `https`, and for clients with a certificate alone when there is an authority in it; plain `http` when left out. */
  readonly tls?: Tls | undefined;
  /** Whether this is a developer's machine: Apollo Sandbox is the landing page then. */
  readonly development: boolean;
}

/** Enough for a thousand patients, a long query and some air. */
const BODY_LIMIT_BYTES = 256 * 1024;

/** Serves a trust's subgraph. Closing it closes the source. */
export async function serveTrust(options: ServeTrustOptions): Promise<Served> {
  const { source, log, host, port, guard, tls, development } = options;
  const { schema, context, ready } = createTrustSubgraph(options);
  const served = await serveSubgraph({
    schema,
    log,
    host,
    port,
    guard,
    tls,
    context,
    ready,
    development,
    bodyLimit: BODY_LIMIT_BYTES,
  });
  return {
    url: served.url,
    async close() {
      await served.close();
      await source.close();
    },
  };
}

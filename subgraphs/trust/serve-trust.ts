import type { Logger } from '@caregraph/service/log.ts';
import { type Served, serveSubgraph } from '@caregraph/service/serve.ts';
import { createTrustSubgraph, type TrustSubgraphOptions } from './create-trust-subgraph.ts';

export interface ServeTrustOptions extends Omit<TrustSubgraphOptions, 'log'> {
  readonly log: Logger;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Whether this is a developer's machine: Apollo Sandbox is the landing page then. */
  readonly development: boolean;
}

/** Enough for a thousand patients, a long query and some air. */
const BODY_LIMIT_BYTES = 256 * 1024;

/** Serves a trust's subgraph. Closing it closes the source. */
export async function serveTrust(options: ServeTrustOptions): Promise<Served> {
  const { source, log, host, port, development } = options;
  const { schema, context, ready } = createTrustSubgraph(options);
  const served = await serveSubgraph({
    schema,
    log,
    host,
    port,
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

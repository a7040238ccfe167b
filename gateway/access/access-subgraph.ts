import type { Transport } from '../trusts/transport.ts';
import type { OnwardSigner } from './onward-token.ts';

/** The name of the access subgraph in the supergraph, and in the tokens made for it. */
export const ACCESS_SUBGRAPH = 'access';

/** Care, and the audit, wait no longer for it than this, in milliseconds. */
const LONGEST_CALL_MS = 5_000;

/**
 * Calls the access subgraph on the gateway's own behalf, at a path beside its GraphQL (`docs/access.md`).
 *
 * @throws when it does not answer in time, or with anything but success.
 */
export type CallAccess = (path: string, body: unknown, signal?: AbortSignal) => Promise<unknown>;

/** @param url the address of its GraphQL. */
export function accessSubgraph(url: string, transport: Transport, onward: OnwardSigner): CallAccess {
  return async (path, body, signal = AbortSignal.timeout(LONGEST_CALL_MS)) => {
    const { status, body: answer } = await transport.call(new URL(path, url).href, body, signal, (bytes) =>
      onward.authorize({ audience: ACCESS_SUBGRAPH, body: bytes, caller: 'gateway' }),
    );
    if (status !== 200) throw new Error(`The access subgraph answered ${path} with HTTP status ${status}.`);
    return answer;
  };
}

import { DEADLINE_HEADER } from '@caregraph/service/http.ts';
import type { Tls } from '@caregraph/service/tls.ts';
import { errors, Pool } from 'undici';
import { isRequestError } from '../gather/contracts.ts';
import type { Fault, FaultKind } from '../gather/outcome.ts';
import type { Patience } from '../gather/patience.ts';
import type { Reply, SentRequest } from '../gather/scope.ts';

/** The largest response that is read from a subgraph, in bytes. */
const MAX_RESPONSE_BYTES = 5 * 1024 * 1024;

const CONNECTIONS_PER_ORIGIN = 64;
const CONNECT_TIMEOUT_MS = 1_000;

/** Makes the value of the header `Authorization` for a body, which is sent byte for byte as it is given. */
export type Authorize = (body: Uint8Array) => Promise<string>;

/** Calls to subgraphs and trusts, and the connections they keep. */
export interface Transport {
  /** Posts a GraphQL request to an address. What goes wrong is a fault; it rejects only when `authorize` does. */
  post(url: string, request: SentRequest, patience: Patience, authorize?: Authorize): Promise<Reply>;
  /**
   * Posts JSON to an address that answers with JSON, but not with GraphQL.
   *
   * @returns the answer's status, whatever it is, and its body; `undefined` for a body that is not JSON.
   * @throws when there is no answer.
   */
  call(
    url: string,
    body: unknown,
    signal: AbortSignal,
    authorize?: Authorize,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Closes every connection once its calls have ended. */
  close(): Promise<void>;
}

/**
 * Posts GraphQL requests as JSON (GraphQL over HTTP specification), over one pool of connections per origin. It follows
 * no redirects, reads no more than 5 MiB, takes no compressed answers, and waits no longer than it is told to.
 *
 * @param tls for `https` addresses: the certificate to show there, and the authority of those that they show.
 */
export function createTransport(tls?: Tls): Transport {
  const pools = new Map<string, Pool>();
  const poolOf = (origin: string): Pool => {
    let pool = pools.get(origin);
    if (!pool) {
      pool = new Pool(origin, {
        connections: CONNECTIONS_PER_ORIGIN,
        connect: { timeout: CONNECT_TIMEOUT_MS, ...tls },
      });
      pools.set(origin, pool);
    }
    return pool;
  };
  return {
    async post(url, request, patience, authorize) {
      const body = Buffer.from(JSON.stringify(request));
      const authorization = await authorize?.(body);
      try {
        const { origin, pathname, search } = new URL(url);
        return await exchange(poolOf(origin), `${pathname}${search}`, body, authorization, patience);
      } catch (error) {
        return { fault: faultOf(error, patience) };
      }
    },
    async call(url, request, signal, authorize) {
      const body = Buffer.from(JSON.stringify(request));
      const { origin, pathname, search } = new URL(url);
      const authorization = await authorize?.(body);
      const response = await poolOf(origin).request({
        path: `${pathname}${search}`,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(authorization !== undefined && { authorization }),
        },
        body,
        signal,
      });
      const bytes = await readAtMost(response.body, MAX_RESPONSE_BYTES);
      return { status: response.statusCode, body: bytes ? parse(bytes) : undefined };
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

async function exchange(
  pool: Pool,
  path: string,
  sent: Uint8Array,
  authorization: string | undefined,
  patience: Patience,
): Promise<Reply> {
  const response = await pool.request({
    path,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      [DEADLINE_HEADER]: String(patience.remainingMs()),
      ...(authorization !== undefined && { authorization }),
    },
    body: sent,
    signal: patience.signal,
  });
  const { statusCode, headers } = response;
  const bytes = await readAtMost(response.body, MAX_RESPONSE_BYTES);
  if (statusCode === 401 || statusCode === 403) return fault('REFUSED', 'It declined to answer.');
  const isJson = /^application\/(graphql-response\+)?json\s*(;|$)/i.test(String(headers['content-type'] ?? ''));
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity';
  const body = bytes && isJson && isPlain ? parse(bytes) : undefined;
  if (statusCode >= 200 && statusCode < 300) {
    return body === undefined ? fault('INVALID', 'What it answered was not a GraphQL response.') : { body };
  }
  // What such an answer says of errors is worth reading; it has no data to give.
  return isRequestError(body) ? { body } : fault('UNAVAILABLE', `It answered with HTTP status ${statusCode}.`);
}

/** The whole body; `null` when it is larger. The rest is not read. */
async function readAtMost(body: AsyncIterable<Uint8Array> & { destroy(): void }, most: number): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > most) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function fault(kind: FaultKind, reason: string): { readonly fault: Fault } {
  return { fault: { kind, reason } };
}

function faultOf(error: unknown, patience: Patience): Fault {
  const late =
    patience.signal.aborted ||
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError;
  return late
    ? { kind: 'TIMED_OUT', reason: 'It did not answer in time.' }
    : { kind: 'UNAVAILABLE', reason: 'It could not be reached.' };
}

import { DEADLINE_HEADER } from '@caregraph/service/http.ts';
import type { Tls } from '@caregraph/service/tls.ts';
import { errors, Pool } from 'undici';
import { isRequestError } from '../gather/contracts.ts';
import type { FaultKind } from '../gather/outcome.ts';
import type { Patience } from '../gather/patience.ts';
import type { Failed, Reply, SentRequest } from '../gather/scope.ts';
import { isBounded, parseJSON } from './bounded-json.ts';
import { ACCEPTED_CODINGS, type Body, readBody } from './read-body.ts';

/** The largest response that is read, in bytes, as it travels and as it is when it was compressed. */
const MAX_RESPONSE_BYTES = 5 * 1024 * 1024;

const MAX_HEADER_BYTES = 16 * 1024;

/** So many interim responses (1xx) may come before an answer. */
const MOST_INTERIM = 10;

/** More than a callee is ever asked at a time (`callee.ts`): whatever waits, waits there. */
const CONNECTIONS = 128;
const CONNECT_TIMEOUT_MS = 1_000;

/** Makes the value of the header `Authorization` for a body, which is sent byte for byte as it is given. */
export type Authorize = (body: Uint8Array) => Promise<string>;

/**
 * How an exchange went, whatever came of it: it is this that a callee's breaker and its retries go by.
 *
 * - `ANSWERED`: it works; with whatever it has answered.
 * - `NOT_REACHED`: nothing of the request has reached it.
 * - `BROKEN`: it was cut off before its end, or answered with a status of its own failure (5xx).
 * - `TOO_MUCH`: it asks for less (429), or has answered more than is read.
 * - `TIMED_OUT`: the time was over before its end.
 * - `CANCELLED`: nobody waits for it any longer.
 */
export type Course = 'ANSWERED' | 'NOT_REACHED' | 'BROKEN' | 'TOO_MUCH' | 'TIMED_OUT' | 'CANCELLED';

/** One request and what came of it. */
export interface Exchange {
  readonly reply: Reply;
  readonly course: Course;
}

/** Calls to subgraphs and trusts, and the connections they keep. */
export interface Transport {
  /** Posts a GraphQL request to an address. What goes wrong is a fault; it rejects only when `authorize` does. */
  post(url: string, request: SentRequest, patience: Patience, authorize?: Authorize): Promise<Exchange>;
  /**
   * Posts JSON to an address that answers with JSON, but not with GraphQL.
   *
   * @returns the answer's status, whatever it is, and its body; `undefined` for a body that is not JSON.
   * @throws when there is no answer before `signal` aborts.
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
 * Posts JSON over one pool of connections per address, so that nobody waits for connections that somebody else's calls
 * take up. It goes nowhere but to the address it is given, and follows no redirects; it reads no more than 5 MiB of an
 * answer, compressed or not; and it waits no longer than it is told to, for the head of an answer or for its body.
 *
 * @param tls for `https` addresses: the certificate to show there, and the authority of those that they show.
 */
export function createTransport(tls?: Tls): Transport {
  const pools = new Map<string, Pool>();
  const poolOf = ({ origin, pathname }: URL): Pool => {
    let pool = pools.get(origin + pathname);
    if (!pool) {
      pool = new Pool(origin, {
        connections: CONNECTIONS,
        maxHeaderSize: MAX_HEADER_BYTES,
        allowH2: false,
        // Said outright: NODE_TLS_REJECT_UNAUTHORIZED must not undo it.
        connect: { timeout: CONNECT_TIMEOUT_MS, ...tls, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
      });
      pools.set(origin + pathname, pool);
    }
    return pool;
  };
  /** What is answered to a body, and its status; with a head that says that it is JSON, or else without a body. */
  const send = async (
    url: URL,
    sent: Uint8Array,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly body: Body }> => {
    let interim = 0;
    const response = await poolOf(url).request({
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': ACCEPTED_CODINGS, ...headers },
      body: sent,
      signal,
      onInfo() {
        if (++interim > MOST_INTERIM) throw new TooManyInterim();
      },
    });
    const { 'content-type': type, 'content-encoding': coding } = response.headers;
    const body = await readBody(response.body, coding, MAX_RESPONSE_BYTES, signal).catch((error: unknown) => {
      throw new CutOff('The answer broke off.', { cause: error });
    });
    const isJSON = /^application\/(graphql-response\+)?json\s*(;|$)/i.test(String(type ?? ''));
    return { status: response.statusCode, body: isJSON || body === 'TOO_LONG' ? body : 'UNREADABLE' };
  };
  return {
    async post(address, request, patience, authorize) {
      const sent = Buffer.from(JSON.stringify(request));
      const authorization = await authorize?.(sent);
      const headers = {
        accept: 'application/graphql-response+json, application/json',
        [DEADLINE_HEADER]: String(patience.remainingMs()),
        ...(authorization !== undefined && { authorization }),
      };
      try {
        const { status, body } = await send(new URL(address), sent, headers, patience.signal);
        return exchanged(status, body);
      } catch (error) {
        return failed(error, patience);
      }
    },
    async call(address, request, signal, authorize) {
      const sent = Buffer.from(JSON.stringify(request));
      const authorization = await authorize?.(sent);
      const headers = { accept: 'application/json', ...(authorization !== undefined && { authorization }) };
      const { status, body } = await send(new URL(address), sent, headers, signal);
      return { status, body: body instanceof Buffer && isBounded(body) ? parseJSON(body) : undefined };
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

class CutOff extends Error {
  override readonly name = 'CutOff';
}

class TooManyInterim extends Error {
  override readonly name = 'TooManyInterim';
}

function exchanged(status: number, bytes: Body): Exchange {
  if (status === 401 || status === 403) return fault('ANSWERED', 'REFUSED', 'It declined to answer.');
  if (bytes === 'TOO_LONG' || (bytes !== 'UNREADABLE' && !isBounded(bytes))) {
    const { reply, course } = fault('TOO_MUCH', 'INVALID', 'What it answered was more than is read.');
    return { reply: { ...reply, tooLong: true }, course };
  }
  const body = bytes === 'UNREADABLE' ? undefined : parseJSON(bytes);
  if (status >= 200 && status < 300) {
    return body === undefined ? fault('ANSWERED', 'INVALID', NOT_GRAPHQL) : { reply: { body }, course: 'ANSWERED' };
  }
  const course = status === 429 ? 'TOO_MUCH' : status >= 500 ? 'BROKEN' : 'ANSWERED';
  // What such an answer says of errors is worth reading; it has no data to give.
  return isRequestError(body)
    ? { reply: { body }, course }
    : fault(course, 'UNAVAILABLE', `It answered with HTTP status ${status}.`);
}

function failed(error: unknown, { signal }: Patience): Exchange {
  if (signal.aborted) {
    return fault(isTimeout(signal.reason) ? 'TIMED_OUT' : 'CANCELLED', 'TIMED_OUT', NOT_IN_TIME);
  }
  if (error instanceof errors.ConnectTimeoutError) return fault('NOT_REACHED', 'TIMED_OUT', NOT_IN_TIME);
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
    return fault('TIMED_OUT', 'TIMED_OUT', NOT_IN_TIME);
  }
  const cause = error instanceof CutOff ? error.cause : error;
  if (NOT_HTTP.some((kind) => cause instanceof kind)) return fault('ANSWERED', 'INVALID', NOT_GRAPHQL);
  if (error instanceof TooManyInterim) return fault('TOO_MUCH', 'INVALID', NOT_GRAPHQL);
  // One for each of the addresses that a name has.
  const all: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  return fault(all.every(isBeforeSending) ? 'NOT_REACHED' : 'BROKEN', 'UNAVAILABLE', 'It could not be reached.');
}

/** What an answer is refused for that is not HTTP/1.1, or has a head of more than is read. */
const NOT_HTTP = [errors.HTTPParserError, errors.HeadersOverflowError, errors.ResponseContentLengthMismatchError];

const isTimeout = (reason: unknown): boolean => reason instanceof DOMException && reason.name === 'TimeoutError';

/** Whether this is an error of finding an address, or of connecting to it. */
const isBeforeSending = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo');

function fault(course: Course, kind: FaultKind, reason: string): Exchange & { readonly reply: Failed } {
  return { reply: { fault: { kind, reason } }, course };
}

const NOT_GRAPHQL = 'What it answered was not a GraphQL response.';
const NOT_IN_TIME = 'It did not answer in time.';

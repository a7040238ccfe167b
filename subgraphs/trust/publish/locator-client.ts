import { DEADLINE_HEADER } from '@caregraph/service/http.ts';
import fetch from 'node-fetch';
import { z } from 'zod';
import type { ODSCode } from '../records.ts';
import type { Pointer } from '../source.ts';

/** A pointer with the id under which it is published. */
export interface IdentifiedPointer {
  readonly id: string;
  readonly pointer: Pointer;
}

/** Why the locator will not have one of the pointers of a call. */
export interface Refusal {
  /** Which pointer of the call, from 0. */
  readonly index: number;
  /** The locator's code, such as `DUPLICATE_REJECTED` for an id that is used up. */
  readonly code: string;
}

/** The locator, as one custodian uses it. Everything rejects with `LocatorError` when the locator did not do it. */
export interface LocatorClient {
  /** The ids of the custodian's current pointers. */
  published(signal: AbortSignal): Promise<Set<string>>;
  /** Publishes all of the pointers, or none: then it says which ones stand in the way. */
  publish(pointers: readonly IdentifiedPointer[], signal: AbortSignal): Promise<readonly Refusal[]>;
  /** Withdraws all of the pointers, or none. */
  withdraw(ids: readonly string[], signal: AbortSignal): Promise<void>;
}

/** What went wrong at the locator, in words that hold nothing of a pointer. */
export class LocatorError extends Error {
  override readonly name = 'LocatorError';
}

export interface LocatorClientOptions {
  /** The locator's GraphQL endpoint. */
  readonly url: string;
  readonly custodian: ODSCode;
  /** The bearer token to send; asked for before each call, so that it can be renewed meanwhile. */
  readonly token: () => Promise<string>;
}

const CALL_TIMEOUT_MS = 30_000;
const MOST_BYTES = 16 * 1024 * 1024;
const PAGE = 50_000;

const response = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        extensions: z
          .object({
            code: z.string().catch('UNKNOWN'),
            mistakes: z.array(z.object({ code: z.string(), path: z.string() })).catch([]),
          })
          .catch({ code: 'UNKNOWN', mistakes: [] }),
      }),
    )
    .default([]),
});
type Response = z.infer<typeof response>;

const publishedPage = z.object({ publishedPointers: z.array(z.string()) });

/** A client of the locator's GraphQL interface (schema/locator.graphql). */
export function createLocatorClient({ url, custodian, token }: LocatorClientOptions): LocatorClient {
  async function call(query: string, variables: object, signal: AbortSignal): Promise<Response> {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          authorization: `Bearer ${await token()}`,
          [DEADLINE_HEADER]: String(CALL_TIMEOUT_MS),
        },
        body: JSON.stringify({ query, variables }),
        // A redirect would carry pointers and token to wherever it leads.
        redirect: 'error',
        size: MOST_BYTES,
        signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
      });
      return response.parse(await answer.json());
    } catch (error) {
      signal.throwIfAborted();
      throw new LocatorError(`The locator could not be asked: ${whatFailed(error)}.`);
    }
  }

  return {
    async published(signal) {
      const ids = new Set<string>();
      let after: string | null = null;
      for (;;) {
        const answer: Response = await call(PUBLISHED, { after, first: PAGE }, signal);
        const page = publishedPage.safeParse(answer.data);
        if (answer.errors.length > 0 || !page.success) throw refused(answer);
        const { publishedPointers } = page.data;
        for (const id of publishedPointers) ids.add(id);
        const last = publishedPointers.at(-1);
        if (last === undefined || publishedPointers.length < PAGE) return ids;
        if (after !== null && last <= after) throw new LocatorError('The locator listed its pointers in no order.');
        after = last;
      }
    },

    async publish(pointers, signal) {
      const inputs = pointers.map(({ id, pointer: { key: _, ...pointer } }) => ({ id, custodian, ...pointer }));
      const answer = await call(PUBLISH, { pointers: inputs }, signal);
      if (answer.errors.length === 0) return [];
      const refusals = answer.errors.flatMap(({ extensions }) =>
        extensions.mistakes.flatMap(({ code, path }) => {
          const index = Number(/^pointers\[(\d+)\]/.exec(path)?.[1]);
          return index < pointers.length ? [{ index, code }] : [];
        }),
      );
      if (refusals.length === 0) throw refused(answer);
      return refusals;
    },

    async withdraw(ids, signal) {
      const answer = await call(WITHDRAW, { ids }, signal);
      if (answer.errors.length > 0) throw refused(answer);
    },
  };
}

const PUBLISHED = 'query Published($after: ID, $first: Int!) { publishedPointers(after: $after, first: $first) }';
const PUBLISH = 'mutation Publish($pointers: [PointerInput!]!) { publishPointers(pointers: $pointers) { ids } }';
const WITHDRAW = 'mutation Withdraw($ids: [ID!]!) { withdrawPointers(ids: $ids) { count } }';

const refused = ({ errors }: Response): LocatorError =>
  new LocatorError(
    errors.length > 0
      ? `The locator refused: ${[...new Set(errors.map(({ extensions }) => extensions.code))].join(', ')}.`
      : 'The locator answered with something that the contract does not have.',
  );

/** The kind of a failure, without its words: those of node-fetch and of a proxy may hold what was sent. */
function whatFailed(error: unknown): string {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return 'its answer is not GraphQL over JSON';
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

import { refuse } from '@caregraph/service/errors.ts';
import { type GraphQLError, parse } from 'graphql';
import { refusalOfDocument, tooMuch } from './refusal.ts';
import { hashOf, type Registered } from './registered.ts';
import { excessOfText } from './text.ts';

/** A body that may be answered, with the text of its query in it; or why nothing of it is looked at further. */
export type Admitted = { readonly body: unknown } | { readonly refused: GraphQLError };

export interface Admitting {
  /** Whether nothing but registered documents may run. */
  readonly registeredOnly: boolean;
  readonly registered: Registered;
  /** Whether a document with this SHA-256 was admitted before, and found valid. */
  readonly isKnown: (hash: string) => Promise<boolean>;
}

/**
 * Decides what of a request's body is answered: before anything of it is validated or planned, and where only registered
 * documents run, before anything of it is parsed. A document is named by `documentId` (GraphQL over HTTP, Persisted
 * Documents), by `extensions.persistedQuery` (Apollo's clients) or by its own text; those that are there must name the same.
 *
 * @param body as it was read from JSON. What has not the form of a GraphQL request is left to whoever reads it next.
 */
export async function admit({ registeredOnly, registered, isKnown }: Admitting, body: unknown): Promise<Admitted> {
  if (Array.isArray(body)) return { refused: BATCH };
  if (!isObject(body)) return { body };
  const { documentId, extensions, ...request } = body;
  const { persistedQuery, ...others } = isObject(extensions) ? extensions : {};
  const ids = [documentId, persistedQuery].filter((id) => id !== undefined && id !== null).map(hashIn);
  const text = typeof request.query === 'string' && request.query !== '' ? request.query : null;
  const hashes = new Set([...ids, ...(text === null ? [] : [hashOf(text)])]);
  if (hashes.has(null)) return { refused: MISNAMED };
  if (hashes.size > 1) return { refused: MISMATCH };
  const [hash] = hashes;
  // Neither a name nor a text.
  if (!hash) return { body };

  const document = registered.get(hash);
  const query = document?.text ?? text;
  if (query === null) return { refused: NOT_IN_LIST };
  if (!document) {
    if (registeredOnly) return { refused: ids.length > 0 ? NOT_IN_LIST : NOT_IN_SAFELIST };
    const refused = (await isKnown(hash)) ? null : refusalOf(query);
    if (refused) return { refused };
  }
  return {
    body: {
      ...request,
      query,
      ...(extensions !== undefined && { extensions: isObject(extensions) ? others : extensions }),
    },
  };
}

/** Why a text is not validated; `null` when it may be. What is not GraphQL is left to whoever parses it next. */
function refusalOf(text: string): GraphQLError | null {
  const excess = excessOfText(text);
  if (excess) return tooMuch(excess);
  try {
    return refusalOfDocument(parse(text, { noLocation: true }));
  } catch {
    return null;
  }
}

/** The SHA-256 that a name of a document holds; `null` when it is not written as such a name must be. */
function hashIn(id: unknown): string | null {
  if (typeof id === 'string') return /^sha256:([0-9a-f]{64})$/.exec(id)?.[1] ?? null;
  const { version, sha256Hash } = isObject(id) ? id : {};
  return version === 1 && typeof sha256Hash === 'string' && /^[0-9a-f]{64}$/.test(sha256Hash) ? sha256Hash : null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const BATCH = refuse(
  'BATCHING_NOT_ENABLED',
  'Send one operation in each request: { "query": "…", "variables": { … } }. Lists of them are not taken.',
);

const MISNAMED = refuse(
  'BAD_REQUEST',
  'Name a document by "documentId": "sha256:…", or by "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "…" } }, with the SHA-256 of its text in 64 small hexadecimal digits.',
);

const MISMATCH = refuse(
  'PERSISTED_QUERY_MISMATCH',
  'What this request names by its SHA-256 is not the document that it holds, or it names two. Send one of them.',
);

const NOT_IN_LIST = refuse(
  'PERSISTED_QUERY_NOT_IN_LIST',
  'No document is registered here under this SHA-256. Register it in a manifest, or put right what is sent.',
);

const NOT_IN_SAFELIST = refuse(
  'QUERY_NOT_IN_SAFELIST',
  'Only registered documents run here, and this is not one of them, to the letter. Register it in a manifest.',
);

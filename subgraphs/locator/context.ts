import type { Loaders } from './loaders.ts';

/** What the resolvers know of one request. */
export interface LocatorContext {
  readonly loaders: Loaders;
  readonly now: Date;
  /** The day in the United Kingdom, `YYYY-MM-DD`. */
  readonly today: string;
  /** The header that says who asks (RFC 6750). */
  readonly authorization: string | undefined;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

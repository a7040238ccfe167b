import type { AccessCaller } from './caller.ts';

/** What the resolvers know of one request. */
export interface AccessContext {
  readonly caller: AccessCaller;
  readonly now: Date;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

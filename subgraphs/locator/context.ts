import type { LocatorCaller } from './caller.ts';
import type { Loaders } from './loaders.ts';
import type { Sharing } from './sharing.ts';

/** What the resolvers know of one request. */
export interface LocatorContext {
  readonly loaders: Loaders;
  readonly now: Date;
  /** The day in the United Kingdom, `YYYY-MM-DD`. */
  readonly today: string;
  readonly caller: LocatorCaller;
  /** What the gateway says that its own caller may know of. */
  readonly sharing: Sharing;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What time it is, and how much has passed. */
export interface Clock {
  /** The time of day. */
  now(): Date;
  /** Milliseconds since some moment in the past, never going back. */
  elapsed(): number;
}

/** How long an answer is waited for. */
export interface Patience {
  /** Aborts when nobody waits any longer: the deadline has passed, or the caller has gone. */
  readonly signal: AbortSignal;
  /** How many whole milliseconds are left until the deadline; 0 when it has passed. */
  remainingMs(): number;
}

/** Waits this many milliseconds from now, and no longer than the caller does. */
export function patience(clock: Clock, ms: number, gone: AbortSignal): Patience {
  const end = clock.elapsed() + ms;
  return {
    signal: AbortSignal.any([gone, AbortSignal.timeout(Math.max(0, Math.ceil(ms)))]),
    remainingMs: () => Math.max(0, Math.floor(end - clock.elapsed())),
  };
}

/** A share of what is left, from 0 to 1: for those that others still have to wait for. */
export function shareOf(clock: Clock, whole: Patience, share: number): Patience {
  return patience(clock, whole.remainingMs() * share, whole.signal);
}

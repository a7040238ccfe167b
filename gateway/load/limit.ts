/**
 * How many requests the gateway works on at once. It follows the gateway's own processor alone: while that keeps up, the limit
 * grows, however long trusts take to answer; while everything that is due has to wait for it, the limit falls (additive increase,
 * multiplicative decrease, as TCP does; the sign of trouble is a queue that stands, as in CoDel, RFC 8289).
 */

/** A gateway that has not met its limit yet has this one, and never a higher one. */
export const HIGHEST_LIMIT = 1_000;

/**
 * With fewer requests at once, a processor would rest while trusts are waited for; and what makes it late may be something else
 * than requests, such as a thousand connections that are made at the same time.
 */
export const LOWEST_LIMIT = 32;

/**
 * How long all that is due may wait for the processor, in milliseconds: long enough that a machine that does something besides
 * is not taken for one that has too much to do, short enough that a refusal, which waits as well, is there in 50 ms.
 */
export const TARGET_WAIT_MS = 25;

/** What was seen over a short while. */
export interface Look {
  /** The shortest time that anything that was due has waited for the processor, in milliseconds: one long task is no queue. */
  readonly waitMs: number;
  /** The most requests that were worked on at once. */
  readonly busiest: number;
  /** Whether any was let in because the limit allowed for it. */
  readonly letIn: boolean;
}

/** The limit to go on with. */
export function nextLimit(limit: number, { waitMs, busiest, letIn }: Look): number {
  if (waitMs > TARGET_WAIT_MS) {
    // What was let in under a higher limit must end first.
    if (!letIn) return limit;
    // A limit that was not reached has kept nobody out: what is there is what is too much.
    return Math.max(LOWEST_LIMIT, Math.floor(Math.min(limit, busiest) * falling(waitMs)));
  }
  return busiest < limit ? limit : Math.min(HIGHEST_LIMIT, Math.ceil(limit * RISING));
}

/** By how much it rises at each look, where it is reached: a trust that becomes slow is made room for within a second. */
const RISING = 1.2;

/** The further off the target, the lower; by three tenths at most at once. */
const falling = (waitMs: number): number => Math.max(0.7, Math.min(0.95, TARGET_WAIT_MS / waitMs));

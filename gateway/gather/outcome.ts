import type { Completed } from './complete.ts';

/** Why a custodian's answer, or a part of it, is missing. The same words stand in `sources` and in the errors' codes. */
export type FaultKind = 'TIMED_OUT' | 'UNAVAILABLE' | 'INVALID' | 'REFUSED' | 'NOT_SHARED' | 'UNSUPPORTED';

/** What went wrong with one custodian. */
export interface Fault {
  readonly kind: FaultKind;
  /** In words for the caller; never a word of the custodian's own, nor of the entity. */
  readonly reason: string;
}

/** A record that passed the check. */
export interface CheckedRecord {
  /** The id by which the custodian knows it. */
  readonly id: string;
  /** The value by which the merged list is ordered. */
  readonly order: unknown;
  readonly object: Completed;
}

/** Values by response key, without a prototype, so that no key can reach one. */
export interface Values {
  [responseKey: string]: unknown;
}

/**
 * What one custodian said to one question about one entity. Without a fault, `records` are all that it holds; with one,
 * they are what could be kept, and there may be more.
 */
export interface Outcome {
  readonly records: readonly CheckedRecord[];
  readonly fault: Fault | null;
}

/** An outcome, and when it was asked for; `null` when it was not asked for. */
export interface TimedOutcome extends Outcome {
  readonly askedAt: Date | null;
  readonly elapsedMs: number | null;
}

export const nothingBut = (fault: Fault): Outcome => ({ records: [], fault });

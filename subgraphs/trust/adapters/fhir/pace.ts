/** Time, as a pace is kept by it. */
export interface PaceTime {
  /** Milliseconds on a clock that never goes back. */
  readonly elapsed: () => number;
  /** Resolves after some milliseconds; rejects when the signal aborts first. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** Asks a question, and gives its answer at the pace that is kept. What fails, fails at once. */
export type Pace = <Answer>(ask: () => Promise<Answer>, signal: AbortSignal) => Promise<Answer>;

/** So many questions tell how long one takes. */
const LATELY = 100;

/** Of the questions asked lately, so many took no longer than the next one will take. */
const MOST = 0.9;

/** No answer is held up for longer, in milliseconds: somebody waits for it. */
const LONGEST_HOLD_MS = 100;

/** The shortest that a timer waits, in milliseconds. */
const TICK_MS = 1;

/**
 * Makes questions take as long as most of the last ones did. A server that finds a restricted record takes longer than one
 * that finds nothing, if only to send it; whoever asks must not be able to tell by the time which it was.
 */
export function createPace({ elapsed, wait }: PaceTime): Pace {
  const lately: number[] = [];
  return async (ask, signal) => {
    const began = elapsed();
    const answer = await ask();
    const took = elapsed() - began;
    lately.push(took);
    if (lately.length > LATELY) lately.shift();
    const usual = lately.toSorted((one, other) => one - other)[Math.floor(MOST * (lately.length - 1))] ?? 0;
    // Also one that took longer goes by the timer: its ticks would otherwise tell it from the rest.
    await wait(Math.min(Math.max(usual - took, TICK_MS), LONGEST_HOLD_MS), signal);
    return answer;
  };
}

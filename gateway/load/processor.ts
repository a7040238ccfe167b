import { type After, after } from '../after.ts';

/** A clock, and a way to be called later; a test has its own. */
export interface Timing {
  /** Milliseconds that never go back. */
  readonly elapsed: () => number;
  readonly after: After;
}

/** How often the processor is asked for, and how many times make a look, over at least how long, in milliseconds. */
const EVERY_MS = 10;
const TIMES = 3;
const LOOK_MS = 80;

/**
 * Watches how long what is due waits for the processor, by being due again and again: what comes over a connection waits no
 * less than a timer does.
 *
 * @param onLook told, several times a second, of the shortest wait since the last time, in milliseconds.
 * @returns what ends it.
 */
export function watchProcessor({ elapsed, after }: Timing, onLook: (waitMs: number) => void): () => void {
  let began = elapsed();
  let shortest = Number.POSITIVE_INFINITY;
  let times = 0;
  let cancel: () => void;
  const due = (): void => {
    const at = elapsed() + EVERY_MS;
    cancel = after(EVERY_MS, () => {
      const now = elapsed();
      shortest = Math.min(shortest, Math.max(0, now - at));
      times++;
      if (times >= TIMES && now - began >= LOOK_MS) {
        onLook(shortest);
        [began, shortest, times] = [now, Number.POSITIVE_INFINITY, 0];
      }
      due();
    });
  };
  due();
  return () => cancel();
}

/** This process's own. */
export const OWN_TIMING: Timing = { elapsed: () => performance.now(), after };

import { setTimeout } from 'node:timers/promises';
import type { Logger } from '@caregraph/service/log.ts';
import { type ReconcileOptions, reconcile } from './reconcile.ts';

export interface PublisherOptions extends ReconcileOptions {
  /** How long after one round that went well the next one begins, in milliseconds. */
  readonly refreshMs: number;
  readonly log: Logger;
  /** A number from 0 up to 1, at random. */
  readonly random: () => number;
  /** Resolves after some milliseconds; rejects when the signal aborts first. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** Something that goes on until it is stopped. */
export interface Publisher {
  /** Ends it, and what it is doing. */
  stop(): Promise<void>;
}

/** A real wait, for `PublisherOptions`. */
export const waitInTime = (ms: number, signal: AbortSignal): Promise<unknown> => setTimeout(ms, undefined, { signal });

const FIRST_RETRY_MS = 1_000;

/**
 * Keeps the locator's pointers the same as the source's: at once, and then again and again. A round that fails is logged
 * and tried again, after a wait that doubles from one failure to the next, up to `refreshMs`; nothing else of the trust
 * depends on it.
 */
export function startPublisher(options: PublisherOptions): Publisher {
  const { refreshMs, log, random, wait } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  // Up to a fifth less, so that trusts that were started together do not come together for ever.
  const spread = (ms: number): number => Math.round(ms * (1 - random() / 5));

  const goOn = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const { refused, repeated, ...done } = await reconcile(options, signal);
        failures = 0;
        if (done.published + done.withdrawn > 0) log.info(done, 'pointers brought up to date');
        if (repeated > 0)
          log.error({ repeated }, 'pointers of the source share a key: all but the first were left out');
        if (Object.keys(refused).length > 0) log.error({ refused }, 'the locator will not have some pointers');
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        log.error({ err: error, failures }, 'pointers could not be brought up to date; to be tried again');
      }
      const next = failures === 0 ? refreshMs : Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), refreshMs);
      await wait(spread(next), signal).catch(() => {});
    }
  };

  const ended = goOn();
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

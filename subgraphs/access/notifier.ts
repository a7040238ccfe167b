import { setTimeout } from 'node:timers/promises';
import type { Logger } from '@caregraph/service/log.ts';
import type { Notice, NoticeStore } from './notice-store.ts';

/** Delivers one notice; rejects when it was not taken. It may come a second time. */
export type Deliver = (notice: Notice, signal: AbortSignal) => Promise<void>;

export interface NotifierOptions {
  readonly notices: NoticeStore;
  readonly deliver: Deliver;
  readonly clock: () => Date;
  /** A number from 0 up to 1, at random. */
  readonly random: () => number;
  /** Resolves after some milliseconds; rejects when the signal aborts first. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly log: Logger;
}

/** Something that brings notices to privacy officers until it is stopped. */
export interface Notifier {
  /** There may be something to deliver at once. */
  wake(): void;
  /** Ends it; what was not delivered is delivered when it starts again, here or elsewhere. */
  stop(): Promise<void>;
}

/** A real wait, for `NotifierOptions`. It keeps no process alive. */
export const waitInTime = (ms: number, signal: AbortSignal): Promise<unknown> =>
  setTimeout(ms, undefined, { signal, ref: false });

/** So many are under way at the same time. */
const AT_ONCE = 10;

const DELIVERY_TIMEOUT_MS = 10_000;

/** After this a notice that somebody took is due again: its taker must have died. Longer than a delivery can last. */
const TAKEN_MS = 60_000;

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 5 * 60_000;

/** How often to look for what others have left: another process that died, or a notice whose next attempt is due. */
const LOOK_MS = 1_000;

/**
 * Delivers every notice at least once: one that is not taken is tried again and again, after a wait that doubles from one
 * failure to the next, and lets others go before it meanwhile.
 */
export function startNotifier({ notices, deliver, clock, random, wait, log }: NotifierOptions): Notifier {
  const stopping = new AbortController();
  const { signal } = stopping;
  let woken = Promise.withResolvers<void>();

  const later = (ms: number): Date => new Date(clock().getTime() + ms);

  const cannotKeep = (error: unknown): void => {
    if (!signal.aborted)
      log.error({ err: error }, 'notices to privacy officers can be neither read nor written; to be tried again');
  };

  const attempt = async (notice: Notice): Promise<void> => {
    const { review, attempt } = notice;
    try {
      await deliver(notice, AbortSignal.any([signal, AbortSignal.timeout(DELIVERY_TIMEOUT_MS)]));
    } catch (error) {
      // Up to half less, so that many that failed together do not all come again together.
      const delay = Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), LONGEST_RETRY_MS) * (1 - random() / 2);
      await notices.postpone(review, signal.aborted ? clock() : later(delay));
      if (!signal.aborted) {
        log.error(
          { err: error, review, attempt },
          'a privacy officer could not be told of a break-glass; to be tried again',
        );
      }
      return;
    }
    await notices.delivered(review, clock());
  };

  const goOn = async (): Promise<void> => {
    while (!signal.aborted) {
      let taken: readonly Notice[] = [];
      try {
        taken = await notices.take(AT_ONCE, clock(), later(TAKEN_MS));
      } catch (error) {
        cannotKeep(error);
      }
      await Promise.all(taken.map((notice) => attempt(notice).catch(cannotKeep)));
      if (taken.length === AT_ONCE) continue;
      const enough = new AbortController();
      await Promise.race([wait(LOOK_MS, AbortSignal.any([signal, enough.signal])), woken.promise]).catch(() => {});
      enough.abort();
      woken = Promise.withResolvers();
    }
  };

  const ended = goOn();
  return {
    wake: () => woken.resolve(),
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** Puts a notice into the log, where no webhook is configured. It stands among the reviews as well. */
export const deliverToLog =
  (log: Logger): Deliver =>
  async ({ review, user, organisation, role, until }) => {
    log.warn(
      { review, user, organisation, role, until },
      'somebody has broken the glass: a review waits for a privacy officer',
    );
  };

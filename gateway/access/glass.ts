import DataLoader from 'dataloader';
import { z } from 'zod';
import type { Patience } from '../gather/patience.ts';
import type { Breaker } from '../trusts/breaker.ts';
import type { Caller } from './caller.ts';

/** That a user may see what a patient's custodians share in an emergency. */
export interface Grant {
  readonly id: string;
  readonly nhsNumber: string;
}

/** The broken glass of every user, wherever it was broken. */
export interface Glass {
  /**
   * The grants that a user has now, at the organisation for which the user asks; `null` when that could not be found out.
   * Nothing of it is kept.
   */
  grants(caller: Caller, patience: Patience): Promise<readonly Grant[] | null>;
}

/** Asks the access subgraph: the body goes to `POST /glass`. Rejects when there is no answer. */
export type AskGlass = (body: unknown, signal: AbortSignal) => Promise<unknown>;

/** Care waits no longer for this, in milliseconds, and half of its time at most: what is shared without it can be shown. */
const LONGEST_WAIT_MS = 1_000;

/** As many users in one call as the access subgraph takes. */
const MOST_USERS = 500;

const answer = z.object({
  grants: z.array(z.array(z.object({ id: z.string(), nhsNumber: z.string() }))),
});

interface Question {
  readonly user: string;
  readonly organisation: string;
}

/**
 * Asks for all requests that wait at the same time together, one call at a time.
 *
 * @param breaker keeps requests from waiting for an access subgraph that does not answer.
 */
export function createGlass(ask: AskGlass, breaker?: Pick<Breaker, 'admits' | 'admit'>): Glass {
  let waiting: (() => void)[] = [];
  let underWay = false;
  const next = (): void => {
    const batches = waiting;
    waiting = [];
    underWay = batches.length > 0;
    // Not at once: the loader has not put the first question into its batch when it asks for it to be scheduled.
    for (const start of batches) process.nextTick(start);
  };
  const loader = new DataLoader<Question, readonly Grant[]>(
    async (users) => {
      const pass = breaker?.admit();
      try {
        if (pass === null) throw new Error('The access subgraph is not asked again for a moment.');
        const { grants } = answer.parse(await ask({ users }, AbortSignal.timeout(LONGEST_WAIT_MS)));
        await pass?.end('ANSWERED');
        return users.map((_, i) => grants[i] ?? new Error('The access subgraph did not answer about each user.'));
      } catch (error) {
        await pass?.end('FAILED');
        throw error;
      } finally {
        next();
      }
    },
    {
      cache: false,
      maxBatchSize: MOST_USERS,
      batchScheduleFn: (start) => {
        waiting.push(start);
        if (!underWay) next();
      },
    },
  );
  return {
    async grants({ user, organisation }, patience) {
      if (breaker?.admits === false) return null;
      const late = Promise.withResolvers<null>();
      const timer = setTimeout(() => late.resolve(null), Math.min(LONGEST_WAIT_MS, patience.remainingMs() / 2));
      try {
        return await Promise.race([loader.load({ user, organisation }), late.promise]);
      } catch {
        return null;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

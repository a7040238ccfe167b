import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhenResult,
  type IBreaker,
  SamplingBreaker,
} from 'cockatiel';
import type { Clock } from '../gather/patience.ts';

/** How a call went, for the breaker: `NEITHER` says nothing of who was called. */
export type Verdict = 'ANSWERED' | 'FAILED' | 'NEITHER';

/** `PROBING` while one call finds out whether those that follow may be made again. */
export type BreakerState = 'CLOSED' | 'OPEN' | 'PROBING';

/** Leave to make one call. */
export interface Pass {
  /** Whether this call alone decides what becomes of the breaker. It must be let come to its own end. */
  readonly isProbe: boolean;
  /** To be called once, when the call has ended; resolves when the breaker has drawn its conclusion. */
  end(verdict: Verdict): Promise<void>;
}

export interface BreakerOptions {
  readonly clock: Pick<Clock, 'elapsed'>;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** It has opened, and was closed before. */
  readonly onOpen?: () => void;
  /** It has closed, and was not before. */
  readonly onClose?: () => void;
  /** So many failures in a row open it; 5 by default. */
  readonly inARow?: number;
}

const FAILURES_IN_A_ROW = 5;
const SAMPLED_MS = 10_000;
const LEAST_SAMPLED_CALLS = 10;
const MOST_FAILING = 0.5;

const FIRST_HOLD_MS = 250;
const LONGEST_HOLD_MS = 2_500;

/** A hold is shorter by up to this part of it, so that not all gateways probe at the same moment; it is never longer. */
const JITTER = 0.25;

/**
 * Keeps calls away for a while from somebody who fails: it opens after some failures in a row, or when more than half of
 * at least ten calls in ten seconds fail. After a hold, which grows from 250 ms to 2.5 s, it lets one call through, and no
 * other until that has ended.
 *
 * The policy is cockatiel's. What it leaves to others is done here: it lets callers wait for a probe, counts a call that
 * was given up as one that was answered, and holds a call's failure against whatever state it finds at its end.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #policy: ReturnType<typeof circuitBreaker>;
  #heldUntil = 0;
  /** Grows with each change of state. A call that was let through in one era says nothing of another. */
  #era = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#policy = circuitBreaker(
      handleWhenResult((verdict) => verdict === 'FAILED'),
      {
        breaker: new EitherBreaker([
          new ConsecutiveBreaker(options.inARow ?? FAILURES_IN_A_ROW),
          // It goes by the time of day (`Date.now`): when that is set, ten seconds may be more or fewer.
          new SamplingBreaker({
            threshold: MOST_FAILING,
            duration: SAMPLED_MS,
            minimumRps: (LEAST_SAMPLED_CALLS / SAMPLED_MS) * 1_000,
          }),
        ]),
        halfOpenAfter: new DelegateBackoff(({ attempt }) => {
          this.#heldUntil = options.clock.elapsed() + hold(attempt, options.random());
          return NO_HOLD;
        }),
      },
    );
    let opened = false;
    this.#policy.onStateChange((state) => {
      this.#era++;
      if (state === CircuitState.Open && !opened) {
        opened = true;
        options.onOpen?.();
      } else if (state === CircuitState.Closed) {
        opened = false;
        options.onClose?.();
      }
    });
  }

  get state(): BreakerState {
    switch (this.#policy.state) {
      case CircuitState.Closed:
        return 'CLOSED';
      case CircuitState.HalfOpen:
        return 'PROBING';
      default:
        return 'OPEN';
    }
  }

  /** Whether a call would be let through now. */
  get admits(): boolean {
    const { state } = this;
    return state === 'CLOSED' || (state === 'OPEN' && this.#options.clock.elapsed() >= this.#heldUntil);
  }

  /** Leave to make a call now; `null` when none may be made. */
  admit(): Pass | null {
    if (!this.admits) return null;
    return this.state === 'CLOSED' ? this.#ordinary() : this.#probe();
  }

  #ordinary(): Pass {
    const era = this.#era;
    return {
      isProbe: false,
      end: async (verdict) => {
        if (verdict !== 'NEITHER' && era === this.#era) await this.#policy.execute(() => verdict);
      },
    };
  }

  #probe(): Pass {
    const ended = Promise.withResolvers<Verdict>();
    // From here on, until it ends, the state is half-open.
    const decided = this.#policy.execute(() => ended.promise);
    return {
      isProbe: true,
      end: async (verdict) => {
        ended.resolve(verdict === 'ANSWERED' ? 'ANSWERED' : 'FAILED');
        await decided;
      },
    };
  }
}

/** The hold is measured here, by a clock that is never set back: cockatiel's own goes by the time of day. */
const NO_HOLD = Number.NEGATIVE_INFINITY;

const hold = (attempt: number, random: number): number =>
  Math.min(FIRST_HOLD_MS * 2 ** Math.min(attempt - 1, 20), LONGEST_HOLD_MS) * (1 - random * JITTER);

/** Opens when one of several would. */
class EitherBreaker implements IBreaker {
  state: unknown = null;
  readonly #breakers: readonly IBreaker[];

  constructor(breakers: readonly IBreaker[]) {
    this.#breakers = breakers;
  }

  success(state: CircuitState): void {
    for (const breaker of this.#breakers) breaker.success(state);
  }

  failure(state: CircuitState): boolean {
    return this.#breakers.map((breaker) => breaker.failure(state)).includes(true);
  }
}

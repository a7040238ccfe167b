import { HIGHEST_LIMIT, nextLimit } from './limit.ts';

/** A request that is worked on. */
export interface Place {
  /** Gives it back; once is enough. */
  leave(): void;
  isLeft(): boolean;
}

/** What has become of requests since the last time that somebody asked. */
export interface Tally {
  readonly entered: number;
  readonly refused: number;
}

/**
 * Lets in as many requests as the gateway can work on. Urgent ones have as many places again, which no other request gets: so
 * they are refused only where they alone are too many. A limit that is too high for both of them falls by itself.
 */
export class Gate {
  #limit = HIGHEST_LIMIT;
  #inside = 0;
  #busiest = 0;
  #letIn = false;
  #entered = 0;
  #refused = 0;

  get limit(): number {
    return this.#limit;
  }

  /** How many are worked on now. */
  get inside(): number {
    return this.#inside;
  }

  /**
   * Takes a place, if there is one.
   *
   * @param isUrgent asked only when it matters.
   */
  enter(isUrgent: () => boolean): Place | null {
    const reserved = this.#inside >= this.#limit;
    if (reserved && (this.#inside >= 2 * this.#limit || !isUrgent())) {
      this.#refused++;
      return null;
    }
    this.#inside++;
    this.#entered++;
    // Where urgent requests alone are too many, the limit is what is left to turn to.
    this.#letIn ||= !reserved || this.#inside >= 2 * this.#limit;
    this.#busiest = Math.max(this.#busiest, this.#inside);
    let inside = true;
    return {
      leave: () => {
        if (inside) this.#inside--;
        inside = false;
      },
      isLeft: () => !inside,
    };
  }

  /** Adapts the limit to how long what is due has waited for the processor, in milliseconds. */
  adapt(waitMs: number): void {
    this.#limit = nextLimit(this.#limit, { waitMs, busiest: this.#busiest, letIn: this.#letIn });
    this.#busiest = this.#inside;
    this.#letIn = false;
  }

  /** What has come since the last call. */
  tally(): Tally {
    const tally = { entered: this.#entered, refused: this.#refused };
    this.#entered = 0;
    this.#refused = 0;
    return tally;
  }
}

/** How many calls may be saved up. */
const MOST_SAVED = 10;

/** Allows for extra calls, as a share of the ordinary ones; a few of them may be saved up. */
export class Budget {
  readonly #share: number;
  #saved: number;

  /**
   * @param share of ordinary calls, such as 0.1.
   * @param saved how many extra calls may be made before there were any ordinary ones.
   */
  constructor(share: number, saved = 0) {
    this.#share = share;
    this.#saved = saved;
  }

  /** An ordinary call is made. */
  earn(): void {
    this.#saved = Math.min(this.#saved + this.#share, MOST_SAVED);
  }

  /** Whether an extra call may be made; when it may, it is counted. */
  spend(): boolean {
    // Twenty times 0.05 is a little less than 1.
    if (this.#saved < 1 - 1e-9) return false;
    this.#saved -= 1;
    return true;
  }
}

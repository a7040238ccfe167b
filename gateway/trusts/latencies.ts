const REMEMBERED = 100;
const FEWEST = 20;
const BETWEEN_LOOKS = 10;

/** How long the last hundred answers of an endpoint took. */
export class Latencies {
  readonly #last = new Float64Array(REMEMBERED);
  #count = 0;
  #p95: number | null = null;

  /** @param ms how long an answer took, or when it was no longer waited for. */
  add(ms: number): void {
    this.#last[this.#count++ % REMEMBERED] = ms;
    if (this.#count >= FEWEST && this.#count % BETWEEN_LOOKS === 0) {
      const sorted = this.#last.slice(0, Math.min(this.#count, REMEMBERED)).sort();
      this.#p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
    }
  }

  /** What nineteen of twenty answers did not take longer than, in milliseconds; `null` before there were twenty. */
  get p95(): number | null {
    return this.#p95;
  }
}

/** How long tokens are kept together, in seconds. */
const SPAN = 60;

/**
 * Remembers the ids of tokens that were used, each until it would be refused anyway: so it holds no more than what comes in
 * that time, and nothing but ids.
 */
export class Once {
  /** By the span of time in which the tokens cease to be accepted. */
  readonly #used = new Map<number, Set<string>>();

  /** Whether an id was used. @param until when its token ceases to be accepted, in seconds since 1970. */
  has(id: string, until: number): boolean {
    return this.#used.get(spanOf(until))?.has(id) ?? false;
  }

  /** Uses an id; `false` when it was used before. @param now seconds since 1970. */
  use(id: string, until: number, now: number): boolean {
    for (const span of this.#used.keys()) if (span < spanOf(now)) this.#used.delete(span);
    const span = spanOf(until);
    const used = this.#used.get(span) ?? new Set();
    this.#used.set(span, used);
    return used.size < used.add(id).size;
  }

  /** How many ids are remembered. */
  get size(): number {
    return [...this.#used.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

const spanOf = (seconds: number): number => Math.floor(seconds / SPAN);

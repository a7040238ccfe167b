/**
 * A value of which there is always one in use. Whoever has begun with one ends with the same, and it is let go of once it
 * was replaced and the last of them has ended.
 */
export class InUse<Value> {
  readonly #letGo: (value: Value) => Promise<void>;
  readonly #ending = new Set<Promise<void>>();
  #latest: Use<Value>;

  /** @param letGo ends a value that nobody uses any longer. Must not reject. */
  constructor(first: Value, letGo: (value: Value) => Promise<void>) {
    this.#letGo = letGo;
    this.#latest = { value: first, users: 1 };
  }

  /** The value that is in use now: to look at, not to begin anything with. */
  get current(): Value {
    return this.#latest.value;
  }

  /** The value to begin with. It stays as it is until `release` is called, which must happen once. */
  take(): { readonly value: Value; readonly release: () => void } {
    const use = this.#latest;
    use.users++;
    return { value: use.value, release: () => this.#release(use) };
  }

  /** From here on, this one is taken. */
  replace(value: Value): void {
    const last = this.#latest;
    this.#latest = { value, users: 1 };
    this.#release(last);
  }

  /** Lets go of the last one too. Resolves when every value has been let go of. */
  async close(): Promise<void> {
    this.#release(this.#latest);
    await Promise.all(this.#ending);
  }

  #release(use: Use<Value>): void {
    use.users--;
    if (use.users > 0) return;
    const ended = this.#letGo(use.value).finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}

interface Use<Value> {
  readonly value: Value;
  /** How many have begun with it and not ended; one more while it is the latest. */
  users: number;
}

import type { Timing } from '@caregraph/gateway/load/processor.ts';

/** A processor that is as busy as a test says. */
export class PretendedProcessor implements Timing {
  #now = 0;
  readonly #due = new Set<() => void>();

  readonly elapsed = (): number => this.#now;

  readonly after: Timing['after'] = (ms, run) => {
    const due = (): void => {
      this.#due.delete(due);
      this.#now += ms;
      run();
    };
    this.#due.add(due);
    return () => this.#due.delete(due);
  };

  /** Lets a second pass in which all that is due has to wait so many milliseconds. */
  second(waitMs: number): void {
    for (const end = this.#now + 1_000; this.#now < end; ) {
      this.#now += waitMs;
      for (const due of [...this.#due]) due();
    }
  }
}

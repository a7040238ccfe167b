import { type Head, headAnswer, NO_LINES, readLine, shipmentAnswer } from '@caregraph/service/audit/chain.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { After } from '../after.ts';
import type { Clock } from '../gather/patience.ts';

/**
 * Sends a body, as JSON, to a path of the access subgraph; resolves with what it answers.
 *
 * @throws when it is not answered in good time, or with anything but success.
 */
export type Send = (path: string, body: unknown) => Promise<unknown>;

/** So many bytes of lines go into one call, or one line when it alone is longer. */
export const SHIPMENT_LINES_BYTES = 256 * 1024;

/** Under load, lines gather for so long before they are sent together: each call costs both ends the same. */
const SHORTEST_BETWEEN_CALLS_MS = 25;

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;

/** What is shipped. */
export interface Shipped {
  readonly chain: string;
  /** The last line that is on the disk. */
  head(): Head;
  /** Lines after the one of this number, in order. */
  read(after: number, maxBytes: number): Promise<string[]>;
}

export interface ShipperOptions {
  readonly journal: Shipped;
  readonly send: Send;
  readonly clock: Clock;
  readonly after: After;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  readonly log: Logger;
}

/** The access subgraph keeps other lines of this chain than the journal holds: one of them was altered. */
class DivergedError extends Error {
  override readonly name = 'DivergedError';
}

/**
 * Brings the lines of the journal to the access subgraph, in order, each once: from where it says that it has got to. What
 * is still to be sent is read back from the journal, so nothing of a patient waits in memory.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  /** The last line that the access subgraph is known to keep; `null` when it has to be asked. */
  #upTo: number | null = null;
  #failures = 0;
  #shippedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;
  #isClosing = false;
  #hurry: (() => void) | null = null;

  constructor(options: ShipperOptions) {
    this.#options = options;
  }

  /** How many lines the access subgraph has not got; `null` when it has not said yet what it has. */
  get unshipped(): number | null {
    return this.#upTo === null ? null : this.#options.journal.head().seq - this.#upTo;
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#upTo !== this.#options.journal.head().seq) this.#running ??= this.#run();
  }

  /** Sends what can be sent now, and stops at the first failure: the rest is sent when the journal is next opened. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#hurry?.();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#upTo !== this.#options.journal.head().seq) {
      try {
        await this.#ship(this.#upTo ?? (await this.#ask()));
        if (this.#failures > 0) this.#options.log.info('the access subgraph takes audit entries again');
        this.#failures = 0;
      } catch (error) {
        this.#upTo = null;
        this.#complain(error);
        this.#failures++;
        if (this.#isClosing) break;
        await this.#wait(this.#delay());
      }
    }
    this.#running = null;
  }

  async #ship(upTo: number): Promise<void> {
    const { journal, send, clock } = this.#options;
    await this.#wait(this.#shippedAt + SHORTEST_BETWEEN_CALLS_MS - clock.elapsed());
    this.#shippedAt = clock.elapsed();
    const lines = await journal.read(upTo, SHIPMENT_LINES_BYTES);
    if (lines.length > 0) {
      const kept = shipmentAnswer.parse(await send('/audit/lines', { chain: journal.chain, lines })).upTo;
      if (kept !== upTo + lines.length) throw new Error('The access subgraph has not kept what it was sent.');
    }
    this.#upTo = upTo + lines.length;
  }

  /** Where the access subgraph has got to. */
  async #ask(): Promise<number> {
    const { journal, send } = this.#options;
    const answer = headAnswer.parse(await send('/audit/head', { chain: journal.chain }));
    const { seq } = answer;
    if (seq === NO_LINES.seq) return seq;
    const last = journal.head();
    // The line itself may have been archived; the one after it holds its hash as well.
    const [next = ''] = await journal.read(seq, 1);
    const hash = seq === last.seq ? last.hash : readLine(next).line?.prev;
    if (hash !== answer.hash) {
      throw new DivergedError(
        `The access subgraph keeps a line ${seq} that the journal, which ends with line ${last.seq}, does not hold.`,
      );
    }
    return seq;
  }

  #complain(error: unknown): void {
    const { log } = this.#options;
    if (error instanceof DivergedError) {
      log.error({ err: error }, 'the audit journal is not what the access subgraph keeps: one of them was altered');
    } else if (this.#failures === 0) {
      log.warn({ err: error }, 'audit entries cannot be shipped; they stay in the journal and follow later');
    }
  }

  /** Longer from one failure to the next, and never for all gateways at the same moment. */
  #delay(): number {
    const longest = Math.min(FIRST_DELAY_MS * 2 ** Math.min(this.#failures - 1, 20), LONGEST_DELAY_MS);
    return longest * (0.5 + this.#options.random() / 2);
  }

  /** Waits, but not for anything when there is no time left. */
  #wait(ms: number): Promise<void> {
    if (ms <= 0 || this.#isClosing) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.after(ms, resolve);
      this.#hurry = () => {
        cancel();
        resolve();
      };
    });
  }
}

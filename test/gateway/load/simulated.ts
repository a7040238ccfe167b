import { createRandom } from '@caregraph/demo/population/random.ts';
import { Gate } from '@caregraph/gateway/load/gate.ts';
import { watchProcessor } from '@caregraph/gateway/load/processor.ts';

/** A load on a simulated gateway, for a while. */
export interface Phase {
  readonly seconds: number;
  /** Requests a second, at random moments. */
  readonly rate: number;
  /** The share of them that is urgent, from 0 to 1. */
  readonly urgent?: number;
  /** How long trusts take, in milliseconds. */
  readonly trustMs?: number;
}

export interface PhaseResult {
  readonly asked: number;
  readonly served: number;
  readonly urgentAsked: number;
  readonly urgentServed: number;
  /** The longest that a request that was served took, in milliseconds. */
  readonly longestMs: number;
  /** The limit at the end. */
  readonly limit: number;
}

/** What a request costs the processor, in milliseconds, at its beginning, after the locator, and after the trusts; and what a refusal does. */
const COSTS = [0.9, 0.6, 1] as const;
const LOCATOR_MS = 5;
const REFUSAL_MS = 0.05;

/** How many requests a second the simulated processor can do. */
export const CAPACITY = 1_000 / (COSTS[0] + COSTS[1] + COSTS[2]);

/** One processor that does one thing after another, and a gate before it; time is simulated. */
export function simulate(phases: readonly Phase[], seed: string, pauses = 0): readonly PhaseResult[] {
  const random = createRandom(seed);
  const events: { at: number; run: () => void }[] = [];
  let now = 0;
  /** Until when the processor has something to do. */
  let busyUntil = 0;
  const at = (time: number, run: () => void): void => {
    let low = 0;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((events[middle]?.at ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    events.splice(low, 0, { at: time, run });
  };
  /** Something that is due now is done when everything that was due before is done. */
  const work = (cost: number, then: () => void): void => {
    busyUntil = Math.max(busyUntil, now) + cost;
    at(busyUntil, then);
  };

  const gate = new Gate();
  watchProcessor(
    {
      elapsed: () => now,
      after(ms, run) {
        at(now + ms, () => work(0, run));
        return () => {};
      },
    },
    (waitMs) => gate.adapt(waitMs),
  );

  const results: PhaseResult[] = [];
  let from = 0;
  for (const { seconds, rate, urgent = 0, trustMs = 40 } of phases) {
    const result = { asked: 0, served: 0, urgentAsked: 0, urgentServed: 0, longestMs: 0, limit: 0 };
    const end = from + seconds * 1_000;
    for (let time = from; time < end; time += (-Math.log(1 - random.next()) * 1_000) / rate) {
      const isUrgent = random.next() < urgent;
      at(time, () => {
        const asked = now;
        result.asked++;
        if (isUrgent) result.urgentAsked++;
        work(REFUSAL_MS, () => {
          const place = gate.enter(() => isUrgent);
          if (!place) return;
          const steps = [LOCATOR_MS, trustMs * (0.5 + random.next()), 0];
          const step = (n: number): void =>
            work(COSTS[n] ?? 0, () => {
              if (n < 2) return at(now + (steps[n] ?? 0), () => step(n + 1));
              place.leave();
              result.served++;
              if (isUrgent) result.urgentServed++;
              result.longestMs = Math.max(result.longestMs, now - asked);
            });
          step(0);
        });
      });
    }
    // Garbage is collected, or the system does something else.
    for (let n = 0; n < pauses * seconds; n++) at(from + random.next() * seconds * 1_000, () => work(30, () => {}));
    at(end, () => {
      result.limit = gate.limit;
    });
    results.push(result);
    from = end;
  }
  for (let next = events.shift(); next && next.at <= from + 5_000; next = events.shift()) {
    now = next.at;
    next.run();
  }
  return results;
}

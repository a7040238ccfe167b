import { OWN_TIMING, watchProcessor } from '@caregraph/gateway/load/processor.ts';
import { describe, expect, test } from 'vitest';

/** A processor that is free again so many milliseconds after each time that something is due: one of these after another. */
function looksOf(waits: readonly number[]): number[] {
  const looks: number[] = [];
  let now = 0;
  let due: (() => void) | undefined;
  watchProcessor(
    {
      elapsed: () => now,
      after(ms, run) {
        due = () => {
          now += ms;
          run();
        };
        return () => {};
      },
    },
    (waitMs) => looks.push(waitMs),
  );
  for (const wait of waits) {
    const next = due;
    now += wait;
    next?.();
  }
  return looks;
}

describe('the watch over the processor', () => {
  test('says every tenth of a second how long all that was due has waited at least', () => {
    expect(looksOf(Array.from({ length: 24 }, () => 0))).toEqual([0, 0, 0]);
    expect(looksOf(Array.from({ length: 9 }, () => 50))).toEqual([50, 50, 50]);
  });

  test('takes one long task for no queue', () => {
    expect(looksOf([0, 0, 500, 0, 0, 0, 0, 0])).toEqual([0]);
    expect(looksOf([70, 12, 70])).toEqual([12]);
  });

  test('sees this process when it is busy, and when it is not', async () => {
    const looks: number[] = [];
    let busy = true;
    const work = (): void => {
      const end = performance.now() + 80;
      while (performance.now() < end);
      if (busy) setImmediate(work);
    };
    work();
    const stop = watchProcessor(OWN_TIMING, (waitMs) => looks.push(waitMs));
    await expect.poll(() => Math.max(...looks), { timeout: 20_000 }).toBeGreaterThan(25);
    busy = false;
    await expect.poll(() => looks.at(-1), { timeout: 20_000 }).toBeLessThan(25);
    stop();
  });
});

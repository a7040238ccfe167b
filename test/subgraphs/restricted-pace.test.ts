import { createPace } from '@caregraph/trust/adapters/fhir/pace.ts';
import { describe, expect, test } from 'vitest';

/** A pace over a clock that goes on as questions are asked and waits are waited. */
function pacing() {
  let now = 0;
  const pace = createPace({
    elapsed: () => now,
    wait: async (ms, signal) => {
      signal.throwIfAborted();
      now += ms;
    },
  });
  /** How long a question took, of which the answer itself took so long. */
  const took = async (ms: number, signal = new AbortController().signal): Promise<number> => {
    const began = now;
    await pace(async () => {
      now += ms;
    }, signal);
    return now - began;
  };
  return { pace, took };
}

describe('a question', () => {
  test('takes as long as most have taken, whether its own answer took less or not', async () => {
    const { took } = pacing();
    for (let i = 0; i < 100; i++) await took(i % 2 === 0 ? 10 : 12);
    expect(await took(10)).toBe(12);
    expect(await took(11)).toBe(12);
    expect(await took(1)).toBe(12);
    // Not sooner than the next tick of the timer, by which all others go.
    expect(await took(12)).toBe(13);
  });

  test('is not held up by a few that took long, nor by what was long ago', async () => {
    const { took } = pacing();
    for (let i = 0; i < 100; i++) await took(i < 9 ? 5_000 : 10);
    expect(await took(9)).toBe(10);
    for (let i = 0; i < 100; i++) await took(3);
    expect(await took(2)).toBe(3);
  });

  test('is held up for a tenth of a second at most, however slow the server has been', async () => {
    const { took } = pacing();
    for (let i = 0; i < 100; i++) await took(1_500);
    expect(await took(200)).toBe(300);
  });

  test('that fails, fails at once, and one that nobody waits for any more is not waited for', async () => {
    const { pace, took } = pacing();
    for (let i = 0; i < 100; i++) await took(10);
    const { signal } = new AbortController();
    await expect(pace(() => Promise.reject(new Error('away')), signal)).rejects.toThrow('away');
    await expect(took(1, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });
});

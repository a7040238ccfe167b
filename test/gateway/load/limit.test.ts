import { Gate } from '@caregraph/gateway/load/gate.ts';
import { HIGHEST_LIMIT, LOWEST_LIMIT, nextLimit, TARGET_WAIT_MS } from '@caregraph/gateway/load/limit.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CAPACITY, simulate } from './simulated.ts';

const look = fc.record({
  waitMs: fc.double({ min: 0, max: 5_000, noNaN: true }),
  busiest: fc.nat({ max: 3 * HIGHEST_LIMIT }),
  letIn: fc.boolean(),
});
const limit = fc.integer({ min: LOWEST_LIMIT, max: HIGHEST_LIMIT });

describe('the limit', () => {
  test('is a whole number within its bounds, whatever is seen', () => {
    fc.assert(
      fc.property(limit, fc.array(look, { maxLength: 50 }), (first, looks) => {
        let limit = first;
        for (const each of looks) {
          limit = nextLimit(limit, each);
          expect(Number.isInteger(limit) && limit >= LOWEST_LIMIT && limit <= HIGHEST_LIMIT).toBe(true);
        }
      }),
    );
  });

  test('does not fall while the processor keeps up, however many are there and wait for trusts', () => {
    fc.assert(
      fc.property(limit, look, (limit, each) => {
        expect(nextLimit(limit, { ...each, waitMs: Math.min(each.waitMs, TARGET_WAIT_MS) })).toBeGreaterThanOrEqual(
          limit,
        );
      }),
    );
  });

  test('does not rise while all that is due waits, and falls where it was what let too many in', () => {
    fc.assert(
      fc.property(limit, look, (limit, each) => {
        const next = nextLimit(limit, { ...each, waitMs: TARGET_WAIT_MS + 0.1 + each.waitMs });
        expect(next).toBeLessThanOrEqual(limit);
        if (each.letIn && limit > LOWEST_LIMIT) expect(next).toBeLessThan(limit);
      }),
    );
  });
});

describe('the gate', () => {
  /** A gate of the lowest limit. */
  const narrow = (): Gate => {
    const gate = new Gate();
    while (gate.limit > LOWEST_LIMIT) {
      gate.enter(() => false)?.leave();
      gate.adapt(1_000);
    }
    return gate;
  };
  const many = (gate: Gate, urgent: boolean) =>
    Array.from({ length: 3 * LOWEST_LIMIT }, () => gate.enter(() => urgent)).filter((place) => place !== null);

  test('has as many places again for urgent requests, which no other gets', () => {
    const gate = narrow();
    expect(many(gate, false)).toHaveLength(LOWEST_LIMIT);
    expect(many(gate, true)).toHaveLength(LOWEST_LIMIT);
    expect(gate.inside).toBe(2 * LOWEST_LIMIT);
    const other = narrow();
    expect(many(other, true)).toHaveLength(2 * LOWEST_LIMIT);
    expect(many(other, false)).toHaveLength(0);
  });

  test('gives a place to another once it is left, and once only', () => {
    const gate = narrow();
    const [first] = many(gate, false);
    expect(gate.enter(() => false)).toBeNull();
    first?.leave();
    first?.leave();
    expect(gate.enter(() => false)).not.toBeNull();
    expect(gate.enter(() => false)).toBeNull();
  });

  test('asks who is urgent only where it matters', () => {
    const gate = new Gate();
    const asked = (): boolean => {
      throw new Error('It was asked.');
    };
    expect(gate.enter(asked)).not.toBeNull();
  });
});

// A processor that is simulated is as fast on a slow machine, and says the same each time.
describe.each(['one', 'two'])('under a load of random arrivals, %s', (seed) => {
  test('nobody is refused at four fifths of what the processor can do', () => {
    const [calm] = simulate([{ seconds: 20, rate: 0.8 * CAPACITY }], seed);
    expect(calm?.served).toBe(calm?.asked);
  });

  test('hardly anybody is refused at seven tenths, though it pauses three times a second', () => {
    const [calm] = simulate([{ seconds: 20, rate: 0.7 * CAPACITY }], seed, 3);
    expect((calm?.served ?? 0) / (calm?.asked ?? 1)).toBeGreaterThan(0.99);
  });

  test('at three times what it can do, it does nine tenths of that and more, serves who is urgent, and is soon well again', () => {
    const [, rush, after] = simulate(
      [
        { seconds: 5, rate: 0.6 * CAPACITY },
        { seconds: 10, rate: 3 * CAPACITY, urgent: 0.06 },
        { seconds: 10, rate: 0.6 * CAPACITY },
      ],
      seed,
    );
    if (!rush || !after) throw new Error('It was not simulated.');
    expect(rush.served / 10).toBeGreaterThan(0.9 * CAPACITY);
    expect(rush.urgentServed / rush.urgentAsked).toBeGreaterThan(0.99);
    expect(rush.longestMs).toBeLessThan(2_000);
    expect(after.served / after.asked).toBeGreaterThan(0.99);
  });

  test('a trust that becomes slow has nobody refused, after a rush too', () => {
    const [slow] = simulate([{ seconds: 10, rate: 0.6 * CAPACITY, trustMs: 1_500 }], seed);
    expect(slow?.served).toBe(slow?.asked);
    const [, , after] = simulate(
      [
        { seconds: 5, rate: 3 * CAPACITY },
        { seconds: 5, rate: 0.6 * CAPACITY },
        { seconds: 10, rate: 0.6 * CAPACITY, trustMs: 1_500 },
      ],
      seed,
    );
    expect((after?.served ?? 0) / (after?.asked ?? 1)).toBeGreaterThan(0.9);
  });

  test('where urgent requests alone are too many, as many are served as can be', () => {
    const [rush] = simulate([{ seconds: 10, rate: 3 * CAPACITY, urgent: 1 }], seed);
    expect((rush?.served ?? 0) / 10).toBeGreaterThan(0.9 * CAPACITY);
  });
});

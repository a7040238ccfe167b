import { Once } from '@caregraph/service/once.ts';
import { array, assert, integer, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('the memory of tokens that were used', () => {
  test('lets each id through once, for as long as its token would be accepted, whatever else comes', () => {
    // What comes, one after another: how much later, for how long the token is still good, and which one it is.
    const coming = array(
      tuple(integer({ min: 0, max: 40 }), integer({ min: 1, max: 180 }), integer({ min: 0, max: 5 })),
    );
    assert(
      property(coming, (comes) => {
        const once = new Once();
        const used = new Map<string, number>();
        let now = 1_000_000;
        for (const [later, left, name] of comes) {
          now += later;
          const same = [...used].find(([id, until]) => id.startsWith(`${name} `) && until > now);
          const [id, until] = same ?? [`${name} ${now} ${left}`, now + left];
          expect(once.has(id, until)).toBe(used.has(id));
          expect(once.use(id, until, now)).toBe(!used.has(id));
          used.set(id, until);
        }
      }),
    );
  });

  test('forgets them when they would be refused anyway', () => {
    const once = new Once();
    for (let second = 0; second < 36_000; second += 1) once.use(`id ${second}`, second + 120, second);
    // A call each second, each remembered for two minutes, and swept a minute at a time.
    expect(once.size).toBeLessThanOrEqual(181);
  });
});

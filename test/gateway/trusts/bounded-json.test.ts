import { DEEPEST, isBounded, MOST_VALUES, parseJSON } from '@caregraph/gateway/trusts/bounded-json.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const bytes = (value: unknown, space?: string): Buffer => Buffer.from(JSON.stringify(value, null, space));

/** How deep arrays and objects lie in each other, told by reading them. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const within = (value: unknown, arrays: number): unknown => (arrays === 0 ? value : [within(value, arrays - 1)]);

describe('what JSON costs to read is told from its bytes', () => {
  test('as deep as may be and no deeper, whatever stands in its texts and between its signs', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom('', ' ', '\t'), (value, space) => {
        const room = DEEPEST - depthOf(value);
        expect(isBounded(bytes(within(value, room), space))).toBe(true);
        expect(isBounded(bytes(within(value, room + 1), space))).toBe(false);
      }),
    );
  });

  test('side by side, nothing adds to the depth', () => {
    expect(isBounded(bytes(Array.from({ length: 1_000 }, () => within(1, DEEPEST - 1))))).toBe(true);
  });

  test.each([
    ['numbers', 1],
    ['texts', '[,{"\\'],
    ['nulls', null],
  ])('as many values as may be and no more: %s', (_what, value) => {
    const list = (length: number): Buffer => bytes(Array.from({ length }, () => value));
    expect(isBounded(list(MOST_VALUES - 1))).toBe(true);
    expect(isBounded(list(MOST_VALUES))).toBe(false);
  });

  test('and bytes that are no JSON are read by nobody', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (noise) => {
        isBounded(noise);
        const read = parseJSON(noise);
        if (read !== undefined) expect(() => JSON.parse(Buffer.from(noise).toString())).not.toThrow();
      }),
    );
  });
});

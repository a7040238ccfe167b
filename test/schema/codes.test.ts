import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const folder = new URL('../../schema/codes/', import.meta.url);

const table = z.strictObject({
  about: z.string().regex(/^[A-Z].*\.$/),
  system: z.url(),
  categories: z.record(z.string(), z.string().min(1)).optional(),
  codes: z.record(
    z.string(),
    z.strictObject({
      display: z.string().min(1),
      category: z.string().optional(),
      /** The record types in which what a pointer leads to can be read. */
      recordTypes: z.array(z.string()).nonempty().optional(),
      /** A bed from which a discharge asks for a follow-up within 72 hours. */
      acute: z.literal(true).optional(),
      /** A team that meets patients in a crisis. */
      crisis: z.literal(true).optional(),
      /** A destination after which no follow-up within 72 hours is counted. */
      elsewhere: z.literal(true).optional(),
      /** The MHSDS service or team type that a team of another code system is. */
      teamType: z
        .string()
        .regex(/^[A-Z]\d\d$/)
        .optional(),
      /** From general knowledge, and not checked against the publisher's list. */
      unchecked: z.literal(true).optional(),
    }),
  ),
});

const read = (name: string): z.infer<typeof table> =>
  table.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
const names = readdirSync(folder).filter((name) => name !== 'roles.json');

/** Whether the last digit of a SNOMED CT identifier is its check digit (Verhoeff, SNOMED CT Release File Specifications). */
function isSnomed(code: string): boolean {
  const permuted = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  const permute = (digit: number, times: number): number =>
    times === 0 ? digit : permute(permuted[digit] ?? 0, times - 1);
  // The dihedral group of order ten: 0 to 4 turn, 5 to 9 turn over.
  const multiply = (a: number, b: number): number => {
    const turn = a < 5 ? a + (b % 5) : a - (b % 5) + 5;
    return (turn % 5) + (a < 5 === b < 5 ? 0 : 5);
  };
  const check = [...code].reverse().reduce((sum, digit, i) => multiply(sum, permute(Number(digit), i % 8)), 0);
  return /^\d{6,18}$/.test(code) && check === 0;
}

describe.each(names)('%s', (name) => {
  const { system, categories, codes } = read(name);

  test('holds codes with words, each word once', () => {
    const words = Object.values(codes).map(({ display }) => display);
    expect(words.length).toBeGreaterThan(2);
    expect(new Set(words).size).toBe(words.length);
  });

  test('holds nothing but SNOMED CT identifiers where it says so', () => {
    if (system !== 'http://snomed.info/sct') return;
    const wrong = [...Object.keys(codes), ...Object.keys(categories ?? {})].filter((code) => !isSnomed(code));
    expect(wrong).toEqual([]);
    expect(isSnomed('736253003')).toBe(false);
    expect(isSnomed('763253002')).toBe(false);
  });

  test('puts each code into a category that is there, and leaves no category empty', () => {
    const used = new Set(Object.values(codes).flatMap(({ category }) => category ?? []));
    expect([...used].sort()).toEqual(Object.keys(categories ?? {}).sort());
  });
});

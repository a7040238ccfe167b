import { parseNHSNumber } from '@caregraph/schema/scalars.ts';

/** Valid NHS numbers of nobody, in the 999 range. */
export function nhsNumbers(count: number): string[] {
  const numbers: string[] = [];
  for (let nine = 999_000_000; numbers.length < count; nine++) {
    for (let check = 0; check < 10; check++) {
      try {
        numbers.push(parseNHSNumber(`${nine}${check}`));
      } catch {
        // Not this check digit.
      }
    }
  }
  return numbers;
}

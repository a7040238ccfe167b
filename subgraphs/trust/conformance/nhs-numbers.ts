import { parseNHSNumber } from '@caregraph/schema/scalars.ts';

/**
 * Valid NHS numbers of the range 999 000 0000 to 999 999 9999, which is set aside for tests and names no patient: as many
 * as wanted, from the top down.
 */
export function testNumbers(count: number): string[] {
  const numbers: string[] = [];
  for (let nine = 999_999_999; numbers.length < count; nine -= 1) {
    for (let check = 0; check < 10; check += 1) {
      const number = `${nine}${check}`;
      if (isValid(number)) numbers.push(number);
    }
  }
  return numbers;
}

/** The same number with a check digit that is wrong. */
export const misspelt = (number: string): string => `${number.slice(0, 9)}${(Number(number.slice(9)) + 1) % 10}`;

function isValid(number: string): boolean {
  try {
    parseNHSNumber(number);
    return true;
  } catch {
    return false;
  }
}

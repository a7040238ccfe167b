import type { NHSNumber } from '@caregraph/trust/records.ts';

const WEIGHTS = [10, 9, 8, 7, 6, 5, 4, 3, 2];

/**
 * The NHS number with these first nine digits (NHS Data Dictionary, NHS NUMBER: Modulus 11); `null` for the one in
 * eleven that has no check digit.
 */
export function withCheckDigit(nineDigits: string): NHSNumber | null {
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(nineDigits[i]), 0);
  const check = (11 - (sum % 11)) % 11;
  return check === 10 ? null : `${nineDigits}${check}`;
}

/** The numbers that the generator gives out begin 9991 to 9998: 9990 is for the stories, 9999 for the FHIR examples. */
const FIRST = 999_100_000;
const SIZE = 800_000;
// Shares no factor with SIZE, so that the steps visit every number once before any comes again.
const STRIDE = 302_753;

/** Different valid NHS numbers of the 999 range, which nobody has: the same ones for the same start. */
export function* madeUpNumbers(start: number): Generator<NHSNumber, void> {
  for (let i = 0; i < SIZE; i += 1) {
    const number = withCheckDigit(String(FIRST + ((start + i * STRIDE) % SIZE)));
    if (number !== null) yield number;
  }
}

/**
 * Ten or more digits in a row, in any script, with up to two separators between any two of them: an NHS number, however
 * it was typed, spaced or percent-encoded. Colons do not separate, so that addresses with ports stay readable.
 */
const NUMBER = /\p{Nd}(?:[\s\p{Pd}\p{Cf}._/%+,|()]{0,2}\p{Nd}){9,}/gu;

/** What stands where a number was. */
export const WITHHELD = '[withheld]';

/**
 * Replaces whatever could be an NHS number by `[withheld]`. Longer numbers, such as telephone numbers, go as well: it is
 * better to lose a number from a message than to show a patient's.
 */
export function withhold(text: string): string {
  return text.replace(NUMBER, WITHHELD);
}

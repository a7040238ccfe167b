import { parseNHSNumber } from '@caregraph/schema/scalars.ts';

// What people put between the digits of a number, at most three in a row. A slash is not among them, because addresses
// with dates in their path (/2024/01/15/10) would be taken for numbers; see THREE_THREE_FOUR.
const SPACED = /(?<!\d)\d(?:[\s\p{Pd}\p{Cf}._+~]{0,3}\d){9}(?!\d)/gu;
const THREE_THREE_FOUR = /(?<!\d)\d{3}[^\p{L}\p{N}]{1,3}\d{3}[^\p{L}\p{N}]{1,3}\d{4}(?!\d)/gu;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const MOST_ENCODINGS = 5;

/**
 * Whether a text, such as a URL, holds an NHS number in any spelling: ten digits with a valid check digit that are not
 * part of a longer number, in a row or with separators between them, percent-encoded (also more than once) or not, in
 * ASCII or full-width digits.
 *
 * UUIDs are passed over: one in some thousands holds ten such digits by accident.
 */
export function holdsNHSNumber(text: string): boolean {
  const plain = decoded(text).normalize('NFKC').replace(UUID, '#');
  return [SPACED, THREE_THREE_FOUR].some((spelling) =>
    (plain.match(spelling) ?? []).some((found) => isNHSNumber(found.replace(/\D/g, ''))),
  );
}

function decoded(text: string): string {
  let plain = text;
  for (let i = 0; i < MOST_ENCODINGS && plain.includes('%'); i += 1)
    plain = plain.replace(/(?:%[0-9a-f]{2})+/gi, decode);
  return plain;
}

function decode(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}

function isNHSNumber(digits: string): boolean {
  try {
    parseNHSNumber(digits);
    return true;
  } catch {
    return false;
  }
}

import { refuse } from '@caregraph/service/errors.ts';

/** The longest text that a user may write, in characters (Unicode code points). */
export const LONGEST_TEXT = 1_000;

const SHORTEST_REASON = 20;
const FEWEST_WORDS = 4;
const FEWEST_LETTERS = 8;

/**
 * A reason for breaking the glass, less the space around it. It must be of substance: something that a privacy officer can
 * judge. Whether it is a good one, no program can say; that somebody only leant on the keyboard, it can.
 *
 * @throws GraphQLError `INVALID_PARAMETER` that says what is wanted, without what was written.
 */
export function readReason(text: string): string {
  const reason = readText(text, 'reason');
  if (lengthOf(reason) < SHORTEST_REASON || wordsOf(reason).size < FEWEST_WORDS || lettersOf(reason) < FEWEST_LETTERS) {
    throw refuse(
      'INVALID_PARAMETER',
      `"reason" says in a sentence what has happened and why the records are needed now, so that a privacy officer can judge it: from ${SHORTEST_REASON} to ${LONGEST_TEXT} characters, with at least ${FEWEST_WORDS} different words.`,
    );
  }
  return reason;
}

/**
 * Something that a user has written, less the space around it.
 *
 * @param name the argument that holds it.
 * @throws GraphQLError `INVALID_PARAMETER` when it is too long, or holds what is no text.
 */
export function readText(text: string, name: string): string {
  const trimmed = text.normalize('NFC').trim();
  if (lengthOf(trimmed) > LONGEST_TEXT) {
    throw refuse('INVALID_PARAMETER', `"${name}" is at most ${LONGEST_TEXT} characters long.`);
  }
  // Tab, line feed and carriage return are what people type; other controls are not, and a database keeps no NUL.
  if (/[^\P{Cc}\t\n\r]/u.test(trimmed) || !trimmed.isWellFormed()) {
    throw refuse('INVALID_PARAMETER', `"${name}" is text, without control characters.`);
  }
  return trimmed;
}

const lengthOf = (text: string): number => [...text].length;

/** Its different words: letters in a row, at least two, and not the same one again and again. */
const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .toLowerCase()
      .match(/\p{L}(?:[\p{L}\p{M}'’]*\p{L})/gu)
      ?.filter((word) => new Set(word).size > 1),
  );

const lettersOf = (text: string): number => new Set(text.toLowerCase().match(/\p{L}/gu)).size;

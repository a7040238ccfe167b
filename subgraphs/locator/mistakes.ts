import { refuse } from '@caregraph/service/errors.ts';
import type { GraphQLError } from 'graphql';

/** The error codes of the locator; the words are those of the National Record Locator, where it has one. */
export type Code =
  | 'ACCESS_DENIED'
  | 'DUPLICATE_REJECTED'
  | 'INVALID_CODE_VALUE'
  | 'INVALID_PARAMETER'
  | 'INVALID_RESOURCE'
  | 'NO_RECORD_FOUND';

/** One thing that is wrong with what a caller sent. It never holds the value: that could name a patient. */
export interface Mistake {
  readonly code: Code;
  /** Where it stands in the arguments, such as `pointers[3].content[0].url`. */
  readonly path: string;
  /** What would be right. */
  readonly message: string;
}

const MOST_IN_MESSAGE = 20;

/**
 * The error that tells a caller every mistake at once: all of them in `extensions.mistakes`, the first ones in words.
 *
 * Its code is that of the mistakes, `ACCESS_DENIED` when there is one among them, else `INVALID_RESOURCE` when they
 * differ.
 */
export function refusal(mistakes: readonly Mistake[]): GraphQLError {
  const told = mistakes.slice(0, MOST_IN_MESSAGE).map(({ path, message }) => `${path}: ${message}`);
  const untold = mistakes.length - told.length;
  return refuse(
    codeOf(mistakes),
    [
      'Nothing was changed.',
      ...told,
      ...(untold > 0 ? [`And ${untold} more mistakes, see extensions.mistakes.`] : []),
    ].join('\n'),
    { mistakes },
  );
}

function codeOf(mistakes: readonly Mistake[]): Code {
  const codes = new Set(mistakes.map(({ code }) => code));
  if (codes.has('ACCESS_DENIED')) return 'ACCESS_DENIED';
  const [only] = codes;
  return codes.size === 1 && only ? only : 'INVALID_RESOURCE';
}

import { refuse } from '@caregraph/service/errors.ts';

/** The most entries that one page has. */
export const LONGEST_PAGE = 500;

/**
 * How many entries a caller asks for.
 *
 * @throws GraphQLError `INVALID_PARAMETER` when that is no number of entries, or too many.
 */
export function pageLength(first: number): number {
  if (first >= 1 && first <= LONGEST_PAGE) return first;
  throw refuse('INVALID_PARAMETER', `"first" is a number from 1 to ${LONGEST_PAGE}.`);
}

/**
 * A bound in time, of which a database can make something.
 *
 * @param name the argument that holds it.
 * @throws GraphQLError `INVALID_PARAMETER` when it lies beyond the years in which anybody can have looked.
 */
export function bound(moment: string | null | undefined, name: string): string | null {
  if (moment === null || moment === undefined) return null;
  if (/^(19|20|21)/.test(moment)) return moment;
  throw refuse('INVALID_PARAMETER', `"${name}" lies in the years 1900 to 2199.`);
}

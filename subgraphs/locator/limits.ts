import { refuse } from '@caregraph/service/errors.ts';

/** The longest caseload (contract: `Query.patients`). */
export const MOST_PATIENTS = 200;

/** The most pointers that one call publishes, withdraws or lists. */
export const MOST_POINTERS = 50_000;

/**
 * Refuses a list that is longer than one call may bring.
 *
 * @throws GraphQLError `INVALID_PARAMETER`.
 */
export function atMost(most: number, list: readonly unknown[], name: string): void {
  if (list.length > most) {
    throw refuse('INVALID_PARAMETER', `One call takes at most ${most} ${name}; this one has ${list.length}.`);
  }
}

import { refuse } from './errors.ts';

/**
 * Tells a caller who would not wait that this is why there is no answer; it is no fault then.
 *
 * @throws GraphQLError `TIMED_OUT` when the signal has aborted, and otherwise what `ask` throws.
 */
export async function inTime<Answer>(signal: AbortSignal, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!signal.aborted) throw error;
    throw refuse('TIMED_OUT', 'The time that this request was given has passed.');
  }
}

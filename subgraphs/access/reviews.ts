import { refuse } from '@caregraph/service/errors.ts';
import type { BrokenGlass } from './glass-store.ts';

/** What a privacy officer found (contract: `Finding`). */
export type Finding = 'JUSTIFIED' | 'NOT_JUSTIFIED';

/** Whether a review waits (contract: `ReviewState`). */
export type ReviewState = 'OPEN' | 'CLOSED';

/** What came of a review. */
export interface Closing {
  readonly finding: Finding;
  readonly note: string | null;
  /** The officer's user id. */
  readonly by: string;
  readonly at: Date;
}

/** A break-glass, as a privacy officer sees it. */
export interface Review {
  readonly glass: BrokenGlass;
  /** `null` while it is open. */
  readonly closing: Closing | null;
}

/**
 * What closing a review comes to: `close` it, or `unchanged` when it is closed and says the same already.
 *
 * @throws GraphQLError `ACCESS_DENIED` to the user who broke the glass, `INVALID_RESOURCE` when something else stands there.
 */
export function mayClose({ glass, closing }: Review, { finding, note, by }: Closing): 'close' | 'unchanged' {
  if (by === glass.user) throw refuse('ACCESS_DENIED', 'Nobody closes the review of what they did themselves.');
  if (!closing) return 'close';
  // A note that is left out asks for no other than the one that stands there.
  if (closing.finding === finding && (note === null || note === closing.note)) return 'unchanged';
  throw refuse(
    'INVALID_RESOURCE',
    'This review was closed already, with another finding or note. What stands, stands.',
  );
}

import { inTime } from '@caregraph/service/in-time.ts';
import { privacyOfficer, userOf } from './caller.ts';
import type { AccessContext } from './context.ts';
import type { GlassStore } from './glass-store.ts';
import { readReason, readText } from './prose.ts';
import type { ReviewStore } from './review-store.ts';
import type { Finding, Review } from './reviews.ts';

export interface MutationOptions {
  readonly glass: GlassStore;
  readonly reviews: ReviewStore;
  readonly newUUID: () => string;
  /** How long the glass stays broken. */
  readonly glassMinutes: number;
  /** Told when there is a notice to deliver. */
  readonly onNotice: () => void;
}

const MINUTE_MS = 60_000;

/** What is done beside reading (contract: `Mutation`). Each call happens whole, or not at all. */
export const mutations = ({ glass, reviews, newUUID, glassMinutes, onNotice }: MutationOptions) => ({
  /** Whether the caller's organisation has emergency access at all, the gateway has decided from the agreements. */
  async breakGlass(
    _: unknown,
    { nhsNumber, reason: text }: { nhsNumber: string; reason: string },
    { caller, now, signal }: AccessContext,
  ): Promise<{ id: string; until: string }> {
    const { user, organisation, role } = userOf(caller);
    const reason = readReason(text);
    const id = newUUID();
    const until = new Date(now.getTime() + glassMinutes * MINUTE_MS);
    await inTime(signal, () =>
      glass.enter({ id, nhsNumber, user, organisation, role, reason, at: now, until }, signal),
    );
    onNotice();
    return { id, until: until.toISOString() };
  },

  async closeReview(
    _: unknown,
    { id, finding, note }: { id: string; finding: Finding; note?: string | null },
    { caller, now, signal }: AccessContext,
  ): Promise<Review> {
    const { user, organisation } = privacyOfficer(caller);
    const text = typeof note === 'string' ? readText(note, 'note') : '';
    const closing = { finding, note: text === '' ? null : text, by: user, at: now };
    return inTime(signal, () => reviews.close(id, organisation, closing, signal));
  },
});

import { inTime } from '@caregraph/service/in-time.ts';
import type { Access, AccessLog, AccessLogStore } from './access-log.ts';
import { privacyOfficer } from './caller.ts';
import type { AccessContext } from './context.ts';
import { bound, pageLength } from './page.ts';
import type { ReviewStore } from './review-store.ts';
import type { Review, ReviewState } from './reviews.ts';

interface AccessLogArguments {
  readonly nhsNumber: string;
  readonly since?: string | null;
  readonly until?: string | null;
  readonly first: number;
  readonly after?: string | null;
}

interface ReviewsArguments {
  readonly state?: ReviewState | null;
  readonly first: number;
  readonly after?: string | null;
}

/** What privacy officers ask (contract: `Query`). */
export const queries = (log: AccessLogStore, reviews: ReviewStore) => ({
  async accessLog(
    _: unknown,
    { nhsNumber, since, until, first, after }: AccessLogArguments,
    { caller, signal }: AccessContext,
  ): Promise<AccessLog> {
    const { organisation } = privacyOfficer(caller);
    const question = {
      nhsNumber,
      organisation,
      since: bound(since, 'since'),
      until: bound(until, 'until'),
      first: pageLength(first),
      after: after ?? null,
    };
    return inTime(signal, () => log.read(question, signal));
  },

  async reviews(
    _: unknown,
    { state, first, after }: ReviewsArguments,
    { caller, signal }: AccessContext,
  ): Promise<Review[]> {
    const { organisation } = privacyOfficer(caller);
    // An argument of null is as good as left out.
    const page = { organisation, state: state ?? 'OPEN', first: pageLength(first), after: after ?? null };
    return inTime(signal, () => reviews.page(page, signal));
  },
});

/** A reference to an organisation, of which the locator knows more. */
const organisation = (odsCode: string): { odsCode: string } => ({ odsCode });

/** How a look is shown (contract: `Access`). */
export const access = {
  organisation: (look: Access) => organisation(look.organisation),
};

/** How one custodian's part in a look is shown (contract: `AccessedSource`). */
export const accessedSource = {
  custodian: (source: Access['sources'][number]) => organisation(source.custodian),
};

/** How a review is shown (contract: `Review`). */
export const review = {
  id: ({ glass }: Review) => glass.id,
  state: ({ closing }: Review): ReviewState => (closing ? 'CLOSED' : 'OPEN'),
  at: ({ glass }: Review) => glass.at.toISOString(),
  until: ({ glass }: Review) => glass.until.toISOString(),
  user: ({ glass }: Review) => glass.user,
  organisation: ({ glass }: Review) => organisation(glass.organisation),
  role: ({ glass }: Review) => glass.role,
  reason: ({ glass }: Review) => glass.reason,
  nhsNumber: ({ glass }: Review) => glass.nhsNumber,
  finding: ({ closing }: Review) => closing?.finding ?? null,
  note: ({ closing }: Review) => closing?.note ?? null,
  closedBy: ({ closing }: Review) => closing?.by ?? null,
  closedAt: ({ closing }: Review) => closing?.at.toISOString() ?? null,
};

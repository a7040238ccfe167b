import { refuse } from '@caregraph/service/errors.ts';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database } from './database.ts';
import { mayBeId } from './ids.ts';
import { type Closing, mayClose, type Review, type ReviewState } from './reviews.ts';
import type { BrokenGlassTable, Tables } from './tables.ts';

/** A part of an organisation's reviews. */
export interface ReviewPage {
  readonly organisation: string;
  readonly state: ReviewState;
  readonly first: number;
  /** The id of the review after which it begins; `null` for the latest. */
  readonly after: string | null;
}

/** The reviews of broken glass. */
export interface ReviewStore {
  /** The reviews of an organisation's own users, the latest first. @throws GraphQLError `INVALID_PARAMETER`. */
  page(page: ReviewPage, signal: AbortSignal): Promise<Review[]>;
  /**
   * Closes a review of an organisation, and returns it as it stands then (`mayClose`).
   *
   * @throws GraphQLError `NO_RECORD_FOUND` when the organisation has no such review.
   */
  close(id: string, organisation: string, closing: Closing, signal: AbortSignal): Promise<Review>;
}

/** The reviews in a database. */
export function createReviewStore({ db, during }: Database): ReviewStore {
  const find = async (
    within: Kysely<Tables>,
    id: string,
    organisation: string,
    lock: 'locked' | 'unlocked',
    signal: AbortSignal,
  ): Promise<Review | null> => {
    if (!mayBeId(id)) return null;
    const query = within
      .selectFrom('broken_glass')
      .selectAll()
      .where('id', '=', id)
      .where('organisation', '=', organisation);
    const row = await (lock === 'locked' ? query.forUpdate() : query).executeTakeFirst(during(signal));
    return row ? fromRow(row) : null;
  };

  return {
    async page({ organisation, state, first, after }, signal) {
      let query = db
        .selectFrom('broken_glass')
        .selectAll()
        .where('organisation', '=', organisation)
        .where('finding', state === 'OPEN' ? 'is' : 'is not', null)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(first);
      if (after !== null) {
        const last = await find(db, after, organisation, 'unlocked', signal);
        if (!last) throw refuse('INVALID_PARAMETER', '"after" is the id of a review of your organisation.');
        query = query.where(sql<boolean>`(at, id) < (${last.glass.at}::timestamptz, ${last.glass.id}::text)`);
      }
      return (await query.execute(during(signal))).map(fromRow);
    },

    async close(id, organisation, closing, signal) {
      return db.transaction().execute(async (transaction) => {
        const review = await find(transaction, id, organisation, 'locked', signal);
        if (!review) throw refuse('NO_RECORD_FOUND', 'Your organisation has no review of this id.');
        if (mayClose(review, closing) === 'unchanged') return review;
        await transaction
          .updateTable('broken_glass')
          .set({ finding: closing.finding, note: closing.note, closed_by: closing.by, closed_at: closing.at })
          .where('id', '=', id)
          .execute(during(signal));
        return { ...review, closing };
      });
    },
  };
}

function fromRow(row: Selectable<BrokenGlassTable>): Review {
  const { finding, note, closed_by: by, closed_at: at } = row;
  return {
    glass: {
      id: row.id,
      nhsNumber: row.nhs_number,
      user: row.user_id,
      organisation: row.organisation,
      role: row.role,
      reason: row.reason,
      at: row.at,
      until: row.until,
    },
    closing: finding === null || by === null || at === null ? null : { finding, note, by, at },
  };
}

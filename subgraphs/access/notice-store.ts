import { sql } from 'kysely';
import type { Database } from './database.ts';

/** What a privacy officer is told of at once: that somebody has broken the glass. Nothing in it says for whom, or why. */
export interface Notice {
  /** The id of the review. */
  readonly review: string;
  readonly user: string;
  readonly organisation: string;
  readonly role: string;
  readonly at: Date;
  readonly until: Date;
  /** How often it was tried, this time included. */
  readonly attempt: number;
}

/** Notices that wait to be delivered. Several processes may share them: each is taken by one at a time. */
export interface NoticeStore {
  /** Takes notices that are due; until `retakenAt` nobody else takes them. */
  take(most: number, now: Date, retakenAt: Date): Promise<Notice[]>;
  delivered(review: string, now: Date): Promise<void>;
  /** It was not delivered, and is to be tried again. */
  postpone(review: string, dueAt: Date): Promise<void>;
}

/** The notices in a database. */
export function createNoticeStore({ db }: Database): NoticeStore {
  return {
    async take(most, now, retakenAt) {
      const { rows } = await sql<Notice>`
        with taken as (
          update notice set attempts = attempts + 1, due_at = ${retakenAt}
          where broken_glass in (
            select broken_glass from notice
            where delivered_at is null and due_at <= ${now}
            order by due_at, broken_glass
            limit ${most}
            for update skip locked)
          returning broken_glass, attempts)
        select glass.id as review, glass.user_id as "user", glass.organisation, glass.role, glass.at, glass.until,
               taken.attempts as attempt
        from taken join broken_glass as glass on glass.id = taken.broken_glass
        order by glass.at, glass.id`.execute(db);
      return rows;
    },

    async delivered(review, now) {
      await db.updateTable('notice').set({ delivered_at: now }).where('broken_glass', '=', review).execute();
    },

    async postpone(review, dueAt) {
      await db
        .updateTable('notice')
        .set({ due_at: dueAt })
        .where('broken_glass', '=', review)
        .where('delivered_at', 'is', null)
        .execute();
    },
  };
}

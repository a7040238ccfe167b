import { sql } from 'kysely';
import type { Database } from './database.ts';

/** That a user has broken the glass for a patient. */
export interface BrokenGlass {
  readonly id: string;
  readonly nhsNumber: string;
  readonly user: string;
  /** An ODS code. */
  readonly organisation: string;
  readonly role: string;
  readonly reason: string;
  readonly at: Date;
  /** Until when the user may see what the patient's custodians share in an emergency. */
  readonly until: Date;
}

/** Whose grants are asked for. */
export interface GrantHolder {
  readonly user: string;
  readonly organisation: string;
}

/** That a user may see, for now, what a patient's custodians share in an emergency. */
export interface Grant {
  readonly id: string;
  readonly nhsNumber: string;
  readonly until: Date;
}

/** The record of broken glass. */
export interface GlassStore {
  /** Enters it, with the review and the notice to the privacy officer that follow from it: all of it, or nothing. */
  enter(glass: BrokenGlass, signal: AbortSignal): Promise<void>;
  /** For each user the grants that are in force, in one statement for all; in the order asked. */
  inForce(holders: readonly GrantHolder[], now: Date, signal: AbortSignal): Promise<Grant[][]>;
  /** For which patient each of these grants is; ids that are none are left out. */
  patientsOf(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
}

/** The record of broken glass in a database. */
export function createGlassStore({ db, during }: Database): GlassStore {
  return {
    async enter({ id, nhsNumber, user, organisation, role, reason, at, until }, signal) {
      await db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('broken_glass')
          .values({ id, nhs_number: nhsNumber, user_id: user, organisation, role, reason, at, until })
          .execute(during(signal));
        await transaction
          .insertInto('notice')
          .values({ broken_glass: id, attempts: 0, due_at: at })
          .execute(during(signal));
      });
    },

    async inForce(holders, now, signal) {
      const { rows } = await sql<{ place: unknown; id: string; nhs_number: string; until: Date }>`
        select given.place, glass.id, glass.nhs_number, glass.until
        from unnest(${holders.map(({ user }) => user)}::text[], ${holders.map(({ organisation }) => organisation)}::text[])
          with ordinality as given (user_id, organisation, place)
        join broken_glass as glass
          on glass.user_id = given.user_id and glass.organisation = given.organisation and glass.until > ${now}
        order by glass.until desc, glass.id`.execute(db, during(signal));
      const grants: Grant[][] = holders.map(() => []);
      for (const { place, id, nhs_number, until } of rows) {
        grants[Number(place) - 1]?.push({ id, nhsNumber: nhs_number, until });
      }
      return grants;
    },

    async patientsOf(ids, signal) {
      if (ids.length === 0) return new Map();
      const rows = await db
        .selectFrom('broken_glass')
        .select(['id', 'nhs_number'])
        .where(sql<boolean>`id = any(${ids}::text[])`)
        .execute(during(signal));
      return new Map(rows.map(({ id, nhs_number }) => [id, nhs_number]));
    },
  };
}

import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { Organisation, OrganisationKind } from './organisations.ts';

/** The register of organisations. */
export interface OrganisationStore {
  /** Writes reference data over what stands: organisations that are not among it stay as they are. All or none. */
  write(organisations: readonly Organisation[]): Promise<void>;
  /** These organisations and all that succeed them, directly or not, in one statement; unknown codes are left out. */
  withSuccessors(odsCodes: readonly string[], signal: AbortSignal): Promise<Organisation[]>;
  /** All of a kind, or all, in the order of their codes. */
  all(kind: OrganisationKind | null, signal: AbortSignal): Promise<Organisation[]>;
  /** Which of these codes are known. */
  known(odsCodes: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;
}

const SUCCESSORS = sql<string[]>`coalesce(
  (select array_agg(successor order by successor) from succession where succession.ods_code = organisation.ods_code),
  '{}')`;

/** The register of organisations in a database. */
export function createOrganisationStore({ db, during }: Database): OrganisationStore {
  const organisations = db
    .selectFrom('organisation')
    .select([
      'ods_code as odsCode',
      'name',
      'kind',
      sql<string | null>`valid_from::text`.as('validFrom'),
      sql<string | null>`valid_to::text`.as('validTo'),
      SUCCESSORS.as('succeededBy'),
    ])
    .orderBy('ods_code');

  return {
    async write(list) {
      // In the order of their codes: two instances that start together then lock the rows in the same order.
      const sorted = list.toSorted((a, b) => (a.odsCode < b.odsCode ? -1 : 1));
      const codes = sorted.map(({ odsCode }) => odsCode);
      await db.transaction().execute(async (transaction) => {
        await sql`
          insert into organisation (ods_code, name, kind, valid_from, valid_to)
          select "odsCode", name, kind, "validFrom", "validTo"
          from jsonb_to_recordset(${JSON.stringify(sorted)}::jsonb)
            as given ("odsCode" text, name text, kind text, "validFrom" date, "validTo" date)
          on conflict (ods_code) do update
            set name = excluded.name, kind = excluded.kind,
                valid_from = excluded.valid_from, valid_to = excluded.valid_to`.execute(transaction);
        await sql`delete from succession where ods_code = any(${codes}::text[])`.execute(transaction);
        await sql`
          insert into succession (ods_code, successor)
          select "odsCode", jsonb_array_elements_text("succeededBy")
          from jsonb_to_recordset(${JSON.stringify(sorted)}::jsonb) as given ("odsCode" text, "succeededBy" jsonb)`.execute(
          transaction,
        );
      });
    },

    async withSuccessors(odsCodes, signal) {
      return organisations
        .where(
          'ods_code',
          'in',
          sql<string>`(
            with recursive reached (ods_code) as (
              select unnest(${odsCodes}::text[]) collate "C"
              union
              select succession.successor from succession join reached on reached.ods_code = succession.ods_code
            )
            select ods_code from reached)`,
        )
        .execute(during(signal));
    },

    async all(kind, signal) {
      const chosen = kind === null ? organisations : organisations.where('kind', '=', kind);
      return chosen.execute(during(signal));
    },

    async known(odsCodes, signal) {
      const rows = await db
        .selectFrom('organisation')
        .select('ods_code')
        .where(sql<boolean>`ods_code = any(${odsCodes}::text[])`)
        .execute(during(signal));
      return new Set(rows.map((row) => row.ods_code));
    },
  };
}

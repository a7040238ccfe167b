import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

// Ids and codes are ordered by their bytes, whatever locale the database was made with: a custodian that reads its
// pointers page by page compares ids too.
const CODE = sql`text collate "C"`;

/** The steps that lead to the tables of `tables.ts`, in order. A step that has been released is never changed. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001-organisations-and-pointers': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('organisation')
        .addColumn('ods_code', CODE, (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('valid_from', 'date')
        .addColumn('valid_to', 'date')
        .execute();
      await db.schema
        .createTable('succession')
        .addColumn('ods_code', CODE, (column) => column.notNull().references('organisation.ods_code'))
        .addColumn('successor', CODE, (column) => column.notNull().references('organisation.ods_code'))
        .addPrimaryKeyConstraint('succession_key', ['ods_code', 'successor'])
        .execute();
      await db.schema
        .createTable('pointer')
        .addColumn('id', CODE, (column) => column.primaryKey())
        .addColumn('status', 'text', (column) =>
          column.notNull().check(sql`status in ('CURRENT', 'SUPERSEDED', 'ENTERED_IN_ERROR')`),
        )
        .addColumn('subject', CODE, (column) => column.notNull().check(sql`subject ~ '^[0-9]{10}$'`))
        .addColumn('type', CODE, (column) => column.notNull())
        .addColumn('custodian', CODE, (column) => column.notNull().references('organisation.ods_code'))
        .addColumn('author', CODE, (column) => column.notNull().references('organisation.ods_code'))
        .addColumn('content', 'jsonb', (column) => column.notNull())
        .addColumn('practice_setting', 'text')
        .addColumn('period_start', 'timestamptz')
        .addColumn('period_end', 'timestamptz')
        .addColumn('created', 'timestamptz', (column) => column.notNull())
        .addColumn('last_updated', 'timestamptz', (column) => column.notNull())
        .addColumn('replaces', CODE, (column) => column.unique().references('pointer.id'))
        .execute();
      await sql`create index pointer_of_patient on pointer (subject, custodian) where status = 'CURRENT'`.execute(db);
      await sql`create index pointer_of_custodian on pointer (custodian, id) where status = 'CURRENT'`.execute(db);
    },
  },
};

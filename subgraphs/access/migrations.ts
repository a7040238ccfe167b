import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

// Codes and ids are compared by their bytes, whatever locale the database was made with.
const TEXT = sql`text collate "C"`;

/** The steps that lead to the tables of `tables.ts`, in order. A step that has been released is never changed. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001-broken-glass': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('broken_glass')
        .addColumn('id', TEXT, (column) => column.primaryKey())
        .addColumn('nhs_number', TEXT, (column) => column.notNull().check(sql`nhs_number ~ '^[0-9]{10}$'`))
        .addColumn('user_id', TEXT, (column) => column.notNull())
        .addColumn('organisation', TEXT, (column) => column.notNull())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('at', 'timestamptz', (column) => column.notNull())
        .addColumn('until', 'timestamptz', (column) => column.notNull())
        .addColumn('finding', 'text', (column) => column.check(sql`finding in ('JUSTIFIED', 'NOT_JUSTIFIED')`))
        .addColumn('note', 'text')
        .addColumn('closed_by', TEXT)
        .addColumn('closed_at', 'timestamptz')
        .addCheckConstraint('until_later', sql`until > at`)
        .addCheckConstraint('closed_as_a_whole', sql`num_nonnulls(finding, closed_by, closed_at) in (0, 3)`)
        .addCheckConstraint('note_when_closed', sql`note is null or finding is not null`)
        .addCheckConstraint('not_closed_by_the_same_user', sql`closed_by <> user_id`)
        .execute();
      await sql`create index glass_of_user on broken_glass (user_id, organisation, until)`.execute(db);
      await sql`create index review_of_organisation on broken_glass (organisation, at, id)`.execute(db);
      await sql`create index open_review_of_organisation on broken_glass (organisation, at, id)
                where finding is null`.execute(db);
      await db.schema
        .createTable('notice')
        .addColumn('broken_glass', TEXT, (column) => column.primaryKey().references('broken_glass.id'))
        .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
        .addColumn('due_at', 'timestamptz', (column) => column.notNull())
        .addColumn('delivered_at', 'timestamptz')
        .execute();
      await sql`create index notice_due on notice (due_at) where delivered_at is null`.execute(db);
    },
  },

  '002-audit': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('audit_chain')
        .addColumn('chain', TEXT, (column) => column.primaryKey())
        .addColumn('gateway', TEXT, (column) => column.notNull())
        .addColumn('medium', 'text', (column) => column.notNull().check(sql`medium in ('journal', 'direct')`))
        .execute();
      await sql`create index chain_of_gateway on audit_chain (gateway)`.execute(db);
      await db.schema
        .createTable('audit_line')
        .addColumn('chain', TEXT, (column) => column.notNull().references('audit_chain.chain'))
        .addColumn('seq', 'bigint', (column) => column.notNull().check(sql`seq > 0`))
        .addColumn('hash', TEXT, (column) => column.notNull())
        .addColumn('at', 'timestamptz', (column) => column.notNull())
        .addColumn('line', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('audit_line_key', ['chain', 'seq'])
        .execute();
      await db.schema
        .createTable('look')
        .addColumn('nhs_number', TEXT, (column) => column.notNull().check(sql`nhs_number ~ '^[0-9]{10}$'`))
        .addColumn('at', 'timestamptz', (column) => column.notNull())
        .addColumn('entry', TEXT, (column) => column.notNull())
        .addColumn('organisation', TEXT, (column) => column.notNull())
        .addColumn('custodians', sql`text[] collate "C"`, (column) => column.notNull())
        .addColumn('chain', TEXT, (column) => column.notNull())
        .addColumn('seq', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('look_key', ['nhs_number', 'at', 'entry'])
        .addForeignKeyConstraint('look_line', ['chain', 'seq'], 'audit_line', ['chain', 'seq'])
        .execute();
    },
  },

  '003-what-is-on-record-stays': {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`create function refuse_to_change() returns trigger language plpgsql as $$
        begin
          raise exception 'what is on record in "%" is neither changed nor removed', tg_table_name;
        end $$`.execute(db);
      for (const table of ['audit_chain', 'audit_line', 'look']) {
        await refuse(db, table, 'update or delete', 'row');
        await refuse(db, table, 'truncate', 'statement');
      }
      await refuse(db, 'broken_glass', 'delete', 'row');
      await refuse(db, 'broken_glass', 'truncate', 'statement');
      // A review is closed, once; nothing else of a break-glass ever changes.
      await sql`create function close_and_nothing_else() returns trigger language plpgsql as $$
        begin
          if old.finding is not null
             or (old.id, old.nhs_number, old.user_id, old.organisation, old.role, old.reason, old.at, old.until)
                is distinct from
                (new.id, new.nhs_number, new.user_id, new.organisation, new.role, new.reason, new.at, new.until) then
            raise exception 'what is on record in "broken_glass" is neither changed nor removed';
          end if;
          return new;
        end $$`.execute(db);
      await sql`create trigger broken_glass_closes_once before update on broken_glass
                for each row execute function close_and_nothing_else()`.execute(db);
    },
  },
};

async function refuse(db: Kysely<unknown>, table: string, change: string, each: 'row' | 'statement'): Promise<void> {
  await sql`create trigger ${sql.id(`${table}_refuses_${change.replaceAll(' ', '_')}`)}
            before ${sql.raw(change)} on ${sql.table(table)}
            for each ${sql.raw(each)} execute function refuse_to_change()`.execute(db);
}

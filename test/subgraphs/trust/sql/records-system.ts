import { readFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { SqlDatabaseOptions } from '../../../../subgraphs/trust/adapters/sql/database.ts';
import { fieldOf } from '../../../../subgraphs/trust/adapters/sql/rows.ts';
import { POINTERS_VIEW, RECORD_VIEWS, type RecordView } from '../../../../subgraphs/trust/adapters/sql/views.ts';
import { startPostgres } from '../../../support/postgres.ts';

/** The kinds of database that every promise is kept over. */
export const DATABASES = ['PGlite', 'PostgreSQL'] as const;
export type DatabaseKind = (typeof DATABASES)[number];

/** A records system with a table behind each view of docs/sql-views.md. */
export interface RecordsSystem {
  /** For the SQL adapter. */
  readonly options: SqlDatabaseOptions;
  /** Runs statements as the records system's owner. */
  execute(statements: string): Promise<void>;
  /** Replaces what stands in a table by rows, keys being columns. */
  fill(view: string, rows: readonly object[]): Promise<void>;
  close(): Promise<void>;
}

export const VIEWS: readonly RecordView[] = [...Object.values(RECORD_VIEWS), POINTERS_VIEW];

export const viewsFile = (): string =>
  readFileSync(new URL('../../../../subgraphs/trust/adapters/sql/views.sql', import.meta.url), 'utf8');

/** A row of a view that gives this record of this patient. */
export function rowOf({ columns }: RecordView, nhsNumber: string, record: object): Record<string, unknown> {
  const row = Object.keys(columns).map((column) => [column, Reflect.get(record, fieldOf(column)) ?? null]);
  return { ...Object.fromEntries(row), nhs_number: nhsNumber };
}

/** Begins as a database team would: with `views.sql`, and then a view over a table of its own in the place of each. */
export async function createRecordsSystem(kind: DatabaseKind): Promise<RecordsSystem> {
  const { options, execute, close } = kind === 'PGlite' ? await embedded() : await server();
  const tables = VIEWS.map(({ view, columns }) => {
    const definitions = Object.entries(columns).map(([column, type]) => `"${column}" ${type}`);
    return `create table epr.${view} (${definitions.join(', ')});
            create or replace view caregraph.${view} as select * from epr.${view};`;
  });
  await execute(`${viewsFile()}; create schema epr; ${tables.join('\n')}`);
  return {
    options,
    execute,
    async fill(view, rows) {
      const json = JSON.stringify(rows).replaceAll("'", "''");
      await execute(`truncate epr.${view};
        insert into epr.${view} select * from jsonb_populate_recordset(null::epr.${view}, '${json}')`);
    },
    close,
  };
}

type Opened = Pick<RecordsSystem, 'options' | 'execute' | 'close'>;

async function embedded(): Promise<Opened> {
  const pglite = await PGlite.create();
  return {
    options: { pglite },
    // The adapter shares the one session there is, and has made it read-only.
    execute: async (statements) => {
      await pglite.exec(`begin; set transaction read write; ${statements}; commit`);
    },
    // The adapter closes it.
    close: async () => {},
  };
}

async function server(): Promise<Opened> {
  const postgres = await startPostgres();
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  return {
    options: { url: postgres.url },
    execute: async (statements) => {
      await client.query(statements);
    },
    async close() {
      await client.end();
      await postgres.stop();
    },
  };
}

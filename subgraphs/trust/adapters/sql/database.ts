import type { PGlite } from '@electric-sql/pglite';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from 'kysely';
import { openEmbedded } from './embedded.ts';
import { openServer } from './server.ts';

/** Where the views are: a PostgreSQL server, a folder of an embedded one (PGlite), or an embedded one that is open already. */
export type SqlDatabaseOptions = { readonly url: string } | { readonly dataDir: string } | { readonly pglite: PGlite };

/** A database that can be read and not written, and speaks UTC. */
export interface SqlDatabase {
  /**
   * Runs one statement. A server is told to stop when `signal` aborts; an embedded database cannot be, and finishes for
   * nobody.
   */
  read<Row extends object>(statement: RawBuilder<Row>, signal: AbortSignal): Promise<Row[]>;
  close(): Promise<void>;
}

/** What runs a statement on one kind of database. */
export interface Runner {
  run<Row extends object>(text: string, values: unknown[], signal: AbortSignal): Promise<Row[]>;
  close(): Promise<void>;
}

// Kysely writes the statements and does not run them: it would print a failure that comes after an abort, which may quote
// a record, to the console.
const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** Opens a database for reading. Connects when it is first asked; closing it closes an embedded one, whoever opened it. */
export function openDatabase(options: SqlDatabaseOptions): SqlDatabase {
  const runner: Runner = 'url' in options ? openServer(options.url) : openEmbedded(options);
  return {
    async read(statement, signal) {
      signal.throwIfAborted();
      const { sql, parameters } = statement.compile(compiler);
      return runner.run(sql, [...parameters], signal);
    },
    close: () => runner.close(),
  };
}

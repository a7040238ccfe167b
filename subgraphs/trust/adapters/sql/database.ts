import { PGlite } from '@electric-sql/pglite';
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PGliteDialect,
  PostgresDialect,
  type RawBuilder,
} from 'kysely';
import pg from 'pg';

/** Where the views are: a PostgreSQL server, a folder of an embedded one (PGlite), or an embedded one that is open already. */
export type SqlDatabaseOptions = { readonly url: string } | { readonly dataDir: string } | { readonly pglite: PGlite };

/** A database that can be read and not written, and speaks UTC. */
export interface SqlDatabase {
  /**
   * Runs one statement. A server is told to stop when `signal` aborts; an embedded database cannot be, and finishes for
   * nobody. A server gives any statement a minute at the most.
   */
  read<Row>(statement: RawBuilder<Row>, signal: AbortSignal): Promise<Row[]>;
  close(): Promise<void>;
}

const MOST_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 60_000;

/** Opens a database for reading. Connects when it is first asked. */
export function openDatabase(options: SqlDatabaseOptions): SqlDatabase {
  const server = 'url' in options;
  const kysely = new Kysely<unknown>({
    dialect: server ? overServer(options.url) : embedded(options),
  });
  return {
    async read(statement, signal) {
      const { rows } = await statement.execute(kysely, {
        signal,
        inflightQueryAbortStrategy: server ? 'cancel query' : 'ignore query',
      });
      return rows;
    },
    close: () => kysely.destroy(),
  };
}

function overServer(url: string): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'caregraph-trust',
  });
  // A connection that is lost while nobody uses it is replaced; unheard, the event would end the process.
  pool.on('error', () => {});
  return new PostgresDialect({ pool, onCreateConnection: prepare });
}

function embedded(options: { readonly dataDir: string } | { readonly pglite: PGlite }): PGliteDialect {
  return new PGliteDialect({
    pglite: 'pglite' in options ? options.pglite : () => PGlite.create(options.dataDir),
    onCreateConnection: prepare,
  });
}

async function prepare(connection: DatabaseConnection): Promise<void> {
  await connection.executeQuery(
    CompiledQuery.raw(
      `select set_config('default_transaction_read_only', 'on', false),
              set_config('timezone', 'UTC', false),
              set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false)`,
    ),
  );
}

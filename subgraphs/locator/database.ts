import { mkdirSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { type InflightQueryAbortStrategy, Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { MIGRATIONS } from './migrations.ts';
import type { Tables } from './tables.ts';

/** Where the locator keeps what it knows. */
export type DatabaseLocation =
  /** A PostgreSQL server, as a connection URL. */
  | { readonly url: string }
  /** PostgreSQL within this process (PGlite), in a folder that this process alone may use. */
  | { readonly dataDir: string }
  /** The same, in memory. */
  | { readonly memory: true };

/** How one statement is run: it ends when nobody waits for it any more. */
export interface StatementOptions {
  readonly signal: AbortSignal;
  readonly inflightQueryAbortStrategy: InflightQueryAbortStrategy;
}

export interface Database {
  readonly db: Kysely<Tables>;
  /** Ties a statement to the signal of the request that it is for. */
  readonly during: (signal: AbortSignal) => StatementOptions;
  /** Resolves when the database answers, rejects when it does not. */
  ready(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
// A request that no longer waits cancels its statement; this is for the statement of which nobody has a signal left.
const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Opens the database, and brings its tables up to date; instances that start together wait for each other.
 *
 * @param onLostConnection is told of connections that break: the pool replaces them.
 */
export async function openDatabase(
  location: DatabaseLocation,
  onLostConnection: (error: Error) => void = () => {},
): Promise<Database> {
  const embedded = !('url' in location);
  const db = new Kysely<Tables>({
    dialect: embedded
      ? new PGliteDialect({ pglite: () => PGlite.create('dataDir' in location ? made(location.dataDir) : 'memory://') })
      : new PostgresDialect({ pool: createPool(location.url, onLostConnection) }),
  });
  const during = (signal: AbortSignal): StatementOptions => ({
    signal,
    // A statement within this process cannot be cancelled; it is only no longer waited for.
    inflightQueryAbortStrategy: embedded ? 'ignore query' : 'cancel query',
  });
  try {
    const { error } = await new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } }).migrateToLatest();
    if (error) throw error;
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    db,
    during,
    async ready(signal) {
      await sql`select 1`.execute(db, during(signal));
    },
    close: () => db.destroy(),
  };
}

/** The folder, made where it is not there yet; it holds NHS numbers, so nobody else of the machine may look into it. */
function made(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

function createPool(url: string, onLostConnection: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'caregraph-locator',
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
  });
  // While a connection is in use nobody else listens, and an error that nobody hears would end the process.
  pool.on('connect', (client) => client.on('error', onLostConnection));
  pool.on('error', () => {});
  return pool;
}

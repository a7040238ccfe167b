import { PGlite } from '@electric-sql/pglite';
import { type InflightQueryAbortStrategy, Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import { z } from 'zod';
import { resolveBeside } from './config.ts';
import { lockFolder } from './folder-lock.ts';

/** Where a process keeps what it must not forget. */
export type DatabaseLocation =
  /** A PostgreSQL server, as a connection URL. */
  | { readonly url: string }
  /** PostgreSQL within this process (PGlite), in a folder that this process alone may use. */
  | { readonly dataDir: string }
  /** The same, in memory. */
  | { readonly memory: true };

/** The key `database` of a configuration file: a PostgreSQL server, or a folder for the embedded one; in memory when left out. */
export const databaseConfig = z
  .union([
    z.strictObject({ url: z.url({ protocol: /^postgres(ql)?$/ }) }),
    z.strictObject({ dataDir: z.string().min(1) }),
  ])
  .optional();

/** How one statement is run: it ends when nobody waits for it any more. */
export interface StatementOptions {
  readonly signal: AbortSignal;
  readonly inflightQueryAbortStrategy: InflightQueryAbortStrategy;
}

/** A database, open and up to date. */
export interface Database<Tables> {
  readonly db: Kysely<Tables>;
  /** Ties a statement to the signal of the request that it is for. */
  readonly during: (signal: AbortSignal) => StatementOptions;
  /** Resolves when the database answers, rejects when it does not. */
  ready(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** The process, as the server's administrators see it, such as `caregraph-locator`. */
  readonly name: string;
  /** The steps that lead to the tables, by name, in the order of their names. A step that has been released is never changed. */
  readonly migrations: Readonly<Record<string, Migration>>;
  /** Is told of connections that break: the pool replaces them. */
  readonly onLostConnection?: (error: Error) => void;
}

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
// A request that no longer waits cancels its statement; this is for the statement of which nobody has a signal left.
const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Opens the database, and brings its tables up to date; instances that start together wait for each other.
 *
 * @throws FolderInUseError when another process has the folder of an embedded database.
 */
export async function openDatabase<Tables>(
  location: DatabaseLocation,
  { name, migrations, onLostConnection = () => {} }: DatabaseOptions,
): Promise<Database<Tables>> {
  const embedded = !('url' in location);
  const release = 'dataDir' in location ? lockFolder(location.dataDir) : () => {};
  const db = new Kysely<Tables>({
    dialect: embedded
      ? new PGliteDialect({ pglite: () => PGlite.create('dataDir' in location ? location.dataDir : 'memory://') })
      : new PostgresDialect({ pool: createPool(location.url, name, onLostConnection) }),
  });
  const during = (signal: AbortSignal): StatementOptions => ({
    signal,
    // A statement within this process cannot be cancelled; it is only no longer waited for.
    inflightQueryAbortStrategy: embedded ? 'ignore query' : 'cancel query',
  });
  try {
    const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest();
    if (error) throw error;
  } catch (error) {
    await close(db, release);
    throw error;
  }
  return {
    db,
    during,
    async ready(signal) {
      await sql`select 1`.execute(db, during(signal));
    },
    close: () => close(db, release),
  };
}

/**
 * Where the database is: the environment variable `DATABASE_URL` goes before what a configuration file says, so that a
 * password need not stand in it. A folder is named relative to that file.
 */
export function databaseLocation(
  file: string,
  config: z.output<typeof databaseConfig>,
  environment: NodeJS.ProcessEnv = process.env,
): DatabaseLocation {
  if (environment.DATABASE_URL) return { url: environment.DATABASE_URL };
  if (!config) return { memory: true };
  return 'url' in config ? config : { dataDir: resolveBeside(file, config.dataDir) };
}

async function close<Tables>(db: Kysely<Tables>, release: () => void): Promise<void> {
  try {
    await db.destroy();
  } finally {
    release();
  }
}

function createPool(url: string, name: string, onLostConnection: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
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

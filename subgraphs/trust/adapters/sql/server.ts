import pg from 'pg';
import type { Runner } from './database.ts';
import { SETTINGS } from './settings.ts';

const MOST_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;

/** A PostgreSQL server, over a pool of connections. */
export function openServer(url: string): Runner {
  const config = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'caregraph-trust',
  };
  const backends = new WeakMap<pg.ClientBase, number>();
  const pool = new pg.Pool({
    ...config,
    max: MOST_CONNECTIONS,
    keepAlive: true,
    // The pool waits for it before it lends the connection to anybody.
    async onConnect(client) {
      // A connection that is lost says so to its statement, and once more to whoever listens; unheard, that would end the
      // process.
      client.on('error', () => {});
      await client.query(SETTINGS);
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      if (rows[0]) backends.set(client, rows[0].pid);
    },
  });
  // The pool says it too, of a connection that nobody was using; it replaces it.
  pool.on('error', () => {});

  /** Tells the server to stop what a connection is doing. Over a connection apart: the pool's may all be busy. */
  async function cancel(client: pg.ClientBase): Promise<void> {
    const control = new pg.Client(config);
    control.on('error', () => {});
    try {
      await control.connect();
      await control.query('select pg_cancel_backend($1)', [backends.get(client)]);
    } catch {
      // The server's own time-out ends the statement then.
    } finally {
      await control.end();
    }
  }

  return {
    async run<Row extends object>(text: string, values: unknown[], signal: AbortSignal) {
      const client = await pool.connect();
      let failed = true;
      let cancelled: Promise<void> | undefined;
      const onAbort = (): void => {
        cancelled = cancel(client);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        signal.throwIfAborted();
        const { rows } = await client.query<Row>(text, values);
        failed = false;
        return rows;
      } finally {
        signal.removeEventListener('abort', onAbort);
        // Lent to somebody else before, it could be their statement that is stopped. And after a failure, which may have
        // been that of the connection, it is lent to nobody.
        await cancelled;
        client.release(failed);
      }
    },
    close: () => pool.end(),
  };
}

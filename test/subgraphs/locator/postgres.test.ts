import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const FACTS = `select current_setting('data_directory') as folder,
  split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid`;

const isAlive = (pid: unknown): boolean => existsSync(`/proc/${pid}`);

describe('the PostgreSQL of the tests', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  test('is a real PostgreSQL', async () => {
    const [row] = await query(server.url, 'select version()');
    expect(row?.version).toMatch(/^PostgreSQL \d+/);
  });

  test('gives each suite a database of its own', async () => {
    const one = await server.createDatabase();
    const other = await server.createDatabase();
    await query(one, 'create table mine ()');
    expect(await query(other, `select from pg_tables where tablename = 'mine'`)).toEqual([]);
  });

  test('orders and stores text the same way on every machine', async () => {
    const [row] = await query(server.url, `select current_setting('server_encoding') as encoding, 'a' > 'B' as bytes`);
    expect(row).toEqual({ encoding: 'UTF8', bytes: true });
  });

  test('stands beside another', async () => {
    const other = await startPostgres();
    try {
      expect(other.url).not.toBe(server.url);
      expect(await query(other.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      await other.stop();
    }
  });

  test('is gone with its folder once it is stopped, even while somebody is connected', async () => {
    const other = await startPostgres();
    const [facts] = await query(other.url, FACTS);
    const guest = new pg.Client({ connectionString: other.url });
    guest.on('error', () => {});
    await guest.connect();
    await other.stop();
    expect(isAlive(facts?.pid)).toBe(false);
    expect(existsSync(dirname(String(facts?.folder)))).toBe(false);
    await other.stop();
  });

  test('is gone with its folder when the process that asked for it is killed', async () => {
    const support = new URL('../../support/postgres.ts', import.meta.url).href;
    const program = `const { startPostgres } = await import(${JSON.stringify(support)});
      console.log((await startPostgres()).url); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = await once(createInterface({ input: child.stdout }), 'line');
    const [facts] = await query(String(url), FACTS);
    expect(isAlive(facts?.pid)).toBe(true);
    child.kill('SIGKILL');
    const folder = dirname(String(facts?.folder));
    await expect.poll(() => isAlive(facts?.pid) || existsSync(folder), { timeout: 10_000 }).toBe(false);
  });
});

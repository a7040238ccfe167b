import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import {
  type DatabaseLocation,
  type DatabaseOptions,
  databaseLocation,
  openDatabase,
} from '@caregraph/service/database.ts';
import { FolderInUseError, lockFolder } from '@caregraph/service/folder-lock.ts';
import type { Kysely } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';

// The embedded database is compiled quickly rather than well: it does little here.
setFlagsFromString('--liftoff-only');

interface Tables {
  note: { id: number; text: string };
}

const options: DatabaseOptions = {
  name: 'caregraph-test',
  migrations: {
    '001-note': {
      up: (db: Kysely<unknown>) =>
        db.schema
          .createTable('note')
          .addColumn('id', 'integer', (column) => column.primaryKey())
          .addColumn('text', 'text', (column) => column.notNull())
          .execute(),
    },
    '002-first': {
      up: async (db: Kysely<Tables>) => {
        await db.insertInto('note').values({ id: 1, text: 'first' }).execute();
      },
    },
  },
};

const never = new AbortController().signal;
const parent = mkdtempSync(join(tmpdir(), 'caregraph-database-'));
let folders = 0;
const newFolder = (): string => join(parent, `${folders++}`, 'data');

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server.stop();
  rmSync(parent, { recursive: true });
});

const locations: [string, () => Promise<DatabaseLocation>][] = [
  ['PGlite in memory', async () => ({ memory: true })],
  ['PGlite in a folder', async () => ({ dataDir: newFolder() })],
  ['PostgreSQL', async () => ({ url: await server.createDatabase() })],
];

describe.each(locations)('a database in %s', { timeout: 120_000 }, (_kind, locate) => {
  let location: DatabaseLocation;
  beforeAll(async () => {
    location = await locate();
  });

  test('is not opened when a step fails, and is opened and brought up to date once none does', async () => {
    const failing = { '003-wrong': { up: () => Promise.reject(new Error('no such step')) } };
    const migrations = { ...options.migrations, ...failing };
    await expect(openDatabase<Tables>(location, { ...options, migrations })).rejects.toThrow('no such step');

    const { db, during, ready, close } = await openDatabase<Tables>(location, options);
    await ready(never);
    expect(await db.selectFrom('note').selectAll().execute(during(never))).toEqual([{ id: 1, text: 'first' }]);
    // Nobody waits for this one.
    await expect(db.selectFrom('note').selectAll().execute(during(AbortSignal.abort()))).rejects.toThrow();
    await db.insertInto('note').values({ id: 2, text: 'second' }).execute();
    if ('dataDir' in location) {
      await expect(openDatabase<Tables>(location, options)).rejects.toThrow(`process ${process.pid} on`);
    }
    await close();
  });

  test('holds what it held when it is opened again, unless that was in memory', async () => {
    const { db, close } = await openDatabase<Tables>(location, options);
    const held = await db.selectFrom('note').select('text').orderBy('id').execute();
    expect(held.map(({ text }) => text)).toEqual('memory' in location ? ['first'] : ['first', 'second']);
    await close();
  });
});

test('several processes that start together on one PostgreSQL bring it up to date once', async () => {
  const location = { url: await server.createDatabase() };
  const databases = await Promise.all(Array.from({ length: 4 }, () => openDatabase<Tables>(location, options)));
  for (const { db } of databases) expect(await db.selectFrom('note').selectAll().execute()).toHaveLength(1);
  await Promise.all(databases.map(({ close }) => close()));
});

describe('where a database is', () => {
  const file = '/etc/caregraph/access.yaml';
  const url = 'postgresql://db.example/access';
  test.each([
    ['in memory, when nothing is said', undefined, {}, { memory: true }],
    ['on the server that the file names', { url }, {}, { url }],
    ['in the folder that the file names, beside it', { dataDir: 'data' }, {}, { dataDir: '/etc/caregraph/data' }],
    ['where DATABASE_URL says, before all others', { dataDir: 'data' }, { DATABASE_URL: url }, { url }],
    ['where the file says, when DATABASE_URL is empty', { url }, { DATABASE_URL: '' }, { url }],
  ])('%s', (_where, config, environment, location) => {
    expect(databaseLocation(file, config, environment)).toEqual(location);
  });
});

describe('a folder', () => {
  const running = new Set<ChildProcess>();
  afterEach(async () => {
    await Promise.all([...running].map(kill));
    running.clear();
  });

  /** A process that takes a folder and keeps it; resolves to what it said. */
  async function taker(folder: string): Promise<{ child: ChildProcess; said: string }> {
    const module = import.meta.resolve('@caregraph/service/folder-lock.ts');
    const program = `const { lockFolder } = await import(${JSON.stringify(module)});
      try { lockFolder(${JSON.stringify(folder)}); console.log('taken'); } catch (error) { console.log(error.name + ': ' + error.message); }
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.add(child);
    const [said] = await once(createInterface({ input: child.stdout }), 'line');
    return { child, said: String(said) };
  }

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  test('is one process’s: another is refused, and told which process has it', async () => {
    const folder = newFolder();
    const { child, said } = await taker(folder);
    expect(said).toBe('taken');
    expect(() => lockFolder(folder)).toThrow(FolderInUseError);
    expect(() => lockFolder(folder)).toThrow(`is in use by process ${child.pid} on `);
    await expect(openDatabase<Tables>({ dataDir: folder }, options)).rejects.toThrow(`process ${child.pid} on`);
  });

  test('is free again at once when its process is killed', async () => {
    const folder = newFolder();
    const { child } = await taker(folder);
    await kill(child);
    lockFolder(folder)();
  });

  test('is free although the process that had it last has a number that another process has now', async () => {
    const folder = newFolder();
    lockFolder(folder)();
    writeFileSync(join(folder, 'caregraph.lock.holder'), `process ${process.pid} on this machine`);
    lockFolder(folder)();
  });

  test('goes to exactly one of several that start together', async () => {
    const folder = newFolder();
    const said = (await Promise.all(Array.from({ length: 4 }, () => taker(folder)))).map((each) => each.said);
    expect(said.filter((each) => each === 'taken')).toHaveLength(1);
    expect(said.filter((each) => each.startsWith('FolderInUseError: '))).toHaveLength(3);
  });

  test('is this user’s alone to look into, with the lock', async () => {
    const folder = newFolder();
    const release = lockFolder(folder);
    const mode = (path: string): number => statSync(path).mode & 0o777;
    expect([folder, join(folder, 'caregraph.lock'), join(folder, 'caregraph.lock.holder')].map(mode)).toEqual([
      0o700, 0o600, 0o600,
    ]);
    release();
    release();
  });
});

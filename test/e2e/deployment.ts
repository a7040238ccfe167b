import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request as requestTo, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { createOnwardSigner, type OnwardSigner } from '@caregraph/gateway/access/onward-token.ts';
import { type DevelopmentIssuer, developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { readLine } from '@caregraph/service/audit/chain.ts';
import type { SigningKey } from '@caregraph/service/private-keys.ts';
import { PGlite } from '@electric-sql/pglite';
import { listen } from '../support/listen.ts';
import { PROCESS_ENV } from '../support/process-env.ts';

/*
 * The system as it is deployed, each part a process of its own, with everything kept that any of them writes, and everything
 * that goes from one to another seen.
 */

// The embedded databases are compiled quickly rather than well: they do little here.
const QUICK_TO_COMPILE = '--liftoff-only';
setFlagsFromString(QUICK_TO_COMPILE);

/** A request as it came to a server. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: string;
  readonly body: string;
}

/** Answers a request in place of whoever would. */
export type AnswerInstead = (seen: Seen, response: ServerResponse) => void;

/** A server of the test's own: it stands before another and sees what comes, or answers itself. */
export interface Tap {
  /** Where it listens, without a path. */
  readonly origin: string;
  readonly seen: Seen[];
  /** What was answered through it. */
  readonly answered: { readonly status: number; readonly headers: string; readonly body: string }[];
  /** Where requests go on to. */
  target: string | null;
  /** Answers in its place, when it returns something. */
  instead: ((seen: Seen) => AnswerInstead | null) | null;
  stop(): Promise<void>;
}

export async function startTap(): Promise<Tap> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const { method = '', url = '', headers } = request;
    const seen = { method, url, headers: JSON.stringify(headers), body: body.toString() };
    tap.seen.push(seen);
    const answer = tap.instead?.(seen);
    if (answer) {
      answer(seen, response);
      return;
    }
    if (!tap.target) throw new Error('There is nobody behind this tap.');
    const onward = requestTo(new URL(url, tap.target), { method, headers });
    onward.end(body);
    const [answered]: IncomingMessage[] = await once(onward, 'response');
    if (!answered) throw new Error('There was no answer.');
    const answeredBody = await buffer(answered);
    const { statusCode: status = 0 } = answered;
    tap.answered.push({ status, headers: JSON.stringify(answered.headers), body: answeredBody.toString() });
    response.writeHead(status, answered.headers).end(answeredBody);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const { url, stop } = await listen(server);
  const tap: Tap = { origin: new URL(url).origin, seen: [], answered: [], target: null, instead: null, stop };
  return tap;
}

/** A process, and all that it has written. */
interface Running {
  readonly name: string;
  readonly child: ChildProcess;
  output: string;
}

export interface DeploymentOptions {
  /** Makes the views of the SQL trust in an empty database. */
  readonly records: (database: PGlite) => Promise<void>;
  readonly deadlineMs: number;
}

export interface Deployment {
  /** Everything that is kept is beneath it. */
  readonly folder: string;
  /** The address of each process, without a path. */
  readonly at: Readonly<Record<ProcessName, string>>;
  readonly taps: Readonly<Record<TapName, Tap>>;
  readonly issuer: DevelopmentIssuer;
  /** Makes the tokens that the gateway makes. */
  readonly onward: OnwardSigner;
  /** Whether the gateway's disk fails from here on. */
  diskFails(fails: boolean): void;
  /** Ends every process, and waits until it has. */
  end(): Promise<void>;
  /** What each process has written to its standard output and error. */
  outputs(): ReadonlyMap<string, string>;
  /** The files that processes have left, but for those beneath these folders. */
  filesBeside(...folders: readonly string[]): ReadonlyMap<string, string>;
  /** The patients of whom the audit says that somebody looked: in the journal, or where it goes while its disk fails. */
  audited(): Promise<ReadonlySet<string>>;
  /** Ends whatever is left, and removes the folder. */
  remove(): Promise<void>;
}

const PROCESSES = ['gateway', 'access', 'locator', 'early-warning', 'RW5', 'RXA'] as const;
export type ProcessName = (typeof PROCESSES)[number];

const TAPS = ['access', 'locator', 'early-warning', 'RW5', 'RXA', 'RW4', 'fhir', 'webhook'] as const;
export type TapName = (typeof TAPS)[number];

export const GATEWAY = 'urn:caregraph:canary:gateway';

/** Whose storage holds patients' numbers: the audit's, the locator's index, and a trust's own records. */
export const MAY_HOLD = ['audit', 'access-database', 'locator-database', 'records'] as const;

/** A disk that fails on demand: what is written comes to be nowhere for certain. */
const FAILING_DISK = `
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
const handle = await open(process.execPath);
const prototype = Object.getPrototypeOf(handle);
await handle.close();
const { datasync } = prototype;
prototype.datasync = async function () {
  if (existsSync(process.env.DISK_FAILS)) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  return datasync.call(this);
};`;

export async function deploy({ records, deadlineMs }: DeploymentOptions): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), 'caregraph-deployment-'));
  const beneath = (...path: string[]): string => join(folder, ...path);
  const running: Running[] = [];
  const taps = Object.fromEntries(await Promise.all(TAPS.map(async (name) => [name, await startTap()]))) as Record<
    TapName,
    Tap
  >;
  for (const each of ['tmp', 'work', 'home']) mkdirSync(beneath(each));
  const write = (name: string, content: unknown): string => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(beneath(name), text, { mode: 0o600 });
    return beneath(name);
  };
  const issuer = await developmentIssuer(beneath('issuer'), 'test');
  const key = aKey();
  write('onward-keys.json', { keys: [{ ...key.privateKey.export({ format: 'jwk' }), kid: key.kid }] });
  write('gateway-jwks.json', { keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid: key.kid, alg: 'EdDSA' }] });
  const gateway = { issuer: GATEWAY, jwks: { file: 'gateway-jwks.json' } };
  cpSync(fileURLToPath(import.meta.resolve('@caregraph/demo/agreements')), beneath('agreements'), { recursive: true });
  // A database takes seconds to make, and one like another: it is made once.
  await (await PGlite.create(beneath('records'))).close();
  for (const each of ['access-database', 'locator-database'])
    cpSync(beneath('records'), beneath(each), { recursive: true });
  const database = await PGlite.create(beneath('records'));
  await records(database);
  await database.close();

  const start = async (name: ProcessName, module: string, config: object, flags: readonly string[] = []) => {
    const child = spawn(
      process.execPath,
      [...flags, fileURLToPath(import.meta.resolve(module)), '--config', write(`${name}.yaml`, config)],
      {
        cwd: beneath('work'),
        env: {
          ...PROCESS_ENV,
          HOME: beneath('home'),
          TMPDIR: beneath('tmp'),
          // Whatever anybody may ever log.
          LOG_LEVEL: 'trace',
          DISK_FAILS: beneath('disk-fails'),
        },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    const process_: Running = { name, child, output: '' };
    running.push(process_);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        process_.output += chunk;
      });
    }
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    child.once('message', (message: { readonly url: string }) => resolve(message.url));
    child.once('close', () => reject(new Error(`${name} has ended: ${process_.output}`)));
    return [name, await promise] as const;
  };

  const quick = [QUICK_TO_COMPILE];
  const at = Object.fromEntries(
    await Promise.all([
      start(
        'gateway',
        '@caregraph/gateway/main.ts',
        {
          port: 0,
          subgraphs: {
            locator: { url: `${taps.locator.origin}/graphql` },
            access: { url: `${taps.access.origin}/graphql` },
            'early-warning': { url: `${taps['early-warning'].origin}/graphql` },
          },
          trusts: (['RW5', 'RXA', 'RW4'] as const).map((odsCode) => ({
            odsCode,
            name: odsCode,
            url: `${taps[odsCode].origin}/graphql`,
          })),
          deadlineMs,
          agreements: 'agreements',
          onward: { issuer: GATEWAY, keys: 'onward-keys.json' },
          audit: { folder: 'audit', keys: 'audit-keys.json' },
          // The numbers are sent in documents of every kind, and in use only registered ones would run.
          development: { keys: 'issuer' },
        },
        ['--import', `data:text/javascript,${encodeURIComponent(FAILING_DISK)}`],
      ),
      start(
        'access',
        '@caregraph/access/main.ts',
        {
          port: 0,
          gateway,
          database: { dataDir: 'access-database' },
          notify: { url: `${taps.webhook.origin}/notices` },
        },
        quick,
      ),
      start(
        'locator',
        '@caregraph/locator/main.ts',
        {
          port: 0,
          gateway,
          database: { dataDir: 'locator-database' },
          organisations: fileURLToPath(import.meta.resolve('@caregraph/locator/organisations.json')),
          authentication: issuer.authentication,
        },
        quick,
      ),
      start('early-warning', '@caregraph/early-warning/main.ts', { port: 0, gateway }),
      start(
        'RW5',
        '@caregraph/trust/main.ts',
        {
          organisation: { odsCode: 'RW5', name: 'Lancashire Care' },
          port: 0,
          gateway,
          source: { kind: 'sql', dataDir: 'records' },
          locator: {
            url: `${taps.locator.origin}/graphql`,
            token: { file: write('publisher-RW5', await issuer.publisherToken('RW5')) },
            refreshMs: 1_000,
          },
        },
        quick,
      ),
      start('RXA', '@caregraph/trust/main.ts', {
        organisation: { odsCode: 'RXA', name: 'Cheshire and Wirral Partnership' },
        port: 0,
        gateway,
        source: { kind: 'fhir', baseUrl: `${taps.fhir.origin}/fhir`, timeoutMs: 2_000 },
      }),
    ]),
  ) as Record<ProcessName, string>;
  for (const name of ['access', 'locator', 'early-warning', 'RW5', 'RXA'] as const) taps[name].target = at[name];

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    await Promise.all(
      running.map(async ({ child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const closed = once(child, 'close');
        child.kill(signal);
        await closed;
      }),
    );
  };

  return {
    folder,
    at,
    taps,
    issuer,
    onward: createOnwardSigner({ issuer: GATEWAY, key: () => key, now: () => new Date(), newId: randomUUID }),
    diskFails(fails) {
      if (fails) writeFileSync(beneath('disk-fails'), '');
      else rmSync(beneath('disk-fails'), { force: true });
    },
    end: () => stop('SIGTERM'),
    outputs: () => new Map(running.map(({ name, output }) => [name, output])),
    filesBeside(...folders) {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const paths = files.map(({ parentPath, name }) => join(parentPath, name));
      const beside = paths.filter((path) => !folders.some((each) => path.startsWith(`${beneath(each)}/`)));
      // The name of a file is written somewhere, too.
      return new Map(beside.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]));
    },
    async audited() {
      const segments = readdirSync(beneath('audit')).filter((name) => name.endsWith('.jsonl'));
      const lines = segments.flatMap((name) => readFileSync(beneath('audit', name), 'utf8').split('\n'));
      const found = lines.flatMap((line) => {
        const read = readLine(line).line;
        return read?.kind === 'entry' ? read.entry.patients : [];
      });
      const database = await PGlite.create(beneath('access-database'));
      const { rows } = await database.query<{ nhs_number: string }>('select distinct nhs_number from look');
      await database.close();
      return new Set([...found, ...rows.map(({ nhs_number }) => nhs_number)]);
    },
    async remove() {
      await stop('SIGKILL');
      await Promise.all(Object.values(taps).map((tap) => tap.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function aKey(): SigningKey & { readonly publicKey: ReturnType<typeof generateKeyPairSync>['publicKey'] } {
  return { kid: randomUUID(), ...generateKeyPairSync('ed25519') };
}

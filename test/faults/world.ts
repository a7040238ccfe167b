import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RoleName } from '@caregraph/gateway/access/roles.ts';
import { developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { PROCESS_ENV } from '../support/process-env.ts';
import type { AroundAddresses, AroundCommand, AroundCounts } from './around.ts';
import type { LocatorFault } from './fault-locator.ts';
import type { TrustFault } from './fault-trust.ts';
import type { Held } from './probe.ts';
import { makeTruth, TRUST_CODES, type Truth } from './truth.ts';

/** How long a request may take, in milliseconds: the gateway's default. */
export const DEADLINE_MS = 2_000;

const MAIN = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url));
const PROBE = new URL('./probe.ts', import.meta.url).href;

/** A gateway as it runs in production, in a process of its own. */
export interface GatewayProcess {
  /** Without a path. */
  readonly url: string;
  readonly child: ChildProcess;
  /** What its process holds. */
  held(): Promise<Held>;
  /** Everything that it has logged so far. */
  log(): string;
  /** Ends it, and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** The gateway under trial, and everything around it. */
export interface World {
  readonly seed: string;
  readonly truth: Truth;
  readonly gateway: GatewayProcess;
  /** Where everything around the gateway is. */
  readonly around: AroundAddresses;
  /** The folder with the gateway's configuration, `gateway.yaml`, and all that it names. */
  readonly folder: string;
  /** A user's token, as the value of the header `Authorization`. */
  authorization(role?: RoleName): Promise<string>;
  /** Makes trusts faulty, or well again (`null`); others stay as they are. */
  trusts(faults: Readonly<Record<string, TrustFault | null>>): Promise<void>;
  /** The trusts that were faulty at any moment between two of `performance.now`. */
  faulty(from: number, to: number): ReadonlySet<string>;
  /** Makes the locator faulty, or well again. */
  locator(fault: LocatorFault | null): Promise<void>;
  /** Makes everything around the gateway well. */
  heal(): Promise<void>;
  /** What everything around the gateway has seen since it was last asked. */
  counts(): Promise<AroundCounts>;
  /** Starts another gateway over the same folder, with an audit of its own and a configuration over the ordinary one. */
  startGateway(name: string, config?: Readonly<Record<string, unknown>>): Promise<GatewayProcess>;
  [Symbol.asyncDispose](): Promise<void>;
}

const AGREEMENT = `
id: everything
name: Everything with everybody
from: 2000-01-01
custodians: [${TRUST_CODES.join(', ')}]
shares:
  - { level: CONTENT, recordTypes: all, consumers: everybody, roles: all, purposes: [directcare] }
  - { level: CONTENT, recordTypes: all, consumers: everybody, roles: all, purposes: [directcare], emergency: true }
`;

/** Starts a gateway from its own main file, on files of its own, and ten trusts with a locator in another process. */
export async function startWorld(seed: string): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'caregraph-faults-'));
  mkdirSync(join(folder, 'agreements'));
  writeFileSync(join(folder, 'agreements', 'everything.yaml'), AGREEMENT);
  const issuer = await developmentIssuer(join(folder, 'issuer'), 'test');

  const outside = fork(fileURLToPath(new URL('./around.ts', import.meta.url)), [seed], { stdio: 'inherit' });
  const [around] = (await once(outside, 'message')) as [AroundAddresses];
  const tell = requests<AroundCounts | null>(outside);
  const command = (what: AroundCommand) => tell((id) => ({ id, command: what }));

  /** When each trust was faulty, the last time without an end while it is. */
  const faultyTimes = new Map<string, { from: number; to: number }[]>();
  const setTrusts = async (faults: Readonly<Record<string, TrustFault | null>>): Promise<void> => {
    const before = performance.now();
    for (const [code, fault] of Object.entries(faults)) {
      const times = faultyTimes.get(code) ?? [];
      faultyTimes.set(code, times);
      if (fault && times.at(-1)?.to !== Number.POSITIVE_INFINITY) {
        times.push({ from: before, to: Number.POSITIVE_INFINITY });
      }
    }
    await command({ do: 'trusts', faults });
    for (const [code, fault] of Object.entries(faults)) {
      const last = faultyTimes.get(code)?.at(-1);
      if (!fault && last?.to === Number.POSITIVE_INFINITY) last.to = performance.now();
    }
  };

  const gateways = new Set<GatewayProcess>();
  const startGateway: World['startGateway'] = async (name, config = {}) => {
    const file = join(folder, `${name}.yaml`);
    const whole = {
      port: 0,
      subgraphs: { locator: { url: around.locator }, access: { url: around.access } },
      trusts: around.trusts,
      deadlineMs: DEADLINE_MS,
      agreements: 'agreements',
      onward: { issuer: 'urn:caregraph:faults', keys: 'onward.json' },
      audit: { folder: `${name}-audit`, keys: 'audit.json' },
      development: { keys: 'issuer' },
      ...config,
    };
    writeFileSync(file, JSON.stringify(whole, null, 2));
    const gateway = await startProcess(file, join(folder, `${name}.log`));
    gateways.add(gateway);
    gateway.child.once('exit', () => gateways.delete(gateway));
    return gateway;
  };

  const tokens = new Map<RoleName, Promise<string>>();
  const truth = makeTruth(seed);
  const dispose = async (): Promise<void> => {
    await Promise.all([...gateways].map((each) => each.stop('SIGKILL')));
    const ended = once(outside, 'exit');
    outside.disconnect();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const gateway = await startGateway('gateway').catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  return {
    seed,
    truth,
    gateway,
    around,
    folder,
    authorization(role = 'paramedic') {
      let token = tokens.get(role);
      if (!token) {
        token = issuer
          .token({ organisation: 'RRU', role, user: `faults-${role}`, purpose: 'directcare' })
          .then((signed) => `Bearer ${signed}`);
        tokens.set(role, token);
      }
      return token;
    },
    trusts: setTrusts,
    faulty: (from, to) =>
      new Set(
        [...faultyTimes]
          .filter(([, times]) => times.some((time) => time.from <= to && time.to >= from))
          .map(([code]) => code),
      ),
    async locator(fault) {
      await command({ do: 'locator', fault });
    },
    async heal() {
      await setTrusts(Object.fromEntries(TRUST_CODES.map((code) => [code, null])));
      await command({ do: 'locator', fault: null });
    },
    async counts() {
      const counts = await command({ do: 'count' });
      if (!counts) throw new Error('Nothing was counted.');
      return counts;
    },
    startGateway,
    [Symbol.asyncDispose]: dispose,
  };
}

async function startProcess(config: string, logFile: string): Promise<GatewayProcess> {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, ['--expose-gc', '--import', PROBE, MAIN, '--config', config], {
    env: { ...PROCESS_ENV, NODE_ENV: 'test' },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const ended = once(child, 'exit');
  const ready = await Promise.race([once(child, 'message'), ended.then(() => null)]);
  const message: unknown = ready?.[0];
  if (typeof message !== 'object' || message === null || !('url' in message)) {
    throw new Error(`The gateway did not start: ${readFileSync(logFile, 'utf8')}`);
  }
  const ask = requests<Held>(child);
  return {
    url: String(message.url),
    child,
    held: () => ask((probe) => ({ probe })),
    log: () => readFileSync(logFile, 'utf8'),
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await ended;
      }
      return child.exitCode;
    },
  };
}

/** Asks a child process by IPC: each message has a number, and so has its answer. */
function requests<Value>(child: ChildProcess): (message: (id: number) => object) => Promise<Value> {
  const waiting = new Map<number, PromiseWithResolvers<Value>>();
  let last = 0;
  child.on('message', (message: { id?: number; probe?: number; value?: Value; held?: Value; error?: string }) => {
    const id = message.id ?? message.probe;
    const asked = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || !asked) return;
    waiting.delete(id);
    const value = message.value ?? message.held;
    if (message.error !== undefined) asked.reject(new Error(message.error));
    else asked.resolve((value ?? null) as Value);
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('The process has ended.'));
  });
  return (message) => {
    const asked = Promise.withResolvers<Value>();
    waiting.set(++last, asked);
    child.send(message(last));
    return asked.promise;
  };
}

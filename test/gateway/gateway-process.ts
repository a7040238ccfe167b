import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { accessAnswer, standIn } from '../bench/stand-ins.ts';
import { startLocator } from '../support/index-of.ts';
import { PROCESS_ENV } from '../support/process-env.ts';
import { plan } from '../support/records.ts';
import { startTrust, type TestTrust } from '../support/trust.ts';

const MAIN = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url));

/** By which the one trust shares everything with everybody. */
const AGREEMENT = `
id: everything
name: Everything with everybody
from: 2000-01-01
custodians: [RW5]
shares:
  - { level: CONTENT, recordTypes: all, consumers: everybody, roles: all, purposes: [directcare] }
  - { level: CONTENT, recordTypes: all, consumers: everybody, roles: all, purposes: [directcare], emergency: true }
`;

export interface GatewayProcess {
  readonly child: ChildProcess;
  /** Where it is, once it is ready; rejects with what it wrote when it ends before. */
  readonly ready: Promise<string>;
  /** What it has written so far. */
  readonly output: { readonly out: string; readonly err: string };
}

/** What a gateway needs that runs as a process of its own, from files. */
export interface GatewayFiles {
  readonly folder: string;
  /** The path of the configuration. */
  readonly file: string;
  readonly trust: TestTrust;
  /** The ordinary configuration, with these keys over it. */
  config(keys?: Record<string, unknown>): Record<string, unknown>;
  /** Starts the gateway as `npm run gateway` does. */
  start(keys?: Record<string, unknown>, env?: Record<string, string>, flags?: readonly string[]): GatewayProcess;
  /** Posts a query as a caller with a token. */
  post(url: string, query: string, variables?: Record<string, unknown>): Promise<Response>;
  /** Ends every process. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** A folder with agreements and keys; a locator that names RW5 for all these patients, and RW5, which has a plan of the first. */
export async function gatewayFiles(patients: readonly string[]): Promise<GatewayFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'caregraph-gateway-'));
  const file = join(folder, 'gateway.yaml');
  const running = new Set<ChildProcess>();
  const locator = await startLocator(Object.fromEntries(patients.map((n) => [n, ['RW5']])));
  const access = await standIn(accessAnswer);
  const trust = await startTrust('RW5', { crisisPlans: { [patients[0] ?? '']: [plan('1')] } });
  mkdirSync(join(folder, 'agreements'));
  writeFileSync(join(folder, 'agreements', 'everything.yaml'), AGREEMENT);
  const issuer = await developmentIssuer(join(folder, 'keys'), 'test');
  const token = await issuer.token({ organisation: 'RRU', role: 'paramedic', user: 'tester', purpose: 'directcare' });
  const { odsCode, name, url } = trust;
  const config: GatewayFiles['config'] = (keys = {}) => ({
    port: 0,
    subgraphs: { locator: { url: locator.url }, access: { url: access.url } },
    agreements: 'agreements',
    onward: { issuer: 'urn:caregraph:test', keys: 'onward-keys.json' },
    audit: { folder: 'audit', keys: 'audit-keys.json' },
    trusts: [{ odsCode, name, url }],
    deadlineMs: 10_000,
    development: { keys: 'keys' },
    ...keys,
  });
  const kill = async (): Promise<void> => {
    for (const child of running) {
      child.kill('SIGKILL');
      await ended(child);
    }
    running.clear();
  };
  return {
    folder,
    file,
    trust,
    config,
    start(keys = {}, env = {}, flags = []) {
      writeFileSync(file, JSON.stringify(config(keys)));
      const child = spawn(process.execPath, [...flags, MAIN, '--config', file], {
        env: { ...PROCESS_ENV, ...env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      running.add(child);
      const output = { out: '', err: '' };
      child.stdout?.on('data', (chunk) => {
        output.out += chunk;
      });
      child.stderr?.on('data', (chunk) => {
        output.err += chunk;
      });
      const ready = new Promise<string>((resolve, reject) => {
        child.once('message', (message) => {
          if (typeof message === 'object' && message !== null && 'url' in message) resolve(String(message.url));
        });
        child.once('close', () => reject(new Error(output.out + output.err)));
      });
      ready.catch(() => {});
      return { child, ready, output };
    },
    post: (to, query, variables = {}) =>
      fetch(`${to}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      }),
    kill,
    async stop() {
      await kill();
      await Promise.all([locator.stop(), access.stop(), trust.stop()]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** The status that a process ends with. */
export async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}

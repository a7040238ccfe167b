import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headQuestion, LONGEST_SHIPMENT_BYTES, NO_LINES, readLine, shipment } from '@caregraph/service/audit/chain.ts';
import type { AuditEntry } from '@caregraph/service/audit/entry.ts';
import { type AuditKeys, type AuditSigner, auditSigner, readAuditKeys } from '@caregraph/service/audit/keys.ts';
import { createLog } from '@caregraph/service/log.ts';
import { z } from 'zod';
import type { After } from '../../../gateway/after.ts';
import { after } from '../../../gateway/after.ts';
import type { AuditLogOptions } from '../../../gateway/audit/log.ts';
import type { Send } from '../../../gateway/audit/shipper.ts';
import { listen } from '../../support/listen.ts';

export const GATEWAY = 'urn:caregraph:gateway:test';
export const PATIENTS = ['9876543210', '9000000009', '6700028191', '2686033207', '9278693472'] as const;

/** A look of a London crew at one patient. */
export function anEntry(given: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: randomUUID(),
    at: '2026-11-21T03:04:05.678Z',
    caller: { user: 'u-1', organisation: 'RRU', role: 'paramedic', purpose: 'directcare' },
    breakGlass: [],
    patients: ['9876543210'],
    operation: { kind: 'query', name: 'Crisis', hash: 'c'.repeat(64), fields: ['patient'] },
    recordTypes: ['crisisPlans', 'contacts'],
    custodians: [
      { patient: 0, custodian: 'RW5', outcome: 'ANSWERED', records: 3 },
      { patient: 0, custodian: 'RXA', outcome: 'TIMED_OUT', records: 0 },
    ],
    result: 'PARTIAL',
    ...given,
  };
}

/** A private key set, as it stands in a gateway's file. */
export function aKeySet(kid: string = randomUUID()): { keys: object[] } {
  return { keys: [{ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid }] };
}

/** Those who sign for a gateway, and whom a verifier trusts. */
export function someKeys(): { signer: AuditSigner; keys: AuditKeys; jwks: { keys: object[] } } {
  const jwks = aKeySet();
  return { signer: auditSigner(jwks), keys: readAuditKeys(jwks), jwks };
}

/** A folder of the test's own. */
export function aFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'caregraph-audit-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A log that is kept in memory, a line each. */
export function aLog() {
  const logged: string[] = [];
  return {
    logged,
    log: createLog({ name: 'test', level: 'debug', destination: { write: (line) => logged.push(line) } }),
  };
}

/** What an audit log needs, in a folder; no access subgraph unless one is given. */
export function options(folder: string, given: Partial<AuditLogOptions> = {}): AuditLogOptions {
  return {
    folder: join(folder, 'journal'),
    witness: join(folder, 'witness.json'),
    gateway: GATEWAY,
    signer: someKeys().signer,
    send: null,
    clock: { now: () => new Date(), elapsed: () => performance.now() },
    after,
    random: Math.random,
    newId: randomUUID,
    log: aLog().log,
    ...given,
  };
}

/** Timers that fire when a test says so, in the order in which they are due. */
export class Timers {
  #now = 0;
  #set: { at: number; run: () => void }[] = [];

  readonly after: After = (ms, run) => {
    const timer = { at: this.#now + ms, run };
    this.#set.push(timer);
    return () => {
      this.#set = this.#set.filter((each) => each !== timer);
    };
  };

  readonly elapsed = (): number => this.#now;

  /** How long the timers that are set will take, from now. */
  get due(): number[] {
    return this.#set.map(({ at }) => at - this.#now).sort((one, other) => one - other);
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#set.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (!next) break;
      this.#now = next.at;
      this.#set = this.#set.filter((each) => each !== next);
      next.run();
    }
    this.#now = end;
  }
}

const glassQuestion = z.object({ users: z.array(z.unknown()) });

/** Sends to the receiver at this origin. */
export function sendTo(origin: string): Send {
  return async (path, body) => {
    const response = await fetch(new URL(path, origin), { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`The receiver answered ${response.status}.`);
    return response.json();
  };
}

/** A receiver of audit lines that holds to what the access subgraph promises, and can be told to fail. */
export class Receiver {
  /** Every line that is kept, by chain, in order. */
  readonly chains = new Map<string, string[]>();
  /** The calls that came, in order. */
  readonly calls: { path: string; lines: number }[] = [];
  /** What it does instead of answering: refuses, or keeps what it was sent and then breaks the connection. */
  failing: 'not' | 'refuses' | 'keeps and hangs up' = 'not';
  readonly #server: Server;
  #arrived: (() => void)[] = [];
  #stop: (() => Promise<void>) | null = null;
  #origin = '';

  constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (data) => {
        body += data;
        if (body.length > LONGEST_SHIPMENT_BYTES) request.destroy();
      });
      request.on('end', () => {
        const path = request.url ?? '';
        const { status, answer } = this.#answer(path, JSON.parse(body));
        if (this.failing === 'keeps and hangs up' && path === '/audit/lines') request.socket.destroy();
        else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
        for (const arrived of this.#arrived.splice(0)) arrived();
      });
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    const { url, stop } = await listen(receiver.#server);
    receiver.#origin = new URL(url).origin;
    receiver.#stop = stop;
    return receiver;
  }

  async stop(): Promise<void> {
    await this.#stop?.();
  }

  get origin(): string {
    return this.#origin;
  }

  get send(): Send {
    return sendTo(this.#origin);
  }

  /** All lines of all chains. */
  get lines(): string[] {
    return [...this.chains.values()].flat();
  }

  /** The ids of all entries, in the order of the lines. */
  get entries(): string[] {
    return this.lines.flatMap((line) => {
      const read = readLine(line).line;
      return read?.kind === 'entry' ? [read.entry.id] : [];
    });
  }

  /** Resolves once something that it has received has made this true. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#arrived.push(resolve));
  }

  #answer(path: string, body: unknown): { status: number; answer: unknown } {
    if (path === '/audit/head') {
      this.calls.push({ path, lines: 0 });
      if (this.failing === 'refuses') return { status: 503, answer: {} };
      const head = this.#head(headQuestion.parse(body).chain);
      return { status: 200, answer: head.seq === 0 ? { seq: 0, hash: null } : head };
    }
    // Nobody has broken any glass.
    if (path === '/glass') return { status: 200, answer: { grants: glassQuestion.parse(body).users.map(() => []) } };
    const { chain, lines } = shipment.parse(body);
    this.calls.push({ path, lines: lines.length });
    if (this.failing === 'refuses') return { status: 503, answer: {} };
    const kept = this.chains.get(chain) ?? [];
    for (const text of lines) {
      const { line } = readLine(text);
      const head = this.#head(chain);
      if (line?.chain !== chain) return { status: 400, answer: {} };
      if (kept[line.seq - 1] === text) continue;
      if (line.seq !== head.seq + 1 || line.prev !== head.hash) return { status: 409, answer: head };
      kept.push(text);
      this.chains.set(chain, kept);
    }
    return { status: 200, answer: { upTo: this.#head(chain).seq } };
  }

  #head(chain: string): { seq: number; hash: string } {
    const last = readLine(this.chains.get(chain)?.at(-1) ?? '').line;
    return last ? { seq: last.seq, hash: last.hash } : NO_LINES;
  }
}

import { fork } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { type AuditKeys, readAuditKeys } from '@caregraph/service/audit/keys.ts';
import { Receiver } from '../gateway/audit/harness.ts';
import { startLocator } from '../support/index-of.ts';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { PROCESS_ENV } from '../support/process-env.ts';
import { plan } from '../support/records.ts';
import { startTrust } from '../support/trust.ts';
import { type CrashOptions, type CrashResult, crash } from './crash.ts';
import type { CrashSetup } from './server.ts';

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url));
const GATEWAY = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url));
const AGREEMENTS = fileURLToPath(new URL('../../subgraphs/demo/agreements', import.meta.url));

/** How often it is killed, and by which numbers. */
export interface Kills extends Pick<CrashOptions, 'onKill'> {
  readonly kills: number;
  readonly seed: number;
}

/** Kills the audit log, in a process of its own that does nothing else, in this folder. */
export async function crashAuditLog(folder: string, { seed, ...kills }: Kills): Promise<CrashResult> {
  await using receiver = await receiving();
  const { keys, file } = signing(folder);
  const setup: CrashSetup = {
    folder: join(folder, 'journal'),
    witness: join(folder, 'witness.json'),
    keys: file,
    receiver: receiver.origin,
    // Segments are short, so that new ones are begun under load as well.
    segmentBytes: 200_000,
  };
  // Awaited here, since the receiver ends with this function.
  return await crash({
    ...kills,
    subject: {
      start: () => fork(SERVER, [JSON.stringify(setup)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
      request: (mark) => ({ path: `/look?mark=${mark}` }),
      isAnswer: () => true,
      openingMs: 400,
      lifeMs: 250,
    },
    journal: setup.folder,
    witness: setup.witness,
    keys,
    receiver,
    random: seeded(seed),
    connections: 16,
  });
}

/** Kills a whole gateway, with a locator, a trust and a receiver beside it, in this folder. */
export async function crashGateway(folder: string, { seed, ...kills }: Kills): Promise<CrashResult> {
  const [patient = ''] = nhsNumbers(1);
  await using receiver = await receiving();
  const locator = await startLocator({ [patient]: ['RW5'] });
  const trust = await startTrust('RW5', { crisisPlans: { [patient]: [plan('1'), plan('2')] } });
  const issuer = await developmentIssuer(join(folder, 'issuer'), 'test');
  const token = await issuer.token({ organisation: 'RRU', role: 'paramedic', user: 'u-1', purpose: 'directcare' });
  const { keys, file } = signing(folder);
  cpSync(AGREEMENTS, join(folder, 'agreements'), { recursive: true });
  const config = join(folder, 'gateway.yaml');
  const { odsCode, name, url } = trust;
  writeFileSync(
    config,
    JSON.stringify({
      port: 0,
      subgraphs: { locator: { url: locator.url }, access: { url: `${receiver.origin}/graphql` } },
      trusts: [{ odsCode, name, url }],
      deadlineMs: 10_000,
      agreements: 'agreements',
      onward: { issuer: 'urn:caregraph:gateway:crash', keys: 'onward.json' },
      audit: { folder: 'journal', witness: 'witness.json', keys: file },
      development: { keys: 'issuer' },
    }),
  );
  try {
    return await crash({
      ...kills,
      subject: {
        start: () =>
          fork(GATEWAY, ['--config', config], {
            env: { ...PROCESS_ENV, LOG_LEVEL: 'fatal' },
            stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
          }),
        request: (mark) => ({
          path: '/graphql',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify({
            query: `query ${mark}($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { id } } }`,
            variables: { n: patient },
          }),
        }),
        isAnswer: (text) => text.includes('"crisisPlans":[{'),
        openingMs: 3_000,
        lifeMs: 1_000,
      },
      journal: join(folder, 'journal'),
      witness: join(folder, 'witness.json'),
      keys,
      receiver,
      random: seeded(seed),
      connections: 16,
    });
  } finally {
    await Promise.all([locator.stop(), trust.stop()]);
  }
}

async function receiving(): Promise<Receiver & AsyncDisposable> {
  const receiver = await Receiver.start();
  return Object.assign(receiver, { [Symbol.asyncDispose]: () => receiver.stop() });
}

/** A key that signs, in a file, and what verifies it. */
function signing(folder: string): { keys: AuditKeys; file: string } {
  const key = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: randomUUID() };
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify({ keys: [key] }), { mode: 0o600 });
  return { keys: readAuditKeys({ keys: [key] }), file };
}

/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

import { fork } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAuditKeys } from '@caregraph/service/audit/keys.ts';
import { Receiver } from '../gateway/audit/harness.ts';
import { type CrashOptions, type CrashResult, crash } from './crash.ts';
import type { CrashSetup } from './server.ts';

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url));

/** Kills the audit log, in a process of its own, in this folder. */
export async function crashAuditLog(
  folder: string,
  { kills, seed, onKill }: { kills: number; seed: number } & Pick<CrashOptions, 'onKill'>,
): Promise<CrashResult> {
  const jwks = {
    keys: [{ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: randomUUID() }],
  };
  const receiver = await Receiver.start();
  const setup: CrashSetup = {
    folder: join(folder, 'journal'),
    witness: join(folder, 'witness.json'),
    keys: join(folder, 'keys.json'),
    receiver: receiver.origin,
    segmentBytes: 200_000,
  };
  writeFileSync(setup.keys, JSON.stringify(jwks), { mode: 0o600 });
  try {
    return await crash({
      subject: {
        start: () => fork(SERVER, [JSON.stringify(setup)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
        request: (mark) => ({ path: `/look?mark=${mark}` }),
      },
      folder: setup.folder,
      witness: setup.witness,
      keys: readAuditKeys(jwks),
      receiver,
      kills,
      random: seeded(seed),
      connections: 16,
      ...(onKill && { onKill }),
    });
  } finally {
    await receiver.stop();
  }
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

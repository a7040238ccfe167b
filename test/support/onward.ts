import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOnwardSigner, type OnwardSigner } from '@caregraph/gateway/access/onward-token.ts';
import { createKeySet, type KeySet } from '@caregraph/service/key-set.ts';
import type { OnwardCaller } from '@caregraph/service/onward.ts';
import type { SigningKey } from '@caregraph/service/private-keys.ts';

export const PARAMEDIC: OnwardCaller = {
  user: '555021935107',
  organisation: 'RRU',
  role: 'paramedic',
  purpose: 'directcare',
};

/** A gateway, as those see it whom it calls: its name, its public keys in a file, and its tokens. */
export interface TestSigner extends OnwardSigner {
  readonly issuer: string;
  readonly key: SigningKey;
  /** The file of its public keys. */
  readonly file: string;
  readonly keys: KeySet;
  /** What a configuration says of it. */
  readonly config: { readonly issuer: string; readonly jwks: { readonly file: string } };
  close(): void;
}

export function createTestSigner(issuer = 'https://gateway.example', now: () => Date = () => new Date()): TestSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key: SigningKey = { kid: crypto.randomUUID(), privateKey };
  const folder = mkdtempSync(join(tmpdir(), 'caregraph-onward-'));
  const file = join(folder, 'jwks.json');
  writeFileSync(
    file,
    JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: key.kid, alg: 'EdDSA' }] }),
  );
  const keys = createKeySet({ file });
  return {
    ...createOnwardSigner({ issuer, key: () => key, now, newId: () => crypto.randomUUID() }),
    issuer,
    key,
    file,
    keys,
    config: { issuer, jwks: { file } },
    close() {
      keys.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Posts JSON with a token for it. */
export async function postSigned(
  signer: OnwardSigner,
  audience: string,
  url: string,
  json: unknown,
  caller: OnwardCaller | 'gateway' = PARAMEDIC,
): Promise<Response> {
  const body = Buffer.from(JSON.stringify(json));
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: await signer.authorize({ audience, body, caller }),
    },
    body,
  });
}

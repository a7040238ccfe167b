import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './config.ts';
import { madeOnce } from './made-once.ts';
import { contentFingerprint, reloading } from './reloading.ts';

/** A private key that signs, and the name under which its public part is published. */
export interface SigningKey {
  /** The key's id (RFC 7517 `kid`). */
  readonly kid: string;
  /** Ed25519 (RFC 8032). */
  readonly privateKey: KeyObject;
}

/** The public part of a key, as it is published (RFC 7517, RFC 8037). */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
}

/** Keys of ours that sign, which follow their file while the process runs. */
export interface PrivateKeys {
  /** The key that signs now: the first of the file. */
  signing(): SigningKey;
  /** The public parts of all of them, as a JSON Web Key Set. */
  publicJwks(): { readonly keys: readonly PublicJwk[] };
  /** Looks at the file now, rather than within a second or two. */
  check(): void;
  /** Looks at the file no more. */
  close(): void;
}

const base64url = z.string().regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url');

const privateJwks = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        kid: z.string().min(1),
        x: base64url,
        d: base64url,
      }),
    )
    .min(1, 'must hold a key')
    .refine((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length, 'names two keys with the same "kid"'),
});

interface Pair extends SigningKey {
  readonly jwk: PublicJwk;
}

/**
 * Opens a file of private keys: a JSON Web Key Set of Ed25519 keys (RFC 7517, RFC 8037). It is made, with one new key and for
 * nobody else to read, when it does not exist; several processes may do so at the same time.
 *
 * The first key signs, and all are published. A key is replaced by adding another one at the end, moving that one to the front
 * once everybody has fetched it, and dropping the old one when nothing that it has signed is good any more.
 *
 * @param onRefused told of what was put into the file while the process ran and is no such set: the last good one stays.
 * @throws ConfigError when the file can be neither read nor made. Nothing of its content is told.
 */
export function openPrivateKeys(file: string, onRefused: (error: Error) => void = () => {}): PrivateKeys {
  try {
    madeOnce(file, () => JSON.stringify({ keys: [newKey()] }));
  } catch (error) {
    throw new ConfigError(`The key file ${file} can be neither read nor made.`, { cause: error });
  }
  const pairs = reloading({ fingerprint: () => contentFingerprint([file]), read: () => readPairs(file), onRefused });
  return {
    signing: () => pairs.current()[0],
    publicJwks: () => ({ keys: pairs.current().map(({ jwk }) => jwk) }),
    check: pairs.check,
    close: pairs.close,
  };
}

function newKey(): object {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID() };
}

function readPairs(file: string): readonly [Pair, ...Pair[]] {
  const [first, ...others] = readJwks(file).keys.map(({ kty, crv, kid, x, d }): Pair => {
    const privateKey = createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });
    const published = createPublicKey(privateKey).export({ format: 'jwk' }).x;
    if (published !== x) throw refused(file, `of the key "${kid}", "x" is not the public part of "d"`);
    return { kid, privateKey, jwk: { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' } };
  });
  if (!first) throw refused(file, 'it must hold a key');
  return [first, ...others];
}

function readJwks(file: string): z.output<typeof privateJwks> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // What JSON.parse says of it shows a part of it.
    throw refused(file, 'it cannot be read as JSON');
  }
  const result = privateJwks.safeParse(json);
  if (result.success) return result.data;
  throw refused(file, result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; '));
}

const refused = (file: string, why: string): ConfigError =>
  new ConfigError(`The key file ${file} is no JSON Web Key Set of private Ed25519 keys (RFC 7517, RFC 8037): ${why}.`);

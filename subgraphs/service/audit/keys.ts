import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { headBytes, type SignedHead } from './chain.ts';

/** Signs the heads of a gateway's chains. */
export interface AuditSigner {
  /** The id of the key that signs (RFC 7517 `kid`). */
  readonly keyId: string;
  /** The Ed25519 signature (RFC 8032) of these bytes by that key. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** Those keys whose signatures are trusted, by id. */
export type AuditKeys = ReadonlyMap<string, KeyObject>;

const ed25519 = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1),
  x: z.string().min(1),
  d: z.string().min(1).optional(),
});

const keySet = z.object({ keys: z.array(ed25519).min(1, 'must hold a key') });

/**
 * Reads a JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037), private or public, for its public parts.
 *
 * @throws when it is none; the message says nothing of its content.
 */
export function readAuditKeys(jwks: unknown): AuditKeys {
  return new Map(
    readKeySet(jwks).map(({ kty, crv, kid, x }) => [kid, createPublicKey({ key: { kty, crv, x }, format: 'jwk' })]),
  );
}

/**
 * Signs with the first key of a private JSON Web Key Set.
 *
 * @throws when it is none, or its first key is a public one; the message says nothing of its content.
 */
export function auditSigner(jwks: unknown): AuditSigner {
  const [first] = readKeySet(jwks);
  if (!first?.d) throw new Error('The first key of the set must be a private one: it is the one that signs.');
  const { kty, crv, kid, x, d } = first;
  const key = createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });
  return { keyId: kid, sign: (bytes) => sign(null, bytes, key) };
}

function readKeySet(jwks: unknown): z.infer<typeof keySet>['keys'] {
  const result = keySet.safeParse(jwks);
  if (result.success) return result.data.keys;
  throw new Error('An audit key set is a JSON Web Key Set (RFC 7517) of Ed25519 keys, each with a "kid".');
}

/** Signs a statement that this is the chain's last line. */
export function signHead(signer: AuditSigner, head: Pick<SignedHead, 'chain' | 'seq' | 'hash' | 'at'>): SignedHead {
  const { chain, seq, hash, at } = head;
  const signature = Buffer.from(signer.sign(headBytes(head))).toString('base64url');
  return { chain, seq, hash, at, key: signer.keyId, signature };
}

/** Whether a signed head is good: `UNKNOWN_KEY` when it is of a key that is not trusted. */
export function checkHead(head: SignedHead, keys: AuditKeys): 'GOOD' | 'UNKNOWN_KEY' | 'BAD_SIGNATURE' {
  const key = keys.get(head.key);
  if (!key) return 'UNKNOWN_KEY';
  return verify(null, headBytes(head), key, Buffer.from(head.signature, 'base64url')) ? 'GOOD' : 'BAD_SIGNATURE';
}

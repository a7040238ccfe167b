import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createOnwardSigner } from '@caregraph/gateway/access/onward-token.ts';
import type { OnwardCall } from '@caregraph/service/onward.ts';
import type { SigningKey } from '@caregraph/service/private-keys.ts';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';

const NOW = new Date('2026-03-01T12:00:00.900Z');
const IAT = NOW.getTime() / 1_000 - 0.9;
const newKey = (): SigningKey => ({ kid: randomUUID(), privateKey: generateKeyPairSync('ed25519').privateKey });
const CALL: OnwardCall = {
  audience: 'RW5',
  body: Buffer.from('{"hello": "world"}\n'),
  caller: { user: '555021935107', organisation: 'RRU', role: 'paramedic', purpose: 'directcare' },
};

/** A signer whose key can be changed, and a check of its tokens that is not ours. */
function signerWith(first: SigningKey) {
  let key = first;
  let id = 0;
  const signer = createOnwardSigner({
    issuer: 'https://gateway.example',
    key: () => key,
    now: () => NOW,
    newId: () => `id-${++id}`,
  });
  return {
    change: (next: SigningKey) => {
      key = next;
    },
    token: async (call: Partial<OnwardCall> = {}) =>
      (await signer.authorize({ ...CALL, ...call })).slice('Bearer '.length),
    read: (token: string, by: SigningKey) =>
      jwtVerify(token, createPublicKey(by.privateKey), { currentDate: NOW, typ: 'caregraph-onward+jwt' }),
  };
}

describe('an onward token', () => {
  test('says who calls whom, on whose behalf, and with which body, for a minute', async () => {
    const key = newKey();
    const { token, read } = signerWith(key);
    const { payload, protectedHeader } = await read(await token(), key);
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'caregraph-onward+jwt', kid: key.kid });
    expect(payload).toEqual({
      iss: 'https://gateway.example',
      aud: 'RW5',
      sub: '555021935107',
      requesting_user: '555021935107',
      requesting_organization: 'RRU',
      requesting_role: 'paramedic',
      reason_for_request: 'directcare',
      iat: IAT,
      exp: IAT + 60,
      jti: 'id-1',
      content_digest: 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:',
    });
  });

  test('is another one each time, for the same call too', async () => {
    const key = newKey();
    const { token, read } = signerWith(key);
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push((await read(await token(), key)).payload.jti);
    expect(ids).toEqual(['id-1', 'id-2', 'id-3']);
  });

  test('names nobody when the gateway calls on its own behalf', async () => {
    const key = newKey();
    const { token, read } = signerWith(key);
    const { payload } = await read(await token({ caller: 'gateway' }), key);
    expect(payload.sub).toBe('https://gateway.example');
    expect(Object.keys(payload).filter((claim) => /^(requesting|reason)/.test(claim))).toEqual([]);
  });

  test('is signed with the key that signs now, and names it', async () => {
    const [one, other] = [newKey(), newKey()];
    const { token, read, change } = signerWith(one);
    await read(await token(), one);
    change(other);
    const later = await token();
    await read(later, other);
    expect(decodeProtectedHeader(later).kid).toBe(other.kid);
    await expect(read(later, one)).rejects.toThrow();
  });
});

import { type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { ONWARD_TYPE, type OnwardCall, onwardClaims } from '@caregraph/service/onward.ts';
import type { SigningKey } from '@caregraph/service/private-keys.ts';

export interface OnwardSignerOptions {
  /** The gateway's `iss`. */
  readonly issuer: string;
  /** The key to sign with now. */
  readonly key: () => SigningKey;
  readonly now: () => Date;
  /** A new id for each token (`jti`), such as a UUID. */
  readonly newId: () => string;
}

/** Makes the tokens with which the gateway calls others (`@caregraph/service/onward.ts`). */
export interface OnwardSigner {
  /** A token for one call, as the value of the header `Authorization`. */
  authorize(call: OnwardCall): Promise<string>;
}

// Beside the thread that everything else waits for, which this would otherwise hold up several times in each request.
const signBytes = promisify(sign);

/** A signer of onward tokens. */
export function createOnwardSigner({ issuer, key, now, newId }: OnwardSignerOptions): OnwardSigner {
  const headers = new WeakMap<KeyObject, string>();
  const headerOf = ({ kid, privateKey }: SigningKey): string => {
    let header = headers.get(privateKey);
    if (header === undefined) {
      header = base64url({ alg: 'EdDSA', typ: ONWARD_TYPE, kid });
      headers.set(privateKey, header);
    }
    return header;
  };
  return {
    async authorize(call) {
      const signing = key();
      const input = `${headerOf(signing)}.${base64url(onwardClaims(issuer, call, now(), newId()))}`;
      const signature = await signBytes(null, Buffer.from(input), signing.privateKey);
      return `Bearer ${input}.${signature.toString('base64url')}`;
    },
  };
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

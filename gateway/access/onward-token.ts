import { type KeyObject, sign } from 'node:crypto';
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
      // On this thread: beside it, each signature costs twice as much processor time in all (ADR 13).
      const signature = sign(null, Buffer.from(input), signing.privateKey);
      return `Bearer ${input}.${signature.toString('base64url')}`;
    },
  };
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

import { type KeyObject, sign } from 'node:crypto';
import { contentDigest, ONWARD_LIFETIME, ONWARD_TYPE, type OnwardCaller } from '@caregraph/service/onward.ts';
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

/** What a token is made for. */
export interface OnwardCall {
  /** Who is called: a trust's ODS code, or `locator` or `access`. */
  readonly audience: string;
  /** The body that is sent, byte for byte. */
  readonly body: Uint8Array;
  /** On whose behalf; `'gateway'` for the gateway's own, as for its audit. */
  readonly caller: OnwardCaller | 'gateway';
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
    async authorize({ audience, body, caller }) {
      const signing = key();
      const iat = Math.floor(now().getTime() / 1_000);
      const payload = base64url({
        iss: issuer,
        aud: audience,
        ...(caller === 'gateway' ? { sub: issuer } : claimsOf(caller)),
        iat,
        exp: iat + ONWARD_LIFETIME,
        jti: newId(),
        content_digest: contentDigest(body),
      });
      const signed = `${headerOf(signing)}.${payload}`;
      const signature = sign(null, Buffer.from(signed), signing.privateKey);
      return `Bearer ${signed}.${signature.toString('base64url')}`;
    },
  };
}

const claimsOf = ({ user, organisation, role, purpose }: OnwardCaller): object => ({
  sub: user,
  requesting_user: user,
  requesting_organization: organisation,
  requesting_role: role,
  reason_for_request: purpose,
});

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

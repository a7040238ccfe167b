import { type KeyObject, randomUUID, sign } from 'node:crypto';
import { ONWARD_TYPE, type OnwardCaller, onwardClaims } from '@caregraph/service/onward.ts';
import type { SigningKey } from '@caregraph/service/private-keys.ts';

/** A gateway that the trust lets in, as which the audits ask. */
export interface AuditingGateway {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  /** The ODS code of the trust. */
  readonly audience: string;
  readonly key: SigningKey;
  readonly now: () => Date;
}

/** What is different about a token that a trust must refuse. */
export interface Alteration {
  readonly header?: object;
  readonly claims?: object;
  /** Signs in place of the gateway's own; `null` for no signature. */
  readonly key?: KeyObject | null;
}

const AUDITOR: OnwardCaller = {
  user: 'conformance',
  organisation: 'AUDIT',
  role: 'crisis-clinician',
  purpose: 'directcare',
};

/** A token for one body, as the value of the header `Authorization`. */
export function tokenFor(gateway: AuditingGateway, body: string, altered: Alteration = {}): string {
  const { issuer, audience, key, now } = gateway;
  const call = { audience, body: Buffer.from(body), caller: AUDITOR };
  const header = { alg: 'EdDSA', typ: ONWARD_TYPE, kid: key.kid, ...altered.header };
  const claims = { ...onwardClaims(issuer, call, now(), randomUUID()), ...altered.claims };
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signing = altered.key === undefined ? key.privateKey : altered.key;
  return `Bearer ${input}.${signing ? sign(null, Buffer.from(input), signing).toString('base64url') : ''}`;
}

import { createHmac, type KeyObject, sign } from 'node:crypto';

/** A token of any header and any claims; without a key, with an empty signature. */
export function forge(header: object, claims: object, key?: KeyObject): string {
  const input = `${base64url(header)}.${base64url(claims)}`;
  return `${input}.${key ? sign(null, Buffer.from(input), key).toString('base64url') : ''}`;
}

/** A token signed with a secret, HS256. */
export function forgeHS256(header: object, claims: object, secret: string): string {
  const input = `${base64url(header)}.${base64url(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** The claims of a token, unchecked. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

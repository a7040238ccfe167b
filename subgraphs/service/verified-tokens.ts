import { hash } from 'node:crypto';
import type { JWTPayload } from 'jose';

/** How long a token is remembered, in seconds. */
const LONGEST = 60;

/** How many are remembered. Of more, those that came first are forgotten. */
const MOST = 10_000;

/**
 * Remembers the claims of tokens whose signature was right, so that a user's next request is spared the check. What else
 * makes a token good, its time above all, is for whoever asks to look at again.
 *
 * Tokens are known by their digest (SHA-256). What a token could say of a patient is not kept: one in which something reads
 * like an NHS number is not remembered.
 */
export class VerifiedTokens {
  readonly #known = new Map<
    string,
    { readonly claims: JWTPayload; readonly edition: number; readonly since: number }
  >();

  /**
   * The claims of a token that was remembered under this edition of its issuer's keys.
   *
   * @param now seconds since 1970.
   */
  claims(token: string, edition: number, now: number): JWTPayload | undefined {
    const digest = digestOf(token);
    const known = this.#known.get(digest);
    if (!known) return undefined;
    const age = now - known.since;
    if (known.edition === edition && age >= 0 && age < LONGEST) return known.claims;
    this.#known.delete(digest);
    return undefined;
  }

  /** Remembers a token that was verified with a key of this edition. @param now seconds since 1970. */
  remember(token: string, claims: JWTPayload, edition: number, now: number): void {
    if (mayNamePatient(claims)) return;
    const [first] = this.#known.size >= MOST ? this.#known.keys() : [];
    if (first !== undefined) this.#known.delete(first);
    this.#known.set(digestOf(token), { claims: frozen(claims), edition, since: now });
  }

  /** How many are remembered. */
  get size(): number {
    return this.#known.size;
  }
}

const digestOf = (token: string): string => hash('sha256', token, 'base64');

/** Times are numbers of ten digits as well, but not text. */
const mayNamePatient = (claims: JWTPayload): boolean =>
  /(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)/.test(
    JSON.stringify(claims, (_key, value: unknown) => (typeof value === 'number' ? null : value)),
  );

/** One request after another is given the same claims. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}

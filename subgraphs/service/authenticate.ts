import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  type ProtectedHeaderParameters,
} from 'jose';
import { z } from 'zod';
import { resolveBeside } from './config.ts';
import { createKeySet, KeysUnavailableError, keySource } from './key-set.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** Why a caller is not known. Nothing of the token stands in the message. */
export class UnauthenticatedError extends Error {
  readonly code = 'UNAUTHENTICATED';
  override readonly name = 'UnauthenticatedError';
}

/** Whose tokens are accepted, and for whom they must be made. */
export const authenticationConfig = z.strictObject({
  /** The `iss` of an accepted token. */
  issuer: z.string().min(1),
  /** The `aud` of an accepted token. */
  audience: z.string().min(1),
  /** The issuer's public keys (RFC 7517), at an address or in a file. */
  jwks: keySource,
  /** The `typ` in the header of an accepted token (RFC 8725): `JWT` and `at+jwt` when left out. */
  types: z.array(z.string().min(1)).min(1).optional(),
});

export type AuthenticationConfig = z.infer<typeof authenticationConfig>;

export interface AuthenticatorOptions {
  readonly now?: () => Date;
  /** Told of each time that the issuer's keys could not be read. Must not throw. */
  readonly onTrouble?: (error: Error) => void;
}

export interface Authenticator {
  /**
   * The claims of the bearer token in an `Authorization` header (RFC 6750, RFC 7519). All headers of that name that a
   * request has are given, as in `headersDistinct`, so that a second one does not go unseen.
   *
   * @throws UnauthenticatedError when there is none, or it is not an accepted one.
   * @throws KeysUnavailableError when the issuer's keys cannot be read: that is a fault, and says nothing of the token.
   */
  authenticate(authorization: string | readonly string[] | undefined): Promise<JWTPayload>;
  /** Follows the issuer's keys no more. */
  close(): void;
}

/** Signatures by a private key alone: with a secret that both sides know, whoever can check a token can also make one. */
const ALGORITHMS = [
  ...['EdDSA', 'Ed25519', 'ES256', 'ES384', 'ES512'],
  ...['PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'],
];

const DEFAULT_TYPES: readonly string[] = ['JWT', 'at+jwt'];

const CLOCK_TOLERANCE_SECONDS = 60;

/** No longer than all the headers of a request together may be for Node. */
const LONGEST_HEADER = 16 * 1024;

/**
 * Checks bearer tokens after RFC 8725: signing algorithms, type, issuer and audience are pinned, clocks may differ by a
 * minute, and keys come from `jwks` alone. What cannot be a token for us is refused for its form and its claims, before
 * anybody asks for a key or checks a signature; the claims of one whose signature is right are then checked once more. A
 * signature that was right is not checked again for a minute, as long as the issuer's keys are the same.
 *
 * @throws ConfigError when the key file cannot be read, or holds no keys.
 */
export function createAuthenticator(config: AuthenticationConfig, options: AuthenticatorOptions = {}): Authenticator {
  const { now = () => new Date(), ...others } = options;
  const keys = createKeySet(config.jwks, others);
  const types = new Set((config.types ?? DEFAULT_TYPES).map(mediaType));
  const known = new VerifiedTokens();
  return {
    async authenticate(authorization) {
      const token = tokenOf(authorization);
      const seconds = Math.floor(now().getTime() / 1_000);
      const remembered = known.claims(token, keys.edition(), seconds);
      if (remembered) {
        refuseIf(wrongInClaims(remembered, config, seconds));
        await keys.fresh();
        if (known.claims(token, keys.edition(), seconds)) return remembered;
      }
      const { header, claims } = decoded(token);
      refuseIf(wrongInHeader(header, types) ?? wrongInClaims(claims, config, seconds));
      const edition = keys.edition();
      const payload = await verified(token, keys, seconds);
      refuseIf(wrongInClaims(payload, config, seconds));
      // Of keys that have changed meanwhile, nobody can say which of them it was.
      if (keys.edition() === edition) known.remember(token, payload, edition, seconds);
      return payload;
    },
    close: keys.close,
  };
}

function refuseIf(wrong: string | undefined): void {
  if (wrong !== undefined) throw new UnauthenticatedError(wrong);
}

function tokenOf(authorization: string | readonly string[] | undefined): string {
  const headers = [authorization ?? []].flat();
  if (headers.length > 1) throw new UnauthenticatedError('Send one header "Authorization", not several.');
  const [header = ''] = headers;
  if (header.length > LONGEST_HEADER) {
    throw new UnauthenticatedError(`The token is longer than ${LONGEST_HEADER} characters, the most that is read.`);
  }
  const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(header)?.[1];
  if (!token) {
    throw new UnauthenticatedError('Send a token in the header "Authorization: Bearer <token>" with every request.');
  }
  return token;
}

/** What a token says of itself, to which nobody has put a name yet. */
function decoded(token: string): { header: ProtectedHeaderParameters; claims: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    throw new UnauthenticatedError('The token is not a JSON Web Token (RFC 7519).');
  }
}

function wrongInHeader(header: ProtectedHeaderParameters, types: ReadonlySet<string>): string | undefined {
  if (!ALGORITHMS.includes(header.alg ?? '')) return `The token must be signed by one of ${ALGORITHMS.join(', ')}.`;
  if (typeof header.typ !== 'string' || !types.has(mediaType(header.typ))) {
    return 'The "typ" in the token\'s header is not one that is accepted here.';
  }
  // RFC 7515: what is critical is refused by whoever does not understand it. Nothing that can be is understood here.
  if (Object.hasOwn(header, 'crit')) return 'The token\'s header says "crit" of something that is not understood here.';
  if (header.kid !== undefined && typeof header.kid !== 'string') return 'The "kid" in the token\'s header is no text.';
  return undefined;
}

/** RFC 7515: of a media type, `application/` may be left out, and letters are the same in both cases. */
function mediaType(type: string): string {
  const lower = type.toLowerCase();
  return lower.includes('/') ? lower : `application/${lower}`;
}

function wrongInClaims(claims: JWTPayload, expected: AuthenticationConfig, now: number): string | undefined {
  const latest = now + CLOCK_TOLERANCE_SECONDS;
  const not = (claim: string): string => `The token's claim "${claim}" is not as it must be.`;
  if (claims.iss !== expected.issuer) return not('iss');
  if (![claims.aud].flat().includes(expected.audience)) return not('aud');
  if (typeof claims.sub !== 'string' || claims.sub === '') return not('sub');
  if (typeof claims.exp !== 'number') return not('exp');
  if (claims.exp <= now - CLOCK_TOLERANCE_SECONDS) return 'The token has expired. Get a new one.';
  if (typeof claims.iat !== 'number' || claims.iat > latest) return not('iat');
  if (claims.nbf !== undefined && !(typeof claims.nbf === 'number' && claims.nbf <= latest)) return not('nbf');
  return undefined;
}

async function verified(token: string, keys: JWTVerifyGetKey, seconds: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(seconds * 1_000),
    });
    return payload;
  } catch (error) {
    if (error instanceof KeysUnavailableError) throw error;
    // Of the issuer's keys, jose says in another way that one of them cannot be used, such as an RSA key of 1024 bits.
    if (!(error instanceof errors.JOSEError)) throw new KeysUnavailableError({ cause: error });
    // Not the cause of it: jose's errors may hold the claims.
    throw new UnauthenticatedError(whyNot(error));
  }
}

function whyNot(error: errors.JOSEError): string {
  if (error instanceof errors.JWKSNoMatchingKey) return 'The token is not signed with one of the keys of its issuer.';
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'The token must name the key that signed it: "kid".';
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The token's signature is not right.";
  return 'The token is not one that is accepted here.';
}

/** The same configuration with a key file named relative to the configuration's own folder. */
export function authenticationBeside(file: string, config: AuthenticationConfig): AuthenticationConfig {
  return 'file' in config.jwks ? { ...config, jwks: { file: resolveBeside(file, config.jwks.file) } } : config;
}

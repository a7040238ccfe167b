import { readFileSync } from 'node:fs';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { ConfigError, resolveBeside } from './config.ts';

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
  jwks: z.union([
    z.strictObject({ url: z.url({ protocol: /^https?$/ }) }),
    z.strictObject({ file: z.string().min(1) }),
  ]),
});

export type AuthenticationConfig = z.infer<typeof authenticationConfig>;

export interface Authenticator {
  /**
   * The claims of the bearer token in an `Authorization` header (RFC 6750, RFC 7519).
   *
   * @throws UnauthenticatedError when there is none, or it is not an accepted one.
   * @throws when the issuer's keys cannot be read: that is a fault, and says nothing of the token.
   */
  authenticate(authorization: string | undefined): Promise<JWTPayload>;
}

const ALGORITHMS = ['EdDSA', 'ES256', 'ES384', 'PS256', 'RS256'];
const CLOCK_TOLERANCE_SECONDS = 60;

/**
 * Checks bearer tokens after RFC 8725: signing algorithms, issuer and audience are pinned; keys come from `jwks` alone. A
 * key file is read once, now.
 *
 * @throws ConfigError when the key file cannot be read, or holds no keys.
 */
export function createAuthenticator(config: AuthenticationConfig, now: () => Date = () => new Date()): Authenticator {
  const keys = jwks(config.jwks);
  return {
    async authenticate(authorization) {
      const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(authorization ?? '')?.[1];
      if (!token) {
        throw new UnauthenticatedError(
          'Send a token in the header "Authorization: Bearer <token>" with every request.',
        );
      }
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer: config.issuer,
          audience: config.audience,
          algorithms: ALGORITHMS,
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          requiredClaims: ['sub', 'iat', 'exp'],
          currentDate: now(),
        });
        return payload;
      } catch (error) {
        if (isFault(error)) throw new Error("The issuer's keys could not be read.", { cause: error });
        throw new UnauthenticatedError(whyRefused(error), { cause: error });
      }
    },
  };
}

function jwks(source: AuthenticationConfig['jwks']): JWTVerifyGetKey {
  if ('url' in source) return createRemoteJWKSet(new URL(source.url), { timeoutDuration: 2_000 });
  try {
    return createLocalJWKSet(JSON.parse(readFileSync(source.file, 'utf8')));
  } catch (error) {
    throw new ConfigError(`The key file ${source.file} cannot be read as a JSON Web Key Set (RFC 7517).`, {
      cause: error,
    });
  }
}

/** Whether it is the fetching of keys that went wrong; jose gives its plain class to an answer that is no key set. */
function isFault(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return [errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code].includes(error.code);
}

/** The same configuration with a key file named relative to the configuration's own folder. */
export function authenticationBeside(file: string, config: AuthenticationConfig): AuthenticationConfig {
  return 'file' in config.jwks ? { ...config, jwks: { file: resolveBeside(file, config.jwks.file) } } : config;
}

function whyRefused(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired. Get a new one.';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The token's claim "${error.claim}" is not as it must be.`;
  return 'The token is not one that is accepted here.';
}

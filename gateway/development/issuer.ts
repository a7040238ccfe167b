import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuthenticationConfig } from '@caregraph/service/authenticate.ts';
import { ConfigError } from '@caregraph/service/config.ts';
import { madeOnce } from '@caregraph/service/made-once.ts';
import { importJWK, type JWK, SignJWT } from 'jose';
import type { Purpose } from '../access/caller.ts';
import { type RoleName, roleCode } from '../access/roles.ts';

/** The `iss` and `aud` of development tokens. No production configuration names them. */
export const DEVELOPMENT_ISSUER = 'urn:caregraph:development';
export const DEVELOPMENT_AUDIENCE = 'caregraph';

const ALGORITHM = 'EdDSA';
const LIFETIME = '12h';

/** Who a development token is for. */
export interface TokenFor {
  /** An ODS code. */
  readonly organisation: string;
  /** The role, or those of a user who holds several and names the one in use by its id: `USER-1`, `USER-2` and so on. */
  readonly role: RoleName | readonly RoleName[];
  readonly user: string;
  readonly purpose: Purpose;
}

/** An issuer of tokens for developers, whose key pair lives in a folder of this machine. */
export interface DevelopmentIssuer {
  /** How a process accepts this issuer's tokens. */
  readonly authentication: AuthenticationConfig;
  /** A token for a person, with the claims of CIS2 and NRL. */
  token(caller: TokenFor): Promise<string>;
  /** A token for a custodian's own system, which publishes its pointers (NRL `requesting_organization`, `scope`). */
  publisherToken(organisation: string): Promise<string>;
}

/**
 * Opens the issuer in a folder; makes its key pair when there is none. Several processes may do so at the same time.
 *
 * @throws ConfigError with NODE_ENV=production: a key that lies on a disk for everybody's convenience is no proof of anything.
 */
export async function developmentIssuer(
  folder: string,
  environment = process.env.NODE_ENV,
): Promise<DevelopmentIssuer> {
  if (environment === 'production') {
    throw new ConfigError(
      'The development issuer cannot be used with NODE_ENV=production. Configure "authentication" instead.',
    );
  }
  const secretFile = join(folder, 'issuer.json');
  const jwksFile = join(folder, 'jwks.json');
  const jwk: JWK = JSON.parse(madeOnce(secretFile, newKey));
  const { d: _, ...publicKey } = jwk;
  replace(jwksFile, JSON.stringify({ keys: [{ ...publicKey, alg: ALGORITHM, use: 'sig' }] }));
  const key = await importJWK(jwk, ALGORITHM);
  const sign = (subject: string, claims: Readonly<Record<string, unknown>>): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', ...(jwk.kid && { kid: jwk.kid }) })
      .setIssuer(DEVELOPMENT_ISSUER)
      .setAudience(DEVELOPMENT_AUDIENCE)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(LIFETIME)
      .sign(key);
  return {
    authentication: { issuer: DEVELOPMENT_ISSUER, audience: DEVELOPMENT_AUDIENCE, jwks: { file: jwksFile } },
    token: ({ organisation, role, user, purpose }) =>
      sign(user, {
        nhsid_useruid: user,
        nhsid_nrbac_roles: [role].flat().map((each, i) => ({
          person_roleid: `${user}-${i + 1}`,
          org_code: organisation,
          role_code: `S8000:G8000:${roleCode(each)}`,
        })),
        reason_for_request: purpose,
      }),
    publisherToken: (organisation) =>
      sign(`publisher-${organisation}`, {
        requesting_organization: organisation,
        scope: 'patient/DocumentReference.write',
      }),
  };
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: randomUUID() });
}

function replace(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}

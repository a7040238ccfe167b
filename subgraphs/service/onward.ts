import { hash } from 'node:crypto';
import { parseODSCode } from '@caregraph/schema/scalars.ts';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { UnauthenticatedError } from './authenticate.ts';
import type { Guard } from './guard.ts';
import type { KeySet } from './key-set.ts';
import { Once } from './once.ts';

/**
 * The onward token, with which the gateway calls trusts and the subgraphs beside it: a JWT (RFC 7519) signed with EdDSA (RFC
 * 8037), for one audience, one body and one minute, which says on whose behalf the call is made.
 */

/** The `typ` of its header (RFC 8725, explicit typing). */
export const ONWARD_TYPE = 'caregraph-onward+jwt';

/** How long it is good for, in seconds. */
export const ONWARD_LIFETIME = 60;

/** How far the clocks of a gateway and of whom it calls may be apart, in seconds. */
const CLOCK_TOLERANCE = 60;

/** On whose behalf the gateway calls. */
export interface OnwardCaller {
  /** The user's id, as the issuer of the user's own token knows it. */
  readonly user: string;
  /** The ODS code of the organisation for which the user works. */
  readonly organisation: string;
  /** The name of the user's role (`schema/codes/roles.json`). */
  readonly role: string;
  /** Why the records are asked for (NRL `reason_for_request`). */
  readonly purpose: 'directcare' | 'patientaccess';
  /**
   * A UUID of the look for which the call is made, when it is known: all calls made for one look carry the same, the second
   * attempts among them, and the gateway's audit knows it by this id.
   */
  readonly accessId?: string | undefined;
}

/** The digest of a body, as it stands in the claim `content_digest` (RFC 9530, Content-Digest). */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${hash('sha256', body, 'base64')}:`;
}

/** What a token is made for. */
export interface OnwardCall {
  /** Who is called: a trust's ODS code, or the name of a subgraph beside the gateway. */
  readonly audience: string;
  /** The body that is sent, byte for byte. */
  readonly body: Uint8Array;
  /** On whose behalf; `'gateway'` for the gateway's own, as for its audit. */
  readonly caller: OnwardCaller | 'gateway';
}

/**
 * The claims of a token for a call.
 *
 * @param issuer the gateway's `iss`.
 * @param id another one for each token (`jti`).
 */
export function onwardClaims(issuer: string, { audience, body, caller }: OnwardCall, now: Date, id: string): object {
  const iat = Math.floor(now.getTime() / 1_000);
  const own = {
    iss: issuer,
    aud: audience,
    iat,
    exp: iat + ONWARD_LIFETIME,
    jti: id,
    content_digest: contentDigest(body),
  };
  if (caller === 'gateway') return { ...own, sub: issuer };
  return {
    ...own,
    sub: caller.user,
    requesting_user: caller.user,
    requesting_organization: caller.organisation,
    requesting_role: caller.role,
    reason_for_request: caller.purpose,
    ...(caller.accessId !== undefined && { access_id: caller.accessId }),
  };
}

const text = z.string().min(1).max(200);

const callClaims = z.object({
  // A token for several audiences is one that each of them could use at the others.
  aud: z.string(),
  jti: text,
  iat: z.int(),
  exp: z.int(),
  content_digest: text,
});

const callerClaims = z.object({
  requesting_user: text,
  requesting_organization: z.string().refine(isODSCode),
  requesting_role: text,
  reason_for_request: z.enum(['directcare', 'patientaccess']),
  access_id: z.uuid().optional(),
});

export interface OnwardGuardOptions {
  /** The `iss` of the gateway. */
  readonly issuer: string;
  /** For whom tokens must be made: a trust's ODS code, or the name of a subgraph. */
  readonly audience: string;
  /** The gateway's public keys. */
  readonly keys: KeySet;
  readonly now: () => Date;
}

/** Lets the gateway through when it calls on somebody's behalf, and nobody else: see `createGatewayGuard`. */
export function createOnwardGuard(options: OnwardGuardOptions): Guard<OnwardCaller> {
  const gateway = createGatewayGuard(options);
  return {
    async check(authorization) {
      const checkBody = await gateway.check(authorization);
      return (body) => {
        const caller = checkBody(body);
        if (caller === 'gateway') throw new UnauthenticatedError(NOBODY);
        return caller;
      };
    },
  };
}

/**
 * Lets the gateway through, and nobody else: each token once, and with the body that it was made for. Says on whose behalf it
 * calls; `'gateway'` when that is its own, as for its audit.
 *
 * A token counts as used only when its body was there and was the right one: somebody who has seen a token, but not the body,
 * could otherwise use it up before the gateway's own call comes in. Tokens that were used are remembered in this process, for
 * as long as they would be accepted.
 */
export function createGatewayGuard({
  issuer,
  audience,
  keys,
  now,
}: OnwardGuardOptions): Guard<OnwardCaller | 'gateway'> {
  const once = new Once();
  return {
    async check(authorization) {
      const token = tokenOf(authorization);
      if (!token) throw new UnauthenticatedError(NO_TOKEN);
      const payload = await verified(token);
      const { jti, iat, exp, content_digest: digest } = read(callClaims, payload);
      // A user may be called anything: it is the lack of a user that makes a call the gateway's own.
      const isOwn = payload.sub === issuer && payload.requesting_user === undefined;
      const caller = isOwn ? 'gateway' : callerOf(read(callerClaims, payload));
      if (exp - iat > ONWARD_LIFETIME) throw new UnauthenticatedError(TOO_LONG);
      const until = exp + CLOCK_TOLERANCE;
      if (once.has(jti, until)) throw new UnauthenticatedError(USED);
      return (body) => {
        if (contentDigest(body) !== digest) throw new UnauthenticatedError(OTHER_BODY);
        const at = now().getTime() / 1_000;
        // The body may have been long in coming; what has expired is no longer remembered either.
        if (at >= until) throw new UnauthenticatedError(EXPIRED);
        if (!once.use(jti, until, at)) throw new UnauthenticatedError(USED);
        return caller;
      };
    },
  };

  async function verified(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ['EdDSA'],
        typ: ONWARD_TYPE,
        clockTolerance: CLOCK_TOLERANCE,
        maxTokenAge: ONWARD_LIFETIME,
        requiredClaims: ['sub', 'exp'],
        currentDate: now(),
      });
      return payload;
    } catch (error) {
      const reason = whyRefused(error);
      if (reason === null) throw error;
      throw new UnauthenticatedError(reason, { cause: error });
    }
  }
}

/** Whether what stands in a header `Authorization` says of itself that it is an onward token. Nothing of it is checked. */
export function isOnwardToken(authorization: string): boolean {
  try {
    return decodeProtectedHeader(tokenOf(authorization) ?? '').typ === ONWARD_TYPE;
  } catch {
    return false;
  }
}

const tokenOf = (authorization: string | undefined): string | undefined =>
  /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(authorization ?? '')?.[1];

function read<Shape extends z.ZodType>(shape: Shape, payload: JWTPayload): z.output<Shape> {
  const result = shape.safeParse(payload);
  if (result.success) return result.data;
  throw new UnauthenticatedError(badClaim(String(result.error.issues[0]?.path[0])));
}

const callerOf = (claims: z.output<typeof callerClaims>): OnwardCaller => ({
  user: claims.requesting_user,
  organisation: parseODSCode(claims.requesting_organization),
  role: claims.requesting_role,
  purpose: claims.reason_for_request,
  ...(claims.access_id !== undefined && { accessId: claims.access_id }),
});

const NO_TOKEN =
  'Send a token in the header "Authorization: Bearer <token>": nobody is answered here who does not say who they are.';
const NOBODY = 'The token does not say on whose behalf the gateway calls (claim "sub").';
const EXPIRED = 'The token has expired: send one that was made for this call.';
const USED = 'The token was used already. Each call needs a token of its own.';
const OTHER_BODY = 'The body is not the one that the token was made for (claim "content_digest").';
const TOO_LONG = `The token is good for too long: at most ${ONWARD_LIFETIME} seconds may lie between "iat" and "exp".`;

const badClaim = (claim: string): string => `The token's claim "${claim}" is not as it must be.`;

/** Why a token is refused; `null` when that is not what the error is about. */
function whyRefused(error: unknown): string | null {
  if (error instanceof errors.JWTExpired) return EXPIRED;
  if (error instanceof errors.JWTClaimValidationFailed) return whyClaim(error.claim);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'The token is not signed with the one algorithm accepted: EdDSA.';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return "The token is signed with a key that is not among the gateway's.";
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is wrong.';
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'The token is not a signed JWT.';
  if (error instanceof errors.JOSENotSupported) return 'The token is of a kind that is not accepted.';
  return null;
}

function whyClaim(claim: string): string {
  switch (claim) {
    case 'typ':
      return `The token is of another type than "${ONWARD_TYPE}".`;
    case 'iss':
      return 'The token is not of the gateway that is known here (claim "iss").';
    case 'aud':
      return 'The token was made for somebody else (claim "aud").';
    default:
      return badClaim(claim);
  }
}

function isODSCode(code: string): boolean {
  try {
    parseODSCode(code);
    return true;
  } catch {
    return false;
  }
}

import { parseODSCode } from '@caregraph/schema/scalars.ts';
import type { Authenticator } from '@caregraph/service/authenticate.ts';
import { refuse } from '@caregraph/service/errors.ts';
import type { CheckBody, Guard } from '@caregraph/service/guard.ts';
import { isOnwardToken } from '@caregraph/service/onward.ts';

/** The scope that a token must hold to change pointers (NRL). */
export const WRITE_SCOPE = 'patient/DocumentReference.write';

/** Who asks: a gateway, which reads on behalf of somebody, or a custodian's own system, which publishes. */
export type LocatorCaller =
  | { readonly kind: 'gateway' }
  | { readonly kind: 'publisher'; readonly claims: Readonly<Record<string, unknown>> };

const GATEWAY: LocatorCaller = { kind: 'gateway' };

/** Lets gateways through with their onward tokens, and custodians with the tokens that the locator's issuer gave them. */
export function locatorGuard(gateway: Guard<unknown>, publishers: Authenticator): Guard<LocatorCaller> {
  return {
    async check(authorization): Promise<CheckBody<LocatorCaller>> {
      // Without a token at all, it is the gateway's guard that says whether somebody may come without one.
      if (authorization === undefined || isOnwardToken(authorization)) {
        const checkBody = await gateway.check(authorization);
        return (body) => {
          checkBody(body);
          return GATEWAY;
        };
      }
      const claims = await publishers.authenticate(authorization);
      return () => ({ kind: 'publisher', claims });
    },
  };
}

/**
 * The organisation that calls: the claim `requesting_organization` of its bearer token (NRL), an ODS code.
 *
 * @throws GraphQLError `ACCESS_DENIED` for a token that may not write pointers.
 */
export function callingOrganisation(caller: LocatorCaller): string {
  if (caller.kind !== 'publisher') throw refuse('ACCESS_DENIED', "A custodian's own token is needed for this.");
  const { scope, requesting_organization: organisation } = caller.claims;
  if (typeof scope !== 'string' || !scope.split(' ').includes(WRITE_SCOPE)) {
    throw refuse('ACCESS_DENIED', `The token must hold the scope "${WRITE_SCOPE}".`);
  }
  try {
    return parseODSCode(organisation);
  } catch {
    throw refuse('ACCESS_DENIED', 'The token must say an ODS code in its claim "requesting_organization".');
  }
}

/**
 * Lets a gateway read, and nobody else.
 *
 * @throws GraphQLError `ACCESS_DENIED` for a publisher: its token is good for its own pointers.
 */
export function refuseUnlessGateway(caller: LocatorCaller): void {
  if (caller.kind !== 'gateway') throw refuse('ACCESS_DENIED', 'Only a gateway may ask this, with a token of its own.');
}

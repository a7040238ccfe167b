import { parseODSCode } from '@caregraph/schema/scalars.ts';
import { type Authenticator, UnauthenticatedError } from '@caregraph/service/authenticate.ts';
import { refuse } from '@caregraph/service/errors.ts';

/** The scope that a token must hold to change pointers (NRL). */
export const WRITE_SCOPE = 'patient/DocumentReference.write';

/**
 * The organisation that calls: the claim `requesting_organization` of its bearer token (NRL), an ODS code.
 *
 * @throws GraphQLError `UNAUTHENTICATED` without an accepted token, `ACCESS_DENIED` with one that may not write pointers.
 */
export async function callingOrganisation(
  authenticator: Authenticator,
  authorization: string | undefined,
): Promise<string> {
  const claims = await authenticator.authenticate(authorization).catch((error: unknown) => {
    if (error instanceof UnauthenticatedError) throw refuse(error.code, error.message);
    throw error;
  });
  const { scope, requesting_organization: organisation } = claims;
  if (typeof scope !== 'string' || !scope.split(' ').includes(WRITE_SCOPE)) {
    throw refuse('ACCESS_DENIED', `The token must hold the scope "${WRITE_SCOPE}".`);
  }
  try {
    return parseODSCode(organisation);
  } catch {
    throw refuse('ACCESS_DENIED', 'The token must say an ODS code in its claim "requesting_organization".');
  }
}

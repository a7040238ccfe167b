import { refuse } from '@caregraph/service/errors.ts';
import type { OnwardCaller } from '@caregraph/service/onward.ts';

/** Who asks: a user, for whom a gateway calls, or that gateway for itself. */
export type AccessCaller = OnwardCaller | 'gateway';

/** The name of the role of privacy officers (`schema/codes/roles.json`). */
const PRIVACY_OFFICER = 'privacy-officer';

/**
 * The user for whom the gateway calls.
 *
 * @throws GraphQLError `ACCESS_DENIED` when it calls for itself.
 */
export function userOf(caller: AccessCaller): OnwardCaller {
  if (caller === 'gateway') throw refuse('ACCESS_DENIED', 'This is asked on behalf of a user.');
  return caller;
}

/**
 * The privacy officer for whom the gateway calls. The gateway has looked at the role already (`@allow` in the schema); what
 * follows relies on it, and so it is looked at again.
 *
 * @throws GraphQLError `ACCESS_DENIED` for everybody else.
 */
export function privacyOfficer(caller: AccessCaller): OnwardCaller {
  const user = userOf(caller);
  if (user.role !== PRIVACY_OFFICER) throw refuse('ACCESS_DENIED', 'Only a privacy officer may do this.');
  return user;
}

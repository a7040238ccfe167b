import { decodeJwt } from 'jose';
import { type CallerReading, callerOf } from '../access/caller.ts';
import type { RoleName } from '../access/roles.ts';

/** Ambulance and crisis roles: those who stand beside somebody now. They are the last to be refused. */
const URGENT: ReadonlySet<RoleName> = new Set(['paramedic', 'crisis-clinician']);

export const isUrgent = (role: RoleName): boolean => URGENT.has(role);

/**
 * Whether a token says of itself that it is of an urgent role. Nothing of it is checked: it decides whether it is worth while to
 * check the token of a request that would be refused otherwise. A token that is found good then has said the truth.
 */
export function claimsUrgency(
  authorization: readonly string[] | undefined,
  roleInUse: readonly string[] | undefined,
  reading: Pick<CallerReading, 'claims' | 'roles'>,
): boolean {
  try {
    return isUrgent(callerOf(decodeJwt(authorization?.[0]?.replace(/^bearer +/i, '') ?? ''), roleInUse, reading).role);
  } catch {
    return false;
  }
}

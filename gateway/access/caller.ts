import { parseODSCode } from '@caregraph/schema/scalars.ts';
import { UnauthenticatedError } from '@caregraph/service/authenticate.ts';
import { z } from 'zod';
import { type RoleName, roleOfCode } from './roles.ts';

/** Who asks: a user at an organisation, in a role, for a purpose. */
export interface Caller {
  readonly user: string;
  /** An ODS code. */
  readonly organisation: string;
  readonly role: RoleName;
  readonly purpose: Purpose;
}

/** Why a patient's records are asked for (NRL `reason_for_request`). */
export const purpose = z.enum(['directcare', 'patientaccess']);

export type Purpose = z.infer<typeof purpose>;

const claims = z.object({
  nhsid_useruid: z.string().min(1),
  nhsid_nrbac_roles: z
    .array(z.object({ org_code: z.string(), role_code: z.string() }))
    .length(1, 'must hold exactly one role, the one in use'),
  reason_for_request: purpose,
});

/**
 * Reads the caller from the claims of a verified token, which are those of NHS Care Identity Service 2
 * (`nhsid_useruid`, `nhsid_nrbac_roles`) and of the NRL (`reason_for_request`).
 *
 * @throws UnauthenticatedError that names the claim that is missing or is not as it must be.
 */
export function callerOf(payload: unknown): Caller {
  const result = claims.safeParse(payload);
  if (!result.success) {
    const names = [...new Set(result.error.issues.map(({ path }) => path.map(String).join('.')))];
    throw new UnauthenticatedError(
      `The token's claims do not say who asks: ${names.join(', ')} must be present and valid.`,
    );
  }
  const { nhsid_useruid: user, nhsid_nrbac_roles: roles, reason_for_request } = result.data;
  const [inUse] = roles;
  const role = roleOfCode(/(?:^|:)(R\d{4})$/.exec(inUse?.role_code ?? '')?.[1] ?? '');
  if (!inUse || !role) throw new UnauthenticatedError('The role in the token is not one that is known here.');
  try {
    return { user, organisation: parseODSCode(inUse.org_code), role, purpose: reason_for_request };
  } catch {
    throw new UnauthenticatedError('The organisation in the token is not an ODS code.');
  }
}

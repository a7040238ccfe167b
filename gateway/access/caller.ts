import { parseODSCode } from '@caregraph/schema/scalars.ts';
import { UnauthenticatedError } from '@caregraph/service/authenticate.ts';
import { z } from 'zod';
import { jobRoles, type RoleName, roleName, roleOfCode } from './roles.ts';

/** Who asks: a user at an organisation, in a role, for a purpose. */
export interface Caller {
  /** 1 to 128 printable ASCII characters, as the issuer of the token calls them. */
  readonly user: string;
  /** An ODS code. */
  readonly organisation: string;
  readonly role: RoleName;
  readonly purpose: Purpose;
}

/** Why a patient's records are asked for (NRL `reason_for_request`). */
export const purpose = z.enum(['directcare', 'patientaccess']);

export type Purpose = z.infer<typeof purpose>;

/**
 * The header in which a user with several roles names the one in use, by the id that the token gives it (its
 * `person_roleid`). The NHS API platform calls it so.
 */
export const ROLE_HEADER = 'nhsd-session-urid';

const claimName = z.string().min(1);

/** How the claims of an issuer's tokens are read, as configuration; by default as those of NHS CIS2. */
export const callerReading = z.strictObject({
  /** The names of the claims that say who asks. */
  claims: z
    .strictObject({
      user: claimName.default('nhsid_useruid'),
      purpose: claimName.default('reason_for_request'),
      /** The list of the user's roles; `null` when the token itself holds the one role. */
      roles: claimName.nullable().default('nhsid_nrbac_roles'),
      /** Within a role: the ODS code of the organisation. */
      organisation: claimName.default('org_code'),
      /** Within a role: a text that ends in an SDS job role code; or the role that all users of this issuer are in. */
      role: z.union([claimName, z.strictObject({ always: roleName })]).default('role_code'),
      /** Within a role: its id. */
      roleId: claimName.default('person_roleid'),
      /** The id of the role in use, of several. */
      roleInUse: claimName.default('selected_roleid'),
    })
    .prefault({}),
  /** What further SDS job role codes stand for, beside those of `schema/codes/roles.json`, or in their place. */
  roles: jobRoles.default({}),
});

export type CallerReading = z.infer<typeof callerReading>;

/** Tokens of NHS Care Identity Service 2, with the purpose as in the NRL. */
const CIS2 = callerReading.parse({});

/**
 * Reads the caller from the claims of a verified token. A user with several roles names the one in use, by the token's own
 * claim (`selected_roleid`) or by the header `ROLE_HEADER`, whose value is `named`.
 *
 * @throws UnauthenticatedError that says which claim is not as it must be, or how the role in use is named. No value of the
 *   token stands in it.
 */
export function callerOf(
  payload: unknown,
  named?: string | readonly string[],
  { claims, roles }: Pick<CallerReading, 'claims' | 'roles'> = CIS2,
): Caller {
  const token = entry.catch({}).parse(payload);
  const user = userId.safeParse(token[claims.user]);
  const held =
    claims.roles === null ? { success: true as const, data: [token] } : entries.safeParse(token[claims.roles]);
  const reason = purpose.safeParse(token[claims.purpose]);
  if (!user.success || !held.success || !reason.success) {
    const wrong = [
      ...(user.success ? [] : [`${claims.user} must be 1 to 128 printable ASCII characters`]),
      ...(held.success ? [] : [`${claims.roles} must be the list of the roles that the user holds`]),
      ...(reason.success ? [] : [`${claims.purpose} must be one of ${purpose.options.join(', ')}`]),
    ];
    throw new UnauthenticatedError(`The token does not say who asks: ${wrong.join('; ')}.`);
  }
  const inUse = roleInUse(held.data, token[claims.roleInUse], named, claims);
  return {
    user: user.data,
    organisation: organisationOf(inUse[claims.organisation]),
    role: typeof claims.role === 'string' ? roleOf(inUse[claims.role], roles) : claims.role.always,
    purpose: reason.data,
  };
}

type Entry = Readonly<Record<string, unknown>>;

const entry = z.record(z.string(), z.unknown());
const entries = z.array(entry).min(1);

// It goes into tokens, audit entries and FHIR resources: nothing in it may end a line, or look like something else.
const userId = z.string().regex(/^[\x21-\x7e]([\x20-\x7e]{0,126}[\x21-\x7e])?$/);

function roleInUse(
  held: readonly Entry[],
  selected: unknown,
  named: string | readonly string[] | undefined,
  claims: CallerReading['claims'],
): Entry {
  const inHeader = [named ?? []].flat().join(', ').trim();
  const ids = [...new Set([selected ?? '', inHeader])].filter((id) => id !== '');
  if (ids.length > 1) {
    throw new UnauthenticatedError(
      `The header ${ROLE_HEADER} names another role than the token's claim ${claims.roleInUse}.`,
    );
  }
  const [id] = ids;
  const possible = id === undefined ? held : held.filter((role) => role[claims.roleId] === id);
  const [only, another] = possible;
  if (only && !another) return only;
  if (id === undefined) {
    throw new UnauthenticatedError(
      `The token holds several roles. Name the one in use by its ${claims.roleId}, in the header ${ROLE_HEADER}.`,
    );
  }
  const where = inHeader === '' ? `token's claim ${claims.roleInUse}` : `header ${ROLE_HEADER}`;
  throw new UnauthenticatedError(
    `The ${where} must name one role of the token, by its ${claims.roleId}. The token holds ${only ? 'several' : 'none'} of that id.`,
  );
}

function roleOf(value: unknown, further: CallerReading['roles']): RoleName {
  const code = typeof value === 'string' ? /(?:^|:)(R\d{4})$/.exec(value)?.[1] : undefined;
  const role = code && roleOfCode(code, further);
  if (!role) throw new UnauthenticatedError('The role in the token is not one that is known here.');
  return role;
}

function organisationOf(value: unknown): string {
  try {
    return parseODSCode(value);
  } catch {
    throw new UnauthenticatedError('The organisation in the token is not an ODS code.');
  }
}

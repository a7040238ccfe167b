import codes from '@caregraph/schema/codes/roles.json' with { type: 'json' };
import { z } from 'zod';

/** The names that Caregraph gives to the job roles of the Spine Directory Service (SDS). */
export const roleName = z.enum([
  'paramedic',
  'crisis-clinician',
  'community-nurse',
  'midwife',
  'childrens-clinician',
  'liaison-clinician',
  'privacy-officer',
]);

export type RoleName = z.infer<typeof roleName>;

/** What SDS job role codes stand for, as configuration: `{ R0600: paramedic }`. */
export const jobRoles = z.record(
  z.string().regex(/^R\d{4}$/, 'must be an SDS job role code: R and four digits'),
  roleName,
);

export type JobRoles = z.infer<typeof jobRoles>;

/** The SDS job role code of a role. */
export function roleCode(role: RoleName): string {
  return codes[role].code;
}

/** The role that an SDS job role code stands for, `further` ones first; `undefined` for one that has no name here. */
export function roleOfCode(code: string, further: JobRoles = {}): RoleName | undefined {
  return further[code] ?? roleName.options.find((role) => codes[role].code === code);
}

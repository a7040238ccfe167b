import roles from '@caregraph/schema/codes/roles.json' with { type: 'json' };
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

/** The SDS job role code of a role. */
export function roleCode(role: RoleName): string {
  return roles[role].code;
}

/** The role that an SDS job role code stands for; `undefined` for one that has no name here. */
export function roleOfCode(code: string): RoleName | undefined {
  return roleName.options.find((role) => roles[role].code === code);
}

import { z } from 'zod';
import { circles } from './succession.ts';

/** The kinds of organisation in the contract (`OrganisationKind`). */
export const ORGANISATION_KINDS = [
  'MENTAL_HEALTH_TRUST',
  'AMBULANCE_TRUST',
  'NHS_TRUST',
  'SHARED_CARE_RECORD',
  'OTHER',
] as const;

export type OrganisationKind = (typeof ORGANISATION_KINDS)[number];

/** An organisation as the Organisation Data Service knows it. Dates are `YYYY-MM-DD`. */
export interface Organisation {
  readonly odsCode: string;
  readonly name: string;
  readonly kind: OrganisationKind;
  /** The first day of its existence; `null` when not known. */
  readonly validFrom: string | null;
  /** The last day of its existence; `null` while no end is known. */
  readonly validTo: string | null;
  /** The ODS codes of those that took over, or will, when it closes. */
  readonly succeededBy: readonly string[];
}

const odsCode = z
  .string()
  .regex(/^[A-Z0-9]{3,12}$/, 'An ODS code is three to twelve capital letters and digits, such as RW5.');

const organisation = z.strictObject({
  odsCode,
  name: z.string().trim().min(1).max(200),
  kind: z.enum(ORGANISATION_KINDS),
  validFrom: z.iso.date().nullable().default(null),
  validTo: z.iso.date().nullable().default(null),
  succeededBy: z.array(odsCode).default([]),
});

/**
 * The file of organisations that a locator is started with, in JSON or YAML: a list in which every succession leads to
 * an organisation of the list, and none in a circle. Every mistake is reported.
 */
export const organisationsFile = z.array(organisation).superRefine((list, context) => {
  const mistake = (path: (string | number)[], message: string): void => {
    context.addIssue({ code: 'custom', path, message });
  };
  const known = new Map<string, Organisation>();
  for (const [i, one] of list.entries()) {
    if (known.has(one.odsCode)) mistake([i, 'odsCode'], `${one.odsCode} stands in the list more than once.`);
    known.set(one.odsCode, one);
  }
  for (const [i, { odsCode, validFrom, validTo, succeededBy }] of list.entries()) {
    if (validFrom !== null && validTo !== null && validTo < validFrom) {
      mistake([i, 'validTo'], `${odsCode} closes before it opens.`);
    }
    if (succeededBy.length > 0 && validTo === null) {
      mistake([i, 'validTo'], `${odsCode} has successors, so the day on which it closes must stand here.`);
    }
    for (const [j, successor] of succeededBy.entries()) {
      if (!known.has(successor)) mistake([i, 'succeededBy', j], `${successor} is not in the list.`);
      if (succeededBy.indexOf(successor) < j) mistake([i, 'succeededBy', j], `${successor} stands here twice.`);
    }
  }
  for (const circle of circles(known)) {
    const first = list.findIndex((one) => one.odsCode === circle[0]);
    mistake([first, 'succeededBy'], `The succession leads in a circle: ${[...circle, circle[0]].join(', ')}.`);
  }
}) satisfies z.ZodType<Organisation[]>;

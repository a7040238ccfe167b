import { parseDateTime, parseNHSNumber, parseODSCode } from '@caregraph/schema/scalars.ts';
import { z } from 'zod';

/** What became of asking a custodian: the words of `SourceStatus` in the schema. */
export const custodianOutcome = z.enum([
  'ANSWERED',
  'ANSWERED_NONE',
  'PARTIAL',
  'TIMED_OUT',
  'UNAVAILABLE',
  'INVALID',
  'REFUSED',
  'NOT_SHARED',
  'UNSUPPORTED',
]);

export type CustodianOutcome = z.infer<typeof custodianOutcome>;

/**
 * What became of the operation: everything that was asked was released, a part of it, nothing because the caller may not
 * see it, or nothing because something failed.
 */
export const auditResult = z.enum(['RELEASED', 'PARTIAL', 'REFUSED', 'FAILED']);

export type AuditResult = z.infer<typeof auditResult>;

const count = z.int().nonnegative();
const text = z.string().min(1);

/** One look at patients: who, when, whom, by which operation, and what each custodian gave for it. */
export const auditEntry = z
  .strictObject({
    /** A UUID of the entry's own, by which it is known wherever it is kept. */
    id: z.uuid(),
    /** When the operation was answered, as RFC 3339 has it. */
    at: canonical(parseDateTime, 'must be a moment as RFC 3339 writes it'),
    caller: z.strictObject({
      /** The user, as the identity provider knows the person. */
      user: text,
      /** The ODS code of the organisation at which the user works in this role. */
      organisation: canonical(parseODSCode, 'must be an ODS code in capitals'),
      /** The name of the role in use. */
      role: text,
      /** Why the records were asked for (NRL `reason_for_request`). */
      purpose: text,
    }),
    /** The ids of the break-glass grants that were relied upon; none for an ordinary look. */
    breakGlass: z.array(text),
    /** The NHS numbers of the patients whom the operation named, ten digits each, none twice. */
    patients: z.array(canonical(parseNHSNumber, 'must be ten digits that are an NHS number')),
    operation: z.strictObject({
      kind: z.enum(['query', 'mutation', 'subscription']),
      /** The name that the client gave it; `null` when it gave none. */
      name: z.string().nullable(),
      /** SHA-256, in hexadecimal, of the operation with its literals taken out; never its text. */
      hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hexadecimal'),
      /** The names of the root fields that were asked. */
      fields: z.array(text),
    }),
    /** The gathered lists of the patient that were asked, or read, such as `crisisPlans`, and what else was told, such as `warnings`. */
    recordTypes: z.array(text),
    /** What became of each custodian that the answer speaks of, for each patient. */
    custodians: z.array(
      z.strictObject({
        /** The patient's place in `patients`, from 0. */
        patient: count,
        custodian: canonical(parseODSCode, 'must be an ODS code in capitals'),
        outcome: custodianOutcome,
        /** How many of its records went into the answer. */
        records: count,
        /** How many of its records were read for what was worked out of them, such as warnings, and not shown; 0 when left out. */
        read: count.optional(),
      }),
    ),
    result: auditResult,
  })
  .superRefine(({ patients, custodians }, context) => {
    if (new Set(patients).size !== patients.length) {
      context.addIssue({ code: 'custom', path: ['patients'], message: 'must name no patient twice' });
    }
    if (custodians.some(({ patient }) => patient >= patients.length)) {
      context.addIssue({ code: 'custom', path: ['custodians'], message: 'must each name a patient of the entry' });
    }
  });

export type AuditEntry = z.infer<typeof auditEntry>;

/** A string that is already in the one form that it is compared in. */
function canonical(parse: (value: unknown) => string, message: string) {
  return z.string().refine((value) => {
    try {
      return parse(value) === value;
    } catch {
      return false;
    }
  }, message);
}

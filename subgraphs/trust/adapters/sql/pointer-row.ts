import { parseDateTime, parseNHSNumber } from '@caregraph/schema/scalars.ts';
import { z } from 'zod';
import type { Pointer } from '../../source.ts';
import { inUTC, type Row } from './rows.ts';

const told = (parse: (value: unknown) => string, what: string) =>
  z.string().refine((text) => reads(parse, text), { error: `not ${what}` });

const moment = told(parseDateTime, 'a moment')
  .nullish()
  .transform((text) => text ?? null);

const shape = z.object({
  key: z.string().min(1),
  subject: told(parseNHSNumber, 'an NHS number of ten digits'),
  type: z.string().min(1),
  content: z
    .array(
      z.strictObject({
        url: z.string().min(1),
        contentType: z.string().min(1),
        format: z.string().min(1),
        created: moment,
      }),
    )
    .min(1),
  practiceSetting: z.string().nullable(),
  periodStart: moment,
  periodEnd: moment,
});

/** Makes a pointer of a row of `caregraph.pointers`, or says why it is none, without anything of its content. Pure. */
export function mapPointerRow(row: Row): { readonly pointer: Pointer } | { readonly unmapped: string } {
  const { success, data, error } = shape.safeParse({
    key: row.key,
    subject: row.nhs_number,
    type: row.type,
    content: row.content,
    practiceSetting: row.practice_setting,
    periodStart: inUTC(row.period_start),
    periodEnd: inUTC(row.period_end),
  });
  if (!success) {
    const [issue] = error.issues;
    const path = issue?.path.map((part) => (typeof part === 'number' ? '[]' : String(part))).join('.') ?? '';
    return { unmapped: `${path.replaceAll('.[]', '[]')}: not as docs/sql-views.md wants it` };
  }
  const holdsNumber = [data.key, ...data.content.map(({ url }) => url)].some((text) => text.includes(data.subject));
  return holdsNumber ? { unmapped: 'key or content[].url: holds the NHS number' } : { pointer: data };
}

function reads(parse: (value: unknown) => string, text: string): boolean {
  try {
    return parse(text) === text;
  } catch {
    return false;
  }
}

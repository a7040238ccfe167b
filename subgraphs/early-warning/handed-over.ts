import { parseDate, parseDateTime } from '@caregraph/schema/scalars.ts';
import { z } from 'zod';

/*
 * What the gateway hands over of a patient: everything that `schema/early-warning.graphql` marks as external, as the gateway has
 * gathered, checked and stamped it. A list is `null` when nobody who was asked could say.
 */

const moment = z.string().refine((text) => isReadBy(parseDateTime, text));
const day = z.string().refine((text) => isReadBy(parseDate, text));

function isReadBy(parse: (value: unknown) => string, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

const organisation = z.object({ odsCode: z.string(), name: z.string().nullish() });
const coding = z.object({ system: z.string().nullish(), code: z.string() });
const team = z.object({ type: coding.nullish() });
const record = { id: z.string(), custodian: organisation, lastUpdated: moment };
const list = <Shape extends z.ZodType>(shape: Shape) => z.array(shape).nullish();

/** The form in which a patient is handed over. What else there is of it is left out. */
export const handedOver = z.object({
  nhsNumber: z.string(),
  pointers: list(z.object({ custodian: organisation, type: coding })),
  demographicsHistory: list(z.object({ ...record, deceased: z.boolean().nullish(), deceasedDate: day.nullish() })),
  crisisPlanHistory: list(
    z.object({ ...record, status: z.string(), created: moment.nullish(), reviewDue: day.nullish() }),
  ),
  careContactHistory: list(
    z.object({
      ...record,
      start: moment,
      attendStatus: z.string().nullish(),
      planned: z.boolean().nullish(),
      consultationMechanism: coding.nullish(),
      team: team.nullish(),
    }),
  ),
  hospitalSpellHistory: list(
    z.object({
      ...record,
      start: moment,
      end: moment.nullish(),
      bedClass: coding.nullish(),
      dischargeMethod: coding.nullish(),
      dischargeDestination: coding.nullish(),
      absences: z.array(z.object({ start: moment, end: moment.nullish() })),
    }),
  ),
  legalStatusHistory: list(z.object({ ...record, status: coding, start: moment, end: moment.nullish() })),
  referralHistory: list(
    z.object({
      ...record,
      start: moment,
      end: moment.nullish(),
      team: team.nullish(),
      onwardReferrals: z.array(z.object({ date: moment, to: z.string() })),
    }),
  ),
  historySources: list(z.object({ custodian: organisation, status: z.string(), missing: z.array(z.string()) })),
  historyLocated: z.boolean().nullish(),
});

/** A patient as the gateway hands it over. */
export type HandedOver = z.output<typeof handedOver>;

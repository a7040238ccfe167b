import type { PatientRecords } from '@caregraph/demo/population/patient-records.ts';
import { startOfDay } from '@caregraph/service/uk-time.ts';

/** The day on which the tests of the demo take place. */
export const TODAY = '2026-03-11';

/** The moment at which that day begins, in milliseconds. */
export const MIDNIGHT = startOfDay(TODAY);

/** Every text in a value, however deep, with the path to it. */
export function* textsIn(value: unknown, path = ''): Generator<{ path: string; text: string }> {
  if (typeof value === 'string') yield { path, text: value };
  else if (value instanceof Set || Array.isArray(value)) for (const item of value) yield* textsIn(item, `${path}[]`);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* textsIn(item, `${path}.${key}`);
  }
}

/** All of a patient's records, whatever their type. */
export const allOf = (held: PatientRecords) => [
  held.demographics,
  ...held.crisisPlans,
  ...held.paperPlans,
  ...held.contacts,
  ...held.alerts,
  ...held.careContacts,
  ...held.hospitalSpells,
  ...held.legalStatuses,
  ...held.referrals,
];

/** What looks like a telephone number in a text. */
export const telephoneNumbersIn = (text: string): string[] =>
  (text.match(/(?<![\d-])(?:\+44|0)\d[\d ]{6,}\d/g) ?? []).map((found) => found.trim());

/** Ofcom's numbers for use in television and radio drama: the ranges that the demo uses. */
export const DRAMA =
  /^(?:01632 960\d{3}|01(?:13|15|17|21|51) 496 0\d{3}|020 7946 0\d{3}|07700 900\d{3}|0808 157 0\d{3})$/;

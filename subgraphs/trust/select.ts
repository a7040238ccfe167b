import { startOfDay } from '@caregraph/service/uk-time.ts';
import type { Arguments } from './arguments.ts';
import type { Instant, LocalDate } from './records.ts';
import type { RecordTypes } from './source.ts';

type Select<R> = (records: readonly R[], wanted: Arguments) => readonly R[];

/** Which of a patient's records a client asked for, by the meaning that each argument has in the contract. */
export const select: { readonly [Type in keyof RecordTypes]: Select<RecordTypes[Type]> } = {
  demographics: (records) => records,
  crisisPlans: (records, { status }) => records.filter((plan) => status === null || status.includes(plan.status)),
  contacts: (records, { kind }) => records.filter((contact) => kind === null || kind.includes(contact.kind)),
  alerts: (records, { status }) => records.filter((alert) => status === null || status.includes(alert.status)),
  careContacts: (records, { since }) => startedSince(records, since),
  hospitalSpells: (records, { since }) => notEndedBefore(records, since),
  legalStatuses: (records, { since }) => notEndedBefore(records, since),
  referrals: (records, { since }) => notEndedBefore(records, since),
};

function startedSince<R extends { readonly start: Instant }>(
  records: readonly R[],
  since: LocalDate | null,
): readonly R[] {
  if (since === null) return records;
  const from = startOfDay(since);
  return records.filter(({ start }) => milliseconds(start) >= from);
}

function notEndedBefore<R extends { readonly end: Instant | null }>(
  records: readonly R[],
  since: LocalDate | null,
): readonly R[] {
  if (since === null) return records;
  const from = startOfDay(since);
  return records.filter(({ end }) => end === null || milliseconds(end) >= from);
}

/** `Date.parse` knows no leap seconds; for the question "before that midnight?" the second before will do. */
const milliseconds = (moment: Instant): number => Date.parse(moment.replace(/:60(?=[.Z+-])/, ':59'));

import { parseDate, parseDateTime } from '@caregraph/schema/scalars.ts';
import { addDays, startOfDay, wallClock } from '@caregraph/service/uk-time.ts';
import type { Instant, LocalDate } from '../../records.ts';
import { type Element, element, Malformed, text } from './element.ts';

/*
 * A FHIR R4 date or dateTime may be as coarse as a year. What that says of a moment:
 *
 * - A start given by the day begins when that day begins on UK clocks. One given by the month or the year names no
 *   moment: `null`.
 * - An end includes the whole day, month or year that it names (FHIR R4, Period), so it is the last second of it. An end
 *   is never dropped, since a record without one says that it lasts.
 */

/** A moment by which something began or was done: `null` when there is none, or only a month or a year. */
export function momentFrom(parent: Element, field: string): Instant | null {
  const value = text(parent, field);
  if (value === null || /^\d{4}(-\d{2})?$/.test(value)) return null;
  if (value.includes('T')) return instant(value, field);
  const date = day(value, field);
  return `${date}T00:00:00${offsetAtMidnight(date)}`;
}

/** The last second of the time by which something ended: `null` when no end is given. */
export function momentUntil(parent: Element, field: string): Instant | null {
  const value = text(parent, field);
  if (value === null) return null;
  if (value.includes('T')) return instant(value, field);
  const date = lastDay(value, field);
  return `${date}T23:59:59${offsetAtMidnight(date === '9999-12-31' ? date : addDays(date, 1))}`;
}

/** A calendar day; of a dateTime, the day that it was in the United Kingdom. `null` when only a month or a year is given. */
export function calendarDay(parent: Element, field: string): LocalDate | null {
  const value = text(parent, field);
  if (value === null || /^\d{4}(-\d{2})?$/.test(value)) return null;
  return value.includes('T') ? wallClock(new Date(millisecondsOf(instant(value, field)))).date : day(value, field);
}

/** When something held, `start` by `momentFrom` and `end` by `momentUntil`. */
export interface Period {
  readonly start: Instant | null;
  readonly end: Instant | null;
}

/** A FHIR Period; no start and no end when there is none. */
export function period(parent: Element, field: string): Period {
  const value = element(parent, field);
  if (value === null) return { start: null, end: null };
  return { start: momentFrom(value, 'start'), end: momentUntil(value, 'end') };
}

/** Whether a FHIR Period had ended before a moment. */
export function hasEnded(parent: Element, field: string, now: Date): boolean {
  const { end } = period(parent, field);
  return end !== null && millisecondsOf(end) < now.getTime();
}

/** A FHIR time of day, `hh:mm:ss`, as the contract writes it. */
export function timeOfDay(parent: Element, field: string): string | null {
  const value = text(parent, field);
  if (value === null) return null;
  if (!/^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?$/.test(value)) throw new Malformed(field);
  return value.slice(0, 5);
}

function instant(value: string, field: string): Instant {
  try {
    return parseDateTime(value);
  } catch {
    throw new Malformed(field);
  }
}

function day(value: string, field: string): LocalDate {
  try {
    return parseDate(value);
  } catch {
    throw new Malformed(field);
  }
}

function lastDay(value: string, field: string): LocalDate {
  if (/^\d{4}$/.test(value)) return day(`${value}-12-31`, field);
  if (!/^\d{4}-\d{2}$/.test(value)) return day(value, field);
  const first = day(`${value}-01`, field);
  const next = new Date(`${first}T00:00:00Z`);
  next.setUTCMonth(next.getUTCMonth() + 1, 0);
  return next.toISOString().slice(0, 10);
}

/** By how much UK clocks are ahead of UTC as a day begins. Before 1947 and at the end of time the question is idle. */
function offsetAtMidnight(date: LocalDate): string {
  if (date < '1947' || date > '9998') return '+00:00';
  return startOfDay(date) === Date.parse(`${date}T00:00:00Z`) ? '+00:00' : '+01:00';
}

/** JavaScript has no leap seconds. */
const millisecondsOf = (moment: Instant): number => Date.parse(moment.replace(/:60(?=[.Z+-])/, ':59'));

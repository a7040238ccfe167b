import { addDays, startOfDay } from '@caregraph/service/uk-time.ts';
import type { Instant, LocalDate } from '@caregraph/trust/records.ts';

export { addDays };

/**
 * The moment at which UK clocks show a time of day, in UTC; `minutes` counts from midnight and may reach into later days.
 *
 * In the night hours of the two days that change the clocks it may be an hour off, which is as good a made-up hour.
 */
export function at(day: LocalDate, minutes: number): Instant {
  const later = Math.floor(minutes / 1_440);
  return new Date(midnight(later === 0 ? day : addDays(day, later)) + (minutes - later * 1_440) * 60_000)
    .toISOString()
    .replace('.000Z', 'Z');
}

// A population asks for some thousands of days, tens of times each, and the calendar is slow to answer.
const midnights = new Map<LocalDate, number>();

function midnight(day: LocalDate): number {
  const known = midnights.get(day) ?? startOfDay(day);
  midnights.set(day, known);
  return known;
}

/** `at`, with the time of day as `hh:mm`. */
export function atTime(day: LocalDate, time: string): Instant {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return at(day, hours * 60 + minutes);
}

/** Whole years from one day to another. */
export function yearsBetween(from: LocalDate, to: LocalDate): number {
  return Number(to.slice(0, 4)) - Number(from.slice(0, 4)) - (to.slice(5) < from.slice(5) ? 1 : 0);
}

/** The day that lies so many days before `today`. */
export function daysAgo(today: LocalDate, days: number): LocalDate {
  return addDays(today, -days);
}

/** Whether the day that lies so many days before `today` is a Saturday or a Sunday. */
export function fallsOnWeekend(today: LocalDate, days: number): boolean {
  // 1 January 1970 was a Thursday.
  const sundayFirst = (((Date.parse(today) / 86_400_000 - days + 4) % 7) + 7) % 7;
  return sundayFirst === 0 || sundayFirst === 6;
}

/** A day of the calendar, `YYYY-MM-DD`. */
export type LocalDate = string;

/** A day of the week (FHIR R4 days-of-week). */
export type DayOfWeek = 'MONDAY' | 'TUESDAY' | 'WEDNESDAY' | 'THURSDAY' | 'FRIDAY' | 'SATURDAY' | 'SUNDAY';

/** The days of the week, Monday first (ISO 8601). */
export const WEEK: readonly DayOfWeek[] = [
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
  'SUNDAY',
];

/** What a clock on a wall in the United Kingdom shows: the time by which teams keep their hours. */
export interface WallClock {
  readonly date: LocalDate;
  readonly day: DayOfWeek;
  /** Minutes since midnight by the hands of the clock, from 0 to 1439, on days that change the clocks too. */
  readonly minute: number;
}

const london = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  calendar: 'iso8601',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});

/** What UK clocks show at a moment, through summer time (IANA Europe/London). */
export function wallClock(moment: Date): WallClock {
  const parts = new Map(london.formatToParts(moment).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? '';
  const date = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
  return { date, day: dayOfWeek(date), minute: Number(part('hour')) * 60 + Number(part('minute')) };
}

/** The day that a calendar in the United Kingdom shows at a moment. */
export const ukDate = (moment: Date): LocalDate => wallClock(moment).date;

/** The day of the week of a calendar date. */
export function dayOfWeek(date: LocalDate): DayOfWeek {
  const sundayFirst = new Date(`${date}T00:00:00Z`).getUTCDay();
  return WEEK[(sundayFirst + 6) % 7] ?? 'MONDAY';
}

/** The calendar date some days later, or earlier when `days` is negative. */
export function addDays(date: LocalDate, days: number): LocalDate {
  const midnight = new Date(`${date}T00:00:00Z`);
  midnight.setUTCDate(midnight.getUTCDate() + days);
  return midnight.toISOString().slice(0, 10);
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The moment at which a day begins in the United Kingdom, in milliseconds since 1970. */
export function startOfDay(date: LocalDate): number {
  const midnightUTC = Date.parse(`${date}T00:00:00Z`);
  // UK clocks stand at UTC or an hour ahead of it (since 1947), and do not change at midnight.
  const ahead = midnightUTC - HOUR_MS;
  return wallClock(new Date(ahead)).date === date ? ahead : midnightUTC;
}

/**
 * The moment at which UK clocks showed the same time some days before another, in milliseconds since 1970: a day is a day of
 * the calendar, of 23 or 25 hours where the clocks change. Where they showed it twice, the first of the two; where never, as
 * much later as they were put forward.
 */
export function daysBefore(moment: number, days: number): number {
  const { date, minute } = wallClock(new Date(moment));
  const then = addDays(date, -days);
  const asUTC =
    Date.parse(`${then}T00:00:00Z`) + minute * MINUTE_MS + (moment - Math.floor(moment / MINUTE_MS) * MINUTE_MS);
  const shown = wallClock(new Date(asUTC - HOUR_MS));
  return shown.date === then && shown.minute === minute ? asUTC - HOUR_MS : asUTC;
}

import { addDays, type WallClock, WEEK } from '@caregraph/service/uk-time.ts';
import type { Contact, CoverGap, DayOfWeek, LocalDate, LocalTime, OpeningHours } from './records.ts';

/** Whether somebody answers: the contract's `AnswersNow`. */
export type AnswersNow = 'YES' | 'NO' | 'UNKNOWN';

/** One stretch of opening on a day, in minutes of that day; past 1440 it runs into the next. */
interface Stretch {
  readonly days: readonly DayOfWeek[];
  readonly opens: number;
  readonly closes: number;
}

const DAY = 1440;

/**
 * Whether somebody answers when UK clocks show `now`.
 *
 * - Hours hold from `opens` up to, and not including, `closes`; a `closes` before `opens` is on the next day.
 * - In a gap in cover nobody answers, nor in the night that follows from hours of a day in a gap.
 * - Where an entry of the hours cannot be read, "no" is not said: it might have been within that entry.
 */
export function answersNow({ hours, gaps }: Pick<Contact, 'hours' | 'gaps'>, now: WallClock): AnswersNow {
  if (inGap(gaps, now.date)) return 'NO';
  if (hours.length === 0) return 'UNKNOWN';
  const yesterday = dayBefore(now.day);
  const fromYesterday = !inGap(gaps, addDays(now.date, -1));
  const stretches = hours.map(stretch);
  const open = stretches.some(
    (each) =>
      each !== null &&
      ((each.days.includes(now.day) && each.opens <= now.minute && now.minute < each.closes) ||
        (fromYesterday && each.days.includes(yesterday) && now.minute + DAY < each.closes)),
  );
  if (open) return 'YES';
  return stretches.includes(null) ? 'UNKNOWN' : 'NO';
}

/** Whether the hours leave no minute of the week uncovered. */
export function coversTheWeek(hours: readonly OpeningHours[]): boolean {
  const week = WEEK.length * DAY;
  const covered = hours
    .map(stretch)
    .flatMap((each) => (each?.days ?? []).map((day) => ({ each, midnight: WEEK.indexOf(day) * DAY })))
    .flatMap(({ each, midnight }) => {
      const [from, to] = [midnight + (each?.opens ?? 0), midnight + (each?.closes ?? 0)];
      // What runs past Sunday night opens the Monday of the same week, which recurs.
      return to > week
        ? [
            { from, to },
            { from: 0, to: to - week },
          ]
        : [{ from, to }];
    })
    .sort((one, other) => one.from - other.from);
  let until = 0;
  for (const { from, to } of covered) {
    if (from > until) return false;
    until = Math.max(until, to);
  }
  return until >= week;
}

/** `null` for an entry that does not say when it holds: no times, no days, or times that are the same. */
function stretch({ days, allDay, opens, closes }: OpeningHours): Stretch | null {
  if (days.length === 0) return null;
  if (allDay) return { days, opens: 0, closes: DAY };
  if (opens === null || closes === null || opens === closes) return null;
  const from = minutes(opens);
  const to = minutes(closes);
  return { days, opens: from, closes: to < from ? to + DAY : to };
}

const minutes = (time: LocalTime): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

const dayBefore = (day: DayOfWeek): DayOfWeek => WEEK[(WEEK.indexOf(day) + 6) % 7] ?? day;

const inGap = (gaps: readonly CoverGap[], date: LocalDate): boolean =>
  gaps.some((gap) => gap.start <= date && date <= gap.end);

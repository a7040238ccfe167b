import { addDays, dayOfWeek, daysBefore, startOfDay, ukDate, WEEK, wallClock } from '@caregraph/service/uk-time.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const at = (text: string): number => Date.parse(text);
const text = (moment: number): string => new Date(moment).toISOString();
const shown = (moment: number) => wallClock(new Date(moment));

// From the year in which the United Kingdom gave up British Standard Time.
const anyMoment = fc
  .date({ min: new Date('1972-01-01'), max: new Date('2037-12-31'), noInvalidDate: true })
  .map((date) => date.getTime());

/** The nights on which clocks change, since 1996: after the last Sunday of March and of October has begun. */
const lastSunday = (year: number, month: 3 | 10): string => {
  const last = new Date(Date.UTC(year, month, 0));
  return addDays(last.toISOString().slice(0, 10), -last.getUTCDay());
};
const change = fc
  .tuple(fc.integer({ min: 1996, max: 2037 }), fc.constantFrom<3 | 10>(3, 10))
  .map(([year, month]) => at(`${lastSunday(year, month)}T01:00:00Z`));
const nearAChange = fc
  .tuple(change, fc.integer({ min: -30 * HOUR_MS, max: 30 * HOUR_MS }))
  .map(([one, ms]) => one + ms);
const moment = fc.oneof(anyMoment, nearAChange);

describe('what UK clocks show', () => {
  test.each([
    ['2026-01-12T09:00:00Z', '2026-01-12', 9 * 60],
    ['2026-07-12T23:30:00Z', '2026-07-13', 30],
    ['2026-03-29T00:59:59.999Z', '2026-03-29', 59],
    ['2026-03-29T01:00:00Z', '2026-03-29', 2 * 60],
    ['2026-10-25T00:59:59.999Z', '2026-10-25', 60 + 59],
    ['2026-10-25T01:00:00Z', '2026-10-25', 60],
    ['2026-12-31T23:59:59.999Z', '2026-12-31', 23 * 60 + 59],
    ['2026-08-31T23:00:00Z', '2026-09-01', 0],
  ])('at %s is %s, %i minutes after midnight', (instant, date, minute) => {
    expect(wallClock(new Date(instant))).toEqual({ date, day: dayOfWeek(date), minute });
    expect(ukDate(new Date(instant))).toBe(date);
  });
});

test('the days of the week are told, Monday first', () => {
  expect(dayOfWeek('2026-01-12')).toBe('MONDAY');
  expect(WEEK.map((_, i) => dayOfWeek(addDays('2026-01-12', i)))).toEqual(WEEK);
});

describe('the start of a day', () => {
  test.each([
    ['2026-01-12', '2026-01-12T00:00:00.000Z'],
    ['2026-07-12', '2026-07-11T23:00:00.000Z'],
    ['2026-03-29', '2026-03-29T00:00:00.000Z'],
    ['2026-03-30', '2026-03-29T23:00:00.000Z'],
    ['2026-10-25', '2026-10-24T23:00:00.000Z'],
    ['2026-10-26', '2026-10-26T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (date, start) => {
    expect(text(startOfDay(date))).toBe(start);
  });

  test('is the first moment at which clocks show that day', () => {
    fc.assert(
      fc.property(moment, (any) => {
        const { date } = shown(any);
        const start = startOfDay(date);
        expect(shown(start)).toMatchObject({ date, minute: 0 });
        expect(shown(start - 1)).toMatchObject({ date: addDays(date, -1), minute: 1439 });
        expect(start).toBeLessThanOrEqual(any);
      }),
    );
  });

  test('is 23 hours before the next where clocks go forward, 25 where they go back, and otherwise 24', () => {
    const hours = (date: string): number => (startOfDay(addDays(date, 1)) - startOfDay(date)) / HOUR_MS;
    for (let year = 1996; year < 2037; year += 1) {
      const [forward, back] = [lastSunday(year, 3), lastSunday(year, 10)];
      expect([hours(forward), hours(back)]).toEqual([23, 25]);
      expect([hours(addDays(forward, 1)), hours(addDays(back, -1))]).toEqual([24, 24]);
    }
  });
});

describe('some days before', () => {
  test.each([
    ['in winter', '2026-02-10T14:30:15.123Z', 28, '2026-01-13T14:30:15.123Z'],
    ['across March', '2026-04-10T00:30:00.000Z', 28, '2026-03-13T01:30:00.000Z'],
    ['across October', '2026-11-10T01:30:00.000Z', 28, '2026-10-13T00:30:00.000Z'],
    ['over both', '2026-06-15T11:00:00.000Z', 365, '2025-06-15T11:00:00.000Z'],
    ['01:30 that there is not: 02:30', '2026-03-30T00:30:00.000Z', 1, '2026-03-29T01:30:00.000Z'],
    ['01:00 that there is not: 02:00', '2026-03-30T00:00:00.000Z', 1, '2026-03-29T01:00:00.000Z'],
    ['01:59:59.999 that there is not', '2026-03-30T00:59:59.999Z', 1, '2026-03-29T01:59:59.999Z'],
    ['00:59:59.999 that there is', '2026-03-29T23:59:59.999Z', 1, '2026-03-29T00:59:59.999Z'],
    ['01:30 that there is twice: the first', '2026-10-26T01:30:00.000Z', 1, '2026-10-25T00:30:00.000Z'],
    ['from the first of the two', '2026-10-25T00:30:00.000Z', 1, '2026-10-24T00:30:00.000Z'],
    ['from the second of the two', '2026-10-25T01:30:00.000Z', 1, '2026-10-24T00:30:00.000Z'],
    ['a leap day', '2024-03-01T12:00:00.000Z', 1, '2024-02-29T12:00:00.000Z'],
    ['none', '2026-07-10T12:34:56.789Z', 0, '2026-07-10T12:34:56.789Z'],
  ])('%s: %s less %i days', (_, from, days, then) => {
    expect(text(daysBefore(at(from), days))).toBe(then);
  });

  test('clocks showed the same time, to the millisecond, on the day so many days earlier; later only where they never did', () => {
    fc.assert(
      fc.property(moment, fc.integer({ min: 0, max: 4_000 }), (any, days) => {
        const now = shown(any);
        const then = daysBefore(any, days);
        const date = addDays(now.date, -days);
        const showed = shown(then);
        expect(showed.date).toBe(date);
        expect(((then % MINUTE_MS) + MINUTE_MS) % MINUTE_MS).toBe(((any % MINUTE_MS) + MINUTE_MS) % MINUTE_MS);
        if (showed.minute !== now.minute) {
          // Where clocks went forward over it, they show an hour more, and just before they showed less.
          expect(showed.minute).toBe(now.minute + 60);
          expect(shown(then - HOUR_MS).minute).toBe(now.minute - 60);
        } else {
          // Of two moments that show it, it is the first.
          expect(shown(then - HOUR_MS)).not.toEqual(showed);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

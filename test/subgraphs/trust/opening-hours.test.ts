import { addDays, dayOfWeek, WEEK, wallClock } from '@caregraph/service/uk-time.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answersNow, coversTheWeek } from '../../../subgraphs/trust/opening-hours.ts';
import type { CoverGap, DayOfWeek, OpeningHours } from '../../../subgraphs/trust/records.ts';

const at = (instant: string) => wallClock(new Date(instant));
const hours = (days: readonly DayOfWeek[], opens: string, closes: string): OpeningHours => ({
  days,
  allDay: false,
  opens,
  closes,
});
const WORKING_DAYS: readonly DayOfWeek[] = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY'];
const allWeek: OpeningHours = { days: WEEK, allDay: true, opens: null, closes: null };

describe('whether somebody answers now', () => {
  it('says yes from the minute of opening up to, and not including, the minute of closing', () => {
    const nineToFive = { hours: [hours(WORKING_DAYS, '09:00', '17:00')], gaps: [] };
    // Monday 12 January 2026, in winter: UK time is UTC.
    expect(answersNow(nineToFive, at('2026-01-12T08:59:59Z'))).toBe('NO');
    expect(answersNow(nineToFive, at('2026-01-12T09:00:00Z'))).toBe('YES');
    expect(answersNow(nineToFive, at('2026-01-12T16:59:59Z'))).toBe('YES');
    expect(answersNow(nineToFive, at('2026-01-12T17:00:00Z'))).toBe('NO');
    expect(answersNow(nineToFive, at('2026-01-11T12:00:00Z'))).toBe('NO');
  });

  it('goes by the clock on the wall in summer', () => {
    const nineToFive = { hours: [hours(WORKING_DAYS, '09:00', '17:00')], gaps: [] };
    expect(answersNow(nineToFive, at('2026-07-13T08:00:00Z'))).toBe('YES');
    expect(answersNow(nineToFive, at('2026-07-13T16:00:00Z'))).toBe('NO');
  });

  it('goes by the clock on the wall through the night in which clocks go forward', () => {
    const night = { hours: [hours(['SATURDAY'], '22:00', '03:00')], gaps: [] };
    // 29 March 2026: at 01:00 UTC the clocks jump from 01:00 to 02:00.
    expect(answersNow(night, at('2026-03-29T00:59:00Z'))).toBe('YES');
    expect(answersNow(night, at('2026-03-29T01:00:00Z'))).toBe('YES');
    expect(answersNow(night, at('2026-03-29T01:59:00Z'))).toBe('YES');
    expect(answersNow(night, at('2026-03-29T02:00:00Z'))).toBe('NO');
  });

  it('goes by the clock on the wall through the night in which clocks go back', () => {
    const night = { hours: [hours(['SATURDAY'], '22:00', '01:30')], gaps: [] };
    // 25 October 2026: at 01:00 UTC the clocks go from 02:00 back to 01:00, so 01:30 comes twice.
    expect(answersNow(night, at('2026-10-25T00:29:00Z'))).toBe('YES');
    expect(answersNow(night, at('2026-10-25T00:30:00Z'))).toBe('NO');
    expect(answersNow(night, at('2026-10-25T01:15:00Z'))).toBe('YES');
    expect(answersNow(night, at('2026-10-25T01:30:00Z'))).toBe('NO');
  });

  it('reads a closing time before the opening time as one of the next day', () => {
    const fridayNight = { hours: [hours(['FRIDAY'], '20:00', '08:00')], gaps: [] };
    expect(answersNow(fridayNight, at('2026-01-16T19:59:00Z'))).toBe('NO');
    expect(answersNow(fridayNight, at('2026-01-16T23:30:00Z'))).toBe('YES');
    expect(answersNow(fridayNight, at('2026-01-17T07:59:00Z'))).toBe('YES');
    expect(answersNow(fridayNight, at('2026-01-17T08:00:00Z'))).toBe('NO');
    expect(answersNow(fridayNight, at('2026-01-16T07:00:00Z'))).toBe('NO');
  });

  it('runs from Sunday night into Monday morning', () => {
    const sundayNight = { hours: [hours(['SUNDAY'], '22:00', '06:00')], gaps: [] };
    expect(answersNow(sundayNight, at('2026-01-19T03:00:00Z'))).toBe('YES');
  });

  it('reads a closing time of midnight as the end of the day', () => {
    const evening = { hours: [hours(['MONDAY'], '18:00', '00:00')], gaps: [] };
    expect(answersNow(evening, at('2026-01-12T23:59:00Z'))).toBe('YES');
    expect(answersNow(evening, at('2026-01-13T00:00:00Z'))).toBe('NO');
  });

  it('says no on the first and the last day of a gap in cover, and in the night that follows from one', () => {
    const gap: CoverGap = { description: 'Training. Ring the crisis line.', start: '2026-01-13', end: '2026-01-14' };
    const contact = { hours: [hours(WEEK, '20:00', '08:00')], gaps: [gap] };
    expect(answersNow(contact, at('2026-01-12T23:00:00Z'))).toBe('YES');
    expect(answersNow(contact, at('2026-01-13T00:00:00Z'))).toBe('NO');
    expect(answersNow(contact, at('2026-01-14T23:59:00Z'))).toBe('NO');
    expect(answersNow(contact, at('2026-01-15T03:00:00Z'))).toBe('NO');
    expect(answersNow(contact, at('2026-01-15T20:00:00Z'))).toBe('YES');
  });

  it('says in a gap that nobody answers even where no hours are given', () => {
    const gaps: CoverGap[] = [{ description: 'Closed.', start: '2026-01-13', end: '2026-01-13' }];
    expect(answersNow({ hours: [], gaps }, at('2026-01-13T12:00:00Z'))).toBe('NO');
    expect(answersNow({ hours: [], gaps }, at('2026-01-14T12:00:00Z'))).toBe('UNKNOWN');
  });

  it('does not say no where an entry of the hours cannot be read', () => {
    const unreadable: OpeningHours[] = [
      { days: WEEK, allDay: false, opens: null, closes: '17:00' },
      { days: WEEK, allDay: false, opens: '09:00', closes: null },
      { days: WEEK, allDay: false, opens: '09:00', closes: '09:00' },
      { days: [], allDay: true, opens: null, closes: null },
    ];
    for (const entry of unreadable) {
      expect(answersNow({ hours: [entry], gaps: [] }, at('2026-01-12T12:00:00Z'))).toBe('UNKNOWN');
      const known = hours(['MONDAY'], '11:00', '13:00');
      expect(answersNow({ hours: [entry, known], gaps: [] }, at('2026-01-12T12:00:00Z'))).toBe('YES');
    }
  });

  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
  const anyHours = fc.array(
    fc
      .tuple(fc.uniqueArray(fc.constantFrom(...WEEK), { minLength: 1 }), fc.boolean(), time, time)
      .filter(([, , opens, closes]) => opens !== closes)
      .map(
        ([days, allDay, opens, closes]): OpeningHours =>
          allDay ? { days, allDay, opens: null, closes: null } : { days, allDay, opens, closes },
      ),
    { minLength: 1, maxLength: 4 },
  );
  const anyDate = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });

  /** The slow reading: walk minute by minute from each opening to its closing, and note where the hands stand. */
  function openMinutes(entries: readonly OpeningHours[], isGap: (day: DayOfWeek) => boolean): Set<string> {
    const open = new Set<string>();
    for (const { days, allDay, opens, closes } of entries) {
      for (const day of days) {
        if (isGap(day)) continue;
        const midnight = WEEK.indexOf(day) * 1440;
        const [from, to] = allDay ? ['00:00', '00:00'] : [opens ?? '', closes ?? ''];
        const clock = (minute: number): string =>
          `${String(Math.floor((minute % 1440) / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
        let minute = midnight + Number(from.slice(0, 2)) * 60 + Number(from.slice(3));
        do {
          open.add(`${WEEK[Math.floor(minute / 1440) % 7]} ${clock(minute)}`);
          minute += 1;
        } while (clock(minute) !== to);
      }
    }
    return open;
  }

  it('agrees with a walk through the hours minute by minute', () => {
    fc.assert(
      fc.property(anyHours, anyDate, (entries, date) => {
        const now = wallClock(date);
        const clock = `${String(Math.floor(now.minute / 60)).padStart(2, '0')}:${String(now.minute % 60).padStart(2, '0')}`;
        const open = openMinutes(entries, () => false).has(`${now.day} ${clock}`);
        expect(answersNow({ hours: entries, gaps: [] }, now)).toBe(open ? 'YES' : 'NO');
      }),
      { numRuns: 300 },
    );
  });

  it('never says yes in a gap, nor because of hours of a day in a gap', () => {
    fc.assert(
      fc.property(
        anyHours,
        anyDate,
        fc.integer({ min: -3, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        (entries, date, offset, length) => {
          const now = wallClock(date);
          const start = addDays(now.date, offset);
          const gap = { description: 'Away.', start, end: addDays(start, length) };
          const inGap = (day: string): boolean => gap.start <= day && day <= gap.end;
          const yesterday = addDays(now.date, -1);
          const clock = `${String(Math.floor(now.minute / 60)).padStart(2, '0')}:${String(now.minute % 60).padStart(2, '0')}`;
          const open =
            !inGap(now.date) &&
            openMinutes(entries, (day) => day === dayOfWeek(yesterday) && inGap(yesterday)).has(`${now.day} ${clock}`);
          expect(answersNow({ hours: entries, gaps: [gap] }, now)).toBe(open ? 'YES' : 'NO');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds the week covered exactly when no minute of it is left out', () => {
    const nearlyAll = fc.constantFrom(
      [allWeek],
      [hours(WEEK, '08:00', '20:00'), hours(WEEK, '20:00', '08:00')],
      [hours(WEEK, '08:00', '20:00'), hours(WEEK, '20:01', '08:00')],
      [hours(WEEK, '00:00', '23:59'), hours(WEEK, '23:00', '00:00')],
    );
    fc.assert(
      fc.property(fc.oneof(anyHours, nearlyAll), (entries) => {
        expect(coversTheWeek(entries)).toBe(openMinutes(entries, () => false).size === 7 * 1440);
      }),
      { numRuns: 100 },
    );
  });
});

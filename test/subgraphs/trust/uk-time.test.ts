import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dayOfWeek, startOfDay, WEEK, wallClock } from '../../../subgraphs/trust/uk-time.ts';

const anyDay = fc
  .date({ min: new Date('1972-01-01'), max: new Date('2037-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('UK local time', () => {
  it('changes to summer time at 01:00 UTC on the last Sunday of March', () => {
    expect(wallClock(new Date('2026-03-29T00:59:59Z'))).toEqual({ date: '2026-03-29', day: 'SUNDAY', minute: 59 });
    expect(wallClock(new Date('2026-03-29T01:00:00Z'))).toEqual({ date: '2026-03-29', day: 'SUNDAY', minute: 120 });
  });

  it('changes back at 01:00 UTC on the last Sunday of October', () => {
    expect(wallClock(new Date('2026-10-25T00:59:59Z')).minute).toBe(119);
    expect(wallClock(new Date('2026-10-25T01:00:00Z')).minute).toBe(60);
  });

  it('begins a day of summer an hour before UTC does', () => {
    expect(new Date(startOfDay('2026-07-01')).toISOString()).toBe('2026-06-30T23:00:00.000Z');
    expect(new Date(startOfDay('2026-01-01')).toISOString()).toBe('2026-01-01T00:00:00.000Z');
    expect(new Date(startOfDay('2026-03-29')).toISOString()).toBe('2026-03-29T00:00:00.000Z');
    expect(new Date(startOfDay('2026-10-25')).toISOString()).toBe('2026-10-24T23:00:00.000Z');
  });

  it('begins every day at its own midnight, a moment after the day before', () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const start = startOfDay(day);
        expect(wallClock(new Date(start))).toEqual({ date: day, day: dayOfWeek(day), minute: 0 });
        expect(wallClock(new Date(start - 1))).toEqual({
          date: addDays(day, -1),
          day: dayOfWeek(addDays(day, -1)),
          minute: 1439,
        });
      }),
    );
  });

  it('knows the days of the week', () => {
    expect(dayOfWeek('2026-01-12')).toBe('MONDAY');
    expect(WEEK.map((_, i) => dayOfWeek(addDays('2026-01-12', i)))).toEqual(WEEK);
  });
});

import {
  type Compare,
  parseDate,
  parseDateTime,
  parseLocalTime,
  parseNHSNumber,
  parseODSCode,
  scalars,
} from '@caregraph/schema/scalars.ts';
import fc from 'fast-check';
import { GraphQLError, Kind } from 'graphql';
import oracle from 'nhs-number-validator';
import { describe, expect, test } from 'vitest';

const VALID = ['9876543210', '9000000009', '6700028191', '2686033207', '9278693472', '9434765919'];

const PARSERS = { parseNHSNumber, parseODSCode, parseDate, parseDateTime, parseLocalTime };

const tenDigits = fc.stringMatching(/^[0-9]{10}$/);

/** The message with which a value is refused; `null` when it is read. */
function refusal(parse: (value: unknown) => string, value: unknown): string | null {
  try {
    parse(value);
    return null;
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

const isRead = (parse: (value: unknown) => string, value: unknown): boolean => refusal(parse, value) === null;

describe('an NHS number', () => {
  test.each(VALID)('%s is read', (number) => {
    expect(parseNHSNumber(number)).toBe(number);
  });

  test.each(['9999999991', '6101231234', '987654321', '98765432100', ''])('%j is not one', (number) => {
    expect(isRead(parseNHSNumber, number)).toBe(false);
  });

  test('is one when, and only when, somebody else finds so too', () => {
    fc.assert(
      fc.property(tenDigits, (digits) => {
        expect(isRead(parseNHSNumber, digits)).toBe(oracle.validate(digits));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is not one any more after one digit is mistyped, or two beside each other are swapped', () => {
    const place = fc.nat({ max: 9 });
    fc.assert(
      fc.property(fc.constantFrom(...VALID), place, fc.nat({ max: 9 }), (number, at, digit) => {
        const mistyped = number.slice(0, at) + digit + number.slice(at + 1);
        expect(isRead(parseNHSNumber, mistyped)).toBe(mistyped === number);
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...VALID), fc.nat({ max: 8 }), (number, at) => {
        const swapped = `${number.slice(0, at)}${number[at + 1]}${number[at]}${number.slice(at + 2)}`;
        expect(isRead(parseNHSNumber, swapped)).toBe(swapped === number);
      }),
    );
  });

  test.each(['943 476 5919', '943-476-5919', ' 9434765919 ', '\t943 476 5919\n'])(
    'is read as people type it: %j',
    (typed) => {
      expect(parseNHSNumber(typed)).toBe('9434765919');
    },
  );

  test.each([
    '94 3476 5919',
    '943 4765919',
    '943 476-5919',
    '943  476  5919',
    '943.476.5919',
    '943476591 9',
    '+9434765919',
  ])('is not guessed from other spacing: %j', (typed) => {
    expect(refusal(parseNHSNumber, typed)).toMatch(/ten digits/);
  });

  test.each(['９４３４７６５９１９', '٩٤٣٤٧٦٥٩١٩', '⁹⁴³⁴⁷⁶⁵⁹¹⁹', '943476591O', '9.434765919e9'])(
    'is not made of other signs: %j',
    (typed) => {
      expect(refusal(parseNHSNumber, typed)).toMatch(/ten digits/);
    },
  );

  test('says that its check digit is wrong when that is so', () => {
    expect(refusal(parseNHSNumber, '9434765918')).toMatch(/check digit/);
  });
});

describe('an ODS code', () => {
  test.each([
    ['RW5', 'RW5'],
    ['rw5', 'RW5'],
    ['8HK49', '8HK49'],
    ['ABCDEFGHIJKL', 'ABCDEFGHIJKL'],
  ])('%s is read as %s', (code, read) => {
    expect(parseODSCode(code)).toBe(read);
  });

  test.each(['', 'R', 'RW', 'RW 5', ' RW5', 'RW5\n', 'RW-5', 'ÀW5', 'ＲＷ５', 'ABCDEFGHIJKLM'])(
    '%j is none',
    (code) => {
      expect(refusal(parseODSCode, code)).toMatch(/three to twelve letters and digits/);
    },
  );
});

describe('a date', () => {
  test.each(['2026-11-21', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])('%s is read', (date) => {
    expect(parseDate(date)).toBe(date);
  });

  test.each([
    '2026-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '26-01-01',
    '20260101',
  ])('%s does not exist, or is not written so', (date) => {
    expect(refusal(parseDate, date)).toMatch(/YYYY-MM-DD/);
  });

  test('is a day of the calendar, as the machine has it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 9999 }), fc.nat({ max: 13 }), fc.nat({ max: 32 }), (year, month, day) => {
        const text = [String(year).padStart(4, '0'), ...[month, day].map((n) => String(n).padStart(2, '0'))].join('-');
        const there = new Date(`${text}T00:00:00Z`);
        const exists = !Number.isNaN(there.getTime()) && there.toISOString().startsWith(text);
        expect(isRead(parseDate, text)).toBe(exists);
      }),
    );
  });
});

describe('a moment', () => {
  test.each([
    '2026-11-21T20:46:01Z',
    '2026-11-21T20:46:01.123456789Z',
    '2026-07-01T00:00:00+01:00',
    '2026-07-01T00:00:00-11:30',
    '2026-07-01T00:00:00+23:59',
    '2016-12-31T23:59:60Z',
    '2017-01-01T00:59:60+01:00',
    '2016-12-31T23:59:60.5Z',
  ])('%s is read', (moment) => {
    expect(parseDateTime(moment)).toBe(moment);
  });

  test.each([
    '2026-11-21',
    '2026-11-21T20:46Z',
    '2026-11-21T20:46:01',
    '2026-11-21 20:46:01Z',
    '2026-02-29T00:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T20:60:00Z',
    '2026-11-21T20:46:61Z',
    '2026-11-21T20:46:60Z',
    '2026-11-21T23:59:60+01:00',
    '2026-11-21T20:46:01.Z',
    '2026-11-21T20:46:01+0100',
    '2026-11-21T20:46:01+24:00',
    '20261121T204601Z',
    '2026-W47-6T20:46:01Z',
  ])('%s is none, or does not say which', (moment) => {
    expect(refusal(parseDateTime, moment)).toMatch(/YYYY-MM-DDThh:mm:ssZ/);
  });
});

describe('a time of day', () => {
  test.each(['00:00', '09:30', '23:59'])('%s is read', (time) => {
    expect(parseLocalTime(time)).toBe(time);
  });

  test.each(['24:00', '9:30', '09:60', '09:30:00', '09.30', '0930'])('%s is none', (time) => {
    expect(refusal(parseLocalTime, time)).toMatch(/hh:mm/);
  });
});

describe('order', () => {
  const compareOf = (name: keyof typeof scalars): Compare => {
    const { compare } = scalars[name].extensions;
    if (typeof compare !== 'function') throw new Error(`${name} has no order.`);
    return (one, other) => Number(compare(one, other));
  };
  const compare = compareOf('DateTime');

  /** The same moment as it is written at an offset from UTC in minutes. */
  function written(epochMs: number, offset: number): string {
    const local = new Date(epochMs + offset * 60_000).toISOString().slice(0, -1);
    if (offset === 0) return `${local}Z`;
    const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60].map((n) =>
      String(n).padStart(2, '0'),
    );
    return `${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`;
  }
  const epoch = fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) });
  const offset = fc.integer({ min: -14 * 60, max: 14 * 60 });

  test('of moments is that of time, whatever the offset they are written with', () => {
    fc.assert(
      fc.property(epoch, epoch, offset, offset, (one, other, here, there) => {
        expect(Math.sign(compare(written(one, here), written(other, there)))).toBe(Math.sign(one - other));
      }),
    );
    fc.assert(
      fc.property(epoch, fc.integer({ min: -5, max: 5 }), offset, offset, (one, step, here, there) => {
        expect(Math.sign(compare(written(one, here), written(one + step, there)))).toBe(Math.sign(0 - step));
      }),
    );
  });

  test('of moments goes down to the billionth of a second', () => {
    expect(compare('2026-01-01T00:00:00.000000001Z', '2026-01-01T00:00:00.000000002Z')).toBeLessThan(0);
    expect(compare('2026-01-01T00:00:00.5Z', '2026-01-01T01:00:00.500+01:00')).toBe(0);
    expect(compare('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z')).toBe(0);
  });

  test('of moments has a leap second after the second before it, and not after the day that follows', () => {
    const sorted = [
      '2016-12-31T23:59:59.9Z',
      '2016-12-31T23:59:60.5Z',
      '2017-01-01T00:00:01Z',
      '2017-01-01T01:00:02+01:00',
    ];
    expect([...sorted].reverse().sort(compare)).toEqual(sorted);
  });

  test('of dates, times, codes and numbers is that of their text', () => {
    expect(['2026-10-01', '2026-09-30'].sort(compareOf('Date'))).toEqual(['2026-09-30', '2026-10-01']);
    expect(['17:00', '09:00'].sort(compareOf('LocalTime'))).toEqual(['09:00', '17:00']);
    expect(['RXT', 'RW5'].sort(compareOf('ODSCode'))).toEqual(['RW5', 'RXT']);
    expect(['9876543210', '9000000009'].sort(compareOf('NHSNumber'))).toEqual(['9000000009', '9876543210']);
  });
});

describe('every scalar', () => {
  const RIGHT: Readonly<Record<keyof typeof scalars, string>> = {
    NHSNumber: '9434765919',
    ODSCode: 'RW5',
    Date: '2026-11-21',
    DateTime: '2026-11-21T20:46:01Z',
    LocalTime: '20:46',
  };
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[0-9 -]{1,20}$/),
    fc.stringMatching(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.Z+-]{1,20}$/),
    fc.anything(),
  );

  test.each(Object.entries(PARSERS))(
    '%s reads a string or refuses, and never repeats what it refuses',
    (_name, parse) => {
      fc.assert(
        fc.property(hostile, (value) => {
          const message = refusal(parse, value);
          if (message === null) {
            expect(typeof value).toBe('string');
            return;
          }
          expect(message).toMatch(/^[A-Z].*\.$/);
          // "; " is what stands between a value and the reason in graphql-js, where the reason is told by it.
          expect(message).not.toContain('; ');
          for (const run of String(JSON.stringify(value)).match(/\d{3,}/g) ?? []) expect(message).not.toContain(run);
        }),
        { numRuns: 500 },
      );
    },
  );

  test.each(Object.entries(PARSERS))('%s reads what it has read as the same again', (_name, parse) => {
    const values = [...VALID, 'rw5', '2024-02-29', '2016-12-31T23:59:60.5Z', '23:59'];
    const read = values.filter((value) => isRead(parse, value)).map((value) => parse(value));
    expect(read.length).toBeGreaterThan(0);
    expect(read.map((value) => parse(value))).toEqual(read);
  });

  test.each(Object.entries(PARSERS))('%s takes no time over a megabyte', (_name, parse) => {
    const start = performance.now();
    for (const part of ['9', ' ', '943 ', '-', '2026-11-21T', ':59', '.', '\u00a0', 'A']) {
      expect(isRead(parse, part.repeat(1_000_000 / part.length))).toBe(false);
      expect(isRead(parse, `943 476 5919${part.repeat(1_000_000)}`) && part !== ' ' && part !== '\u00a0').toBe(false);
    }
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  test.each(['NHSNumber', 'ODSCode', 'Date', 'DateTime', 'LocalTime'] as const)(
    '%s is checked in variables, in literals, and in what is answered',
    (name) => {
      const scalar = scalars[name];
      for (const wrong of [9434765919, true, null, { a: 1 }, ['9434765919'], 'no']) {
        expect(() => scalar.parseValue(wrong)).toThrow(GraphQLError);
        expect(() => scalar.serialize(wrong)).toThrow(GraphQLError);
      }
      expect(() => scalar.parseLiteral({ kind: Kind.INT, value: '9434765919' })).toThrow(GraphQLError);
      expect(() => scalar.parseLiteral({ kind: Kind.ENUM, value: 'RW5' })).toThrow(GraphQLError);
      const right = RIGHT[name];
      expect(scalar.parseValue(right)).toBe(right);
      expect(scalar.parseLiteral({ kind: Kind.STRING, value: right })).toBe(right);
      expect(scalar.serialize(right)).toBe(right);
    },
  );
});

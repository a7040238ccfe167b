import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

/** How two values of a scalar compare: negative when the first comes before the second, as for `Array.prototype.sort`. */
export type Compare = (one: string, other: string) => number;

/** What a value is not, in words that never repeat the value: it may name a patient. */
class NotAValue extends Error {}

const NHS_NUMBER_WEIGHTS = [10, 9, 8, 7, 6, 5, 4, 3, 2];

/**
 * Reads an NHS number: ten digits, or the 3-3-4 spacing that people type, with a valid Modulus 11 check digit (NHS Data
 * Dictionary, NHS NUMBER). Returns the ten digits.
 *
 * @throws when it is not one; the message says what is wrong without repeating the number.
 */
export function parseNHSNumber(value: unknown): string {
  if (typeof value !== 'string') throw new NotAValue('An NHS number is a string of ten digits.');
  const spaced = /^(\d{3})([ -]?)(\d{3})\2(\d{4})$/.exec(value.trim());
  if (!spaced) throw new NotAValue('An NHS number is ten digits, which may be spaced 3-3-4.');
  const digits = `${spaced[1]}${spaced[3]}${spaced[4]}`;
  const sum = NHS_NUMBER_WEIGHTS.reduce((total, weight, i) => total + weight * Number(digits[i]), 0);
  const check = 11 - (sum % 11);
  if (check === 10 || (check === 11 ? 0 : check) !== Number(digits[9])) {
    throw new NotAValue('This is not an NHS number: its check digit is wrong. Please look for a typing mistake.');
  }
  return digits;
}

/**
 * Reads an ODS code: three to twelve letters and digits; returns capitals.
 *
 * @throws when it is not one.
 */
export function parseODSCode(value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9]{3,12}$/.test(value)) {
    throw new NotAValue('An ODS code is a string of three to twelve letters and digits, such as "RW5".');
  }
  return value.toUpperCase();
}

const isDay = (year: number, month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

/**
 * Reads an RFC 3339 full-date, `YYYY-MM-DD`, of a day that exists.
 *
 * @throws when it is not one.
 */
export function parseDate(value: unknown): string {
  const parts = typeof value === 'string' ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(value) : null;
  if (!parts || !isDay(Number(parts[1]), Number(parts[2]), Number(parts[3]))) {
    throw new NotAValue('A date is a day of the calendar written "YYYY-MM-DD".');
  }
  return parts[0];
}

const DAY_MS = 86_400_000;

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Reads an RFC 3339 date-time with its offset, of a day that exists. A 61st second is read where there can be one, at the
 * end of a day in UTC.
 *
 * @throws when it is not one.
 */
export function parseDateTime(value: unknown): string {
  const parts = typeof value === 'string' ? DATE_TIME.exec(value) : null;
  const isLeapSecond = parts?.[5] === '60';
  if (
    !parts ||
    !isDay(Number(parts[1]), Number(parts[2]), Number(parts[3])) ||
    (isLeapSecond && moment(parts[0]) % DAY_MS !== 0)
  ) {
    throw new NotAValue('A moment is written "YYYY-MM-DDThh:mm:ssZ", or with an offset such as "+01:00" for the "Z".');
  }
  return parts[0];
}

/**
 * Reads a time of day, `hh:mm`, from 00:00 to 23:59.
 *
 * @throws when it is not one.
 */
export function parseLocalTime(value: unknown): string {
  if (typeof value !== 'string' || !/^([01]\d|2[0-3]):[0-5]\d$/.test(value)) {
    throw new NotAValue('A time of day is written "hh:mm", from "00:00" to "23:59".');
  }
  return value;
}

const byText: Compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

/** By the moment they name, whatever the offset; a leap second counts as the second after it. */
const byMoment: Compare = (one, other) => moment(one) - moment(other) || fraction(one) - fraction(other);

/** Milliseconds since 1970, the fraction of the second left out. `Date.parse` knows no leap seconds. */
const moment = (text: string): number => {
  const second = text.replace(/\.\d+/, '');
  const last = second.replace(/:60(?=[Z+-])/, ':59');
  return Date.parse(last) + (last === second ? 0 : 1_000);
};
const fraction = (text: string): number => Number(/\.\d+/.exec(text)?.[0] ?? 0);

function scalar(name: string, parse: (value: unknown) => string, compare: Compare): GraphQLScalarType<string, string> {
  const read = (value: unknown): string => {
    try {
      return parse(value);
    } catch (error) {
      if (error instanceof NotAValue) throw new GraphQLError(error.message);
      throw error;
    }
  };
  return new GraphQLScalarType({
    name,
    parseValue: read,
    parseLiteral: (node: ValueNode) => read(node.kind === Kind.STRING ? node.value : null),
    serialize: read,
    extensions: { compare },
  });
}

/** The scalars of the schema, by name. Each checks its values in both directions, and none repeats a value in an error. */
export const scalars = {
  NHSNumber: scalar('NHSNumber', parseNHSNumber, byText),
  ODSCode: scalar('ODSCode', parseODSCode, byText),
  Date: scalar('Date', parseDate, byText),
  DateTime: scalar('DateTime', parseDateTime, byMoment),
  LocalTime: scalar('LocalTime', parseLocalTime, byText),
} as const;

import { parseNHSNumber } from '@caregraph/schema/scalars.ts';
import { withoutEscapes } from '@caregraph/service/escapes.ts';
import type { NHSNumber } from '../../records.ts';

/** An absolute http or https address, relative ones being relative to `base`; `null` for anything else. */
export function absoluteUrl(text: string, base: string): string | null {
  const url = URL.parse(text, `${base}/`);
  if (url?.username !== '' || url.password !== '') return null;
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
}

/** Whether a base address may stand in a pointer: https, or http on this machine itself. */
export function isSafeAddress(text: string): boolean {
  const url = URL.parse(text);
  if (!url) return false;
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(url.hostname))
  );
}

/** Whether an address holds one of these NHS numbers, however it is spelt. */
export function holds(url: string, numbers: Iterable<NHSNumber>): boolean {
  const digits = decoded(url).replace(/[^\p{L}\d]/gu, '');
  return [...numbers].some((number) => digits.includes(number));
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** Whether an address holds what could be anybody's NHS number: ten digits, not part of more, with a valid check digit. */
export function holdsAnybody(url: string): boolean {
  const found = decoded(url)
    .replace(UUID, '#')
    .match(/(?<!\d)\d(?:[\s._+~-]{0,3}\d){9}(?!\d)/g);
  return (found ?? []).some((each) => isNHSNumber(each.replace(/\D/g, '')));
}

/** What in a text is an NHS number as it is stored and compared: ten digits in a row. */
export function numbersIn(text: string): readonly NHSNumber[] {
  return (text.match(/(?<!\d)\d{10}(?!\d)/g) ?? []).filter(isNHSNumber);
}

function isNHSNumber(digits: string): boolean {
  try {
    parseNHSNumber(digits);
    return true;
  } catch {
    return false;
  }
}

/** An address as it reads, with ASCII digits in the place of full-width and of Arabic ones. */
const decoded = (url: string): string =>
  withoutEscapes(url)
    .normalize('NFKC')
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) % 16));

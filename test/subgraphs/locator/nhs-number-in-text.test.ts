import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdsNHSNumber } from '../../../subgraphs/locator/nhs-number-in-text.ts';
import { nhsNumbers } from './harness.ts';

const NUMBERS = ['9876543210', '9000000009', '6700028191', '2686033207', '9278693472'];
const SPELLINGS: Record<string, (n: string) => string> = {
  'in a row': (n) => n,
  'with a word before and after': (n) => `nhs${n}plan`,
  'with spaces': (n) => `${n.slice(0, 3)} ${n.slice(3, 6)} ${n.slice(6)}`,
  'with encoded spaces': (n) => `${n.slice(0, 3)}%20${n.slice(3, 6)}%20${n.slice(6)}`,
  'with plus signs': (n) => `${n.slice(0, 3)}+${n.slice(3, 6)}+${n.slice(6)}`,
  'with hyphens': (n) => `${n.slice(0, 3)}-${n.slice(3, 6)}-${n.slice(6)}`,
  'with en dashes, encoded': (n) => encodeURIComponent(`${n.slice(0, 3)}–${n.slice(3, 6)}–${n.slice(6)}`),
  'with no-break spaces, encoded': (n) =>
    encodeURIComponent(`${n.slice(0, 3)}\u00a0${n.slice(3, 6)}\u00a0${n.slice(6)}`),
  'with dots': (n) => `${n.slice(0, 3)}.${n.slice(3, 6)}.${n.slice(6)}`,
  'with slashes': (n) => `${n.slice(0, 3)}/${n.slice(3, 6)}/${n.slice(6)}`,
  'five and five': (n) => `${n.slice(0, 5)}-${n.slice(5)}`,
  'digit by digit': (n) => [...n].join('_'),
  'percent-encoded': (n) => [...n].map((digit) => `%3${digit}`).join(''),
  'percent-encoded twice': (n) => [...n].map((digit) => `%253${digit}`).join(''),
  'percent-encoded in part': (n) => `%3${n[0]}${n.slice(1)}`,
  'in full-width digits, encoded': (n) =>
    encodeURIComponent([...n].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('')),
  'with zero-width spaces, encoded': (n) => [...n].join(encodeURIComponent('\u200b')),
};

describe('an NHS number in an address is seen', () => {
  test.each(Object.entries(SPELLINGS))('%s', (_, spell) => {
    for (const number of NUMBERS) {
      expect(holdsNHSNumber(`https://records.example/plans/${spell(number)}`)).toBe(true);
      expect(holdsNHSNumber(`https://records.example/plans?of=${spell(number)}&v=1`)).toBe(true);
      expect(holdsNHSNumber(`https://records.example/plans#${spell(number)}`)).toBe(true);
    }
  });

  test('wherever it stands between other text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'z', '/', '?', '%', '=', '&', 'é') });
    fc.assert(
      fc.property(text, fc.constantFrom(...nhsNumbers(50)), text, (before, number, after) => {
        expect(holdsNHSNumber(`${before}${number}${after}`)).toBe(true);
      }),
    );
  });
});

describe('what is no NHS number is let pass', () => {
  test.each([
    ['ten digits with a wrong check digit', 'https://records.example/9876543211'],
    ['ten digits whose check would be ten', 'https://records.example/9999999991'],
    ['a longer number', 'https://records.example/98765432101'],
    ['a moment in milliseconds', 'https://records.example/1700000000000'],
    ['a date', 'https://records.example/2024/01/15/plan'],
    ['a UUID that holds ten such digits', 'https://records.example/9876543a-3210-4bcd-8def-009876543210'],
    ['a broken escape', 'https://records.example/%zz%4'],
  ])('%s', (_, url) => {
    expect(holdsNHSNumber(url)).toBe(false);
  });

  test('no UUID is ever taken for one', () => {
    fc.assert(fc.property(fc.uuid(), (uuid) => !holdsNHSNumber(`https://records.example/plans/${uuid}.pdf`)));
  });

  test('a text of any length is read in good time', () => {
    const started = performance.now();
    for (const part of ['1', '1 ', '1-', '%', '%25', '1   ', '12 ']) holdsNHSNumber(part.repeat(2_048));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

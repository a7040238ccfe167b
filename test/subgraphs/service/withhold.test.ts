import { withhold } from '@caregraph/service/withhold.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const NUMBER = '9434765919';

/** Ten digits, as somebody may have come to write them. */
const SPELLINGS: Readonly<Record<string, string>> = {
  plain: NUMBER,
  spaced: '943 476 5919',
  'spaced widely': '943   476   5919',
  dashed: '943-476-5919',
  'dashed with spaces': '943 – 476 – 5919',
  dotted: '943.476.5919',
  'in commas': '943,476,5919',
  'in quotes': '"943","476","5919"',
  'over lines': '943\n476\n5919',
  'over lines of Windows': '943\r\n476\r\n5919',
  'with non-breaking spaces': '943\u00a0476\u00a05919',
  'with zero-width spaces': '943\u200b476\u200b5919',
  'with underscores': '943_476_5919',
  'with slashes': '943/476/5919',
  'with middle dots': '943·476·5919',
  'percent-encoded spaces': '943%20476%205919',
  'percent-encoded digits': encodeURIComponent(NUMBER).replace(/\d/g, (digit) => `%3${digit}`),
  'percent-encoded full-width digits': NUMBER.replace(/\d/g, (digit) => `%EF%BC%9${digit}`),
  'percent-encoded twice': NUMBER.replace(/\d/g, (digit) => `%25%333${digit}`),
  'escaped as in JSON': NUMBER.replace(/\d/g, (digit) => `\\u003${digit}`),
  'escaped as in JSON within JSON': NUMBER.replace(/\d/g, (digit) => `\\\\u003${digit}`),
  'escaped as in GraphQL': NUMBER.replace(/\d/g, (digit) => `\\u{3${digit}}`),
  'plus signs for spaces': '943+476+5919',
  'digit by digit': '9 4 3 4 7 6 5 9 1 9',
  'full-width digits': '９４３４７６５９１９',
  'Arabic digits': '٩٤٣٤٧٦٥٩١٩',
  'superscript digits': '⁹⁴³⁴⁷⁶⁵⁹¹⁹',
  'inside a word': `patient${NUMBER}x`,
  'beside other digits': `1${NUMBER}2`,
};

describe('whatever could be an NHS number is withheld', () => {
  test.each(Object.entries(SPELLINGS))('%s', (_name, spelling) => {
    const text = withhold(`The patient (${spelling}) is not known.`);
    expect(text).toContain('[withheld]');
    expect(text).not.toMatch(/\p{N}{3}/u);
  });

  test('with any three characters between any two digits that are neither letters, digits nor colons', () => {
    const between = fc
      .string({ unit: 'grapheme', maxLength: 2 })
      .filter((text) => !/[\p{L}\p{N}:]/u.test(text) && [...text].length <= 3);
    fc.assert(
      fc.property(fc.array(between, { minLength: 9, maxLength: 9 }), (gaps) => {
        const spelt = [...NUMBER].map((digit, i) => `${digit}${gaps[i] ?? ''}`).join('');
        expect(withhold(`for ${spelt} today`)).toBe('for [withheld] today');
      }),
    );
  });

  test('and escapes that hide none are left as they are', () => {
    const text = 'GET /a%20b?c=%C3%A9 said "\\u00e9\\u{1F600}", 100%, \\u{FFFFF}, %zz';
    expect(withhold(text)).toBe(text);
  });

  test('a text of 100 kB of backslashes takes no time', () => {
    const text = '\\'.repeat(100_000);
    const start = performance.now();
    expect(withhold(text)).toBe(text);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('a text of 100 kB of digits one short of a number takes no time', () => {
    const text = '943476591x'.repeat(10_000);
    const start = performance.now();
    expect(withhold(text)).toBe(text);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

describe('what a reader of the log needs stays readable', () => {
  test.each([
    'http://127.0.0.1:4201/graphql',
    'connect ECONNREFUSED 127.0.0.1:65535',
    '2026-11-21T20:46:01.123Z',
    '2026-11-21T20:46:01+01:00',
    '[2001:db8:85a3::8a2e:370:7334]:443',
    'f81d4fae-7dec-41d0-a765-00a0c91e6bf6',
    'at file:///srv/subgraphs/service/http.ts:104:23',
    'RW5 answered in 1234 ms with 56789 bytes',
    'SNOMED CT 736253002',
  ])('%s', (text) => {
    expect(withhold(text)).toBe(text);
  });
});

import fc from 'fast-check';
import { GraphQLError } from 'graphql';
import { describe, expect, test } from 'vitest';
import { LONGEST_TEXT, readReason, readText } from '../../../subgraphs/access/prose.ts';

const refused = (text: string): GraphQLError => {
  try {
    readReason(text);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
  }
  throw new Error('It was not refused.');
};

describe('a reason', () => {
  test.each([
    'Unconscious, no history, need to know medication',
    'Found on the bridge, silent; whom do I ring?',
    'Pt. agitated at scene, police present, risk unknown',
    "She can't say what she has taken.",
    'Claf yn anymwybodol, angen gwybod pa feddyginiaeth',
    'Żona mówi, że połknął wszystkie tabletki',
    'Two lines:\n\tthe second says why the plan is needed',
  ])('of substance is taken: %s', (reason) => {
    expect(readReason(reason)).toBe(reason);
  });

  test.each([
    ['nothing', ''],
    ['space', ' '.repeat(50)],
    ['one word', 'emergency'],
    ['a few words', 'I need it now'],
    ['one word many times', 'urgent urgent urgent urgent urgent urgent'],
    ['one character many times', 'a'.repeat(200)],
    ['one character in words of many lengths', 'aa aaa aaaa aaaaa aaaaaa aaaaaaa'],
    ['digits', '1234567890 0987654321 12345'],
    ['digits in words', '999 999 0012 943 476 5919 01 23 45'],
    ['punctuation', '!!! ??? ... --- *** ((( )))'],
    ['two letters in turn', 'ab ba aab bba abab baba abba'],
    ['faces', '😀😀😀😀 😀😀😀 😀😀 😀😀😀😀😀 😀😀😀😀😀😀'],
  ])('of %s is refused, and it is said what is wanted', (_what, reason) => {
    expect(refused(reason).extensions.code).toBe('INVALID_PARAMETER');
    expect(refused(reason).message).toContain('from 20 to 1000 characters');
  });

  test('loses the space around it', () => {
    expect(readReason('  \n Found on the bridge, silent. \t ')).toBe('Found on the bridge, silent.');
  });

  test('has as many characters as people count, not as a computer stores', () => {
    const words = 'Found on the bridge, silent. ';
    expect(readReason(words + '😀'.repeat(LONGEST_TEXT - words.length))).toMatch(/😀$/u);
    expect(refused(words + '😀'.repeat(LONGEST_TEXT - words.length + 1)).message).toContain('at most 1000');
  });

  test('is never repeated when it is refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 8 }), (text) => {
        try {
          readReason(text);
        } catch (error) {
          if (!(error instanceof GraphQLError)) throw error;
          expect(error.message).not.toContain(text.trim());
          expect(error.extensions.code).toBe('INVALID_PARAMETER');
        }
      }),
    );
  });

  test('that is taken can be kept by PostgreSQL as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const before = 'Found on the bridge, silent. ';
        try {
          const kept = readReason(before + text);
          expect(kept).not.toContain('\u0000');
          expect(Buffer.from(kept).toString()).toBe(kept);
        } catch (error) {
          expect(error).toBeInstanceOf(GraphQLError);
        }
      }),
    );
  });
});

describe('a note', () => {
  test('may be short, or nothing', () => {
    expect(readText(' ok ', 'note')).toBe('ok');
    expect(readText('', 'note')).toBe('');
  });

  test.each([
    ['a control character', 'a\u0000'],
    ['half a character', 'a\ud800'],
    ['too many', 'x'.repeat(1_001)],
  ])('with %s in it is refused by the name of its argument', (_what, note) => {
    expect(() => readText(note, 'note')).toThrow(/^"note" is /);
  });
});

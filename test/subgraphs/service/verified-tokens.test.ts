import { VerifiedTokens } from '@caregraph/service/verified-tokens.ts';
import { describe, expect, test } from 'vitest';

const CLAIMS = { sub: 'user', nhsid_useruid: '555254239107', iat: 1_764_000_000, exp: 1_764_000_300 };

describe('a verified token', () => {
  test('is remembered for less than a minute, whatever the clock does', () => {
    const tokens = new VerifiedTokens();
    tokens.remember('a.b.c', CLAIMS, 1, 1_000);
    expect(tokens.claims('a.b.c', 1, 1_059)).toEqual(CLAIMS);
    expect(tokens.claims('a.b.c', 1, 1_060)).toBeUndefined();
    tokens.remember('a.b.c', CLAIMS, 1, 1_000);
    expect(tokens.claims('a.b.c', 1, 999)).toBeUndefined();
    expect(tokens.size).toBe(0);
  });

  test('is forgotten when the keys of its issuer are others', () => {
    const tokens = new VerifiedTokens();
    tokens.remember('a.b.c', CLAIMS, 1, 1_000);
    expect(tokens.claims('a.b.c', 2, 1_000)).toBeUndefined();
    expect(tokens.claims('a.b.c', 1, 1_000)).toBeUndefined();
  });

  test('is known by the whole of it', () => {
    const tokens = new VerifiedTokens();
    tokens.remember('a.b.c', CLAIMS, 1, 1_000);
    for (const other of ['a.b.d', 'a.b.', 'a.b', '', 'a.b.c ', 'A.b.c']) {
      expect(tokens.claims(other, 1, 1_000)).toBeUndefined();
    }
  });

  test('that could name a patient is not remembered', () => {
    const tokens = new VerifiedTokens();
    for (const named of ['9434765919', '943 476 5919', '943-476-5919', 'urn:nhs:9434765919']) {
      tokens.remember('a.b.c', { ...CLAIMS, sub: named }, 1, 1_000);
      tokens.remember('a.b.d', { ...CLAIMS, act: { list: [named] } }, 1, 1_000);
      tokens.remember('a.b.e', { ...CLAIMS, [named]: true }, 1, 1_000);
    }
    expect(tokens.size).toBe(0);
  });

  test('makes room for others: of ten thousand and more, the first are forgotten', () => {
    const tokens = new VerifiedTokens();
    for (let n = 0; n < 10_005; n++) tokens.remember(`a.b.${n}`, CLAIMS, 1, 1_000);
    expect(tokens.size).toBe(10_000);
    expect(tokens.claims('a.b.4', 1, 1_000)).toBeUndefined();
    expect(tokens.claims('a.b.5', 1, 1_000)).toEqual(CLAIMS);
  });
});

import { hash as digest, randomUUID } from 'node:crypto';
import { NO_HASH, NO_LINES, readLine, writeLine } from '@caregraph/service/audit/chain.ts';
import { describe, expect, test } from 'vitest';
import { anEntry } from './harness.ts';

const AT = '2026-11-21T03:04:05.678Z';

/** A text that ends with the right hash of whatever it begins with. */
const sealed = (hashed: string): string => `${hashed.slice(0, -1)},"hash":"${digest('sha256', hashed, 'hex')}"}`;

describe('a line', () => {
  test('is read as it was written, and can be checked by anybody with a SHA-256', () => {
    const chain = randomUUID();
    const entry = anEntry({ operation: { ...anEntry().operation, name: '"},"hash":"\u2028\uD800 ð\\' } });
    const { text, head } = writeLine(chain, NO_LINES, AT, { kind: 'entry', entry });
    expect(readLine(text).line).toEqual({
      chain,
      seq: 1,
      prev: NO_HASH,
      at: AT,
      kind: 'entry',
      entry,
      hash: head.hash,
    });
    const without = `${text.slice(0, text.lastIndexOf(',"hash":'))}}`;
    expect(digest('sha256', without, 'hex')).toBe(head.hash);
    expect(text).not.toContain('\n');
  });

  const good = `{"chain":"${randomUUID()}","seq":1,"prev":"${NO_HASH}","at":"${AT}","kind":"opened","gateway":"urn:x","medium":"journal"}`;

  test('with the right hash is a good one', () => {
    expect(readLine(sealed(good)).fault).toBeNull();
  });

  test.each([
    ['a member that stands twice', good.replace('"seq":1', '"seq":2,"seq":1')],
    ['a blank', good.replace('"seq":', '"seq": ')],
    ['a number that is written otherwise', good.replace('"seq":1', '"seq":1.0')],
    ['an escape that is none', good.replace('urn:x', 'urn:\\u0078')],
    ['a member too many', good.replace('"medium"', '"more":1,"medium"')],
    ['a member too few', good.replace('"medium":"journal"', '"more":1')],
    ['no number', good.replace('"seq":1', '"seq":0')],
    ['another kind', good.replace('opened', 'closed')],
    ['no JSON', good.slice(1)],
  ])('with %s is none, whatever its hash', (_what, hashed) => {
    expect(readLine(sealed(hashed))).toEqual({ line: null, fault: 'UNREADABLE', entryId: null });
  });

  test('without its hash, or with something after it, is none', () => {
    for (const text of ['', good, `${sealed(good)} `, sealed(good).replace(/.{3}$/, '"}')]) {
      expect(readLine(text).fault).toBe('UNREADABLE');
    }
  });
});

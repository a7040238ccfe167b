import { type Head, NO_LINES } from '@caregraph/service/audit/chain.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Followed, followChain } from '../../../subgraphs/access/follow-chain.ts';
import { CHECKPOINT, createChain, entry, newPatient } from './harness.ts';

const LENGTH = 12;
const { chain, lines } = createChain();
const patient = newPatient();
const all = [...lines, ...createMore()];

function createMore(): string[] {
  const whole = createChain({ chain });
  return whole.write(
    '2026-06-15T09:00:00.000Z',
    ...Array.from({ length: LENGTH - 1 }, (_, i) => (i % 4 === 3 ? CHECKPOINT : entry({ patients: [patient] }))),
  );
}

const headAt = (count: number): Head => {
  const text = all[count - 1];
  return text ? { seq: count, hash: JSON.parse(text).hash } : NO_LINES;
};
const seqs = (followed: Followed): { added: number[]; known: number[] } | string =>
  followed.why === null
    ? { added: followed.added.map(({ line }) => line.seq), known: followed.known.map(({ line }) => line.seq) }
    : followed.why;
const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
const place = fc.integer({ min: 0, max: LENGTH });

describe('lines of a chain', () => {
  test('follow it from wherever it ends, in shipments of any size, overlapping or not', () => {
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: LENGTH }), fc.integer({ min: 1, max: LENGTH }), (kept, from, to) => {
        if (to < from) return;
        const followed = seqs(followChain(chain, headAt(kept), all.slice(from - 1, to)));
        if (from > kept + 1) expect(followed).toMatch(/was sent, and the last one here is line/);
        else
          expect(followed).toEqual({
            known: range(from, Math.min(to, kept)),
            added: range(Math.max(from, kept + 1), to),
          });
      }),
    );
  });

  test('do not follow it when they are moved, left out, or there twice', () => {
    const indices = fc.array(fc.nat({ max: LENGTH - 1 }), { minLength: 1, maxLength: LENGTH });
    fc.assert(
      fc.property(place, indices, (kept, chosen) => {
        const inOrder = chosen.every((index, i) => i === 0 || index === (chosen[i - 1] ?? 0) + 1);
        const near = (chosen[0] ?? 0) <= kept;
        const { why } = followChain(
          chain,
          headAt(kept),
          chosen.map((index) => all[index] ?? ''),
        );
        expect(why === null).toBe(inOrder && near);
      }),
    );
  });

  test('do not follow it with any character changed', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: LENGTH - 1 }),
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1 }),
        (index, at, character) => {
          const line = all[index] ?? '';
          const where = at % line.length;
          if (line[where] === character) return;
          const changed = line.slice(0, where) + character + line.slice(where + 1);
          expect(followChain(chain, headAt(index), [changed]).why).toMatch(/was altered|cannot be read/);
        },
      ),
    );
  });

  test('do not follow a chain that ends with another line of the same number', () => {
    const other = createChain({ chain, gateway: 'https://other.example' });
    const { hash } = JSON.parse(other.lines[0] ?? '');
    expect(followChain(chain, { seq: 1, hash }, all.slice(1)).why).toBe('Line 2 was written after another line 1.');
  });

  test('hold nothing of themselves in what is said of them', () => {
    for (const wrong of [
      [all[1]?.replace(patient, '9990100012') ?? ''],
      [patient],
      ['{"patient":"9990100012"}'],
      all.slice(3),
    ]) {
      const { why } = followChain(chain, headAt(1), wrong);
      expect(why).toMatch(/\.$/);
      expect(why).not.toMatch(/\d{3,}/);
    }
  });
});

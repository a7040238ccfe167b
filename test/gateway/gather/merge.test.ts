import { Completed } from '@caregraph/gateway/gather/complete.ts';
import { byText, type Compare, merge, type Part } from '@caregraph/gateway/gather/merge.ts';
import type { ListRule } from '@caregraph/gateway/gather/rules.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const rule = (descending: boolean): ListRule => ({
  field: 'things',
  orderBy: 'when',
  descending,
  limit: 'first',
  atMost: null,
  visible: true,
  sharedAs: 'things',
});

const byMoment = scalars.DateTime.extensions.compare as Compare;

const moment = fc
  .tuple(
    fc.date({ min: new Date('2020-01-01'), max: new Date('2020-01-03'), noInvalidDate: true }),
    fc.constantFrom(0, 60, -330),
  )
  .map(([date, offset]) => {
    const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19);
    const sign = offset < 0 ? '-' : '+';
    const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
    return offset === 0
      ? `${local}Z`
      : `${local}${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
  });

const record = fc.record({ id: fc.string({ maxLength: 3 }), order: fc.option(moment) }).map(({ id, order }) => ({
  id,
  order,
  object: new Completed('Thing', { id }),
}));

/** Each custodian once, and within one custodian each id once: what the check lets through. */
const parts = fc.uniqueArray(
  fc.record({
    custodian: fc.constantFrom('RA1', 'RA2', 'RB1', 'RB2', 'RC1'),
    records: fc.uniqueArray(record, { selector: ({ id }) => id, maxLength: 12 }),
  }),
  { selector: ({ custodian }) => custodian, maxLength: 5 },
);

const names = (list: ReturnType<typeof merge>) => list.map(({ custodian, record: { id } }) => `${custodian}:${id}`);

describe('merging', () => {
  test('does not depend on the order of arrival', () => {
    fc.assert(
      fc.property(
        parts,
        fc.boolean(),
        fc.option(fc.nat(20)),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (all, down, limit, chance) => {
          const key = new Map(all.map(({ custodian }) => [custodian, chance.next().value ?? 0]));
          const shuffled = all
            .toSorted((one, other) => (key.get(one.custodian) ?? 0) - (key.get(other.custodian) ?? 0))
            .map((part) => ({ ...part, records: part.records.toReversed() }));
          expect(names(merge(rule(down), byMoment, limit, shuffled))).toEqual(
            names(merge(rule(down), byMoment, limit, all)),
          );
        },
      ),
    );
  });

  test('loses nothing and repeats nothing, and every record keeps its custodian', () => {
    fc.assert(
      fc.property(parts, fc.boolean(), (all, down) => {
        const expected = all.flatMap(({ custodian, records }) => records.map(({ id }) => `${custodian}:${id}`));
        expect(names(merge(rule(down), byMoment, null, all)).sort()).toEqual(expected.sort());
      }),
    );
  });

  test('orders by the moment, whatever its offset; null comes last; ties go by custodian and id', () => {
    fc.assert(
      fc.property(parts, fc.boolean(), (all, down) => {
        const list = merge(rule(down), byMoment, null, all);
        for (const [i, one] of list.entries()) {
          const next = list[i + 1];
          if (!next) break;
          const [a, b] = [one.record.order, next.record.order].map((order) =>
            typeof order === 'string' ? Date.parse(order) : null,
          );
          if (a === null || a === undefined) expect(b).toBeNull();
          else if (b !== null && b !== undefined && a !== b) expect(down ? a > b : a < b).toBe(true);
          if (a === b) {
            const tie = byText(one.custodian, next.custodian) || byText(one.record.id, next.record.id);
            expect(tie).toBeLessThan(0);
          }
        }
      }),
    );
  });

  test('the first N of all are the first N of the first N of each: trusts may cut before', () => {
    fc.assert(
      fc.property(parts, fc.boolean(), fc.nat(12), (all, down, limit) => {
        const cut: Part[] = all.map((part) => ({
          ...part,
          records: merge(rule(down), byMoment, limit, [part]).map((gathered) => gathered.record),
        }));
        expect(names(merge(rule(down), byMoment, limit, cut))).toEqual(names(merge(rule(down), byMoment, limit, all)));
      }),
    );
  });
});

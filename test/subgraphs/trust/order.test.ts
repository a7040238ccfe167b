import fc from 'fast-check';
import { isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { arrangement } from '../../../subgraphs/trust/order.ts';
import { anyRecords, schema, TYPES } from './arbitraries.ts';

function arrangementOf(name: string) {
  const patient = schema.getType('Patient');
  const field = isObjectType(patient) ? patient.getFields()[name] : undefined;
  if (!field) throw new Error(`The contract has no ${name}.`);
  return arrangement(schema, field);
}

describe('the order of a list', () => {
  it('does not depend on the order in which the source hands records over', () => {
    for (const type of TYPES) {
      const { compare } = arrangementOf(type);
      fc.assert(
        fc.property(anyRecords(type), fc.infiniteStream(fc.nat()), (records: readonly object[], keys) => {
          const shuffled = [...records]
            .map((record) => ({ record, key: keys.next().value ?? 0 }))
            .sort((one, other) => one.key - other.key)
            .map(({ record }) => record);
          expect(shuffled.sort(compare)).toEqual([...records].sort(compare));
        }),
        { numRuns: 50 },
      );
    }
  });

  it('is a total order: of two records with different ids one always comes first', () => {
    const { compare } = arrangementOf('contacts');
    fc.assert(
      fc.property(anyRecords('contacts'), (contacts) => {
        for (const one of contacts) {
          for (const other of contacts) {
            const order = Math.sign(compare(one, other));
            expect(order + Math.sign(compare(other, one))).toBe(0);
            expect(order === 0).toBe(one.id === other.id);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('puts the latest moment first, whatever the offset it is written with', () => {
    const { compare } = arrangementOf('careContacts');
    const starts = [
      '2026-07-01T09:00:00+01:00',
      '2026-07-01T08:30:00Z',
      '2026-07-01T07:59:59.9Z',
      '2026-07-01T09:00:00.5Z',
    ];
    const sorted = starts.map((start, i) => ({ id: String(i), start })).sort(compare);
    expect(sorted.map(({ start }) => start)).toEqual([starts[3], starts[1], starts[0], starts[2]]);
  });

  it('puts the smallest priority first and breaks ties by id', () => {
    const { compare } = arrangementOf('contacts');
    const contacts = [
      { id: 'b', priority: 2 },
      { id: 'a', priority: 2 },
      { id: 'c', priority: 1 },
      { id: 'd', priority: 10 },
    ];
    expect(contacts.sort(compare).map(({ id }) => id)).toEqual(['c', 'a', 'b', 'd']);
  });

  it('puts null last in either direction', () => {
    const withNull = [
      { id: 'a', priority: null },
      { id: 'b', priority: 1 },
    ];
    expect(withNull.sort(arrangementOf('contacts').compare).map(({ id }) => id)).toEqual(['b', 'a']);
    const started = [
      { id: 'a', start: null },
      { id: 'b', start: '2026-01-01T00:00:00Z' },
    ];
    expect(started.sort(arrangementOf('careContacts').compare).map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it('says which argument cuts the list, and how many it may ask for', () => {
    expect(arrangementOf('careContacts').limit).toEqual({ argument: 'first', atMost: 500 });
    expect(arrangementOf('alerts').limit).toBeNull();
  });

  it('is refused for a field that the contract does not gather', () => {
    expect(() => arrangementOf('nhsNumber')).toThrow('nhsNumber has no @gather');
  });
});
